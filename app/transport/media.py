"""Streamlit's media storage, written through to the vault so that any instance can serve a file.

A file's id is a hash of its content, and its address holds nothing else: whoever has the address has the
file, as natively. The same file of two sessions is one record. So that a session's own files can be erased
with it, each record names the session that made it, until a second session makes the same file: from then
on it is nobody's own, and only its lifetime ends it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import PurePosixPath
from typing import Final

from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from .blobs import Blob, Blobs, Sheet
from .ranges import MAX_WHOLE_BYTES

# The session that a request works for, where no script runs: a deferred download is made so.
acting_session: ContextVar[str] = ContextVar("acting_session", default="")

# Newest first to be kept: a page that shows a new picture every second has made thousands.
MAX_KEPT_IDS: Final = 500
_SHARED: Final = ""


class SharedMediaStorage(MemoryMediaFileStorage):
    """Holds this instance's media in memory, as Streamlit does, and all media in the vault."""

    def __init__(self, endpoint: str, blobs: Blobs) -> None:
        """Serve under the path `endpoint`, and share files through `blobs`."""
        super().__init__(endpoint)
        self._blobs = blobs
        self._made: dict[str, dict[str, None]] = {}
        self._lock = threading.Lock()

    def load_and_get_id(
        self, path_or_data: str | bytes, mimetype: str, kind: MediaFileKind, filename: str | None = None
    ) -> str:
        """Keep the file here and in the vault, and return its id."""
        file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
        file = self._files_by_id[file_id]
        session_id = _session_id()
        owner = _tag(session_id)
        sheet = self._blobs.save(_name(file_id), _blob(file, owner))
        if sheet.about["owner"] not in {owner, _SHARED}:
            sheet = self._blobs.mark(_name(file_id), _blob(file, _SHARED))
        if sheet.about["owner"] == owner:
            self._note(session_id, [file_id])
        return file_id

    def get_url(self, file_id: str) -> str:
        """The address of a file. That of a large one tells its size, so that the browser asks for ranges."""
        size = self.get_file(file_id).content_size
        return super().get_url(file_id) + (f"?size={size}" if size > MAX_WHOLE_BYTES else "")

    def get_file(self, filename: str) -> MemoryFile:
        """The file called "id.extension", from memory or from the vault.

        Raises:
            MediaFileStorageError: neither has it.
        """
        file_id = PurePosixPath(filename).stem
        if file_id not in self._files_by_id:
            blob = self._blobs.load(_name(file_id))
            if blob is not None:
                # Not kept in memory: Streamlit removes only files that a session of this instance added.
                return _file(blob.about, blob.content)
        return super().get_file(filename)

    def sheet(self, filename: str) -> Sheet | None:
        """What is known of the file called "id.extension", its bytes not read if that can be helped."""
        file_id = PurePosixPath(filename).stem
        file = self._files_by_id.get(file_id)
        if file is not None:
            return Sheet(_blob(file, _SHARED).about, file.content_size, "", 0, file.content)
        return self._blobs.known(_name(file_id))

    def read(self, filename: str, sheet: Sheet, start: int, end: int) -> bytes | None:
        """The bytes from `start` up to, not including, `end` of a file; None when they are gone.

        Raises:
            StoreBusyError: they can't be had now.
        """
        return self._blobs.read(_name(PurePosixPath(filename).stem), sheet, start, end)

    # --- what belongs to a session ------------------------------------------------------------------

    def made_by(self, session_id: str) -> list[str]:
        """Ids of the files that only this session made, as far as this instance knows, oldest first."""
        with self._lock:
            return list(self._made.get(session_id, ()))

    def remember(self, session_id: str, file_ids: Iterable[str]) -> None:
        """Take over from another instance what `made_by` said there."""
        self._note(session_id, file_ids)

    def release(self, session_id: str) -> None:
        """The session is no longer held here. Its files stay."""
        with self._lock:
            self._made.pop(session_id, None)

    def forget_session(self, session_id: str, file_ids: Iterable[str] = ()) -> None:
        """Erase those files of a session, the ones in `file_ids` included, that no other session made too.

        Raises:
            StoreBusyError: some are still there. To try again is safe.
        """
        owner = _tag(session_id)
        for file_id in {*file_ids, *self.made_by(session_id)}:
            sheet = self._blobs.find(_name(file_id))
            if sheet is not None and sheet.about["owner"] == owner != _SHARED:
                self._blobs.forget(_name(file_id))
                self.delete_file(file_id)
        self.release(session_id)

    def _note(self, session_id: str, file_ids: Iterable[str]) -> None:
        with self._lock:
            made = self._made.setdefault(session_id, {})
            for file_id in file_ids:
                made.pop(file_id, None)
                made[file_id] = None
            for file_id in list(made)[:-MAX_KEPT_IDS]:
                del made[file_id]


def _session_id() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else acting_session.get()


def _tag(session_id: str) -> str:
    # Hashed: a session id opens uploads, so no other record gets to hold one. Of nobody: shared.
    return hashlib.sha256(f"media of {session_id}".encode()).hexdigest()[:32] if session_id else _SHARED


def _name(file_id: str) -> str:
    return f"media/{file_id}"


def _blob(file: MemoryFile, owner: str) -> Blob:
    about = {"mimetype": file.mimetype, "kind": file.kind.value, "filename": file.filename, "owner": owner}
    return Blob(about, file.content)


def _file(about: dict[str, str | None], content: bytes) -> MemoryFile:
    kind = MediaFileKind(about["kind"])
    return MemoryFile(content, about["mimetype"] or "", kind, about["filename"])
