"""Reads or follows what was asked for, and shows it or sums it up: what `invoke logs` calls."""

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ops.logs import place, query, reader
from ops.logs.errors import PassingError
from ops.logs.follow import Follower
from ops.logs.group import ATTEMPTS, Event, Group
from ops.logs.output import Look, writer
from ops.logs.place import Place
from ops.logs.query import Options, Query
from ops.logs.requests import Requests
from ops.logs.screen import Screen
from ops.settings import Settings

# While following, what can't be had is asked for again and again: one more attempt hides a mere hiccup.
FOLLOWING_ATTEMPTS = 2


def show(settings: Settings, options: Options, screen: Screen, look: Look) -> None:
    """Show the stage's events that the options ask for, until there are no more or somebody stops it.

    Args:
        settings: The stage.
        options: What to read and how to show it.
        screen: Where it goes.
        look: How text looks there.

    Raises:
        LogsError: The options, a group or a filter can't be used.
        TargetError: The stage's account can't be reached.
        BrokenPipeError: Nobody reads any more.
    """
    where, asked = _reach(settings, options, screen)
    shown = _Shown(asked, screen, look)
    with screen.stoppable():
        if options.follow:
            _follow(where, asked, shown, screen)
        else:
            _read(where, asked, shown, screen)


def show_live(settings: Settings, options: Options, screen: Screen, look: Look) -> None:
    """Show the stage's events as CloudWatch's Live Tail brings them, until it ends or somebody stops it.

    Args:
        settings: The stage.
        options: What to show and how.
        screen: Where it goes.
        look: How text looks there.

    Raises:
        LogsError: The options or a group can't be used.
        TargetError: The stage's account can't be reached.
        BrokenPipeError: Nobody reads any more.
    """
    from ops import target
    from ops.logs import live

    asked = query.read(options, app_name=settings.app_name, now=time.time())
    reached = target.reach(settings)
    arns = [
        live.group_arn(name, region=settings.region, account_id=reached.account_id) for name in asked.groups
    ]
    session = live.LiveTail(reached.clients.logs, arns, asked.pattern)
    screen.say(live.SAMPLING)
    shown = _Shown(asked, screen, look)
    why = "the embedded account shows what it holds, and ends" if reached.running else "the session ended"
    try:
        for batch in session.batches():
            shown(batch)
    except KeyboardInterrupt:
        why = "stopped"
    shown.finish()
    left_out = "some were left out by sampling" if session.sampled else "none left out by sampling"
    screen.say(f"{_counted(shown, asked)}; {left_out}; {why}.")


def summarise(settings: Settings, options: Options, screen: Screen) -> dict[str, Any]:
    """Return what the stage's events of a span come to, as `Tally.data` says.

    Args:
        settings: The stage.
        options: Which events.
        screen: Where remarks go.

    Raises:
        LogsError: The options, a group or a filter can't be used.
        TargetError: The stage's account can't be reached.
    """
    from ops.logs.summary import Tally

    where, asked = _reach(settings, options, screen)
    end_ms = asked.end_ms if asked.end_ms is not None else int((time.time() + where.ahead_s) * 1000)
    tally = Tally(asked.start_ms, end_ms, architecture=_architecture(settings))
    with screen.stoppable(), contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C
        for batch in _batches(where, asked, screen):
            tally.add(asked.selection.of(batch))
    if screen.stopped:
        screen.say("Stopped before the end, so that later events are missing.")
    return tally.data()


def _reach(settings: Settings, options: Options, screen: Screen) -> tuple[Place, Query]:
    """Return where the logs are, and what is asked of them."""
    # Before anything is asked of AWS; again once its clock is known, which is what counts.
    asked = query.read(options, app_name=settings.app_name, now=time.time())
    where = place.reach(settings)
    for notice in where.notices:
        screen.say(notice)
    now = time.time() + where.ahead_s
    if where.ahead_s:
        asked = query.read(options, app_name=settings.app_name, now=now)
    query.refuse_the_future(asked, now=now)
    return where, asked


