"""Following: each event exactly once, whatever its way to us."""

import hypothesis
import hypothesis.strategies as st

from ops.logs.follow import DEEP_MS, LAST_LOOK_S, Follower, Window
from ops.logs.group import Event
from tests.fakes.logs import FakeLogs
from tests.ops.logs.worlds import group_of

QUICK, DEEP = 20, 200


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[tuple[int, bool, int]]]:
    """Events (time, delay) and looks (moment, whether a sweep, how many pages before it fails)."""
    stamps = st.integers(0, 1000)
    events = draw(st.lists(st.tuples(stamps, st.integers(0, DEEP) | st.just(0)), max_size=60))
    looks = st.tuples(st.integers(0, 1300), st.booleans(), st.sampled_from([99, 99, 99, 0, 1, 2]))
    return events, sorted(draw(st.lists(looks, max_size=30)), key=lambda look: look[0])


@hypothesis.given(histories(), st.integers(1, 9))
@hypothesis.settings(max_examples=300)
def test_each_event_is_shown_once_however_late_and_whatever_fails(
    history: tuple[list[tuple[int, int]], list[tuple[int, bool, int]]], page: int
) -> None:
    written, looks = history
    events = [
        Event(stamp, "", event_id=str(number), ingestion_time=stamp + delay)
        for number, (stamp, delay) in enumerate(written)
    ]
    window, shown, complete = Window(0, quick_ms=QUICK, deep_ms=DEEP), [], False
    for moment, sweep, lasts in [*looks, (2000, True, 999)]:
        deep = sweep or not complete
        begin = window.begins(deep=deep)
        there = [event for event in events if event.ingestion_time <= moment and event.timestamp >= begin]
        there.sort(key=lambda event: event.timestamp)
        pages = [there[first : first + page] for first in range(0, len(there), page)]
        for found in pages[:lasts]:
            shown += window.new(found)
            if not complete:
                window.reached(found[-1].timestamp, began_ms=moment)
        if len(pages) <= lasts:
            window.looked(moment, deep=deep)
            complete = True
    assert sorted(event.event_id for event in shown) == sorted(event.event_id for event in events)


def test_what_is_remembered_does_not_grow_with_time() -> None:
    window = Window(0, quick_ms=QUICK, deep_ms=DEEP)
    for moment in range(0, 100_000, 100):
        window.new([Event(moment, "", event_id=str(moment))])
        window.looked(moment, deep=True)
    assert len(window._seen) <= DEEP / 100 + 2


