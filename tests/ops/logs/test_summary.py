import io
import json

import pytest
from rich.console import Console

from ops.embedded import records as written
from ops.logs import charts
from ops.logs.group import Event
from ops.logs.summary import PARTS, Tally, quantiles

HOUR = 3_600_000


def report(
    number: int, log_format: str = "JSON", status: str = "success", init_ms: float | None = None
) -> str:
    return written.report_record(
        log_format,
        f"id-{number}",
        status=status,
        duration_ms=float(number),
        init_ms=init_ms,
        memory_mb=1024,
        memory_used_mb=100 + number,
    )


def access(number: int, status: str) -> str:
    line = {"requestId": f"{number}", "httpMethod": "GET", "path": "/", "status": status}
    return json.dumps({**line, "responseLatency": f"{number}"})


def tally_of(*messages: str, architecture: str = "x86_64") -> Tally:
    tally = Tally(0, HOUR, architecture=architecture)
    step = HOUR // max(1, len(messages))
    tally.add([Event(number * step, message) for number, message in enumerate(messages)])
    return tally


def test_invocations_are_counted_in_both_forms() -> None:
    lines = [report(number, ("JSON", "Text")[number % 2]) for number in range(1, 101)]
    function = tally_of(*lines).data()["function"]
    assert (function["invocations"], function["errors"], function["cold_starts"]) == (100, 0, 0)
    assert function["duration_ms"] == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert (function["memory_mb"], function["most_used_mb"]) == (1024, 200)
    assert function["billed_gb_s"] == sum(range(1, 101)) / 1000


def test_failures_timeouts_and_cold_starts_are_told_apart() -> None:
    function = tally_of(
        report(1, init_ms=700.0),
        report(2, status="error"),
        report(3, status="timeout"),
        "REPORT RequestId: id-4\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 1024 MB",
        "2026-11-26T10:00:00.000Z id-4 Task timed out after 3.00 seconds",
    ).data()["function"]
    assert (function["invocations"], function["errors"], function["timeouts"]) == (4, 3, 2)
    assert (function["cold_starts"], function["init_ms"]["p50"]) == (1, 700.0)


def test_the_apis_requests_are_those_that_are_plotted() -> None:
    data = tally_of(access(10, "200"), access(20, "404"), access(30, "503"), report(1)).data()
    assert (data["api"]["requests"], data["api"]["errors"]) == (3, 1)
    assert data["api"]["latency_ms"]["p50"] == 20.0
    assert (sum(data["over_time"]["requests"]), sum(data["over_time"]["errors"])) == (3, 1)


def test_errors_of_the_app_are_counted_by_line() -> None:
    error = json.dumps({"level": "ERROR", "message": "x"})
    assert tally_of(error, "Traceback (most recent call last):", "fine").data()["error_lines"] == 2


def test_money_is_that_of_the_processor() -> None:
    lines = [report(1000) for _ in range(1000)]
    dear, cheap = (tally_of(*lines, architecture=kind).data() for kind in ("x86_64", "arm64"))
    # 1000 GB-seconds and 1000 invocations.
    assert dear["estimated_usd"] == round(1000 * 0.0000166667 + 0.0002, 8)
    assert cheap["estimated_usd"] == round(1000 * 0.0000133334 + 0.0002, 8)


def test_nothing_is_shown_as_nothing() -> None:
    data = tally_of().data()
    assert quantiles([]) is None
    assert "No request in that time." in shown(data)
    assert "of 0 MB" not in shown(data)


@pytest.mark.parametrize("value", ["nan", "inf", "long", None])
def test_what_is_no_number_counts_as_nothing(value: str | None) -> None:
    metrics = {"durationMs": value, "memorySizeMB": value, "maxMemoryUsedMB": value, "initDurationMs": value}
    record = {"requestId": "x", "status": "success", "metrics": metrics}
    function = tally_of(json.dumps({"type": "platform.report", "record": record})).data()["function"]
    assert (function["invocations"], function["memory_mb"]) == (1, 0)
    assert function["duration_ms"] == {"p50": 0.0, "p95": 0.0, "p99": 0.0}


def test_sixty_columns_are_enough_and_a_pipe_gets_no_colour() -> None:
    lines = [access(number % 7, "503" if number % 9 == 0 else "200") for number in range(500)]
    text = shown(tally_of(*lines, *[report(number, init_ms=9.0) for number in range(99)]).data())
    assert max(len(line) for line in text.splitlines()) <= 60
    assert "\x1b" not in text
    assert "errors " in text
    assert "█" in text


def test_what_is_not_nothing_is_seen_in_the_plot() -> None:
    rows = charts.bars([0, 1, 1000], rows=3)
    assert rows == ["  █", "  █", " ▁█"]
    assert all(len(row) == PARTS for row in charts.bars([1] * PARTS, rows=2))


def shown(data: dict) -> str:
    out = io.StringIO()
    Console(file=out, width=60, highlight=False).print(charts.summary(data))
    return out.getvalue()
