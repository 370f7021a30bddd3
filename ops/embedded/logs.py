"""CloudWatch Logs as the Lambda service and API Gateway write them, straight into the account's backend."""

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