def test_a_crowd_is_cut_and_admitted_and_nothing_is_doubled() -> None:
    window = Window(0, most_ids=100)
    crowd = [Event(number // 10, "", event_id=str(number)) for number in range(500)]
    first = window.new(crowd)
    window.looked(50, deep=True)
    again = window.new(crowd)
    assert (len(first), len(again), window.crowded) == (500, 0, True)
    assert len(window._seen) <= 300


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Seat:
    """Someone who follows groups of a fake, one look at a time."""

    def __init__(self, fake: FakeLogs, *groups: str, since_s: float = 600) -> None:
        self.clock, self.said, self.shown = Clock(), [], []
        self.groups = [group_of(fake, name, attempts=1) for name in groups]
        start_ms = fake.now_ms - int(since_s * 1000)
        self.follower = Follower(self.groups, start_ms, say=self.said.append, clock=self.clock)

    def look(self, *, after_s: float = 1.0) -> list[str]:
        """Return the messages that are new."""
        self.clock.now += after_s
        found = [event.message for batch in self.follower.look() for event in batch]
        self.shown += found
        return found


def test_what_comes_late_is_shown_when_it_comes(fake: FakeLogs) -> None:
    fake.put("g", "first")
    seat = Seat(fake, "g")
    assert seat.look() == ["first"]
    fake.put("g", "a little late", ago_s=5, stream="two")
    assert seat.look() == ["a little late"]
    fake.put("g", "very late", ago_s=120, stream="two")
    assert seat.look() == []
    assert seat.look(after_s=20) == ["very late"]  # a sweep
    assert seat.look(after_s=20) == []


def test_a_burst_in_one_millisecond_is_shown_once_over_all_pages(fake: FakeLogs) -> None:
    fake.page = 100
    seat = Seat(fake, "g", "h")
    fake.groups = {"g": [], "h": []}
    seat.look()
    for number in range(501):
        fake.put("gh"[number % 2], f"{number}", stream=f"{number % 3}")
    for events in fake.groups.values():
        for event in events:
            event["timestamp"] = fake.groups["g"][0]["timestamp"]
    for _ in range(5):
        seat.look()
    assert sorted(seat.shown, key=int) == [f"{number}" for number in range(501)]


def test_groups_are_shown_in_the_order_of_time(fake: FakeLogs) -> None:
    for number in range(10):
        fake.put("gh"[number % 2], f"{number}", ago_s=100 - number)
    assert Seat(fake, "g", "h").look() == [f"{number}" for number in range(10)]


def test_nothing_is_lost_while_aws_throttles_and_it_is_said_once(fake: FakeLogs) -> None:
    fake.put("g", "before")
    seat = Seat(fake, "g")
    seat.look()
    pace = seat.follower.wait_s
    fake.throttled = 3
    fake.put("g", "meanwhile")
    assert [seat.look(after_s=10) for _ in range(4)] == [[], [], [], ["meanwhile"]]
    assert seat.follower.wait_s > pace
    said, passed = seat.said
    assert "g: throttled; trying until it passes" in said
    assert "passed after 30 s; nothing was left out" in passed
    for _ in range(60):
        seat.look()
    assert seat.follower.wait_s == pace
    assert seat.follower.doubts() == []


def test_expired_credentials_are_said_and_waited_for(fake: FakeLogs) -> None:
    fake.put("g", "before")
    seat = Seat(fake, "g")
    seat.look()
    fake.keys = set()
    fake.put("g", "meanwhile")
    assert seat.look() == []
    assert "g: credentials expired; trying until it passes" in seat.said[0]
    assert "failed (credentials expired)" in seat.follower.doubts()[0]
    fake.keys = {"KEY"}
    assert seat.look(after_s=10) == ["meanwhile"]
    assert seat.follower.doubts() == []


def test_a_group_that_is_not_there_yet_is_waited_for_and_then_read_whole(fake: FakeLogs) -> None:
    fake.put("g", "here")
    seat = Seat(fake, "g", "later")
    assert seat.look() == ["here"]
    assert seat.said == ["There is no log group later yet: waiting for it."]
    assert seat.follower.doubts() == ["later was never there"]
    fake.put("later", "from before we looked", ago_s=60)
    assert seat.look(after_s=10) == ["from before we looked"]
    assert seat.said[1:] == ["later is there, and read from the beginning of what is wanted."]
    assert seat.follower.doubts() == []


def test_a_group_that_was_deleted_meanwhile_is_a_doubt(fake: FakeLogs) -> None:
    fake.put("g", "before")
    seat = Seat(fake, "g")
    seat.look()
    gone = fake.groups.pop("g")
    seat.look()
    assert seat.said == ["There is no log group g any more: waiting for it."]
    fake.groups["g"] = gone
    assert seat.look(after_s=10) == []
    assert "deleted and made again" in seat.follower.doubts()[0]


def test_a_first_look_that_fails_half_way_goes_on_from_there(fake: FakeLogs) -> None:
    fake.page = 10
    for number in range(100):
        fake.put("g", f"{number}", ago_s=4000 - number)
    seat = Seat(fake, "g", since_s=5000)
    looks = seat.follower.look()
    for _ in range(5):
        seat.shown += [event.message for event in next(looks)]
    fake.dropped = 1
    seat.shown += [event.message for batch in looks for event in batch]
    assert "out of reach" in seat.said[0]
    asked = len(fake.asked)
    seat.look(after_s=10)
    assert seat.shown == [f"{number}" for number in range(100)]
    assert fake.asked[asked]["startTime"] > fake.asked[0]["startTime"]


def test_events_that_come_later_than_is_looked_for_are_a_doubt(fake: FakeLogs) -> None:
    fake.put("g", "late", ago_s=DEEP_MS / 1000 * 0.8)
    seat = Seat(fake, "g")
    seat.look()
    assert seat.follower.doubts() == [
        "events of g arrived up to 4 min late, and those that come more than 5 min late are not looked for"
    ]


def test_the_services_clock_counts(fake: FakeLogs) -> None:
    fake.ahead_s = -3600
    fake.put("g", "first")
    seat = Seat(fake, "g")
    seat.groups[0].connection.ahead_s = fake.ahead_s
    assert seat.look() == ["first"]
    fake.put("g", "second", ago_s=1)
    assert seat.look() == ["second"]


def test_the_last_look_shows_what_has_arrived_and_waits_for_nobody(fake: FakeLogs) -> None:
    fake.put("g", "first")
    seat = Seat(fake, "g", "absent")
    seat.look()
    fake.put("g", "last", ago_s=100)
    assert [event.message for batch in seat.follower.last_look() for event in batch] == ["last"]
    assert len(seat.said) == 1


def test_a_stop_ends_the_look_that_is_under_way_and_none_is_lost(fake: FakeLogs) -> None:
    for group in "gh":
        fake.put(group, f"first of {group}")
    seat = Seat(fake, "g", "h")
    seat.follower.stop()
    assert seat.look() == []
    assert [event.message for batch in seat.follower.last_look() for event in batch] == [
        "first of g",
        "first of h",
    ]
    assert (seat.said, seat.follower.doubts()) == ([], [])


def test_a_last_look_that_takes_too_long_is_a_doubt(fake: FakeLogs) -> None:
    fake.page = 1
    for number in range(10):
        fake.put("g", f"{number}")
    seat = Seat(fake, "g")
    found = []
    for batch in seat.follower.last_look():
        found += batch
        seat.clock.now += LAST_LOOK_S / 3
    assert len(found) == 3
    assert seat.follower.doubts() == ["the last look at g failed (it took too long)"]
