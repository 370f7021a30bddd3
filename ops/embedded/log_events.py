"""The events of a log stream, packed: most of what an account holds is what it has logged.

As moto has them, events are an object each: half a kilobyte in memory, of which a save would look at every
one again. Here all but the newest are compressed, in packs that never change, so that a save only copies
them. What reads a stream unpacks it, and forgets that again.
"""

import pickle
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from moto.logs.models import LogEvent, LogStream

# More compress no better, since each instance of a function opens a stream, and its newest are not packed.
EVENTS_A_PACK = 32

# Untyped: that its method may be replaced is the point.
_LogStream: Any = LogStream

# Ingestion time, timestamp, message and id of an event.
Fields = tuple[int, int, str, int]


class _Pack(NamedTuple):
    size: int
    oldest_ms: int
    content: bytes


class LogEvents:
    """What a `LogStream` has in place of its list: takes events at its end, and gives them in their order."""

    def __init__(self, events: Iterable[LogEvent] = ()) -> None:
        self._packs: list[_Pack] = []
        self._newest: list[LogEvent] = []
        self += events

    def __iadd__(self, events: Iterable[LogEvent]) -> "LogEvents":
        self._newest += events
        while len(self._newest) >= EVENTS_A_PACK:
            self._packs.append(_packed(self._newest[:EVENTS_A_PACK]))
            del self._newest[:EVENTS_A_PACK]
        return self

    def __iter__(self) -> Iterator[LogEvent]:
        for pack in self._packs:
            yield from _unpacked(pack)
        yield from self._newest

    def __len__(self) -> int:
        return sum(pack.size for pack in self._packs) + len(self._newest)

    def __getstate__(self) -> tuple[list[_Pack], list[Fields]]:
        return self._packs, [_fields(event) for event in self._newest]

    def __setstate__(self, state: tuple[list[_Pack], list[Fields]]) -> None:
        self._packs, newest = state
        self._newest = [event_of(fields) for fields in newest]

    def forget_before(self, oldest_ms: int) -> int:
        """Delete the events that are older, and return how many; packs without any stay as they are."""
        before = len(self)
        if any(pack.oldest_ms < oldest_ms for pack in self._packs):
            kept = LogEvents(event for event in self if event.timestamp >= oldest_ms)
            self._packs, self._newest = kept._packs, kept._newest
        else:
            self._newest = [event for event in self._newest if event.timestamp >= oldest_ms]
        return before - len(self)


def log_streams_pack_their_events() -> None:
    """Have each stream that is made from now on keep its events packed."""
    create = _LogStream.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.events = LogEvents()

    _LogStream.__init__ = init


def event_of(fields: Fields) -> LogEvent:
    """Return the event that has these fields."""
    event = object.__new__(LogEvent)  # its __init__ would give it a new id
    event.ingestion_time, event.timestamp, event.message, event.event_id = fields
    return event


def _fields(event: LogEvent) -> Fields:
    return event.ingestion_time, event.timestamp, event.message, event.event_id


def _packed(events: list[LogEvent]) -> _Pack:
    content = zlib.compress(pickle.dumps([_fields(event) for event in events], protocol=5))
    return _Pack(len(events), min(event.timestamp for event in events), content)


def _unpacked(pack: _Pack) -> Iterator[LogEvent]:
    return map(event_of, pickle.loads(zlib.decompress(pack.content)))  # noqa: S301 - packed by ourselves
