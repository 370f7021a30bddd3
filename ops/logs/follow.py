"""Follows groups and loses nothing: each event is shown once, however late it arrives.

CloudWatch's streams take events with different delays, so that what arrives now may be older than what was
already shown: a tail that goes on from the newest event loses it. So each look goes back behind the last
one and leaves out, by their ids, the events that were shown. Most looks go back some seconds; every now and
then one goes back minutes. A look that fails moves nothing: the next one begins where it would have.
"""

import datetime
import time
from collections.abc import Callable, Iterator, Sequence

from ops.logs.errors import GroupNotFoundError, PassingError
from ops.logs.group import Event, Group, Page, pause_s
from ops.logs.reader import merged

# How far a look goes back behind the one before it, and how far a sweep behind the sweep before it.
QUICK_MS, DEEP_MS = 10_000, 300_000
SWEEP_EVERY_S = 15.0
# What sweeps may take of the time at most: in a busy group they come less often.
SWEEP_SHARE = 0.2

# FilterLogEvents allows five calls a second in an account and region, and others call it too.
# Source: CloudWatch Logs quotas.
CALLS_PER_S = 3.0
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.4, 5.0
ABSENT_WAIT_S = 1.0

# Ids that are kept of one group: about 100 MB.
MOST_IDS = 500_000

# The last look, after Ctrl-C.
LAST_LOOK_S = 2.0


