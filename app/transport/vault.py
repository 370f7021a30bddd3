"""Sealed, compressed records with a lifetime: what the rest of the transport sees of a store."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from .seal import BrokenSealError, Seal
from .stores import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """An opened record. Its content was authenticated, so it may be unpickled."""

    version: int
    content: bytes
    expires_at: int


class Vault:
    """A store whose values are sealed on the way in and checked on the way out."""

    def __init__(
        self, store: Store, seal: Seal, *, lifetime_s: int, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep each record for `lifetime_s` after its last write; `clock` answers epoch seconds."""
        self._store = store
        self._seal = seal
        self._clock = clock
        self.lifetime_s = lifetime_s

    def now(self) -> float:
        """Epoch seconds."""
        return self._clock()

    def read(self, name: str) -> Entry | None:
        """The newest version of `name`; None when absent, expired, or not sealed by us for this place."""
        record = self._store.get(name)
        if record is None:
            return None
        try:
            content = self._seal.open(record.value, name=name, version=record.version)
        except BrokenSealError:
            log.warning("a stored record does not open under its name and version: treated as absent")
            return None
        return Entry(record.version, zlib.decompress(content), record.expires_at)

    def write(self, name: str, content: bytes, *, expected: int) -> int:
        """Replace version `expected` of `name` (0: absent), and return the version written.

        Raises:
            Conflict: another version is there; nothing was written.
        """
        # Level 1: what we store is mostly text, and a byte less is time and money in any store.
        sealed = self._seal.close(zlib.compress(content, 1), name=name, version=expected + 1)
        return self._store.put(
            name, sealed, expected=expected, expires_at=int(self._clock()) + self.lifetime_s
        )

    def delete(self, name: str) -> None:
        """Forget `name`. An absent name is not an error."""
        self._store.delete(name)

    async def aread(self, name: str) -> Entry | None:
        """`read`, without blocking the event loop."""
        return await asyncio.to_thread(self.read, name)

    async def awrite(self, name: str, content: bytes, *, expected: int) -> int:
        """`write`, without blocking the event loop."""
        return await asyncio.to_thread(self.write, name, content, expected=expected)
