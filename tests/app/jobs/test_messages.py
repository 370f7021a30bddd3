"""Events that start jobs, and events that only look as if they did."""

import secrets

import pytest

from app.jobs import messages
from app.transport import Seal

NOW = 1_700_000_000


@pytest.fixture
def seal():
    return Seal([secrets.token_bytes(32)])


@pytest.fixture
def event(seal):
    return messages.event("job-1", at=NOW, seal=seal)


def test_an_event_names_its_job(event, seal):
    assert messages.job_of(event, now=NOW + 5, seal=seal) == "job-1"


def test_an_event_made_with_the_key_before_counts(event, seal):
    changed = Seal([secrets.token_bytes(32), seal._keys[0]])
    assert messages.job_of(event, now=NOW, seal=changed) == "job-1"


@pytest.mark.parametrize("change", [{"job": "job-2"}, {"at": NOW + 1}, {"mac": "0" * 64}, {"mac": "é"}])
def test_an_altered_event_starts_nothing(event, seal, change):
    assert messages.job_of({**event, **change}, now=NOW, seal=seal) is None


@pytest.mark.parametrize("part", ["job", "at", "mac"])
@pytest.mark.parametrize("value", [None, 1.5, True, [], {}])
def test_an_event_of_another_shape_starts_nothing(event, seal, part, value):
    assert messages.job_of({**event, part: value}, now=NOW, seal=seal) is None


def test_another_key_starts_nothing(event):
    assert messages.job_of(event, now=NOW, seal=Seal([secrets.token_bytes(32)])) is None


@pytest.mark.parametrize("late_s", [messages.FRESH_S, -messages.FRESH_S, 10**9])
def test_an_event_of_another_time_starts_nothing(event, seal, late_s):
    assert messages.job_of(event, now=NOW + late_s, seal=seal) is None


def test_nothing_in_an_event_tells_of_the_work(event):
    assert set(event) == {"type", "job", "at", "mac"}
