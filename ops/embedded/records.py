"""What the Lambda service says of an invocation, and where it says it.

Records are those of Lambda's Telemetry schema (platform.start, platform.runtimeDone, platform.report) in
JSON, or the START / END / REPORT lines of the text format, as the function's LoggingConfig says.
"""

import datetime
import json
from typing import Any, Protocol

from ops.embedded.deployed import FunctionVersion


class Sink(Protocol):
    """Takes log lines."""

    def put(self, region: str, group: str, stream: str, message: str, /) -> None:
        """Take one line, from any thread; it is never waited for."""
        ...


class Meter(Protocol):
    """Takes numbers."""

    def measure(
        self, function: FunctionVersion, qualifier: str | None, began: float, /, **values: float
    ) -> None:
        """Take values of an invocation's metrics, by their names in CloudWatch; it is never waited for."""
        ...


def start_record(log_format: str, request_id: str, version: str) -> str:
    """Return the line that opens an invocation."""
    if log_format == "JSON":
        return _record("platform.start", requestId=request_id, version=version)
    return f"START RequestId: {request_id} Version: {version}"


def done_record(
    log_format: str, request_id: str, *, status: str, duration_ms: float, produced_bytes: int
) -> str:
    """Return the line that says that the app has answered, or how it failed."""
    if log_format == "JSON":
        metrics = {"durationMs": round(duration_ms, 3), "producedBytes": produced_bytes}
        return _record("platform.runtimeDone", requestId=request_id, status=status, metrics=metrics)
    return f"END RequestId: {request_id}"


def report_record(
    log_format: str,
    request_id: str,
    *,
    status: str,
    duration_ms: float,
    init_ms: float | None,
    memory_mb: int,
    memory_used_mb: int,
) -> str:
    """Return the line that closes an invocation: what it took and what it would be billed for."""
    billed_ms = int(-(-(duration_ms + (init_ms or 0)) // 1))
    if log_format == "JSON":
        metrics = {
            "durationMs": round(duration_ms, 3),
            "billedDurationMs": billed_ms,
            "memorySizeMB": memory_mb,
            "maxMemoryUsedMB": memory_used_mb,
        }
        if init_ms is not None:
            metrics["initDurationMs"] = round(init_ms, 3)
        return _record("platform.report", requestId=request_id, status=status, metrics=metrics)
    init = "" if init_ms is None else f"\tInit Duration: {init_ms:.2f} ms"
    return (
        f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\tBilled Duration: {billed_ms} ms"
        f"\tMemory Size: {memory_mb} MB\tMax Memory Used: {memory_used_mb} MB{init}"
    )


def _record(kind: str, **record: Any) -> str:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": now, "type": kind, "record": record})
