"""Reports that are read by jobs: so many at once, each for itself, found again by who comes back."""

import secrets

import pytest

from app import worklists
from app.insights.case import Case
from app.insights.corrections import Corrections
from app.insights.documents import Refused, Upload
from app.insights.models import Insights
from app.jobs import Jobs, WorkError
from app.jobs.records import LOST_AFTER_S
from app.jobs.works import EXTRACT, Order
from app.transport import MemoryStore, Seal
from app.transport.vault import Vault
from app.worklists import Status
from tests.app.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def vault(clock):
    return Vault(MemoryStore(clock=clock), Seal([secrets.token_bytes(32)]), lifetime_s=3600, clock=clock)


def read(given, _tell):
    order = Order.model_validate_json(given)
    if order.content == b"broken":
        raise WorkError("illisible")
    return Case(text=order.content.decode(), engine_label="x", insights=Insights()).model_dump_json()


@pytest.fixture
def started():
    """Ids of the jobs that somebody was asked to perform."""
    return []


@pytest.fixture
def jobs(vault, started):
    return Jobs(vault, {EXTRACT: read}, lambda _jobs, job_id: started.append(job_id))


def begun(jobs, *contents, engine="openai", key="key"):
    uploads = [Upload(f"{number}.txt", content) for number, content in enumerate(contents)]
    return worklists.begun(jobs, uploads, key=key, engine=engine, is_reduced=False)


def advanced(jobs, worklist, **limits):
    return worklists.advanced(jobs, worklist, **{"for_s": 60.0, "at_once": 16, **limits})


def perform(jobs, started):
    while started:
        jobs.perform(started.pop(0))


def statuses(worklist):
    return [report.status for report in worklist.reports]


def test_nothing_is_begun_before_it_is_looked_at(jobs, started):
    assert statuses(begun(jobs, b"a", b"b")) == [Status.WAITING] * 2
    assert started == []


def test_what_is_begun_twice_under_one_key_is_one_worklist(jobs, started):
    first, second = begun(jobs, b"a", b"b"), begun(jobs, b"a", b"b")
    assert [report.id for report in first.reports] == [report.id for report in second.reports]
    advanced(jobs, first)
    advanced(jobs, second)
    assert len(started) == 2


def test_no_more_than_so_many_are_under_way(jobs, started):
    worklist = begun(jobs, *[b"x"] * 40)
    worklist = advanced(jobs, worklist)
    assert (len(started), worklist.counted(Status.UNDER_WAY)) == (16, 16)
    worklist = advanced(jobs, worklist)
    assert len(started) == 16
    perform(jobs, started)
    worklist = advanced(jobs, worklist)
    assert (worklist.counted(Status.DONE), len(started)) == (16, 16)


def test_a_look_begins_one_at_least_and_stops_when_its_time_is_up(jobs, started):
    ticks = iter(range(100))
    advanced(jobs, begun(jobs, *[b"x"] * 10), for_s=3, clock=lambda: next(ticks))
    assert 1 <= len(started) <= 4
    started.clear()
    advanced(jobs, begun(jobs, *[b"x"] * 10, key="other"), for_s=0)
    assert len(started) == 1


def test_the_embedded_engine_reads_at_once(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"broken", b"c", engine="local"))
    assert statuses(worklist) == [Status.DONE, Status.FAILED, Status.DONE]
    assert started == []


def test_one_failure_stops_no_other_and_says_why(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"broken", b"c"))
    perform(jobs, started)
    worklist = advanced(jobs, worklist)
    assert statuses(worklist) == [Status.DONE, Status.FAILED, Status.DONE]
    assert worklist.reports[1].error == "illisible"
    assert worklist.is_over


def test_a_failed_one_is_read_again(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"broken", b"b"))
    perform(jobs, started)
    worklist = worklists.retried(jobs, advanced(jobs, worklist))
    assert statuses(worklist) == [Status.WAITING, Status.DONE]
    worklist = advanced(jobs, worklist)
    assert len(started) == 1


def test_one_that_nobody_works_at_any_more_fails_and_can_be_read_again(jobs, started, vault, clock):
    del vault
    worklist = advanced(jobs, begun(jobs, b"a"))
    clock.now += LOST_AFTER_S * 10
    worklist = advanced(jobs, worklist)
    assert statuses(worklist) == [Status.FAILED]
    worklist = worklists.retried(jobs, worklist)
    started.clear()
    worklist = advanced(jobs, worklist)
    perform(jobs, started)
    assert statuses(advanced(jobs, worklist)) == [Status.DONE]


def test_what_waits_and_what_is_under_way_is_cancelled_and_what_is_read_stays(jobs, started):
    worklist = advanced(jobs, begun(jobs, *[b"x"] * 20))
    jobs.perform(started[0])
    worklist = worklists.cancelled(jobs, advanced(jobs, worklist))
    assert (worklist.counted(Status.DONE), worklist.counted(Status.CANCELLED)) == (1, 19)
    perform(jobs, started)
    assert advanced(jobs, worklist).counted(Status.DONE) == 1


