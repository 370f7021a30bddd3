"""Media and uploads: files that one instance makes and another is asked for.

A file is one sealed record that says what it is: its sheet. A small file lies in the sheet itself; a large
one in pieces, each a sealed record that can be read alone, so that a range of a film costs the pieces that
it touches. The pieces' names hold a token that only the sheet knows: two instances that write the same
file at the same time write two sets of pieces, and one sheet.

Pieces outlive their sheet by up to one lifetime. So a sheet that is alive has all its pieces, most renewals
are one small call, and a file without a sheet is as good as gone: nothing else tells what its pieces are.
"""

from __future__ import annotations

import json
import secrets
import struct
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from .stores import Conflict
from .vault import Vault

# With its seal and zlib's frame, at most what one record of a store may weigh.
PIECE_BYTES: Final = 300_000
_LENGTH = struct.Struct(">I")
_SWEEPS_IN_A_LIFETIME: Final = 10


@dataclass(frozen=True)
class Blob:
    """Bytes and what must be known to serve them."""

    about: dict[str, str | None]
    content: bytes


@dataclass(frozen=True)
class Sheet:
    """What is known of a file without reading its pieces.

    Attributes:
        about: what must be known to serve it.
        size: of the content, in bytes.
        token: names the pieces; empty when the content is in the sheet.
        pieces_end: epoch seconds at which the first piece expires.
        content: of a file without pieces.
    """

    about: dict[str, str | None]
    size: int
    token: str
    pieces_end: int
    content: bytes = b""

    def pieces(self, name: str) -> list[str]:
        """The names of the pieces of the file called `name`, in order."""
        count = -(-self.size // PIECE_BYTES) if self.token else 0
        return [piece_name(name, self.token, index) for index in range(count)]


class Blobs:
    """Writes files through to the vault, and prolongs those still in use before their time is up."""

    def __init__(self, vault: Vault) -> None:
        """Keep files in `vault`, for its lifetime."""
        self.vault = vault
        # Sheets of files that are known to be there, their content left out, with the end of their time.
        self._known: dict[str, tuple[int, Sheet]] = {}
        self._sweep_at = 0.0
        self._lock = threading.Lock()

    def save(self, name: str, blob: Blob) -> Sheet:
        """Make sure that `name` is in the vault for at least half a lifetime more.

        A name stands for one content for ever, so a file that is already there costs no write.

        Returns:
            The sheet that is there now, perhaps of another instance. Its content is left out.

        Raises:
            StoreBusyError: the file could not be written.
        """
        there = self.known(name)
        if there is not None and (self._is_fresh(name) or self._prolong(name, there)):
            return replace(there, content=b"")
        size = len(blob.content)
        if size <= PIECE_BYTES:
            sheet = Sheet(blob.about, size, "", 0, blob.content)
        else:
            sheet = Sheet(blob.about, size, secrets.token_urlsafe(12), self.pieces_end())
            self.write_pieces(name, sheet.token, 0, blob.content)
        return self._write(name, sheet, is_new=there is None)

    def mark(self, name: str, blob: Blob) -> Sheet:
        """Replace what is noted about `name` by that of `blob`, whose content it has; save it if absent."""
        sheet = self.find(name)
        if sheet is None:
            with self._lock:
                self._known.pop(name, None)
            return self.save(name, blob)
        return self._write(name, replace(sheet, about=blob.about), is_new=False)

    def find(self, name: str) -> Sheet | None:
        """The sheet of `name`, or None when it is absent or its time is up."""
        entry = self.vault.read(name)
        if entry is None:
            return None
        sheet = _decode(entry.content)
        self._note(name, entry.expires_at, sheet)
        return sheet

    def known(self, name: str) -> Sheet | None:
        """The sheet of `name`, perhaps as it was seen here lately and without its content."""
        with self._lock:
            expires_at, sheet = self._known.get(name, (0, None))
        return sheet if expires_at > self.vault.now() else self.find(name)

    def read(self, name: str, sheet: Sheet, start: int, end: int) -> bytes | None:
        """The bytes from `start` up to, not including, `end`; None when a piece of them is gone.

        Raises:
            StoreBusyError: they can't be had now.
        """
        if not sheet.token:
            # Seen lately, a sheet is without its content.
            whole_sheet = sheet if len(sheet.content) == sheet.size else self.find(name)
            return whole_sheet.content[start:end] if whole_sheet else None
        first, last = start // PIECE_BYTES, -(-end // PIECE_BYTES)
        names = [piece_name(name, sheet.token, index) for index in range(first, last)]
        found = self.vault.read_pieces(names)
        if len(found) < len(names):
            return None
        whole = b"".join(found[piece] for piece in names)
        offset = first * PIECE_BYTES
        return whole[start - offset : end - offset]

    def load(self, name: str) -> Blob | None:
        """The file called `name`, or None when it is absent or its time is up."""
        sheet = self.find(name)
        if sheet is None:
            return None
        content = self.read(name, sheet, 0, sheet.size)
        return Blob(sheet.about, content) if content is not None else None

    def forget(self, name: str) -> None:
        """Remove `name` everywhere."""
        sheet = self.find(name)
        with self._lock:
            self._known.pop(name, None)
        self.vault.delete(name)
        if sheet is not None:
            self.vault.delete_pieces(sheet.pieces(name))

    # --- a file that comes in parts ---------------------------------------------------------------

    def pieces_end(self) -> int:
        """When pieces that are written now expire, in epoch seconds."""
        return int(self.vault.now()) + 2 * self.vault.lifetime_s

    def write_pieces(self, name: str, token: str, first: int, content: bytes) -> None:
        """Write `content` as the pieces of `name` from number `first` on. Once more does no harm.

        Raises:
            StoreBusyError: not all could be written.
        """
        pieces = {piece_name(name, token, first + i): piece for i, piece in enumerate(_cut(content))}
        self.vault.write_pieces(pieces, expires_at=self.pieces_end())

    def forget_pieces(self, name: str, token: str, size: int) -> None:
        """Remove the pieces of a file that never got a sheet."""
        self.vault.delete_pieces(Sheet({}, size, token, 0).pieces(name))

    def write_sheet(self, name: str, sheet: Sheet) -> None:
        """Make a file of the pieces that were written under the sheet's token."""
        self._write(name, sheet, is_new=False)

    # --- how ---------------------------------------------------------------------------------------

    def _write(self, name: str, sheet: Sheet, *, is_new: bool) -> Sheet:
        there = None if is_new else self.vault.read(name)
        try:
            self.vault.write(name, _encode(sheet), expected=there.version if there else 0)
        except Conflict:
            # Another instance saved the same bytes at this moment: either will do.
            return self.find(name) or sheet
        self._note(name, int(self.vault.now()) + self.vault.lifetime_s, sheet)
        return replace(sheet, content=b"")

    def _prolong(self, name: str, sheet: Sheet) -> bool:
        """Let a file live a lifetime from now, its bytes untouched; False when some of it is gone."""
        expires_at = int(self.vault.now()) + self.vault.lifetime_s
        if sheet.token and sheet.pieces_end < expires_at:
            return self._prolong_pieces(name)
        is_there = self.vault.prolong([name], expires_at=expires_at)
        if is_there:
            self._note(name, expires_at, sheet)
        return is_there

    def _prolong_pieces(self, name: str) -> bool:
        # What was seen here lately may have been replaced since, and the sheet is written again.
        sheet = self.find(name)
        if sheet is None:
            return False
        sheet = replace(sheet, pieces_end=self.pieces_end())
        if not self.vault.prolong(sheet.pieces(name), expires_at=sheet.pieces_end):
            return False
        self._write(name, sheet, is_new=False)
        return True

    def _is_fresh(self, name: str) -> bool:
        with self._lock:
            expires_at, _ = self._known.get(name, (0, None))
        return expires_at > self.vault.now() + self.vault.lifetime_s / 2

    def _note(self, name: str, expires_at: int, sheet: Sheet) -> None:
        now = self.vault.now()
        with self._lock:
            if now > self._sweep_at:
                self._known = {known: noted for known, noted in self._known.items() if noted[0] > now}
                self._sweep_at = now + self.vault.lifetime_s / _SWEEPS_IN_A_LIFETIME
            self._known[name] = (expires_at, replace(sheet, content=b""))


def piece_name(name: str, token: str, index: int) -> str:
    """Where a piece of the file called `name` lies."""
    return f"{name}/{token}/{index}"


def _cut(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def _encode(sheet: Sheet) -> bytes:
    fields = asdict(sheet)
    content: bytes = fields.pop("content")
    head = json.dumps(fields).encode()
    return _LENGTH.pack(len(head)) + head + content


def _decode(data: bytes) -> Sheet:
    (length,) = _LENGTH.unpack_from(data)
    end = _LENGTH.size + length
    fields: dict[str, Any] = json.loads(data[_LENGTH.size : end])
    return Sheet(**fields, content=data[end:])
