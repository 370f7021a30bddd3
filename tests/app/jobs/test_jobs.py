"""Jobs: done once, looked at by anybody who knows them, ended when nobody wants them."""

import logging
import secrets
import threading
import time

import pytest

from app.jobs import Jobs, Status, WorkError, jobs, starts
from app.jobs.records import LOST_AFTER_S, UNBEGUN_AFTER_S
from app.transport import MemoryStore, Seal
from app.transport.vault import Vault
from tests.app.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


@pytest.fixture
def make(store, clock):
    """Jobs of one store, whose work is given; by default nobody performs them."""
    vault = Vault(store, Seal([secrets.token_bytes(32)]), lifetime_s=3600, clock=clock)

    def make(start=lambda _jobs, _job_id: None, beat_every_s=jobs.BEAT_EVERY_S, **works):
        return Jobs(vault, works, start, beat_every_s=beat_every_s)

    return make


def upper(given, tell):
    tell("half")
    return given.upper()


def wait_until(is_so, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_job_is_queued_until_somebody_performs_it(make):
    all_ = make(upper=upper)
    job_id = all_.submit("upper", "a report")
    assert all_.look(job_id).status is Status.QUEUED
    all_.perform(job_id)
    job = all_.look(job_id)
    assert (job.status, job.result, job.error) == (Status.DONE, "A REPORT", "")


def test_an_unknown_kind_of_work_starts_nothing(make, store):
    with pytest.raises(KeyError):
        make(upper=upper).submit("lower", "text")
    assert store._records == {}


def test_what_is_submitted_twice_under_one_key_is_one_job(make):
    done = []
    all_ = make(starts.at_once, note=lambda given, _tell: done.append(given) or "noted")
    assert [all_.submit("note", "text", key="key") for _ in range(3)] == ["key"] * 3
    assert (done, all_.look("key").result) == (["text"], "noted")


def test_nothing_of_the_text_lies_open_in_the_store_and_none_of_it_stays(make, store):
    all_ = make(upper=upper)
    job_id = all_.submit("upper", "Madame Odile PERRUCHON")
    assert not any(b"PERRUCHON" in record.value for record in store._records.values())
    all_.perform(job_id)
    assert [name for name in store._records if name.endswith("/input")] == []


def test_a_job_whose_event_comes_twice_is_done_once(make):
    done = []
    all_ = make(note=lambda given, _tell: done.append(given) or "")
    job_id = all_.submit("note", "text")
    all_.perform(job_id)
    all_.perform(job_id)
    assert done == ["text"]


def test_two_who_begin_at_the_same_time_do_it_once(make):
    done, all_ = [], None
    all_ = make(note=lambda given, _tell: done.append(given) or "")
    job_id = all_.submit("note", "text")
    threads = [threading.Thread(target=all_.perform, args=(job_id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["text"]
    assert all_.look(job_id).status is Status.DONE


def test_progress_is_seen_before_the_end(make):
    seen, go_on = threading.Event(), threading.Event()

    def slow(_given, tell):
        tell("first section")
        seen.set()
        go_on.wait(60)
        return "all"

    all_ = make(starts.in_threads(), slow=slow)
    job_id = all_.submit("slow", "text")
    assert seen.wait(60)
    assert (all_.look(job_id).status, all_.look(job_id).progress) == (Status.RUNNING, "first section")
    go_on.set()
    wait_until(lambda: all_.look(job_id).is_over)
    assert all_.look(job_id).result == "all"


def test_a_sentence_for_the_user_is_what_a_failed_job_says(make):
    def refused(_given, _tell):
        raise WorkError("La clé a été refusée.")

    all_ = make(refused=refused)
    job_id = all_.submit("refused", "text")
    all_.perform(job_id)
    assert (all_.look(job_id).status, all_.look(job_id).error) == (Status.FAILED, "La clé a été refusée.")


def test_any_other_failure_is_logged_and_tells_the_user_nothing_of_its_text(make, caplog):
    def broken(given, _tell):
        raise ValueError(f"cannot read {given}")

    all_ = make(broken=broken)
    job_id = all_.submit("broken", "PERRUCHON")
    with caplog.at_level(logging.ERROR):
        all_.perform(job_id)
    assert all_.look(job_id).status is Status.FAILED
    assert "PERRUCHON" not in all_.look(job_id).error
    assert "a job failed" in caplog.text


class TestCancelling:
    def test_a_job_that_nobody_has_begun_is_never_done(self, make):
        done = []
        all_ = make(note=lambda given, _tell: done.append(given) or "")
        job_id = all_.submit("note", "text")
        all_.cancel(job_id)
        all_.perform(job_id)
        assert (done, all_.look(job_id).status) == ([], Status.CANCELLED)

    @pytest.mark.parametrize("end", ["cancel", "erase"])
    def test_a_job_under_way_notices_when_it_next_tells(self, make, end):
        begun, go_on, told = threading.Event(), threading.Event(), []

        def slow(_given, tell):
            begun.set()
            go_on.wait(60)
            tell("too late")
            told.append("too late")
            return ""

        all_ = make(starts.in_threads(), slow=slow)
        job_id = all_.submit("slow", "text")
        assert begun.wait(60)
        all_.cancel(job_id) if end == "cancel" else all_.erase([job_id])
        go_on.set()
        wait_until(lambda: all_._vault.read(f"job/{job_id}/input") is None)
        job = all_.look(job_id)
        assert job is None if end == "erase" else job.status is Status.CANCELLED
        assert told == []

    def test_what_is_done_stays_done(self, make):
        all_ = make(upper=upper)
        job_id = all_.submit("upper", "text")
        all_.perform(job_id)
        all_.cancel(job_id)
        assert all_.look(job_id).result == "TEXT"

    def test_nothing_stays_of_an_erased_job(self, make, store):
        all_ = make(upper=upper)
        ids = [all_.submit("upper", "text") for _ in range(3)]
        all_.perform(ids[0])
        all_.erase(ids)
        assert store._records == {}


class TestLosing:
    def test_a_job_whose_performer_died_is_lost_after_a_while(self, make, clock):
        all_ = make(upper=upper)
        job = jobs.Job("id", "upper", Status.RUNNING, clock.now)
        clock.now += LOST_AFTER_S
        assert not all_.is_lost(job)
        clock.now += 1
        assert all_.is_lost(job)

    def test_a_job_that_waits_for_an_instance_is_waited_for_longer(self, make, clock):
        all_ = make(upper=upper)
        job = all_.look(all_.submit("upper", "text"))
        clock.now += UNBEGUN_AFTER_S
        assert not all_.is_lost(job)
        clock.now += 1
        assert all_.is_lost(job)

    def test_a_job_that_works_in_silence_says_that_it_is_alive(self, make, clock):
        begun, go_on = threading.Event(), threading.Event()

        def silent(_given, _tell):
            begun.set()
            go_on.wait(60)
            return ""

        all_ = make(starts.in_threads(), beat_every_s=0.02, silent=silent)
        job_id = all_.submit("silent", "text")
        assert begun.wait(60)
        clock.now += 60
        wait_until(lambda: not all_.is_lost(all_.look(job_id)))
        go_on.set()
        wait_until(lambda: all_.look(job_id).is_over)


def test_many_are_looked_at_together(make):
    all_ = make(starts.at_once, upper=upper)
    ids = [all_.submit("upper", f"text {n}") for n in range(20)]
    all_.erase(ids[:1])
    assert [job.result for job in all_.look_at_all(ids).values()] == [f"TEXT {n}" for n in range(1, 20)]


def test_no_more_than_so_many_threads_work_at_once(make):
    running, most, lock = 0, 0, threading.Lock()
    all_four = threading.Barrier(4)

    def count(_given, _tell):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        all_four.wait(60)
        with lock:
            running -= 1
        return ""

    all_ = make(starts.in_threads(4), count=count)
    ids = [all_.submit("count", "text") for _ in range(20)]
    wait_until(lambda: all(job.is_over for job in all_.look_at_all(ids).values()))
    assert most == 4


@pytest.mark.parametrize(
    ("told", "at_once"),
    [("", 16), ("4", 4), ("1000", 1000), ("0", 16), ("many", 16), ("1001", 16), ("²", 16)],
)
def test_how_many_are_done_at_once_is_told_by_the_environment(told, at_once):
    assert starts.at_once_in({"JOBS_AT_ONCE": told}) == at_once
