"""What an author learns from serving a page: the lines that it wrote, and counts of what was asked."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ops.embedded.front import App, Receive, Scope, Send

# The transport's header for what a request is about: run the page, or ask what became of a run.
OPERATION = b"x-st-http"


@dataclass
class InstanceCount:
    """What one instance did, from its records."""

    requests: int = 0
    failed: int = 0
    busy_ms: float = 0
    memory_mb: int = 0


@dataclass
class Summary:
    """What was served: the front's count, and that of each instance in the order of their start."""

    requests: int = 0
    runs: int = 0
    polls: int = 0
    failed: int = 0
    answered_bytes: int = 0
    instances: list[InstanceCount] = field(default_factory=list)


class Journal:
    """Takes what the Lambda host says (a `Sink`): counts its records, passes on the lines of the page."""

    def __init__(self, on_line: Callable[[int, str], None]) -> None:
        self.summary = Summary()
        self._on_line = on_line
        self._numbers: dict[str, int] = {}

    def put(self, region: str, group: str, stream: str, message: str) -> None:  # noqa: ARG002 - there is one
        """Take a line of the instance that has this log stream."""
        number = self._number(stream)
        record = _platform_record(message)
        if record is None:
            if message:
                self._on_line(number, message)
        elif record["type"] == "platform.report":
            self._count(self.summary.instances[number - 1], record["record"])

    def _number(self, stream: str) -> int:
        if stream not in self._numbers:
            self._numbers[stream] = len(self._numbers) + 1
            self.summary.instances.append(InstanceCount())
        return self._numbers[stream]

    @staticmethod
    def _count(instance: InstanceCount, report: dict[str, Any]) -> None:
        instance.requests += 1
        instance.failed += report["status"] != "success"
        instance.busy_ms += report["metrics"]["durationMs"]
        instance.memory_mb = max(instance.memory_mb, report["metrics"]["maxMemoryUsedMB"])


class Counted:
    """Middleware: counts what the front answers."""

    def __init__(self, app: App, summary: Summary) -> None:
        self._app = app
        self._summary = summary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        operation = dict(scope["headers"]).get(OPERATION)

        async def counted(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._summary.requests += 1
                self._summary.failed += message["status"] >= 500
                self._summary.runs += operation == b"run"
                self._summary.polls += operation == b"poll"
            self._summary.answered_bytes += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


def _platform_record(message: str) -> dict[str, Any] | None:
    """Return a record that Lambda wrote, or None for a line of the page."""
    if '"type": "platform.' not in message:
        return None
    with contextlib.suppress(ValueError):
        return dict(json.loads(message))
    return None
