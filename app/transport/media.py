"""Streamlit's media storage, written through to the vault so that any instance can serve a file."""

from __future__ import annotations

from pathlib import PurePosixPath

from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage

from .blobs import Blob, Blobs


class SharedMediaStorage(MemoryMediaFileStorage):
    """Holds this instance's media in memory, as Streamlit does, and all media in the vault.

    A file's id is a hash of its content, so the same file from two instances is one record.
    """

    def __init__(self, endpoint: str, blobs: Blobs) -> None:
        """Serve under the path `endpoint`, and share files through `blobs`."""
        super().__init__(endpoint)
        self._blobs = blobs

    def load_and_get_id(
        self, path_or_data: str | bytes, mimetype: str, kind: MediaFileKind, filename: str | None = None
    ) -> str:
        """Keep the file here and in the vault, and return its id."""
        file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
        file = self._files_by_id[file_id]
        about = {"mimetype": file.mimetype, "kind": file.kind.value, "filename": file.filename}
        self._blobs.save(_name(file_id), Blob(about, file.content))
        return file_id

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
                return MemoryFile(
                    content=blob.content,
                    mimetype=blob.about["mimetype"] or "",
                    kind=MediaFileKind(blob.about["kind"]),
                    filename=blob.about["filename"],
                )
        return super().get_file(filename)


def _name(file_id: str) -> str:
    return f"media/{file_id}"
