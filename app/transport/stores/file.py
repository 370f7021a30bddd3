"""A store in a directory: several processes of one machine share it.

A file holds the version in front of the value; its modification time is when the record expires, so that
prolonging and sweeping touch no content. A record is replaced by renaming a new file over the old one, so
a reader sees one whole version and a process killed midway leaves the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from . import Conflict, Record

_HEADER = struct.Struct(">Q")
_NAME_LENGTH: Final = 64
_NEW: Final = ".new"
_SWEEP_EVERY_S: Final = 60
# A file under its temporary name for longer belongs to a process that was killed.
_ABANDONED_AFTER_S: Final = 600


class FileStore:
    """Keeps each record in a file of `directory`, which is created when missing."""

    def __init__(self, directory: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        """Open `directory`, readable by its owner alone; `clock` answers epoch seconds."""
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self._swept_at = clock()

    def get(self, name: str) -> Record | None:
        """See `Store.get`."""
        try:
            with self._path(name).open("rb") as file:
                expires_at = int(os.fstat(file.fileno()).st_mtime)
                if expires_at <= self._clock():
                    return None
                (version,) = _HEADER.unpack(file.read(_HEADER.size))
                return Record(version, file.read(), expires_at)
        except FileNotFoundError:
            return None

    def put(self, name: str, value: bytes, *, expected: int, expires_at: int) -> int:
        """See `Store.put`."""
        self._sweep_now_and_then()
        path = self._path(name)
        with self._locked(path):
            current = self.get(name)
            found = current.version if current else 0
            if found != expected:
                raise Conflict(f"version {found} is there, not {expected}")
            self._replace(path, expected + 1, value, expires_at)
        return expected + 1

    def delete(self, name: str) -> None:
        """See `Store.delete`."""
        path = self._path(name)
        # Or a write that has compared versions already would bring the record back.
        with self._locked(path):
            path.unlink(missing_ok=True)

    def get_pieces(self, names: Sequence[str]) -> dict[str, bytes]:
        """See `Store.get_pieces`."""
        found = {name: self.get(name) for name in names}
        return {name: record.value for name, record in found.items() if record}

    def put_pieces(self, values: Mapping[str, bytes], *, expires_at: int) -> None:
        """See `Store.put_pieces`."""
        self._sweep_now_and_then()
        for name, value in values.items():
            self._replace(self._path(name), 1, value, expires_at)

    def delete_pieces(self, names: Sequence[str]) -> None:
        """See `Store.delete_pieces`."""
        for name in names:
            self.delete(name)

    def prolong(self, names: Sequence[str], *, expires_at: int) -> bool:
        """See `Store.prolong`."""
        return all(self._prolong(self._path(name), expires_at) for name in names)

    def _prolong(self, path: Path, expires_at: int) -> bool:
        # Under the lock, so that the sweep does not remove what is being prolonged.
        with self._locked(path), suppress(FileNotFoundError):
            if path.stat().st_mtime > self._clock():
                os.utime(path, (expires_at, expires_at))
                return True
        return False

    def _path(self, name: str) -> Path:
        # A name may hold any character and be of any length; a file's name may not.
        return self._directory / hashlib.sha256(name.encode()).hexdigest()

    def _replace(self, path: Path, version: int, value: bytes, expires_at: int) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._directory, suffix=_NEW)
        with os.fdopen(handle, "wb") as file:
            file.write(_HEADER.pack(version))
            file.write(value)
        os.utime(temporary, (expires_at, expires_at))
        Path(temporary).replace(path)

    def _sweep_now_and_then(self) -> None:
        now = self._clock()
        if now - self._swept_at <= _SWEEP_EVERY_S:
            return
        self._swept_at = now
        for entry in os.scandir(self._directory):
            with suppress(FileNotFoundError):
                if entry.name.endswith(_NEW) and entry.stat().st_mtime <= now - _ABANDONED_AFTER_S:
                    Path(entry).unlink()
                elif len(entry.name) == _NAME_LENGTH and entry.stat().st_mtime <= now:
                    self._remove_if_expired(Path(entry))

    def _remove_if_expired(self, path: Path) -> None:
        with self._locked(path):
            # Another process may have put a new version since we looked.
            if path.stat().st_mtime <= self._clock():
                path.unlink()

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        # 256 lock files for any number of records: a lock file cannot be removed safely, so make few.
        with (self._directory / f"{path.name[:2]}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