def _architecture(settings: Settings) -> str:
    """Return the function's processor, as the stage's variables say it."""
    text = settings.tfvars.read_text() if settings.tfvars.is_file() else ""
    return "arm64" if re.search(r'^\s*architecture\s*=\s*"arm64"', text, re.MULTILINE) else "x86_64"


class _Shown:
    """Shows events and counts them."""

    def __init__(self, asked: Query, screen: Screen, look: Look) -> None:
        self._write = writer(asked.form, replace(look, labels=asked.labels))
        self._select = asked.selection.of
        self._screen = screen
        self._requests = Requests() if asked.by_request else None
        # A program needs no gap between requests, and would have to skip it.
        self._gap = b"\n" if asked.form == "text" else b""
        self.count = 0

    def __call__(self, events: list[Event]) -> None:
        """Show a batch, or as much of it as belongs to requests that have ended."""
        chosen = self._select(events)
        if self._requests:
            self._show_each(self._requests.take(chosen, now_ms=events[-1].timestamp))
        elif chosen:
            self._show(chosen)

    def pass_time(self, now_ms: int) -> None:
        """Show the requests that have ended by now, though nothing new has come."""
        if self._requests:
            self._show_each(self._requests.take((), now_ms=now_ms))

    def finish(self) -> None:
        """Show what was held back."""
        if self._requests:
            self._show_each(self._requests.rest())

    def _show_each(self, requests: list[list[Event]]) -> None:
        for events in requests:
            self._show(events, self._gap)

    def _show(self, events: list[Event], gap: bytes = b"") -> None:
        self.count += len(events)
        self._screen.write(self._write(events) + gap)


def _read(where: Place, asked: Query, shown: _Shown, screen: Screen) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C
        for batch in _batches(where, asked, screen):
            shown(batch)
        shown.finish()
    if screen.stopped:
        screen.say(f"{_counted(shown, asked)}; stopped before the end, so that later ones are missing.")
    elif not shown.count:
        screen.say(f"No such events in {' and '.join(asked.groups)} in that time. Try an earlier --since.")


def _follow(where: Place, asked: Query, shown: _Shown, screen: Screen) -> None:
    groups = _groups(where, asked, screen, attempts=FOLLOWING_ATTEMPTS)
    follower = Follower(groups, asked.start_ms, say=screen.say)
    screen.when_stopped = follower.stop
    cut_short = False
    try:
        while not screen.stopped:
            for batch in follower.look():
                shown(batch)
            shown.pass_time(follower.now_ms)
            screen.wait(follower.wait_s)
        for batch in follower.last_look():
            shown(batch)
        shown.finish()
    except KeyboardInterrupt:  # a second Ctrl-C
        cut_short = True
    doubts = follower.doubts() + (["the last look was cut short"] if cut_short else [])
    screen.say(f"{_counted(shown, asked)}; {_completeness(follower.until(), doubts)}")


def _batches(where: Place, asked: Query, screen: Screen) -> Iterator[list[Event]]:
    """Yield what is asked for, until there is no more or somebody stops it."""
    groups = _groups(where, asked, screen, attempts=ATTEMPTS)

    def give_up() -> None:
        for group in groups:
            group.give_up()

    screen.when_stopped = give_up
    try:
        yield from reader.read(groups, asked.start_ms, asked.end_ms)
    except PassingError:
        if not screen.stopped:
            raise


def _groups(where: Place, asked: Query, screen: Screen, *, attempts: int) -> list[Group]:
    return [
        where.group(name, pattern=asked.pattern, attempts=attempts, sleep=screen.pause)
        for name in asked.groups
    ]


def _counted(shown: _Shown, asked: Query) -> str:
    events = "1 event" if shown.count == 1 else f"{shown.count} events"
    return f"{events} shown, of {'1 group' if len(asked.groups) == 1 else f'{len(asked.groups)} groups'}"


def _completeness(until: str, doubts: list[str]) -> str:
    if doubts:
        return f"some may be missing: {'; '.join(doubts)}."
    return f"all that had arrived by {until}, none missing."
