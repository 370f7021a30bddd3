import json

import hypothesis
import hypothesis.strategies as st

from ops.logs.group import Event
from ops.logs.requests import GRACE_MS, Requests


def line(request: str, timestamp: int, message: str = "said") -> Event:
    return Event(timestamp, json.dumps({"message": message, "requestId": request}))


def report(request: str, timestamp: int) -> Event:
    record = {"requestId": request, "status": "success", "metrics": {}}
    return Event(timestamp, json.dumps({"type": "platform.report", "record": record}))


def test_requests_that_overlap_are_shown_one_after_the_other() -> None:
    events = [line("a", 1), line("b", 2), line("a", 3), report("b", 4), report("a", 5), line("b", 6)]
    requests = Requests()
    assert requests.take(events, now_ms=6) == []
    assert requests.take([], now_ms=5 + GRACE_MS) == [
        [events[1], events[3], events[5]],
        [events[0], events[2], events[4]],
    ]
    assert requests.rest() == []


def test_what_belongs_to_no_request_is_shown_at_once() -> None:
    loose = Event(1, "loose")
    assert Requests().take([line("a", 0), loose], now_ms=1) == [[loose]]


def test_a_request_without_an_end_is_shown_at_the_end_of_all() -> None:
    requests = Requests()
    requests.take([line("a", 1)], now_ms=10**9)
    assert [len(events) for events in requests.rest()] == [1]


def test_what_is_held_is_bounded() -> None:
    requests = Requests(most_events=10)
    shown = requests.take([line(f"{number}", number) for number in range(100)], now_ms=0)
    assert len(shown) == 90


@hypothesis.given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", ""]), st.booleans()), max_size=40))
def test_each_event_is_shown_once(written: list[tuple[str, bool]]) -> None:
    events = [
        report(request, number * 1000) if ends and request else line(request, number * 1000)
        for number, (request, ends) in enumerate(written)
    ]
    requests = Requests(most_events=5)
    shown = [
        event for one in events for group in requests.take([one], now_ms=one.timestamp) for event in group
    ]
    shown += [event for group in requests.rest() for event in group]
    assert sorted(event.timestamp for event in shown) == [event.timestamp for event in events]
