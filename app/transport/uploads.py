"""Streamlit's upload manager, written through to the vault so that any instance can read a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from .blobs import Blob, Blobs


class SharedUploads(MemoryUploadedFileManager):
    """Holds the uploads that this instance has seen in memory, and all of them in the vault."""

    def __init__(self, endpoint: str, blobs: Blobs) -> None:
        """Hand out upload addresses under the path `endpoint`, and share files through `blobs`."""
        super().__init__(endpoint)
        self._blobs = blobs

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep an upload here and in the vault."""
        super().add_file(session_id, file)
        self._save(session_id, file)

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        """The files with these ids, in their order; those that nobody has any more are left out."""
        here = {file.file_id: file for file in super().get_files(session_id, file_ids)}
        for file_id in file_ids:
            if file_id in here:
                # In use, so its time starts again.
                self._save(session_id, here[file_id])
            else:
                self._fetch(session_id, file_id)
        return super().get_files(session_id, file_ids)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Forget an upload that the user took back, here and in the vault."""
        super().remove_file(session_id, file_id)
        self._blobs.forget(_name(session_id, file_id))

    def _save(self, session_id: str, file: UploadedFileRec) -> None:
        about: dict[str, str | None] = {"file_id": file.file_id, "name": file.name, "type": file.type}
        self._blobs.save(_name(session_id, file.file_id), Blob(about, file.data))

    def _fetch(self, session_id: str, file_id: str) -> None:
        blob = self._blobs.load(_name(session_id, file_id))
        if blob is not None:
            record = UploadedFileRec(
                file_id=file_id,
                name=blob.about["name"] or "",
                type=blob.about["type"] or "",
                data=blob.content,
            )
            super().add_file(session_id, record)


def _name(session_id: str, file_id: str) -> str:
    # Hashed: a session id opens uploads, so the store does not get to see one.
    return f"upload/{hashlib.sha256(f'{session_id}/{file_id}'.encode()).hexdigest()}"
