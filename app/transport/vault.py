"""Sealed, compressed records with a lifetime: what the rest of the transport sees of a store."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .seal import BrokenSealError, Seal
from .stores import Store

log = logging.getLogger(__name__)

# What is compressed already (pictures, films, archives) is not worth the time of a second try.
_SAMPLE_BYTES: Final = 16_384
_WORTHWHILE: Final = 0.9


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
        self.seal = seal
        self._store = store
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
            content = self.seal.open(record.value, name=name, version=record.version)
        except BrokenSealError:
            log.warning("a stored record does not open under its name and version: treated as absent")
            return None
        return Entry(record.version, zlib.decompress(content), record.expires_at)

    def write(self, name: str, content: bytes, *, expected: int) -> int:
        """Replace version `expected` of `name` (0: absent), and return the version written.

        Raises:
            Conflict: another version is there; nothing was written.
        """
        sealed = self.seal.close(_compressed(content), name=name, version=expected + 1)
        return self._store.put(
            name, sealed, expected=expected, expires_at=int(self._clock()) + self.lifetime_s
        )

    def delete(self, name: str) -> None:
        """Forget `name`. An absent name is not an error."""
        self._store.delete(name)

    def read_pieces(self, names: Sequence[str]) -> dict[str, bytes]:
        """Those of `names` that are there, live, and open under their names.

        Raises:
            StoreBusyError: they can't be had now.
        """
        found = {}
        for name, sealed in self._store.get_pieces(names).items():
            try:
                found[name] = zlib.decompress(self.seal.open(sealed, name=name, version=1))
            except BrokenSealError:
                log.warning("a stored piece does not open under its name: treated as absent")
        return found

    def write_pieces(self, pieces: Mapping[str, bytes], *, expires_at: int) -> None:
        """Write what never changes under its name. Once more does no harm.

        Raises:
            StoreBusyError: not all could be written.
        """
        sealed = {
            name: self.seal.close(_compressed(content), name=name, version=1)
            for name, content in pieces.items()
        }
        self._store.put_pieces(sealed, expires_at=expires_at)

    def prolong(self, names: Sequence[str], *, expires_at: int) -> bool:
        """Let these records, of a piece's size at most, live until `expires_at`; False when one is gone."""
        return self._store.prolong(names, expires_at=expires_at)

    def delete_pieces(self, names: Sequence[str]) -> None:
        """Forget these pieces. Absent ones are not an error."""
        self._store.delete_pieces(names)

    async def aread(self, name: str) -> Entry | None:
        """`read`, without blocking the event loop."""
        return await asyncio.to_thread(self.read, name)

    async def awrite(self, name: str, content: bytes, *, expected: int) -> int:
        """`write`, without blocking the event loop."""
        return await asyncio.to_thread(self.write, name, content, expected=expected)


def _compressed(content: bytes) -> bytes:
    """`content` in zlib's format, its bytes as they are where compressing them gains nothing."""
    sample = content[len(content) // 2 :][:_SAMPLE_BYTES]
    gains = len(zlib.compress(sample, 1)) < _WORTHWHILE * len(sample)
    # Level 1: what we store is mostly text, and a byte less is time and money in any store.
    return zlib.compress(content, 1 if gains or len(content) <= _SAMPLE_BYTES else 0)
