"""docs/soak.md and its plots, from the measurements alone: `python -m tests.soak.report soak.json docs`."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

# Comes without types.
import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from tests.soak.journal import SENTENCES, STATUSES

Points = Sequence[tuple[float, float] | None]
Data = Mapping[str, Any]

_BIN_S: Final = 15.0
# Read on white and on black alike, which a picture in a page of either colour cannot choose.
_INK: Final = "#74808c"
_COLOURS: Final = ("#2f81f7", "#d29922", "#db61a2")
_EVENTS: Final = {
    "kill": "#e5534b",
    "freeze": "#39c5cf",
    "throttle": "#f0883e",
    "limit": "#b08800",
    "outage": "#8b949e",
    "deploy": "#3fb950",
    "rollback": "#a371f7",
    "rotation": "#6e5494",
}

_HEAD: Final = """# Soak and chaos

Written by `nox -s soak`, never by hand: {minutes:.1f} minutes, {sessions} sessions and {tabs} in a real
browser at the same time, seed {seed}, on {machine}, users {pace:.1f} times as slow as they would be.
`nox -s soak -- --minutes N --sessions N --seed N` does it again.

A stage is deployed by command into a fresh embedded account. People use its page through its API: visit,
paste or upload a report, agree to have it read, correct, reconcile, sign, export, change the language,
reload, come back, erase. At each step each of them looks whether all is there that they have left, and
nothing of anybody else. Meanwhile instances are killed and stopped, calls are throttled, the provider fails,
and an operator deploys, rolls back and rotates the key.
"""


def write(data: Data, docs: Path) -> None:
    """Write soak.md, and soak/*.svg beside it."""
    pictures = docs / "soak"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, chart in _charts(data).items():
        (pictures / f"{name}.svg").write_bytes(chart.render())
    (docs / "soak.md").write_text("\n".join(_lines(data)) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------ the words


def _lines(data: Data) -> Iterable[str]:
    plan = data["plan"]
    yield _HEAD.format(
        **{**plan, "pace": data["pace"], "minutes": data["seconds"] / 60, "machine": data["machine"]}
    )
    yield from _verdict(data)
    yield "\n## What was done\n"
    yield from _table(("what", "how often"), _done(data))
    yield "\n## Requests and presses\n"
    yield "![Requests per second](soak/requests.svg)\n"
    yield "![Time of a press](soak/latency.svg)\n"
    yield from _table(("press", "count", "p50 s", "p95 s", "p99 s"), _latencies(data))
    yield "\n## What clients met, and got over\n"
    yield "Each may be met only while something was done that explains it; all else is a violation.\n"
    yield "![Answers that were errors](soak/errors.svg)\n"
    yield from _table(("what", "only with", "how a client gets over it", "met"), _announced(data))
    yield "\n## Memory\n"
    yield "![Memory](soak/memory.svg)\n"
    yield from _table(
        ("what", "grows by, MB an hour", "may grow by", "why that much"),
        ((one["what"], f"{one['slope']:+.0f}", f"{one['bound']:.0f}", one["why"]) for one in data["growth"]),
    )


def _verdict(data: Data) -> Iterable[str]:
    if not data["violations"]:
        yield "**Nothing was lost, wrong or crossed; no error but those announced; nothing left behind.**"
        return
    yield f"**{len(data['violations'])} violations:**\n"
    for one in data["violations"][:20]:
        yield f"- {one['at_s']:.0f} s, {one['session']}, {one['kind']}: {one['what'].splitlines()[0][:300]}"


def _done(data: Data) -> Iterable[tuple[str, str]]:
    kinds = Counter(one["kind"] for one in data["violations"])
    yield "sessions at the same time", str(data["plan"]["sessions"])
    yield "requests", f"{len(data['requests']):,}"
    yield "presses", f"{len(data['presses']):,}"
    for what, count in sorted(data["counts"].items()):
        yield what, f"{count:,}"
    for kind in ("lost", "wrong"):
        yield kind, str(kinds[kind])


def _latencies(data: Data) -> Iterable[tuple[str, ...]]:
    presses = data["presses"]
    for what in sorted({one["what"] for one in presses}):
        yield _latency(what, [one["took_s"] for one in presses if one["what"] == what])
    yield _latency("all but read", [one["took_s"] for one in presses if _is_press(one)])


def _latency(what: str, took_s: Sequence[float]) -> tuple[str, ...]:
    return what, f"{len(took_s):,}", *(f"{quantile(took_s, share):.2f}" for share in (0.5, 0.95, 0.99))


def _is_press(one: Data) -> bool:
    """Whether it is one press: to read is to wait for a job."""
    return bool(one["what"] != "read")


def _announced(data: Data) -> Iterable[tuple[str, str, str, str]]:
    met = Counter(one["status"] for one in data["requests"])
    for status, (causes, how) in STATUSES.items():
        yield f"HTTP {status}", ", ".join(sorted(causes)), how, f"{met[status]:,}"
    for sentence, (causes, how) in SENTENCES.items():
        said = sum(sentence in one["text"] for one in data["sentences"])
        yield f"« {sentence.lstrip(' :')} »", ", ".join(sorted(causes)), how, str(said)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


# --------------------------------------------------------------------------------------------- the pictures


def _charts(data: Data) -> dict[str, Any]:
    rate = _binned(data["requests"], lambda ones: len(ones) / _BIN_S)
    presses = [one for one in data["presses"] if _is_press(one)]
    latency = {f"p{share * 100:.0f}": _binned(presses, _taken(share)) for share in (0.5, 0.95, 0.99)}
    memory = {
        "account": [(one["at_s"] / 60, one["mb"]) for one in data["account"]],
        "largest instance": _largest(data["instances"]),
        "store, on disk": [(at_s / 60, mb) for at_s, mb in data["store"]],
    }
    return {
        "requests": _over_time("Requests per second", {"requests": rate}, data["events"]),
        "latency": _over_time("Seconds from press to page", latency, data["events"]),
        "memory": _over_time("Megabytes", memory, ()),
        "errors": _errors(data),
    }


def _taken(share: float) -> Callable[[Sequence[Data]], float]:
    """Return what tells how long that share of presses took at most."""
    return lambda ones: quantile([one["took_s"] for one in ones], share)


def _over_time(title: str, series: Mapping[str, Points], events: Sequence[Data]) -> Any:
    shown = {kind: [one["began_s"] / 60 for one in events if one["kind"] == kind] for kind in _EVENTS}
    colours = (*_COLOURS[: len(series)], *(_EVENTS[kind] for kind in _EVENTS if shown[kind]))
    chart = _styled(pygal.XY(stroke=True, show_dots=False, allow_interruptions=True), colours)
    chart.title, chart.x_title = title, "minutes"
    highest = max((point[1] for points in series.values() for point in points if point), default=1.0)
    for name, points in series.items():
        chart.add(name, points, stroke_style={"width": 2})
    for kind, times in shown.items():
        if times:
            # A stroke at the foot for each time.
            ticks = [point for at in times for point in ((at, 0), (at, highest / 12), None)]
            chart.add(f"{kind} ({len(times)})", ticks, stroke_style={"width": 2})
    return chart


def _errors(data: Data) -> Any:
    chart = _styled(pygal.StackedBar(), _COLOURS)
    bins = range(int(data["seconds"] // 60) + 1)
    chart.title, chart.x_title = "Answers that were errors, by the minute", "minutes"
    chart.x_labels = [str(minute) for minute in bins]
    for status in STATUSES:
        at = Counter(int(one["at_s"] // 60) for one in data["requests"] if one["status"] == status)
        chart.add(f"HTTP {status}", [at[minute] for minute in bins])
    return chart


def _styled(chart: Any, colours: Sequence[str]) -> Any:
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground=_INK,
        foreground_strong=_INK,
        foreground_subtle=_INK,
        guide_stroke_color=_INK,
        major_guide_stroke_color=_INK,
        colors=colours,
        font_family="sans-serif",
    )
    chart.config(style=style, width=900, height=420, js=[])
    chart.config(legend_at_bottom=True, legend_at_bottom_columns=6, margin_bottom=60)
    # The same numbers, the same bytes.
    chart.config(no_prefix=True, pretty_print=True, explicit_size=True)
    chart.uuid = "soak"
    return chart


def _binned(ones: Sequence[Data], of: Callable[[Sequence[Data]], float]) -> Points:
    bins: dict[int, list[Data]] = {}
    for one in ones:
        bins.setdefault(int(one["at_s"] // _BIN_S), []).append(one)
    return [(number * _BIN_S / 60, of(inside)) for number, inside in sorted(bins.items())]


def _largest(instances: Sequence[Data]) -> Points:
    by_time: dict[float, float] = {}
    for one in instances:
        by_time[one["at_s"]] = max(one["mb"], by_time.get(one["at_s"], 0.0))
    return [(at_s / 60, mb) for at_s, mb in sorted(by_time.items())]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies; 0 of none."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else 0.0


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
