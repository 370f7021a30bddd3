"""What the events of a span come to: requests, errors, times, memory and money.

Invocations are counted by platform.report records or REPORT lines, the API's requests by its access log.
"""

import math
from array import array
from collections.abc import Sequence
from typing import Any

from ops.costs import MB_PER_GB, PRICES
from ops.logs import records
from ops.logs.group import Event
from ops.logs.output import iso_time
from ops.logs.records import LEVELS, Record

# How many parts a span is cut into: a terminal of 60 columns has room for them.
PARTS = 50


class Timeline:
    """How many of something went well and how many did not, in each part of a span."""

    def __init__(self, start_ms: int, end_ms: int) -> None:
        """Cut the span into PARTS."""
        self._start_ms, self._length_ms = start_ms, max(1, end_ms - start_ms)
        self.all, self.bad = [0] * PARTS, [0] * PARTS

    def note(self, timestamp_ms: int, *, is_good: bool) -> None:
        """Count one; what lies outside counts in the nearest part."""
        part = (timestamp_ms - self._start_ms) * PARTS // self._length_ms
        part = min(PARTS - 1, max(0, part))
        self.all[part] += 1
        self.bad[part] += not is_good


class Tally:
    """Counts what a span holds; it keeps numbers, and no events."""

    def __init__(self, start_ms: int, end_ms: int, *, architecture: str) -> None:
        """Count a span of milliseconds since 1970; the price of computing depends on the processor."""
        self.start_ms, self.end_ms = start_ms, end_ms
        self._architecture = architecture
        self._failed: set[str] = set()
        self._timed_out: set[str] = set()
        self._durations_ms, self._inits_ms, self._latencies_ms = array("d"), array("d"), array("d")
        self._api_errors = self._error_lines = self._events = 0
        self._memory_mb = self._most_used_mb = 0
        self._billed_gb_s = 0.0
        self._invoked, self._asked = Timeline(start_ms, end_ms), Timeline(start_ms, end_ms)

    def add(self, events: Sequence[Event]) -> None:
        """Count events."""
        self._events += len(events)
        for event in events:
            record = records.parse(event.message)
            if record.logger == "access":
                self._add_request(record, event.timestamp)
            elif record.logger != "platform":
                self._error_lines += record.severity >= LEVELS["error"]
            elif record.message == "report":
                self._add_report(record, event.timestamp)
            elif "Task timed out" in record.message:  # all that the text form said of it for years
                self._failed.add(record.request)
                self._timed_out.add(record.request)

    @property
    def timeline(self) -> Timeline:
        """Of the API's requests, or of invocations where the API's log was not read."""
        return self._asked if self._latencies_ms else self._invoked

    def data(self) -> dict[str, Any]:
        """Return all that was counted, for programs and for `charts`."""
        requests, invocations = len(self._latencies_ms), len(self._durations_ms)
        usd = (
            self._billed_gb_s * PRICES[self._architecture].usd
            + invocations * PRICES["invocation"].usd
            + requests * PRICES["api_request"].usd
        )
        return {
            "since": iso_time(self.start_ms),
            "until": iso_time(self.end_ms),
            "events": self._events,
            "error_lines": self._error_lines,
            "api": {
                "requests": requests,
                "errors": self._api_errors,
                "latency_ms": quantiles(self._latencies_ms),
            },
            "function": {
                "invocations": invocations,
                "errors": len(self._failed),
                "timeouts": len(self._timed_out),
                "duration_ms": quantiles(self._durations_ms),
                "cold_starts": len(self._inits_ms),
                "init_ms": quantiles(self._inits_ms),
                "memory_mb": self._memory_mb,
                "most_used_mb": self._most_used_mb,
                "billed_gb_s": round(self._billed_gb_s, 6),
            },
            "estimated_usd": round(usd, 8),
            "over_time": {"requests": self.timeline.all, "errors": self.timeline.bad},
        }

    def _add_request(self, record: Record, timestamp_ms: int) -> None:
        is_good = record.level != "error"
        self._api_errors += not is_good
        self._latencies_ms.append(_number(record.rest.get("responseLatency")))
        self._asked.note(timestamp_ms, is_good=is_good)

    def _add_report(self, record: Record, timestamp_ms: int) -> None:
        said = record.rest
        status = said.get("status", "success")
        if status != "success":
            self._failed.add(record.request)
        if status == "timeout":
            self._timed_out.add(record.request)
        self._durations_ms.append(_number(said.get("durationMs")))
        if "initDurationMs" in said:
            self._inits_ms.append(_number(said["initDurationMs"]))
        memory_mb = int(_number(said.get("memorySizeMB")))
        self._memory_mb = max(self._memory_mb, memory_mb)
        self._most_used_mb = max(self._most_used_mb, int(_number(said.get("maxMemoryUsedMB"))))
        self._billed_gb_s += _number(said.get("billedDurationMs")) / 1000 * memory_mb / MB_PER_GB
        self._invoked.note(timestamp_ms, is_good=record.request not in self._failed)


def quantiles(values: Sequence[float]) -> dict[str, float] | None:
    """Return p50, p95 and p99: the least value that so many percent do not exceed. None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return {f"p{share}": ordered[math.ceil(len(ordered) * share / 100) - 1] for share in (50, 95, 99)}


def _number(value: Any) -> float:
    """Return a number that a log holds, perhaps as text; 0 when it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0
