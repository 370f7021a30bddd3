"""What is given at once: no more of it is unpacked than is accepted, however many archives hold it."""

import tracemalloc

import pytest

from app.insights.documents import (
    MAX_FILE_BYTES,
    MAX_REPORTS,
    MAX_UNPACKED_BYTES,
    Refused,
    UnreadableReportError,
    Upload,
    gathered,
)
from tests.app.insights.documents.made import zipped

SMALL = zipped({f"{number}.txt": b"x" for number in range(MAX_REPORTS // 2)})


def peak_bytes(files, said):
    """Return the most memory that refusing `files` takes."""
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableReportError, match=said):
            gathered(files)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_archives_that_each_unfold_to_what_is_accepted_are_unpacked_to_that_together():
    bomb = zipped({f"{number}.txt": bytes(MAX_FILE_BYTES) for number in range(5)})
    files = [Upload(f"{number}.zip", bomb) for number in range(24)]
    peak = peak_bytes(files, "dépassent ensemble 100 Mo")
    # One report more, which exists twice while its parts become one.
    assert peak < MAX_UNPACKED_BYTES + 3 * MAX_FILE_BYTES


def test_archives_of_too_many_reports_are_unpacked_to_one_too_many():
    large = zipped({f"{number}.txt": bytes(200_000) for number in range(MAX_REPORTS // 2)})
    files = [Upload("1.zip", SMALL), Upload("2.zip", SMALL), *[Upload("3.zip", large)] * 20]
    assert peak_bytes(files, "Plus de 500 comptes rendus") < 10_000_000


def test_as_many_reports_as_are_accepted_are_gathered():
    assert len(gathered([Upload("1.zip", SMALL), Upload("2.zip", SMALL)])) == MAX_REPORTS


def test_files_that_cannot_be_opened_count_as_reports_and_not_as_bytes():
    broken = Upload("a.zip", SMALL[:-10])
    assert all(isinstance(file, Refused) for file in gathered([broken] * MAX_REPORTS))
    with pytest.raises(UnreadableReportError, match="Plus de 500"):
        gathered([broken] * (MAX_REPORTS + 1))


def test_a_damaged_archive_takes_no_room_from_those_behind_it():
    whole = zipped({f"{number}.txt": bytes(MAX_FILE_BYTES - 1) for number in range(4)})
    # The checksum of the last one, which shows when the others are unpacked.
    at = whole.rindex(b"PK\x01\x02") + 16
    damaged = whole[:at] + b"\0\0\0\0" + whole[at + 4 :]
    refused, *reports = gathered([Upload("1.zip", damaged), Upload("2.zip", whole)])
    assert "« 3.txt » est abîmé" in refused.reason
    assert len(reports) == 4
