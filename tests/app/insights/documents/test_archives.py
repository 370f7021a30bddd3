"""Archives of reports: their order, their names, and those that are refused."""

import io
import struct
import zipfile

import pytest

from app.insights.documents import (
    MAX_FILE_BYTES,
    MAX_REPORTS,
    UnreadableReportError,
    Upload,
    read_file,
    unpack,
)
from tests.app.insights.documents.made import pdf, word, zipped


def names(content):
    return [upload.name for upload in unpack("reports.zip", content)]


@pytest.mark.parametrize("content", [b"Lasilix", b"", pdf("Lasilix"), word("Lasilix"), b"\x89PNG\r\n\x1a\n"])
def test_any_other_file_is_itself(content):
    assert unpack("a", content) == [Upload("a", content)]


def test_reports_come_in_the_order_of_their_numbers():
    packed = zipped({f"CR {number}.txt": b"x" for number in (10, 9, 1)} | {"annexe.txt": b"x"})
    assert names(packed) == ["annexe.txt", "CR 1.txt", "CR 9.txt", "CR 10.txt"]


def test_what_file_managers_leave_is_skipped():
    packed = zipped(
        dict.fromkeys(("a.txt", "dir/", "__MACOSX/._a.txt", ".DS_Store", "d/.hidden", "d/Thumbs.db"), b"x")
    )
    assert names(packed) == ["a.txt"]


def test_two_files_of_one_name_are_told_apart():
    assert names(zipped([("nord/01.txt", b"1"), ("sud/01.txt", b"2"), ("02.txt", b"3")])) == [
        "02.txt",
        "nord/01.txt",
        "sud/01.txt",
    ]
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped([("01.txt", b"1"), ("01.txt", b"2"), ("01 (2).txt", b"3")])
    assert {upload.name: upload.content for upload in unpack("a.zip", twice)} == {
        "01.txt": b"1",
        "01 (3).txt": b"2",
        "01 (2).txt": b"3",
    }


def test_names_that_climb_out_of_the_archive_are_only_shown():
    packed = zipped({"../../etc/passwd.txt": b"x", "C:\\temp\\b.txt": b"x", "/c\u202efdp.txt": b"x"})
    assert names(packed) == ["b.txt", "cfdp.txt", "passwd.txt"]


@pytest.mark.parametrize(
    ("written", "same_length"), [("né_à".encode("cp850"), "aaaa"), ("né_à".encode(), "aaaaaa")]
)
def test_names_of_archives_that_do_not_say_their_encoding_are_read(written, same_length):
    packed = zipped({f"{same_length}.txt": b"x"}).replace(same_length.encode(), written)
    assert names(packed) == ["né_à.txt"]


def test_a_file_that_cannot_be_read_stays_and_fails_alone():
    packed = zipped({"1.txt": b"Lasilix", "2.png": b"\x89PNG\r\n\x1a\n", "3.zip": zipped({"a.txt": b"x"})})
    good, *others = unpack("a.zip", packed)
    assert read_file(good.name, good.content) == "Lasilix"
    for upload, said in zip(others, ("image PNG", "archive ZIP"), strict=True):
        with pytest.raises(UnreadableReportError, match=said):
            read_file(upload.name, upload.content)


def test_a_file_that_is_too_large_fails_alone():
    packed = zipped({"1.txt": b"Lasilix", "2.txt": bytes(MAX_FILE_BYTES + 10)})
    _, large = unpack("a.zip", packed)
    with pytest.raises(UnreadableReportError, match="dépasse 20 Mo"):
        read_file(large.name, large.content)


def encrypted():
    """Return an archive whose members say that they have a password."""
    packed = bytearray(zipped({"a.txt": b"x"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + at] |= 1
    return bytes(packed)


def lying(declared):
    """Return an archive that declares another size than its member has."""
    packed = bytearray(zipped({"a.txt": b" " * 5_000_000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = packed.index(mark) + at
        packed[place : place + 4] = struct.pack("<I", declared)
    return bytes(packed)


def bzipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.txt", bytes(1_000_000))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (encrypted(), "protégée par un mot de passe"),
        (zipped({"a.txt": b"x"})[:-10], "abîmée ou incomplète"),
        (b"Lasilix", "abîmée ou incomplète"),
        (zipped({}), "aucun fichier"),
        (zipped({"dir/": b""}), "aucun fichier"),
        (
            zipped({f"{number}.txt": b"x" for number in range(MAX_REPORTS + 1)}),
            "501 fichiers, pour 500 au plus",
        ),
        (lying(100), "« a.txt » est abîmé"),
        (lying(200_000_000), "100 Mo une fois décompressée"),
        (zipped({f"{number}.txt": bytes(15_000_000) for number in range(7)}), "100 Mo une fois décompressée"),
        (bzipped(), "« a.txt » est abîmé"),
    ],
)
def test_archives_that_are_refused_say_why(content, said):
    with pytest.raises(UnreadableReportError, match=said):
        unpack("reports.zip", content)
