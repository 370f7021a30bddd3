"""The values of `st.session_state` as bytes.

They are pickled one by one (`pickling` says how), so that one value nobody can pickle costs that value alone;
those that share an object, such as a list under two keys, are pickled together and share it again where they
are loaded. Uploaded files go by reference, as long as their bytes are in the vault.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile

from . import pickling
from .grafting import graft
from .withheld import WithheldFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.runtime.uploaded_file_manager import UploadedFileManager

log = logging.getLogger(__name__)


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
            self._named = set()
            try:
                pickled[key], objects = pickling.dump({key: value}, self._reference)
            except Exception:  # noqa: BLE001 - __reduce__ and __getstate__ run the page's code
                unportable.append(type(value).__qualname__)
                continue
            sharing.note(key, objects)
            kept_files |= self._named
        self.kept_files = frozenset(kept_files)
        for keys in sharing.groups():
            # What has a pickle alone need not have one a second time. Then each keeps its own.
            with suppress(Exception):  # as above
                together, _ = pickling.dump({key: values[key] for key in keys}, self._reference)
                pickled.update(dict.fromkeys(keys, together))
        if unportable:
            # Types, not keys or values: those may tell of a person.
            log.warning("session_state holds values that cannot move to another instance: %s", unportable)
        return {key: previous[key] if previous.get(key) == data else data for key, data in pickled.items()}

    def load(
        self, pickled: dict[str, bytes], held: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], bool]:
        """The values behind `pickled`, and whether all of them could be loaded.

        What is `held` under the same key stays the object that it is, with the content that was pickled.
        """
        values: dict[str, Any] = {}
        # Values that share an object have one pickle, which is loaded once.
        for data in set(pickled.values()):
            try:
                loaded = pickling.load(data, self._upload)
            except Exception as error:  # noqa: BLE001 - unpickling runs the page's code
                log.warning("a value of session_state does not load here: %s", type(error).__qualname__)
            else:
                values |= self._placed(loaded, data, held or {})
        # In the order that they had: pages go through st.session_state.
        return {key: values[key] for key in pickled if key in values}, len(values) == len(pickled)

    def _placed(self, loaded: dict[str, Any], data: bytes, held: Mapping[str, Any]) -> dict[str, Any]:
        """What is `held` under the keys of `loaded`, if its pickle is `data` or it takes that content."""
        there = {key: held[key] for key in loaded if key in held}
        if not there:
            return loaded
        if len(there) == len(loaded):
            with suppress(Exception):  # as above
                # What was loaded may pickle into other bytes than what it was loaded from: its strings are no
                # longer the same ones.
                ours = pickling.dump(there, self._reference)[0]
                if ours in (data, pickling.dump(loaded, self._reference)[0]):
                    return there
        return graft(there, loaded)  # type: ignore[no-any-return]  # a dict, as both are

    def _reference(self, value: UploadedFile) -> pickling.Reference | None:
        """How an uploaded file is named that the vault has; None for one that is pickled itself.

        A file that its widget no longer holds is gone from the vault: the page's copy is all there is.
        """
        if value.closed or isinstance(value, WithheldFile):
            return None
        if not self._uploads.get_files(self._session_id, [value.file_id]):
            return None
        self._named.add(value.file_id)
        return value.file_id, value._file_urls.SerializeToString(), value.tell()

    def _upload(self, reference: pickling.Reference) -> UploadedFile | None:
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
        # By the ids of objects, which are kept in `_seen`: no other object gets the id of one.
        self._holders: dict[int, str] = {}
        self._seen: list[Mapping[int, tuple[int, object]]] = []
        self._groups: dict[str, list[str]] = {}

    def note(self, key: str, objects: Mapping[int, tuple[int, object]]) -> None:
        """The value of `key` holds `objects`, by their ids, each in a pair."""
        self._seen.append(objects)
        mine = self._groups[key] = [key]
        for id_ in self._holders.keys() & objects.keys():
            theirs = self._groups[self._holders[id_]]
            if theirs is not mine and _has_identity(objects[id_][1]):
                theirs.extend(mine)
                self._groups.update(dict.fromkeys(mine, theirs))
                mine = theirs
        self._holders.update(dict.fromkeys(objects, key))

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
