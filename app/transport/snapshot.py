"""A session as bytes: what another instance needs to go on with it.

Values of `st.session_state` are pickled one by one, so that one value nobody can pickle costs that value
alone; those that share an object, such as a list under two keys, are pickled together and share it again
where they are loaded. Classes and functions that the page's own script defines live in a module that
exists only while the script runs: cloudpickle takes those by value. Uploaded files go by reference, their
bytes being in the vault already.

The outer record holds plain built-in types only, so an instance of the next release can read it.
Records are authenticated before they come here (see `vault`): only what we wrote is ever unpickled.
"""

from __future__ import annotations

import io
import logging
import pickle
from dataclasses import asdict, dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]  # it has no annotations
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFileManager

log = logging.getLogger(__name__)

_FORMAT = 2


class UnreadableSnapshotError(Exception):
    """A record of another format. The session cannot go on; nothing was changed."""


@dataclass
class State:
    """What Streamlit keeps for a session between two runs.

    Attributes:
        values: session state by key or widget id; each a pickle of a dict that holds the value under the
            key, and beside it those that share an object with it.
        key_ids: user keys to widget ids.
        query_bound: ids of widgets bound to query parameters.
        persisted: Streamlit's tracker of persisted widgets, pickled.
        pages: the pages of st.navigation, pickled.
        query: its query parameters and which widgets are bound to them, pickled.
        client_state: page, query string and browser context of the last run, as protobuf.
        callbacks: ids of widgets that have a callback.
        fragments: ids of the fragments that there are.
        deferred: ids under which the browser may ask for a deferred download, oldest first, each with
            the place of its button; the ids are random in every run.
        sources: the same of lazily loaded dataframes.
    """

    values: dict[str, bytes] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)
    query_bound: set[str] = field(default_factory=set)
    persisted: bytes = b""
    pages: bytes = b""
    query: bytes = b""
    client_state: bytes = b""
    callbacks: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)
    deferred: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


@dataclass
class FullRun:
    """How the last run of the whole script began: enough to repeat it exactly.

    Attributes:
        before: the state that it found; None before the first run.
        request: the ClientState that asked for it, as protobuf, button presses included.
    """

    before: State | None
    request: bytes


@dataclass
class Snapshot:
    """A session between two requests.

    Attributes:
        epoch: the browser's socket that sent the last run.
        sequence: that run's number.
        run: that run's id.
        frames: its answer, to repeat should the browser not have got it; None when it is large
            and lies in the run's own record.
        owner: who the session belongs to, as `st.user` says.
        widgets: each widget's last value as sent by the browser, triggers left out.
        state: what Streamlit keeps.
        full_run: kept while fragments exist, since only their full run can make them again.
        caches: how much of the shared caches the session has seen.
        cached: names of the records that hold cached results of this session alone.
        interaction: what the run is called that a replay would repeat.
        media: ids of files that only this session made.
        spools: names of the records that hold frames of its runs.
    """

    epoch: str
    sequence: int
    run: str
    frames: list[bytes] | None
    owner: dict[str, Any]
    widgets: dict[str, bytes]
    state: State
    full_run: FullRun | None
    caches: int = 0
    cached: list[str] = field(default_factory=list)
    interaction: str = ""
    media: list[str] = field(default_factory=list)
    spools: list[str] = field(default_factory=list)

    def encode(self) -> bytes:
        """The snapshot as bytes."""
        return pickle.dumps({"format": _FORMAT, **asdict(self)}, protocol=5)

    @classmethod
    def decode(cls, data: bytes) -> Snapshot:
        """The snapshot in `data`, which must be authenticated.

        Raises:
            UnreadableSnapshotError: another release wrote it in another format.
        """
        fields = pickle.loads(data)  # noqa: S301 - the vault checked the seal before we came here
        if not isinstance(fields, dict) or fields.pop("format", None) != _FORMAT:
            raise UnreadableSnapshotError("The session was stored in another format.")
        fields["state"] = State(**fields["state"])
        if fields["full_run"] is not None:
            before = fields["full_run"]["before"]
            fields["full_run"]["before"] = State(**before) if before is not None else None
            fields["full_run"] = FullRun(**fields["full_run"])
        return cls(**fields)


