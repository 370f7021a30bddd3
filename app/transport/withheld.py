"""Files that a page is told of and not given: together they would not fit into the instance.

A page finds them in its widget, with names and sizes, and can say what it takes. Reading one raises, so that
nobody takes it for an empty file.
"""

from __future__ import annotations

from typing import Final, NoReturn, Self

from streamlit.elements.widgets import chat, file_uploader
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from .rate import FilesTooLargeError

_REASON: Final = (
    "The files of this widget are too large together, and this one was not loaded. Give fewer at once."
)


class Withheld(bytes):
    """Stands for as many bytes as its length says, none of which is here."""

    _size: int

    @classmethod
    def of(cls, size: int) -> Self:
        """In place of `size` bytes."""
        withheld = cls()
        withheld._size = size
        return withheld

    def __len__(self) -> int:
        """How many bytes the file has."""
        return self._size


class WithheldFile(UploadedFile):
    """Has name, type and size of an upload, and no content."""

    def _refuse(self, *_arguments: object) -> NoReturn:
        raise FilesTooLargeError(_REASON)

    read = read1 = readinto = readinto1 = readline = readlines = getvalue = getbuffer = _refuse
    __iter__ = __next__ = _refuse

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another instance as what it is."""
        return _made, (self.file_id, self.name, self.type, self.size, self._file_urls.SerializeToString())


def _made(file_id: str, name: str, kind: str, size: int, urls: bytes) -> WithheldFile:
    record = UploadedFileRec(file_id, name, kind, Withheld.of(size))
    return WithheldFile(record, FileURLs.FromString(urls))


def _handed_over(record: UploadedFileRec, urls: FileURLs) -> UploadedFile:
    kind = WithheldFile if isinstance(record.data, Withheld) else UploadedFile
    return kind(record, urls)


def hand_over() -> None:
    """Have Streamlit's widgets make a `WithheldFile` of a record whose bytes are withheld."""
    for widget in (file_uploader, chat):
        widget.UploadedFile = _handed_over  # type: ignore[attr-defined]