def test_a_worklist_is_found_again_with_its_notes(jobs, vault):
    worklist = begun(jobs, b"a")
    noted = worklist.with_notes(worklist.reports[0].id, corrections=Corrections(removed=("age/0",)))
    worklists.keep(vault, worklist, is_new=True)
    worklists.keep(vault, noted)
    assert worklists.recalled(vault, "key") == noted
    assert worklists.recalled(vault, "another") is None


def test_what_was_done_meanwhile_is_known_to_who_comes_back(jobs, vault, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"b"))
    worklists.keep(vault, worklist, is_new=True)
    perform(jobs, started)
    back = worklists.recalled(vault, "key")
    assert statuses(advanced(jobs, back)) == [Status.DONE] * 2


def test_erasing_leaves_nothing(jobs, vault, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"b"))
    worklists.keep(vault, worklist, is_new=True)
    jobs.perform(started[0])
    worklists.erase(jobs, vault, worklist)
    worklists.keep(vault, worklist)
    assert worklists.recalled(vault, "key") is None
    assert jobs.look_at_all(report.id for report in worklist.reports) == {}
    jobs.perform(started[1])
    assert jobs.look(started[1]) is None


def test_the_dossiers_are_those_of_what_is_read_in_order(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"broken", b"c", b"d"))
    perform(jobs, started)
    worklist = advanced(jobs, worklist)
    assert [one.case.text for one in worklists.dossiers(jobs, worklist, slice(None))[0]] == ["a", "c", "d"]
    assert [one.name for one in worklists.dossiers(jobs, worklist, slice(1, 3))[0]] == ["2.txt", "3.txt"]
    jobs.erase([worklist.reports[2].id])
    made, gone = worklists.dossiers(jobs, worklist, slice(None))
    assert [one.case.text for one in made] == ["a", "d"]
    assert [(report.name, report.error) for report in gone] == [("2.txt", worklists.GONE)]


def test_nothing_is_begun_that_may_not_be(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"a", b"b"), begins=False)
    assert (statuses(worklist), started) == ([Status.WAITING] * 2, [])


def test_one_that_can_not_be_begun_says_so_and_stops_no_other(vault):
    calls = []

    def start(_jobs, job_id):
        calls.append(job_id)
        if len(calls) == 1:
            raise ConnectionError("throttled")

    jobs = Jobs(vault, {EXTRACT: read}, start)
    worklist = advanced(jobs, begun(jobs, b"a", b"b"))
    assert statuses(worklist) == [Status.FAILED, Status.UNDER_WAY]
    assert worklist.reports[0].error == worklists.NOT_BEGUN
    again = advanced(jobs, worklists.retried(jobs, worklist))
    assert statuses(again) == [Status.UNDER_WAY] * 2
    assert calls[0] == calls[2]


def test_a_lost_one_that_was_read_after_all_is_found_read(jobs, started, clock):
    worklist = advanced(jobs, begun(jobs, b"a"))
    clock.now += LOST_AFTER_S * 10
    worklist = advanced(jobs, worklist)
    perform(jobs, started)
    assert statuses(worklists.retried(jobs, worklist)) == [Status.DONE]


def test_what_is_not_kept_any_more_can_not_be_retried_and_says_so(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"broken"))
    perform(jobs, started)
    worklist = advanced(jobs, worklist)
    jobs.erase([worklist.reports[0].id])
    worklist = worklists.retried(jobs, worklist)
    assert (worklist.reports[0].error, worklist.reports[0].can_be_retried) == (worklists.GONE, False)


def test_one_that_was_read_before_it_was_cancelled_stays_read(jobs, started):
    worklist = advanced(jobs, begun(jobs, b"a"))
    perform(jobs, started)
    assert statuses(worklists.cancelled(jobs, worklist)) == [Status.DONE]


def test_a_file_that_can_not_be_opened_fails_from_the_beginning(jobs):
    worklist = worklists.begun(
        jobs, [Refused("b.zip", "abîmée"), Upload("a.txt", b"a")], key="k", engine="local", is_reduced=False
    )
    worklist = advanced(jobs, worklist)
    assert statuses(worklist) == [Status.FAILED, Status.DONE]
    assert worklist.reports[0].error == "abîmée"


def test_a_pdf_is_never_opened_in_the_page(jobs, started):
    worklist = begun(jobs, b"%PDF-1.7", b"text", engine="local")
    worklist = advanced(jobs, worklist)
    assert statuses(worklist) == [Status.UNDER_WAY, Status.DONE]
    assert started == [worklist.reports[0].id]


def test_what_lies_in_the_store_does_not_tell_the_key(jobs, vault):
    worklist = begun(jobs, b"a", key="a-key-to-recall")
    worklists.keep(vault, worklist, is_new=True)
    assert "a-key-to-recall" not in repr(vault._store._records)
    assert "a-key-to-recall" not in worklist.reports[0].id
