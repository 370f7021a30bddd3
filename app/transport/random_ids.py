"""Deferred downloads and dataframes: their ids are random in every run, so they differ between instances.

Each is known by its place in the page, which stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.runtime import Runtime

    from .client import FrameCollector
    from .snapshot import State

# Ids of earlier runs that a browser may still use: those of the run before, usually.
MAX_KNOWN_IDS = 100


def deferred(runtime: Runtime, session_id: str, previous: State | None) -> dict[str, str]:
    """The places of deferred downloads by the ids that a browser may know; `previous` knows earlier ones."""
    return _newest(previous.deferred if previous else {}, _deferred_places(runtime, session_id))


def sources(runtime: Runtime, session_id: str, previous: State | None) -> dict[str, str]:
    """The places of lazy dataframes, likewise."""
    return _newest(previous.sources if previous else {}, _source_places(runtime, session_id))


def translate(
    runtime: Runtime, client: FrameCollector, session_id: str, message: BackMsg, state: State
) -> None:
    """Let `message` ask for a download or a dataframe by the id of this instance's last run.

    The browser may hold the id of a run elsewhere, or of the one before, whose successor it has not seen. It
    takes rows of a dataframe for its own only by the id that it asked for: `client` puts that back.
    """
    if message.WhichOneof("type") != "backend_operation_request":
        return
    request = message.backend_operation_request
    if request.WhichOneof("payload") == "deferred_file":
        known, made = state.deferred, _deferred_places(runtime, session_id)
        request.deferred_file.file_id = _successor(request.deferred_file.file_id, known, made)
    elif request.WhichOneof("payload") == "dataframe_chunk":
        known, made = state.sources, _source_places(runtime, session_id)
        client.sources_asked[request.request_id] = request.dataframe_chunk.source_id
        request.dataframe_chunk.source_id = _successor(request.dataframe_chunk.source_id, known, made)


def is_lacking(runtime: Runtime, session_id: str, message: BackMsg, state: State) -> bool:
    """Whether `message` asks for what had a place in the page, and no run here has made."""
    if message.WhichOneof("type") != "backend_operation_request":
        return False
    request = message.backend_operation_request
    if request.WhichOneof("payload") == "deferred_file":
        wanted, known = request.deferred_file.file_id, state.deferred
        made = _deferred_places(runtime, session_id)
    else:
        wanted, known = request.dataframe_chunk.source_id, state.sources
        made = _source_places(runtime, session_id)
    return wanted in known and known[wanted] not in made.values()


def _successor(wanted: str, known: dict[str, str], made: dict[str, str]) -> str:
    """The id in `made` that has the place of `wanted`; `wanted` itself when it is live or unknown."""
    if wanted in made or wanted not in known:
        return wanted
    return next((id_ for id_, place in made.items() if place == known[wanted]), wanted)


def _newest(known: dict[str, str], made: dict[str, str]) -> dict[str, str]:
    """`known` and `made` together, without the oldest of many."""
    merged = {id_: place for id_, place in known.items() if id_ not in made} | made
    return dict(list(merged.items())[-max(MAX_KNOWN_IDS, len(made)) :])


def _deferred_places(runtime: Runtime, session_id: str) -> dict[str, str]:
    media = runtime.media_file_mgr
    with media._lock:
        return {
            file_id: f"{entry['element_id']} {entry['coordinates']}"
            for file_id, entry in media._deferred_callables.items()
            if entry["session_id"] == session_id
        }


def _source_places(runtime: Runtime, session_id: str) -> dict[str, str]:
    sources = runtime.dataframe_source_mgr
    with sources._lock:
        places = sources._sources_by_session_and_coord.get(session_id, {})
        return {source_id: place for place, source_id in places.items()}