class Window:
    """What was seen of one group, and from where on it is looked at next.

    Attributes:
        largest_lag_ms: How long the latest of the events took to arrive.
        crowded: Whether more arrived than could be remembered.
    """

    def __init__(
        self, start_ms: int, *, quick_ms: int = QUICK_MS, deep_ms: int = DEEP_MS, most_ids: int = MOST_IDS
    ) -> None:
        """Nothing before `start_ms` is wanted."""
        self._start_ms = start_ms
        self._quick_ms, self._deep_ms = quick_ms, deep_ms
        self._most_ids = most_ids
        self._looked_ms: int | None = None  # when the last complete look began, by the service's clock
        self._swept_ms: int | None = None
        self._seen: dict[str, int] = {}
        self._pruned_ms = start_ms
        self.largest_lag_ms = 0
        self.crowded = False

    def begins(self, *, deep: bool) -> int:
        """Return from which millisecond on to look."""
        last, back_ms = (self._swept_ms, self._deep_ms) if deep else (self._looked_ms, self._quick_ms)
        return self._start_ms if last is None else max(self._start_ms, last - back_ms)

    def new(self, events: list[Event]) -> list[Event]:
        """Return those of a page's events that were not seen before; now they were."""
        seen = self._seen
        fresh = []
        for event in events:
            # An account that was erased counts its ids from the beginning.
            if event.timestamp >= self._start_ms and seen.get(event.event_id) != event.timestamp:
                seen[event.event_id] = event.timestamp
                fresh.append(event)
        for event in fresh:
            self.largest_lag_ms = max(self.largest_lag_ms, event.ingestion_time - event.timestamp)
        return fresh

    def reached(self, timestamp_ms: int, *, began_ms: int) -> None:
        """Note that a first look came as far as an event of that time; the next goes on from there."""
        self.looked(min(timestamp_ms, began_ms), deep=True)

    def looked(self, began_ms: int, *, deep: bool) -> None:
        """Note a complete look.

        Args:
            began_ms: When it was asked for, by the service's clock.
            deep: Whether it was a sweep.
        """
        self._looked_ms = max(self._looked_ms or 0, began_ms)
        if deep:
            self._swept_ms = max(self._swept_ms or 0, began_ms)
            self._forget()

    def _forget(self) -> None:
        """Forget what no look will find again; in a crowd also what one might, and look no further back."""
        oldest = self.begins(deep=True)
        if oldest > self._pruned_ms:
            self._pruned_ms = oldest
            self._seen = {id_: stamp for id_, stamp in self._seen.items() if stamp >= oldest}
        if len(self._seen) > self._most_ids:
            self.crowded = True
            stamps = sorted(self._seen.values())
            # All of one millisecond stay or go together: those that stay are found again, and known.
            self._start_ms = stamps[len(stamps) // 2]
            self._seen = {id_: stamp for id_, stamp in self._seen.items() if stamp >= self._start_ms}


class Watch:
    """One group that is followed, and how it does."""

    def __init__(self, group: Group, window: Window) -> None:
        self.group = group
        self.window = window
        self.trouble = ""
        self.was_there = False
        self.was_gone = False
        self.complete_ms: int | None = None
        self._failures = 0
        self._since = 0.0
        self._retry_at = 0.0

    def is_due(self, now: float) -> bool:
        """Whether to look now; after a failure it is left alone for a while."""
        return now >= self._retry_at

    def failed(self, error: PassingError | GroupNotFoundError, now: float) -> str:
        """Note a failure; return what to say about it, "" when it was said."""
        absent = isinstance(error, GroupNotFoundError)
        self._failures += 1
        self._retry_at = now + (ABSENT_WAIT_S if absent else pause_s(self._failures))
        self.was_gone |= absent and self.was_there
        trouble = "not there" if absent else error.what  # type: ignore[union-attr]  # the other one
        if trouble == self.trouble:
            return ""
        if not self.trouble:
            self._since = now
        self.trouble = trouble
        if absent:
            when = "any more" if self.was_there else "yet"
            return f"There is no log group {self.group.name} {when}: waiting for it."
        return f"{self.group.name}: {trouble}; trying until it passes. {error}"

    def answered(self, now: float) -> str:
        """Note that the group was read; return what to say about it."""
        self.was_there = True
        said = ""
        if self.trouble:
            said = f"{self.group.name} is there, and read from the beginning of what is wanted."
            if self.trouble != "not there":
                said = f"{self.group.name}: it passed after {now - self._since:.0f} s; nothing was left out."
        self.trouble, self._failures, self._retry_at = "", 0, 0.0
        return said


class Follower:
    """Looks at groups again and again, and yields what is new."""

    def __init__(
        self,
        groups: Sequence[Group],
        start_ms: int,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at `groups` from `start_ms` on; `say` tells what goes wrong and when it passes."""
        self._watches = [Watch(group, Window(start_ms)) for group in groups]
        self._say = say
        self._clock = clock
        self._sweep_at = 0.0
        self._is_stopping = False
        self._ends_at = float("inf")
        self._least_wait_s = max(SHORTEST_WAIT_S, len(groups) / CALLS_PER_S)
        self.wait_s = self._least_wait_s

    def look(self) -> Iterator[list[Event]]:
        """Yield what has arrived since the last look, in the order of time; then `wait_s` is to be waited."""
        began = self._clock()
        deep = began >= self._sweep_at
        due = [watch for watch in self._watches if watch.is_due(began)]
        # All are asked before the first answer is waited for.
        yield from merged([self._asked(watch, deep=deep) for watch in due])
        throttled = any(watch.trouble == "throttled" for watch in due)
        # Slower as long as AWS finds it too fast, then step by step as fast as before.
        pace = self.wait_s * (1.5 if throttled else 0.95)
        self.wait_s = min(LONGEST_WAIT_S, max(self._least_wait_s, pace))
        if deep and len(due) == len(self._watches):
            took = self._clock() - began
            self._sweep_at = self._clock() + max(SWEEP_EVERY_S, took / SWEEP_SHARE)

    def stop(self) -> None:
        """End the look that is under way; may be called by a signal's handler."""
        self._is_stopping = True
        for watch in self._watches:
            watch.group.give_up()

    def last_look(self) -> Iterator[list[Event]]:
        """Yield what has arrived by now; says nothing and waits for nobody."""
        self._is_stopping = False
        self._ends_at = self._clock() + LAST_LOOK_S
        self._sweep_at = 0.0
        self._say = lambda _: None
        for watch in self._watches:
            watch.group.attempts = 1
            watch.group.connection.close()  # when it was cut, it is of no use
            watch.group.connection.limit(LAST_LOOK_S)
        yield from self.look()

    @property
    def now_ms(self) -> int:
        """The service's time."""
        return int(self._watches[0].group.connection.now * 1000)

    def until(self) -> str:
        """Return up to which time all that had arrived was shown."""
        moments = [watch.complete_ms for watch in self._watches if watch.complete_ms is not None]
        if not moments:
            return ""
        return f"{datetime.datetime.fromtimestamp(min(moments) / 1000):%H:%M:%S}"

    def doubts(self) -> list[str]:
        """Return why events might be missing from what was shown; nothing when none can be."""
        return [doubt for watch in self._watches for doubt in _doubts(watch)]

    def _asked(self, watch: Watch, *, deep: bool) -> Iterator[list[Event]]:
        """Ask a group, and return what yields its new events."""
        began_ms = int(watch.group.connection.now * 1000)
        deep = deep or watch.complete_ms is None
        start_ms = watch.window.begins(deep=deep)
        watch.group.ask(start_ms)
        return self._pages(watch, start_ms, began_ms=began_ms, deep=deep)

    def _pages(self, watch: Watch, start_ms: int, *, began_ms: int, deep: bool) -> Iterator[list[Event]]:
        """Yield the new events of a group; ends early, with a word about it, when the group can't be read."""
        group, window = watch.group, watch.window
        try:
            while True:
                page = self._answer(group)
                if watch.trouble or not watch.was_there:
                    self._tell(watch.answered(self._clock()))
                if page.next_token:
                    group.ask(start_ms, token=page.next_token)
                if fresh := window.new(page.events):
                    yield fresh
                if page.events and watch.complete_ms is None:
                    window.reached(page.events[-1].timestamp, began_ms=began_ms)
                if not page.next_token:
                    break
        except (PassingError, GroupNotFoundError) as error:
            if not self._is_stopping:
                self._tell(watch.failed(error, self._clock()))
            return
        window.looked(began_ms, deep=deep)
        watch.complete_ms = began_ms

    def _answer(self, group: Group) -> Page:
        if self._clock() >= self._ends_at:
            raise PassingError("it took too long", f"The last look has {LAST_LOOK_S:.0f} s.")
        return group.answer()

    def _tell(self, remark: str) -> None:
        if remark:
            self._say(remark)


def _doubts(watch: Watch) -> Iterator[str]:
    name, window, back = watch.group.name, watch.window, DEEP_MS // 60_000
    if watch.trouble == "not there":
        yield f"{name} was {'deleted' if watch.was_there else 'never there'}"
    elif watch.was_gone:
        yield f"{name} was deleted and made again: what it held in between was not read"
    elif watch.trouble:
        yield f"the last look at {name} failed ({watch.trouble})"
    elif watch.complete_ms is None:
        yield f"{name} was not read to the end"
    if window.crowded:
        yield f"{name} had too many events to remember those of {back} min: late ones may be missing"
    if window.largest_lag_ms > DEEP_MS / 2:
        yield (
            f"events of {name} arrived up to {window.largest_lag_ms / 60_000:.0f} min late, and those that "
            f"come more than {back} min late are not looked for"
        )
