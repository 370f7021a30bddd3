"""Streamlit's upload manager, written through to the vault so that any instance can read a file.

A session's uploads are listed in one record, the ledger, before their first byte is written: whoever
forgets the session finds all of them, unfinished ones included.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from .blobs import PIECE_BYTES, Blob, Blobs, Sheet
from .stores import Conflict
from .withheld import Withheld

# How often to write a ledger again that other instances write at the same time: a browser sends all files
# that a user chose at once. Between two attempts, up to so many seconds for each that was made.
_ATTEMPTS: Final = 20
_PAUSE_S: Final = 0.01
# Of files that no run has asked for yet, that a session let go of, and of sessions that went to another
# instance and may come back with their next click.
MAX_RECENT_BYTES: Final = 64_000_000


class SharedUploads(MemoryUploadedFileManager):
    """Holds the uploads that its sessions use in memory, and all of them in the vault."""

    def __init__(self, endpoint: str, blobs: Blobs, max_widget_bytes: int) -> None:
        """Hand out upload addresses under the path `endpoint`, and share files through `blobs`.

        Args:
            endpoint: where uploads are put.
            blobs: keeps their bytes.
            max_widget_bytes: of the files of one widget, together, that are loaded.
        """
        super().__init__(endpoint)
        self._max_widget_bytes = max_widget_bytes
        self._blobs = blobs
        self._vault = blobs.vault
        self._recent = _Recent(MAX_RECENT_BYTES)
        # Until when, in epoch seconds, the ledgers of sessions held here are known to live.
        self._ledger_ends: dict[str, int] = {}
        self._kept: dict[str, Collection[str]] = {}

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep an upload in the vault, and for a while here: no run may ever ask for it."""
        self._enter(session_id, {file.file_id: ("", 0)})
        self._save(session_id, file)
        self._recent.keep(session_id, file)

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        """The files with these ids, in their order; those that nobody has any more are left out.

        If they are too large together, those that are not here yet are `Withheld`: none is loaded.
        """
        here = {file.file_id: file for file in super().get_files(session_id, file_ids)}
        if here:
            self._keep_ledger(session_id, list(here))
        for file in here.values():
            # In use, so its time starts again.
            self._save(session_id, file)
        left = self._max_widget_bytes - sum(len(file.data) for file in here.values())
        sheets = self._sheets(session_id, [file_id for file_id in file_ids if file_id not in here], left)
        if sum(sheet.size for sheet in sheets.values()) > left:
            withheld = {
                file_id: _record(file_id, sheet, Withheld.of(sheet.size)) for file_id, sheet in sheets.items()
            }
            known = here | withheld
            return [known[file_id] for file_id in file_ids if file_id in known]
        for file_id, sheet in sheets.items():
            self._fetch(session_id, file_id, sheet)
        return super().get_files(session_id, file_ids)

    def release(self, session_id: str, held: Collection[str]) -> None:
        """A run has ended, and the session holds no files but `held` any more.

        The others stay in the vault, and for a while here.
        """
        for file in list(self.file_storage.get(session_id, {}).values()):
            if file.file_id not in held:
                super().remove_file(session_id, file.file_id)
                self._recent.keep(session_id, file)

    @property
    def held_bytes(self) -> int:
        """Bytes of the files that the sessions held here hold."""
        return self._total_bytes

    def has_of(self, session_id: str) -> bool:
        """Whether a session holds files here."""
        return bool(self.file_storage.get(session_id))

    def keep(self, session_id: str, file_ids: Collection[str]) -> None:
        """Leave these files of a session in the vault for its lifetime, even when widgets let go of them.

        Natively an upload lives as long as an object that holds it, in `st.session_state` for example.
        """
        self._kept[session_id] = file_ids

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Forget an upload that the user took back, here and, unless the page keeps it, in the vault."""
        super().remove_file(session_id, file_id)
        if file_id in self._kept.get(session_id, ()):
            return
        self._recent.take(session_id, file_id)
        self._blobs.forget(_name(session_id, file_id))

    # --- a file that comes in parts -----------------------------------------------------------------

    def begin(self, session_id: str, file_id: str, token: str, size: int) -> None:
        """Announce a file of `size` bytes whose pieces will be written under `token`.

        Raises:
            Conflict: too many uploads of the session begin at the same time; nothing was written.
        """
        self._enter(session_id, {file_id: (token, size)})

    def write_part(self, session_id: str, file_id: str, token: str, offset: int, content: bytes) -> int:
        """Keep the bytes from `offset` on, and return until when, in epoch seconds.

        Raises:
            StoreBusyError: not all could be written. To write the part again is safe.
        """
        end = self._blobs.pieces_end()
        self._blobs.write_pieces(_name(session_id, file_id), token, offset // PIECE_BYTES, content)
        return end

    def finish(self, session_id: str, file: UploadedFileRec, token: str, size: int, pieces_end: int) -> None:
        """Make the file whole whose parts are all there, the first of them until `pieces_end`."""
        sheet = Sheet({"name": file.name, "type": file.type}, size, token, pieces_end)
        self._blobs.write_sheet(_name(session_id, file.file_id), sheet)

    def forget_session(self, session_id: str) -> None:
        """Erase every upload of a session, here and in the vault, whichever instance took it.

        Raises:
            StoreBusyError: some are still there. To try again is safe.
        """
        self.remove_session_files(session_id)
        self._recent.forget(session_id)
        name = _ledger_name(session_id)
        entry = self._vault.read(name)
        for file_id, (token, size) in json.loads(entry.content if entry else b"{}").items():
            self._blobs.forget(_name(session_id, file_id))
            # Whether or not it was finished.
            self._blobs.forget_pieces(_name(session_id, file_id), token, size)
        self._vault.delete(name)

    def remove_session_files(self, session_id: str) -> None:
        """The session is no longer held here. In the vault its files stay, and for a while here."""
        for file in self.file_storage.get(session_id, {}).values():
            self._recent.keep(session_id, file)
        super().remove_session_files(session_id)
        self._ledger_ends.pop(session_id, None)
        self._kept.pop(session_id, None)

    # --- how ----------------------------------------------------------------------------------------

    def _enter(self, session_id: str, files: dict[str, tuple[str, int]]) -> None:
        """Put files, each with token and size, into the session's ledger, which then lives a lifetime more.

        Raises:
            Conflict: other instances kept writing it too; nothing was written.
        """
        name = _ledger_name(session_id)
        for attempt in range(1, _ATTEMPTS + 1):
            entry = self._vault.read(name)
            listed = {**(json.loads(entry.content) if entry else {}), **files}
            try:
                self._vault.write(name, json.dumps(listed).encode(), expected=entry.version if entry else 0)
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, attempt * _PAUSE_S))  # noqa: S311 - no secret
            else:
                self._ledger_ends[session_id] = int(self._vault.now()) + self._vault.lifetime_s
                return

    def _keep_ledger(self, session_id: str, file_ids: Sequence[str]) -> None:
        """Let the ledger live as long as the files that are in use."""
        now, lifetime_s = int(self._vault.now()), self._vault.lifetime_s
        if self._ledger_ends.get(session_id, 0) > now + lifetime_s / 2:
            return
        if self._vault.prolong([_ledger_name(session_id)], expires_at=now + lifetime_s):
            self._ledger_ends[session_id] = now + lifetime_s
        else:
            self._enter(session_id, dict.fromkeys(file_ids, ("", 0)))

    def _save(self, session_id: str, file: UploadedFileRec) -> None:
        about: dict[str, str | None] = {"name": file.name, "type": file.type}
        self._blobs.save(_name(session_id, file.file_id), Blob(about, file.data))

    def _sheets(self, session_id: str, file_ids: Sequence[str], max_bytes: int) -> dict[str, Sheet]:
        """What is known of those files that the vault has; with at most `max_bytes` of their content."""
        sheets: dict[str, Sheet] = {}
        size = 0
        for file_id in dict.fromkeys(file_ids):
            sheet = self._blobs.known(_name(session_id, file_id))
            if sheet is not None:
                size += sheet.size
                sheets[file_id] = sheet if size <= max_bytes else replace(sheet, content=b"")
        return sheets

    def _fetch(self, session_id: str, file_id: str, sheet: Sheet) -> None:
        recent = self._recent.take(session_id, file_id)
        if recent is not None:
            super().add_file(session_id, recent)
            self._save(session_id, recent)
            return
        content = self._blobs.read(_name(session_id, file_id), sheet, 0, sheet.size)
        if content is not None:
            super().add_file(session_id, _record(file_id, sheet, content))


class _Recent:
    """Files that no session held here has in use: the last ones, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._files: OrderedDict[tuple[str, str], UploadedFileRec] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, session_id: str, file: UploadedFileRec) -> None:
        with self._lock:
            self._files[session_id, file.file_id] = file
            while sum(len(kept.data) for kept in self._files.values()) > self._max_bytes:
                self._files.popitem(last=False)

    def take(self, session_id: str, file_id: str) -> UploadedFileRec | None:
        with self._lock:
            return self._files.pop((session_id, file_id), None)

    def forget(self, session_id: str) -> None:
        with self._lock:
            for key in [key for key in self._files if key[0] == session_id]:
                del self._files[key]


def _record(file_id: str, sheet: Sheet, content: bytes) -> UploadedFileRec:
    return UploadedFileRec(file_id, sheet.about["name"] or "", sheet.about["type"] or "", content)


def _name(session_id: str, file_id: str) -> str:
    # Hashed: a session id opens uploads, so the store does not get to see one.
    return f"upload/{hashlib.sha256(f'{session_id}/{file_id}'.encode()).hexdigest()}"


def _ledger_name(session_id: str) -> str:
    return f"uploads/{hashlib.sha256(f'uploads of {session_id}'.encode()).hexdigest()}"
