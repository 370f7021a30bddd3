"""A session as bytes: what another instance needs to go on with it.

The outer record holds plain built-in types only, so an instance of the next release can read it.
Records are authenticated before they come here (see `vault`): only what we wrote is ever unpickled.
"""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass, field
from typing import Any

_FORMAT = 4


class UnreadableSnapshotError(Exception):
    """A record of another format. The session cannot go on; nothing was changed."""


@dataclass
class State:
    """What Streamlit keeps for a session between two runs.

    Attributes:
        values: session state by key or widget id, pickled (see `values`).
        key_ids: user keys to widget ids.
        query_bound: ids of widgets bound to query parameters.
        persisted: Streamlit's tracker of persisted widgets, pickled.
        kept_files: ids of uploaded files that the values hold.
        pages: the pages of st.navigation, pickled.
        query: its query parameters and which widgets are bound to them, pickled.
        client_state: page, query string and browser context of the last run, as protobuf.
        callbacks: ids of widgets that have a callback.
        fragments: ids of the fragments that there are.
        deferred: ids under which the browser may ask for a deferred download, oldest first, each with
            the place of its button; the ids are random in every run.
        sources: the same of lazily loaded dataframes.
        search_path: where the page looks for modules beyond what every instance knows; values may be made of
            classes that are found there.
    """

    values: dict[str, bytes] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)
    query_bound: set[str] = field(default_factory=set)
    persisted: bytes = b""
    kept_files: frozenset[str] = frozenset()
    pages: bytes = b""
    query: bytes = b""
    client_state: bytes = b""
    callbacks: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)
    deferred: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    search_path: list[str] = field(default_factory=list)

    @property
    def has_closures(self) -> bool:
        """Whether something of the page can be made by a run alone."""
        return bool(self.fragments or self.callbacks or self.deferred or self.sources)


@dataclass
class Beginning:
    """How a run began: enough to repeat it exactly.

    Attributes:
        before: the state that it found; None before the first run.
        request: the ClientState that asked for it, as protobuf, button presses included.
        fragment: the id of the fragment that was run; "" for the whole script.
    """

    before: State | None
    request: bytes
    fragment: str = ""


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
        beginnings: of the last full run, then of each fragment's last run since, in the order of time; kept
            while there are closures, which only those runs may be able to make again.
        caches: how much of the shared caches the session has seen.
        cached: names of the records that hold cached results of this session alone.
        taken: how many of the messages that waited behind the last run are in it.
        interaction: what the run is called that a replay would repeat.
        media: ids of files that only this session made.
        spools: names of the records that hold frames of its runs, and messages that waited behind them.
    """

    epoch: str
    sequence: int
    run: str
    frames: list[bytes] | None
    owner: dict[str, Any]
    widgets: dict[str, bytes]
    state: State
    beginnings: list[Beginning]
    taken: int = 0
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
        fields["beginnings"] = [_beginning(**one) for one in fields["beginnings"]]
        return cls(**fields)


def _beginning(before: dict[str, Any] | None, request: bytes, fragment: str) -> Beginning:
    return Beginning(State(**before) if before is not None else None, request, fragment)
