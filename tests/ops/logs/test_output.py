import datetime
import json

import pytest

from ops.logs.group import Event
from ops.logs.output import FORMATS, Look, Selection, as_json, as_written, iso_time, writer

MOMENT = datetime.datetime(2026, 11, 26, 10, 59, 59, 7000, tzinfo=datetime.UTC)
STAMP = int(MOMENT.timestamp() * 1000)
PLAIN = Look()
LINE = json.dumps(
    {"level": "ERROR", "logger": "app", "message": "broke", "requestId": "3f2504e0-4f89", "n": [1]}
)


def text_of(*messages: str, look: Look = PLAIN, group: str = "g") -> list[str]:
    events = [Event(STAMP, message, group=group) for message in messages]
    return writer("text", look)(events).decode().splitlines()


def test_a_line_tells_time_level_words_and_request() -> None:
    local = f"{MOMENT.astimezone():%Y-%m-%d %H:%M:%S}.007"
    assert text_of(LINE, "plain\n") == [
        f"{local} ERROR    broke n=[1] (3f2504e0)",
        f"{local}          plain",
    ]


def test_the_time_moves_on_from_second_to_second_and_minute_to_minute() -> None:
    steps = [0, 1, 993, 994, 60_000, 3_600_000]
    events = [Event(STAMP + step, "x") for step in steps]
    shown = [line[:23] for line in writer("text", Look())(events).decode().splitlines()]
    assert shown == [
        f"{MOMENT.astimezone() + datetime.timedelta(milliseconds=step):%Y-%m-%d %H:%M:%S.%f}"[:23]
        for step in steps
    ]
    assert [iso_time(STAMP + step) for step in steps] == [
        (MOMENT + datetime.timedelta(milliseconds=step)).isoformat(timespec="milliseconds")[:23] + "Z"
        for step in steps
    ]


def test_several_groups_are_marked() -> None:
    look = Look(labels=(("g", "function"), ("h", "api")))
    assert text_of("plain", look=look, group="h")[0].endswith(" api               plain")


def test_a_terminal_gets_colours_and_nothing_that_moves_its_cursor() -> None:
    look = Look(colour=True, terminal=True)
    (line,) = text_of(json.dumps({"level": "ERROR", "message": "\x1b[2Jgone\r"}), look=look)
    assert line.startswith("\x1b[31m")
    assert line.endswith("ERROR    ·[2Jgone·\x1b[0m")
    assert "\x1b" not in text_of("\x1b[2J", look=Look(terminal=True))[0]
    assert "two\nlines" in "\n".join(text_of("two\nlines", look=look))


@pytest.mark.parametrize(
    "message", ["\x1b[2J\x9b2J\x7f", '{"message": "\\u001b]0;a\\u0007 \\u009b2J"}', "\u202egnp"]
)
@pytest.mark.parametrize("form", FORMATS)
def test_nothing_moves_a_terminals_cursor_in_any_form(form: str, message: str) -> None:
    (line,) = writer(form, Look(terminal=True))([Event(STAMP, message)]).decode().splitlines()
    assert line.isprintable()
    assert form != "json" or json.loads(line) == json.loads(as_json([Event(STAMP, message)]))


def test_raw_is_what_was_written_a_line_each() -> None:
    events = [Event(STAMP, message) for message in ("a\n", "b", "\n", "c\n\n")]
    assert as_written(events) == b"a\nb\n\nc\n\n"


def test_json_is_one_object_a_line_whatever_the_message_holds() -> None:
    messages = ["two\nlines", '{"message": "a\\u2028b"}', LINE]
    lines = as_json([Event(STAMP, message, "id", "stream", 0, "g") for message in messages])
    objects = [json.loads(line) for line in lines.splitlines()]
    assert [item["message"] for item in objects] == ["two\nlines", "a\u2028b", "broke"]
    assert objects[2]["rest"] == {"n": [1]}
    assert {item["time"] for item in objects} == {"2026-11-26T10:59:59.007Z"}
    assert {tuple(item) for item in objects} == {tuple(objects[2])}


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(), ["{}", "[ERROR] x", LINE]),
        (Selection(severity=40), ["[ERROR] x", LINE]),
        (Selection(request="3f25"), [LINE]),
        (Selection(request="4f89"), []),
    ],
)
def test_what_is_selected(selection: Selection, kept: list[str]) -> None:
    events = [Event(STAMP, message) for message in ("{}", "[ERROR] x", LINE)]
    assert [event.message for event in selection.of(events)] == kept
