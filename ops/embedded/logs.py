"""CloudWatch Logs as the Lambda service and API Gateway write them, straight into the account's backend.

Records are those of Lambda's Telemetry schema (platform.start, platform.runtimeDone, platform.report) in
JSON, or the START / END / REPORT lines of the text format, as the function's LoggingConfig says.
"""

import datetime
import json
import logging
import threading
import time
from typing import Any

from moto.logs.models import logs_backends

from ops.embedded.cloud import Cloud
from ops.embedded.deployed import ACCOUNT_ID

log = logging.getLogger(__name__)

# Events wait at most this long, so that a burst of lines takes the lock once.
FLUSH_EVERY_S = 0.1

# Source: CloudWatch Logs quotas, "Event size": 1 MB with 26 bytes of overhead.
MAX_MESSAGE_BYTES = 1_048_550


class LogSink:
    """Takes log lines from any thread and puts them into their streams, in order."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._pending: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def start(self) -> None:
        """Write in the background from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then stop."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def put(self, region: str, group: str, stream: str, message: str) -> None:
        """Queue one line with the present time; empty ones are dropped, as CloudWatch refuses them."""
        if not message:
            return
        event = {"timestamp": int(time.time() * 1000), "message": _shortened(message)}
        with self._guard:
            self._pending.setdefault((region, group, stream), []).append(event)
        self._wake.set()

    def flush(self) -> None:
        """Write now what waits. A group that does not exist loses its lines, as it does in AWS."""
        with self._guard:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        with self._cloud.lock:
            for (region, group, stream), events in pending.items():
                _write(region, group, stream, events)
        self._cloud.changed()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            time.sleep(FLUSH_EVERY_S)
            self._flush_or_tell()
        self._flush_or_tell()

    def _flush_or_tell(self) -> None:
        """Write what waits; a fault costs these lines and not all that follow."""
        try:
            self.flush()
        except Exception:
            log.exception("Log events could not be written to their streams.")


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


def _shortened(message: str) -> str:
    encoded = message.encode()
    return (
        message if len(encoded) <= MAX_MESSAGE_BYTES else encoded[:MAX_MESSAGE_BYTES].decode(errors="ignore")
    )


def _write(region: str, group: str, stream: str, events: list[dict[str, Any]]) -> None:
    backend = logs_backends[ACCOUNT_ID][region]
    if group not in backend.groups:
        return
    backend.ensure_log_stream(group, stream)
    backend.put_log_events(group, stream, events)
