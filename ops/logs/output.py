"""How events are shown: as text for people, as JSON for programs, or as they were written."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ops.logs import records
from ops.logs.group import Event
from ops.logs.masking import masked
from ops.logs.records import LEVELS, Record

FORMATS = ("text", "json", "raw")

_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}
_NESTED = (dict, list)
_COLUMN = {level: f"{level.upper():8} " for level in ("", *LEVELS)}
_SECONDS = [f"{number:02d}." for number in range(60)]
_THOUSANDTHS = [f"{number:03d}" for number in range(1000)]
# What could move a terminal's cursor or turn the direction of its text, tab and line break aside.
_MOVING = (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = dict.fromkeys(_MOVING, "·")
_ESCAPES = {code: f"\\u{code:04x}" for code in _MOVING}


@dataclass(frozen=True)
class Selection:
    """Which events are shown, decided on this side.

    Attributes:
        severity: The least that is shown, as in `records.LEVELS`; 0 for all.
        grep: What the message has to contain.
        request: Beginning of a request's id; "" for any.
    """

    severity: int = 0
    grep: re.Pattern[str] | None = None
    request: str = ""

    def of(self, events: list[Event]) -> list[Event]:
        """Return those of the events that are shown."""
        if self.grep:
            found = self.grep.search
            events = [event for event in events if found(event.message)]
        if self.request:
            events = [event for event in events if self.request in event.message]
        if self.severity or self.request:
            events = [event for event in events if self._keeps(records.parse(event.message))]
        return events

    def _keeps(self, record: Record) -> bool:
        return record.severity >= self.severity and (not self.request or record.is_of(self.request))


@dataclass(frozen=True)
class Look:
    """How text looks.

    Attributes:
        colour: Levels are coloured.
        terminal: What would move a terminal's cursor is taken out; in JSON, escaped.
        labels: Group => what its events are marked with; empty for no mark.
    """

    colour: bool = False
    terminal: bool = False
    labels: tuple[tuple[str, str], ...] = ()


def writer(form: str, look: Look) -> Callable[[Sequence[Event]], bytes]:
    """Return what turns events into output, secrets masked: one of FORMATS."""
    if form == "text":
        return Text(look)
    whole, harmless = (as_json, _ESCAPES) if form == "json" else (as_written, _CONTROLS)
    if not look.terminal:
        return whole
    return lambda events: whole(events).decode().translate(harmless).encode()


def as_written(events: Sequence[Event]) -> bytes:
    """Return the messages as they were written, each ending its line."""
    # Most end with a line break of their own, which would be doubled.
    return _chunk([event.message.removesuffix("\n") for event in events])


def iso_time(timestamp: int) -> str:
    """Return milliseconds since 1970 as ISO 8601, in UTC."""
    return f"{Clock('%Y-%m-%dT%H:%M:', datetime.UTC)(timestamp)}Z"


def as_json(events: Sequence[Event]) -> bytes:
    """Return the events as JSON, one object a line."""
    clock = Clock("%Y-%m-%dT%H:%M:", datetime.UTC)
    lines = [_encode(_line(event, f"{clock(event.timestamp)}Z")) for event in events]
    return masked(b"\n".join([*lines, b""]))


class Text:
    """Text for people: time, level, message, what else it says, and the request."""

    def __init__(self, look: Look) -> None:
        """Show text as `look` says."""
        self._look = look
        self._labels = {group: f"{label:8} " for group, label in look.labels}
        self._clock = Clock("%Y-%m-%d %H:%M:", None)

    def __call__(self, events: Sequence[Event]) -> bytes:
        """Return the events as lines."""
        lines = self._lines(events)
        return _chunk(list(map(self._for_a_terminal, lines, events)) if self._look.terminal else lines)

    def _lines(self, events: Sequence[Event]) -> list[str]:
        """Return a line for each event. In one piece: calls would take longer than what they do."""
        time, label, labels = self._clock, "", self._labels
        second, prefix, thousandths = time.second, time.prefix, _THOUSANDTHS
        lines = []
        for event in events:
            message, timestamp = event.message, event.timestamp
            if timestamp // 1000 != second:
                second = timestamp // 1000
                time.turn_to(second)
                prefix = time.prefix
            if labels:
                label = labels[event.group]
            # Lines of text, Lambda's own too, read well as they are.
            fields = records.json_fields(message) if message[:1] == "{" else None
            if fields is None:
                lines.append(f"{prefix}{thousandths[timestamp % 1000]} {label}         {message.rstrip()}")
            else:
                record = records.of_fields(fields)
                level = _COLUMN[record.level]
                lines.append(f"{prefix}{thousandths[timestamp % 1000]} {label}{level}{_words(record)}")
        return lines

    def _for_a_terminal(self, line: str, event: Event) -> str:
        if not line.isprintable():
            line = line.translate(_CONTROLS)
        colour = _COLOURS.get(records.parse(event.message).level) if self._look.colour else None
        return f"\x1b[{colour}m{line}\x1b[0m" if colour else line


class Clock:
    """Writes moments. Naming one takes longer than all else here, so it is done once a minute.

    Attributes:
        second: Seconds since 1970.
        prefix: How a moment of that second begins.
    """

    def __init__(self, form: str, zone: datetime.timezone | None) -> None:
        """Write minutes as `form` says, in a zone; None for this machine's."""
        self.second, self.prefix = -1, ""
        self._minute, self._minute_prefix = -1, ""
        self._form, self._zone = form, zone

    def turn_to(self, second: int) -> None:
        """Make `prefix` that of another second."""
        minute = second // 60
        if minute != self._minute:
            self._minute = minute
            self._minute_prefix = datetime.datetime.fromtimestamp(minute * 60, self._zone).strftime(
                self._form
            )
        self.second = second
        self.prefix = self._minute_prefix + _SECONDS[second % 60]

    def __call__(self, timestamp: int) -> str:
        """Return milliseconds since 1970 as this clock writes them."""
        second, milliseconds = divmod(timestamp, 1000)
        if second != self.second:
            self.turn_to(second)
        return self.prefix + _THOUSANDTHS[milliseconds]


def _words(record: Record) -> str:
    """Return a record in words: its message, what else it says, and the beginning of its request's id."""
    words = record.message
    for name, value in record.rest.items():
        words += f" {name}={_encode(value).decode() if value.__class__ in _NESTED else value}"
    if record.request:
        words += f" ({record.request[:8]})"
    return words


class _Line(msgspec.Struct):
    """An event as JSON: each line has all fields, so that programs need not ask which."""

    time: str
    level: str
    logger: str
    request: str
    message: str
    rest: dict[str, Any]
    group: str
    stream: str
    id: str


_encode = msgspec.json.Encoder().encode


def _line(event: Event, time: str) -> _Line:
    record = records.parse(event.message)
    return _Line(
        time,
        record.level,
        record.logger,
        record.request,
        record.message,
        record.rest,
        event.group,
        event.log_stream_name,
        event.event_id,
    )


def _chunk(lines: list[str]) -> bytes:
    lines.append("")
    # What is no text (half of a surrogate pair) is shown as one shows it, rather than not at all.
    return masked("\n".join(lines).encode("utf-8", "replace"))
