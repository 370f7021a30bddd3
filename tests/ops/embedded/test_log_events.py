"""What a log stream keeps of its events, in this process; an account's restart is in test_account.py."""

import copyreg
import io
import json
import pickle
import tracemalloc
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import moto
from moto.logs.models import LogEvent, LogStream, logs_backends

from ops.embedded import state
from ops.embedded.deployed import ACCOUNT_ID
from ops.embedded.log_events import EVENTS_A_PACK, Fields, LogEvents, event_of

# Some packs, and some events that fill none.
COUNT = EVENTS_A_PACK * 3 + 5


def test_events_are_given_in_the_order_in_which_they_were_taken() -> None:
    events, taken = LogEvents(), fields(COUNT)
    for begin in range(0, COUNT, 7):
        events += map(event_of, taken[begin : begin + 7])
    assert told(events) == taken
    assert len(events) == COUNT


def test_events_survive_a_save() -> None:
    events = LogEvents(map(event_of, fields(COUNT)))
    assert told(pickle.loads(pickle.dumps(events))) == fields(COUNT)  # noqa: S301 - our own


def test_events_go_that_are_older_and_no_others() -> None:
    for oldest_ms in (0, 1, EVENTS_A_PACK + 1, EVENTS_A_PACK * 3 + 1, COUNT):
        events = LogEvents(map(event_of, fields(COUNT)))
        assert events.forget_before(oldest_ms) == oldest_ms
        assert told(events) == fields(COUNT)[oldest_ms:]


def test_events_take_a_quarter_of_what_they_take_as_objects() -> None:
    assert memory_of(LogEvents) < memory_of(list) / 4


def test_a_state_of_format_2_is_read() -> None:
    with moto.mock_aws():
        backend = logs_backends[ACCOUNT_ID]["eu-west-3"]
        backend.create_log_group("group", {})
        backend.ensure_log_stream("group", "stream")
        backend.groups["group"].streams["stream"].events = list(map(event_of, fields(COUNT)))
        saved = of_format_2(("moto.logs.models", "LogsBackend"), backend)
        backend.groups.clear()
        state.load(saved, source=Path("state.pickle"))
        read = logs_backends[ACCOUNT_ID]["eu-west-3"].groups["group"].streams["stream"]
    assert isinstance(read.events, LogEvents)
    assert told(read.events) == fields(COUNT)


def of_format_2(kind: tuple[str, str], backend: object) -> bytes:
    """The state of an account with one backend, as format 2 wrote it."""
    content = io.BytesIO()
    backends = {kind: {ACCOUNT_ID: {"eu-west-3": backend}}}
    _PicklerOfFormat2(content).dump({"backends": backends, "next_log_event_id": COUNT})
    return json.dumps({"format": 2, "moto": moto.__version__}).encode() + b"\n" + content.getvalue()


class _PicklerOfFormat2(state._Pickler):
    """Pickles a stream with the fields of all its events."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not LogStream:
            return super().reducer_override(value)
        attributes = {**vars(value), "events": told(value.events)}
        return copyreg.__newobj__, (LogStream,), attributes, None, None, state._fill_stream


def fields(count: int) -> list[Fields]:
    """Events a millisecond after another."""
    return [(7, at_ms, f"message {at_ms}", 100 + at_ms) for at_ms in range(count)]


def told(events: Iterable[LogEvent]) -> list[Fields]:
    return [(one.ingestion_time, one.timestamp, one.message, one.event_id) for one in events]


def memory_of(kind: Callable[[Iterable[LogEvent]], object]) -> int:
    """The bytes that the records of a thousand invocations take."""
    tracemalloc.start()
    try:
        kept = kind(record(number) for number in range(1_000))
        return tracemalloc.get_traced_memory()[0] if kept else 0
    finally:
        tracemalloc.stop()


def record(number: int) -> LogEvent:
    metrics = {"durationMs": number * 1.017, "billedDurationMs": number, "maxMemoryUsedMB": 100}
    report = {"requestId": str(uuid.uuid4()), "status": "success", "metrics": metrics}
    message = json.dumps({"time": f"2026-01-01T00:00:{number / 1000:06.3f}Z", "record": report})
    return event_of((1_700_000_000_000 + number, 1_700_000_000_000 + number, message, number))
