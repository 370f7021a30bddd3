"""What the function and its API logged."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.tasks import task

from commands.terminal import STAGE_HELP, exit_on_ops_error, print_json, remark, show

if TYPE_CHECKING:
    from ops.logs.output import Look


@task(
    iterable=["group"],
    help={
        "stage": STAGE_HELP,
        "follow": "Go on until Ctrl-C, which tells whether any event could have been missed.",
        "since": 'Where to begin: 30m, 2h, "yesterday 14:00", 2026-11-01T10:00Z; without it, 1h.',
        "until": "Where to end, said likewise; without it, now.",
        "source": "function, api, or both: function,api, which is what is read without it.",
        "group": "A log group by its name, in the place of the stage's own; may be repeated.",
        "filter": "CloudWatch's filter pattern, which the service evaluates.",
        "grep": "Regular expression that the message has to contain.",
        "request": "Id of a request, or how it begins: only what belongs to it, in all groups.",
        "by-request": "Show each request's events together, once it has ended.",
        "level": "Least level to show: debug, info, warn, error or critical.",
        "output": "text; json, an object a line; or raw, as it was written.",
        "colour": "Colour levels, on a terminal.",
        "live": "CloudWatch's Live Tail: a sample above 500 events a second, and 3 hours at most.",
        "summary": "What it comes to: requests, errors, times, cold starts, memory, cost, and a plot.",
    },
)
def logs(
    c: Context,
    stage: str | None = None,
    follow: bool = False,
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
    group: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 - CloudWatch's word
    grep: str | None = None,
    request: str | None = None,
    level: str | None = None,
    output: str = "text",
    colour: bool = True,
    summary: bool = False,
    live: bool = False,
    by_request: bool = False,
) -> None:
    """Show what the function and its API logged, in the order of time."""
    import gc

    from ops import settings
    from ops.logs import tail
    from ops.logs.query import Options
    from ops.logs.screen import Screen

    options = Options(
        since=since,
        until=until,
        sources=source,
        groups=tuple(group or ()),
        filter=filter,
        grep=grep,
        request=request,
        level=level,
        output=output,
        follow=follow,
        summary=summary,
        live=live,
        by_request=by_request,
    )
    with exit_on_ops_error(), quiet_when_unread():
        loaded = settings.load(c.config, stage)
        # What was imported stays: to look through it again, also at the end, costs a tenth of a second.
        gc.freeze()
        screen = Screen(sys.stdout.buffer, remark)
        if summary:
            print_logs_summary(tail.summarise(loaded, options, screen), json=output == "json", colour=colour)
        elif live:
            tail.show_live(loaded, options, screen, look_of_logs(colour))
        else:
            tail.show(loaded, options, screen, look_of_logs(colour))


def look_of_logs(colour: bool) -> "Look":
    """Return how logs look on standard output."""
    from ops.logs.output import Look

    is_terminal = sys.stdout.isatty()
    is_coloured = colour and is_terminal and not os.environ.get("NO_COLOR")
    return Look(colour=is_coloured, terminal=is_terminal)


def print_logs_summary(found: dict[str, Any], *, json: bool, colour: bool) -> None:
    """Tell what a span of logs came to."""
    if json:
        print_json(found)
    else:
        from ops.logs import charts

        show(charts.summary(found), colour=colour)


@contextlib.contextmanager
def quiet_when_unread() -> Iterator[None]:
    """End as if all were done when whatever reads the output has had enough."""
    try:
        yield
    except BrokenPipeError:
        # What is still buffered would complain when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
