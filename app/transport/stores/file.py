"""A store in a directory: several processes of one machine share it.

A file holds the version and the expiry in front of the value. A record is replaced by renaming a new
file over the old one, so a reader sees one whole version and a process killed midway leaves the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import Conflict, Record

_HEADER = struct.Struct(">QQ")


class FileStore:
    """Keeps each record in a file of `directory`, which is created when missing."""

    def __init__(self, directory: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open `directory`, readable by its owner alone; `clock` answers epoch seconds."""
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock

    def get(self, name: str) -> Record | None:
        """See `Store.get`."""
        try:
            raw = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        version, expires_at = _HEADER.unpack_from(raw)
        return Record(version, raw[_HEADER.size :], expires_at) if expires_at > self._clock() else None

    def put(self, name: str, value: bytes, *, expected: int, expires_at: int) -> int:
        """See `Store.put`."""
        with self._locked(name):
            current = self.get(name)
            found = current.version if current else 0
            if found != expected:
                raise Conflict(f"version {found} is there, not {expected}")
            self._replace(name, _HEADER.pack(expected + 1, expires_at) + value)
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        # A name may hold any character and be of any length; a file's name may not.
        return self._directory / hashlib.sha256(name.encode()).hexdigest()

    def _replace(self, name: str, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._directory)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(self._path(name))

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        # 256 lock files for any number of records: a lock file cannot be removed safely, so make few.
        with (self._directory / f"{self._path(name).name[:2]}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
