"""How a summary is shown in a terminal of 60 columns or more; nothing is printed here."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

ROWS = 5
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def summary(data: dict[str, Any]) -> Group:
    """Return the figures of `Tally.data`, and requests over time."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _figures(data):
        table.add_row(name, text)
    return Group(table, Text(), *_over_time(data))


def bars(values: Sequence[int], *, rows: int) -> list[str]:
    """Return a chart of values, the highest one as high as there are rows; what is not 0 is seen."""
    highest = max(values, default=0)
    heights = [0 if not value else max(1, round(value * rows * 8 / highest)) for value in values]
    return [
        "".join(_EIGHTHS[min(8, max(0, height - row * 8))] for height in heights)
        for row in reversed(range(rows))
    ]


def _figures(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    api, function = data["api"], data["function"]
    yield "span", f"{_local(data['since'])} to {_local(data['until'])}"
    yield "events", f"{data['events']:,}, {data['error_lines']:,} of them errors of the app"
    yield "API", f"{api['requests']:,} requests, {_share(api['errors'], api['requests'])} answered 5xx"
    if api["latency_ms"]:
        yield "", _quantiles(api["latency_ms"])
    failed = _share(function["errors"], function["invocations"])
    yield (
        "function",
        f"{function['invocations']:,} invocations, {failed} failed, {function['timeouts']} timed out",
    )
    if function["duration_ms"]:
        yield "", _quantiles(function["duration_ms"])
    yield "cold starts", _share(function["cold_starts"], function["invocations"])
    if function["init_ms"]:
        yield "", _quantiles(function["init_ms"])
    if function["memory_mb"]:
        yield "memory", f"at most {function['most_used_mb']} of {function['memory_mb']} MB used"
    cost = (
        f"about {data['estimated_usd']:.6f} $, {function['billed_gb_s']:,.2f} GB-s; without logs and traffic"
    )
    yield "cost", cost


def _over_time(data: dict[str, Any]) -> Iterator[Text]:
    requests, errors = data["over_time"]["requests"], data["over_time"]["errors"]
    if not any(requests):
        yield Text("No request in that time.")
        return
    for number, row in enumerate(bars(requests, rows=ROWS)):
        label = f"{max(requests):>6} " if number == 0 else " " * 7
        yield Text(label).append(row, style="cyan")
    if any(errors):
        yield Text("errors ").append(bars(errors, rows=1)[0], style="red").append(f" {max(errors)}")
    begin, end = _local(data["since"]), _local(data["until"])
    yield Text(" " * 7 + begin + end.rjust(len(requests) - len(begin)))


def _local(iso: str) -> str:
    return f"{datetime.datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if part and whole else f"{part:,}"


def _quantiles(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.0f} ms" for name, value in values.items())
