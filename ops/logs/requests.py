"""Gathers the events of each request, which overlap where several run at once."""

from collections.abc import Sequence

from ops.logs import records
from ops.logs.group import Event

# Lines of a request may still come after the one that ends it: the API's, and those of slower streams.
GRACE_MS = 3_000

# What is held of requests that have not ended; beyond it the oldest are shown as far as they have come.
MOST_EVENTS = 50_000


class Requests:
    """Holds events until their request has ended, and gives them back request by request."""

    def __init__(self, *, most_events: int = MOST_EVENTS) -> None:
        """Hold nothing yet."""
        self._most_events = most_events
        self._held: dict[str, list[Event]] = {}
        self._ended_ms: dict[str, int] = {}
        self._count = 0

    def take(self, events: Sequence[Event], *, now_ms: int) -> list[list[Event]]:
        """Take events, and return those of requests that ended a while ago, each request's by itself.

        What belongs to no request is returned at once.

        Args:
            events: In the order of time.
            now_ms: The moment that was reached, in milliseconds since 1970.
        """
        done: list[list[Event]] = []
        for event in events:
            record = records.parse(event.message)
            if not record.request:
                done.append([event])
                continue
            self._held.setdefault(record.request, []).append(event)
            self._count += 1
            if (record.logger, record.message) == ("platform", "report"):
                self._ended_ms[record.request] = event.timestamp
        ended = [request for request, at_ms in self._ended_ms.items() if at_ms <= now_ms - GRACE_MS]
        done += [self._released(request) for request in ended]
        while self._count > self._most_events:
            done.append(self._released(next(iter(self._held))))
        return done

    def rest(self) -> list[list[Event]]:
        """Return what is still held, request by request."""
        return [self._released(request) for request in list(self._held)]

    def _released(self, request: str) -> list[Event]:
        self._ended_ms.pop(request, None)
        events = self._held.pop(request)
        self._count -= len(events)
        return events