def dump_values(values: dict[str, Any], previous: dict[str, bytes]) -> dict[str, bytes]:
    """Pickle each of `values`; a value that cannot be pickled is left out, with a warning.

    A value that comes out as in `previous` is that very object, so a snapshot that holds both states
    holds it once.
    """
    pickled: dict[str, bytes] = {}
    sharing = _Sharing()
    unportable: list[str] = []
    for key, value in values.items():
        objects: dict[int, object] = {}
        try:
            pickled[key] = dump_value({key: value}, objects)
        except Exception:  # noqa: BLE001 - __reduce__ and __getstate__ run the page's code
            unportable.append(type(value).__qualname__)
            continue
        sharing.note(key, objects)
    for keys in sharing.groups():
        together = dump_value({key: values[key] for key in keys})
        pickled.update(dict.fromkeys(keys, together))
    if unportable:
        # Types, not keys or values: those may tell of a person.
        log.warning("session_state holds values that cannot move to another instance: %s", unportable)
    return {key: previous[key] if previous.get(key) == data else data for key, data in pickled.items()}


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


def load_values(
    pickled: dict[str, bytes], *, session_id: str, uploads: UploadedFileManager
) -> tuple[dict[str, Any], bool]:
    """The values behind `pickled`, and whether all of them could be loaded."""
    values: dict[str, Any] = {}
    # Values that share an object have one pickle, which is loaded once.
    for data in set(pickled.values()):
        try:
            values |= load_value(data, session_id=session_id, uploads=uploads)
        except Exception as error:  # noqa: BLE001 - unpickling runs the page's code
            log.info("a value of session_state does not load here: %s", type(error).__qualname__)
    # In the order that they had: pages go through st.session_state.
    return {key: values[key] for key in pickled if key in values}, len(values) == len(pickled)


def dump_value(value: object, objects: dict[int, object] | None = None) -> bytes:
    """`value` pickled: by reference where that works, by value where only cloudpickle can.

    Args:
        value: anything.
        objects: is filled with what `value` holds, by id: all objects whose identity may matter.
    """
    try:
        return _dump_with(_Pickler, value, objects)
    except Exception:  # noqa: BLE001 - pickle raises TypeError, AttributeError, PicklingError and the page's own
        return _dump_with(_CloudPickler, value, objects)


def load_value(data: bytes, *, session_id: str, uploads: UploadedFileManager) -> Any:
    """What `dump_value` was given; uploaded files are found among the `uploads` of the session."""
    return _Unpickler(io.BytesIO(data), session_id, uploads).load()


def _dump_with(
    kind: type[_Pickler | _CloudPickler], value: object, objects: dict[int, object] | None
) -> bytes:
    buffer = io.BytesIO()
    pickler = kind(buffer, protocol=5)
    pickler.objects = objects
    pickler.dump(value)
    return buffer.getvalue()


def _has_identity(value: object) -> bool:
    """Whether it makes a difference if two values hold one such object or two equal ones.

    It does for what can be changed, which either has no hash or is hashed by its identity; not for None,
    classes and functions, of which there is one anyway.
    """
    can_change = type(value).__hash__ in (None, object.__hash__)
    return can_change and value is not None and not hasattr(value, "__qualname__")


def _reference(value: object) -> tuple[str, bytes] | None:
    """How an uploaded file is named in a pickle; None for anything else, which is pickled."""
    if isinstance(value, UploadedFile):
        return value.file_id, value._file_urls.SerializeToString()
    return None


class _Pickler(pickle.Pickler):
    objects: dict[int, object] | None = None

    def persistent_id(self, obj: object) -> tuple[str, bytes] | None:
        if self.objects is not None and _has_identity(obj):
            self.objects[id(obj)] = obj
        # The script's __main__ here is not the next instance's: what it defines must go by value.
        if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
            raise pickle.PicklingError("defined by the script")
        return _reference(obj)


class _CloudPickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
    objects: dict[int, object] | None = None

    def persistent_id(self, obj: object) -> tuple[str, bytes] | None:
        if self.objects is not None and _has_identity(obj):
            self.objects[id(obj)] = obj
        return _reference(obj)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, session_id: str, uploads: UploadedFileManager) -> None:
        super().__init__(file)
        self._session_id = session_id
        self._uploads = uploads

    def persistent_load(self, pid: tuple[str, bytes]) -> UploadedFile | None:
        file_id, urls = pid
        records = self._uploads.get_files(self._session_id, [file_id])
        return UploadedFile(records[0], FileURLs.FromString(urls)) if records else None
