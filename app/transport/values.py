"""The values of `st.session_state` as bytes.

They are pickled one by one, so that one value nobody can pickle costs that value alone; those that share an
object, such as a list under two keys, are pickled together and share it again where they are loaded. Classes
and functions that the page's own script defines live in a module that exists only while the script runs:
cloudpickle takes those by value. Uploaded files go by reference, as long as their bytes are in the vault.
"""

from __future__ import annotations

import io
import logging
import pickle
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]  # it has no annotations
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.util import ReadOnlyAttributeDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.runtime.uploaded_file_manager import UploadedFileManager

log = logging.getLogger(__name__)

# How an uploaded file is named in a pickle: its id, its addresses, and where it was read to.
Reference = tuple[str, bytes, int]


class Values:
    """Turns the values of one session into bytes and back."""

    def __init__(self, session_id: str, uploads: UploadedFileManager) -> None:
        """Find the session's uploaded files among `uploads`."""
        self._session_id = session_id
        self._uploads = uploads
        self._named: set[str] = set()  # files that the pickle under way refers to

    # Ids of uploaded files that the page or a widget held at the last `dump`: a callback that hears of a file
    # taken back compares with it.
    kept_files: frozenset[str] = frozenset()

    def dump(self, values: dict[str, Any], previous: dict[str, bytes]) -> dict[str, bytes]:
        """Pickle each of `values`; a value that cannot be pickled is left out, with a warning.

        A value that comes out as in `previous` is that very object, so a snapshot that holds both states
        holds it once.

        Returns:
            By key, a pickle of a dict that holds the value under its key, and beside it those that share an
            object with it.
        """
        pickled: dict[str, bytes] = {}
        kept_files: set[str] = set()
        sharing = _Sharing()
        unportable: list[str] = []
        for key, value in values.items():
            objects: dict[int, object] = {}
            self._named = set()
            try:
                pickled[key] = self._pickle({key: value}, objects)
            except Exception:  # noqa: BLE001 - __reduce__ and __getstate__ run the page's code
                unportable.append(type(value).__qualname__)
                continue
            sharing.note(key, objects)
            kept_files |= self._named
        self.kept_files = frozenset(kept_files)
        for keys in sharing.groups():
            # What has a pickle alone need not have one a second time. Then each keeps its own.
            with suppress(Exception):  # as above
                together = self._pickle({key: values[key] for key in keys}, {})
                pickled.update(dict.fromkeys(keys, together))
        if unportable:
            # Types, not keys or values: those may tell of a person.
            log.warning("session_state holds values that cannot move to another instance: %s", unportable)
        return {key: previous[key] if previous.get(key) == data else data for key, data in pickled.items()}

    def load(self, pickled: dict[str, bytes]) -> tuple[dict[str, Any], bool]:
        """The values behind `pickled`, and whether all of them could be loaded."""
        values: dict[str, Any] = {}
        # Values that share an object have one pickle, which is loaded once.
        for data in set(pickled.values()):
            try:
                values |= _Unpickler(io.BytesIO(data), self._upload).load()
            except Exception as error:  # noqa: BLE001 - unpickling runs the page's code
                log.info("a value of session_state does not load here: %s", type(error).__qualname__)
        # In the order that they had: pages go through st.session_state.
        return {key: values[key] for key in pickled if key in values}, len(values) == len(pickled)

    def _pickle(self, value: object, objects: dict[int, object]) -> bytes:
        """By reference where that works, by value where only cloudpickle can; fills `objects` by id."""
        try:
            return self._pickle_with(_Pickler, value, objects)
        except Exception:  # noqa: BLE001 - pickle raises TypeError, AttributeError, PicklingError and the page's own
            return self._pickle_with(_CloudPickler, value, objects)

    def _pickle_with(
        self, kind: type[_Pickler | _CloudPickler], value: object, objects: dict[int, object]
    ) -> bytes:
        buffer = io.BytesIO()
        pickler = kind(buffer, protocol=5)
        pickler.objects, pickler.reference = objects, self._reference
        pickler.dump(value)
        return buffer.getvalue()

    def _reference(self, value: object) -> Reference | None:
        """How `value` is named if it is an uploaded file that the vault has; None for what is pickled itself.

        A file that its widget no longer holds is gone from the vault: the page's copy is all there is.
        """
        if not isinstance(value, UploadedFile) or value.closed:
            return None
        if not self._uploads.get_files(self._session_id, [value.file_id]):
            return None
        self._named.add(value.file_id)
        return value.file_id, value._file_urls.SerializeToString(), value.tell()

    def _upload(self, reference: Reference) -> UploadedFile | None:
        file_id, urls, position = reference
        records = self._uploads.get_files(self._session_id, [file_id])
        if not records:
            return None
        file = UploadedFile(records[0], FileURLs.FromString(urls))
        file.seek(position)
        return file


class _Sharing:
    """Finds out which values hold one and the same object."""

    def __init__(self) -> None:
        # With the objects themselves: while they are kept here, no other object gets their id.
        self._holders: dict[int, tuple[str, object]] = {}
        self._groups: dict[str, list[str]] = {}

    def note(self, key: str, objects: dict[int, object]) -> None:
        """The value of `key` holds `objects`, by their ids."""
        mine = self._groups[key] = [key]
        for id_, value in objects.items():
            holder, _ = self._holders.setdefault(id_, (key, value))
            theirs = self._groups[holder]
            if theirs is not mine:
                theirs.extend(mine)
                self._groups.update(dict.fromkeys(mine, theirs))
                mine = theirs

    def groups(self) -> list[list[str]]:
        """The keys of values that share objects, a list for each such set."""
        distinct = {id(group): group for group in self._groups.values() if len(group) > 1}
        return list(distinct.values())


def _has_identity(value: object) -> bool:
    """Whether it makes a difference if two values hold one such object or two equal ones.

    It does for what can be changed, which either has no hash or is hashed by its identity; not for None,
    modules, classes and functions, of which there is one anyway.
    """
    can_change = type(value).__hash__ in (None, object.__hash__)
    is_one = value is None or isinstance(value, ModuleType) or hasattr(value, "__qualname__")
    return can_change and not is_one


class _Pickler(pickle.Pickler):
    objects: dict[int, object]
    reference: Callable[[object], Reference | None]

    def persistent_id(self, obj: object) -> Reference | None:
        if _has_identity(obj):
            self.objects[id(obj)] = obj
        # The script's __main__ here is not the next instance's: what it defines must go by value.
        if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
            raise pickle.PicklingError("defined by the script")
        return self.reference(obj)

    def reducer_override(self, obj: object) -> Any:
        return _reduced(obj)


class _CloudPickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
    objects: dict[int, object]
    reference: Callable[[object], Reference | None]

    def persistent_id(self, obj: object) -> Reference | None:
        if _has_identity(obj):
            self.objects[id(obj)] = obj
        return self.reference(obj)

    def reducer_override(self, obj: object) -> Any:
        reduced = _reduced(obj)
        return super().reducer_override(obj) if reduced is NotImplemented else reduced


def _reduced(value: object) -> Any:
    """How the state of a selecting table or chart is pickled, which lets nobody fill it afterwards."""
    if isinstance(value, ReadOnlyAttributeDictionary):
        return type(value), (dict(value),)
    return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, upload: Callable[[Reference], UploadedFile | None]) -> None:
        super().__init__(file)
        self._upload = upload

    def persistent_load(self, pid: Reference) -> UploadedFile | None:
        return self._upload(pid)
