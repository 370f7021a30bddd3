"""Media and uploads: files that one instance makes and another is asked for."""

from __future__ import annotations

import json
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass

from .stores import Conflict
from .vault import Vault

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True)
class Blob:
    """Bytes and what must be known to serve them."""

    about: dict[str, str | None]
    content: bytes


class Blobs:
    """Writes files through to the vault, and writes again those still in use before their time is up."""

    def __init__(self, vault: Vault) -> None:
        """Keep files in `vault`, for its lifetime."""
        self._vault = vault
        self._expiries: dict[str, int] = {}
        self._lock = threading.Lock()

    def save(self, name: str, blob: Blob) -> None:
        """Make sure that `name` is in the vault for at least half a lifetime more.

        A name stands for one content for ever, so a file that is already there costs no write.
        """
        half_way = self._vault.now() + self._vault.lifetime_s / 2
        if self._expiries.get(name, 0) > half_way:
            return
        there = self._vault.read(name)
        if there is not None and there.expires_at > half_way:
            self._note(name, there.expires_at)
            return
        # Another instance may be saving the same bytes at this moment: either will do.
        with suppress(Conflict):
            self._vault.write(name, _encode(blob), expected=there.version if there else 0)
        self._note(name, int(self._vault.now()) + self._vault.lifetime_s)

    def load(self, name: str) -> Blob | None:
        """The file called `name`, or None when it is absent or its time is up."""
        entry = self._vault.read(name)
        if entry is None:
            return None
        self._note(name, entry.expires_at)
        return _decode(entry.content)

    def forget(self, name: str) -> None:
        """Remove `name` everywhere."""
        with self._lock:
            self._expiries.pop(name, None)
        self._vault.delete(name)

    def _note(self, name: str, expires_at: int) -> None:
        now = self._vault.now()
        with self._lock:
            self._expiries = {known: end for known, end in self._expiries.items() if end > now}
            self._expiries[name] = expires_at


def _encode(blob: Blob) -> bytes:
    about = json.dumps(blob.about).encode()
    return _LENGTH.pack(len(about)) + about + blob.content


def _decode(data: bytes) -> Blob:
    (length,) = _LENGTH.unpack_from(data)
    end = _LENGTH.size + length
    return Blob(json.loads(data[_LENGTH.size : end]), data[end:])
