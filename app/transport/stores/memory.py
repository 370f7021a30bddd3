"""A store in this process: for tests, and for an app that runs in one process only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import Conflict, Record


class MemoryStore:
    """Keeps records in a dictionary. They end with the process."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        """Start empty; `clock` answers epoch seconds."""
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Record | None:
        """See `Store.get`."""
        record = self._records.get(name)
        return record if record and record.expires_at > self._clock() else None

    def put(self, name: str, value: bytes, *, expected: int, expires_at: int) -> int:
        """See `Store.put`."""
        with self._lock:
            current = self.get(name)
            found = current.version if current else 0
            if found != expected:
                raise Conflict(f"version {found} is there, not {expected}")
            self._sweep()
            self._records[name] = Record(expected + 1, bytes(value), expires_at)
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        with self._lock:
            self._records.pop(name, None)

    def _sweep(self) -> None:
        now = self._clock()
        for name in [name for name, record in self._records.items() if record.expires_at <= now]:
            del self._records[name]
