"""A store in this process: for tests, and for an app that runs in one process only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from . import Conflict, Record

MAX_BYTES: Final = 1024**3
_SWEEP_EVERY_S: Final = 30


class MemoryStore:
    """Keeps records in a dictionary. They end with the process."""

    def __init__(self, *, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.time) -> None:
        """Start empty, and hold `max_bytes` at most: what would expire first makes way.

        `clock` answers epoch seconds.
        """
        self._max_bytes = max_bytes
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._bytes = 0
        self._swept_at = clock()
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
            self._set(name, Record(expected + 1, bytes(value), expires_at))
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        with self._lock:
            self._remove(name)

    def get_pieces(self, names: Sequence[str]) -> dict[str, bytes]:
        """See `Store.get_pieces`."""
        found = {name: self.get(name) for name in names}
        return {name: record.value for name, record in found.items() if record}

    def put_pieces(self, values: Mapping[str, bytes], *, expires_at: int) -> None:
        """See `Store.put_pieces`."""
        with self._lock:
            for name, value in values.items():
                self._set(name, Record(1, bytes(value), expires_at))

    def delete_pieces(self, names: Sequence[str]) -> None:
        """See `Store.delete_pieces`."""
        with self._lock:
            for name in names:
                self._remove(name)

    def prolong(self, names: Sequence[str], *, expires_at: int) -> bool:
        """See `Store.prolong`."""
        with self._lock:
            there = {name: record for name in names if (record := self.get(name))}
            for name, record in there.items():
                self._records[name] = replace(record, expires_at=expires_at)
        return len(there) == len(set(names))

    def _set(self, name: str, record: Record) -> None:
        self._remove(name)
        self._records[name] = record
        self._bytes += len(record.value)
        if self._clock() - self._swept_at > _SWEEP_EVERY_S or self._bytes > self._max_bytes:
            self._sweep(keep=name)

    def _remove(self, name: str) -> None:
        record = self._records.pop(name, None)
        if record is not None:
            self._bytes -= len(record.value)

    def _sweep(self, *, keep: str) -> None:
        """Remove what is expired, and while there is too much, what will be soonest, `keep` excepted."""
        now = self._swept_at = self._clock()
        by_end = sorted((record.expires_at, name) for name, record in self._records.items() if name != keep)
        for expires_at, name in by_end:
            if expires_at > now and self._bytes <= self._max_bytes:
                return
            self._remove(name)
