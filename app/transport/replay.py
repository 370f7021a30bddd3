"""Moving a session's state between Streamlit and a snapshot, and making its closures again.

State travels as values. Callbacks, fragments, deferred downloads and lazily loaded dataframes are
closures, which only a run of the script can make. A message that needs one on an instance that never ran
the script for this session is therefore preceded by a silent replay: the last run again with its inputs,
its output thrown away and the state put back. What the script does to the outside world in such a run,
it does twice.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from . import interaction
from .snapshot import FullRun, Snapshot, State
from .values import Values

if TYPE_CHECKING:
    from streamlit.runtime import Runtime
    from streamlit.runtime.app_session import AppSession

    from .client import FrameCollector

log = logging.getLogger(__name__)

# Values that count for one run only. Streamlit's own list: runtime/scriptrunner_utils/script_requests.py
TRIGGERS = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})
# Ids of earlier runs that a browser may still use: those of the run before, usually.
MAX_KNOWN_IDS = 100


def is_full_rerun(message: BackMsg) -> bool:
    """Whether `message` asks for the whole script."""
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id


def lasting_values(request: ClientState) -> dict[str, bytes]:
    """What the browser says of each widget, without button presses and the like."""
    lasting = (w for w in request.widget_states.widgets if w.WhichOneof("value") not in TRIGGERS)
    return {state.id: state.SerializeToString() for state in lasting}


def without_overruled(session: AppSession, widgets: dict[str, bytes]) -> dict[str, bytes]:
    """`widgets` but those that the last run set by `st.session_state`: the browser shows another value since.

    When it sends the old one again, somebody has chosen it anew. To be asked before `capture`.
    """
    kept = session.session_state
    keys = kept._key_id_mapper._key_id_mapping
    overruled = {keys[key] for key in kept._new_session_state if key in keys}
    return {id_: data for id_, data in widgets.items() if id_ not in overruled}


# --- state out of Streamlit, and into it ----------------------------------------------------------


def capture(runtime: Runtime, session: AppSession, previous: State | None) -> State:
    """The state of a settled session. The session itself may go on as if nothing had happened."""
    kept = session.session_state
    # What the next run would do first anyway: everything the script and its widgets hold is then in
    # _old_state, deserialised.
    kept._reset_triggers()  # of a button whose run was interrupted, for example
    try:
        kept._compact_state()
    except Exception:  # noqa: BLE001 - deserializers are the page's code, among others
        _drop_unreadable(kept._new_widget_state)
        kept._compact_state()
    widgets = kept._new_widget_state.widget_metadata
    values = Values(session.id, runtime.uploaded_file_mgr)
    return State(
        values=values.dump(kept._old_state, previous.values if previous else {}),
        kept_files=values.kept_files,
        key_ids=dict(kept._key_id_mapper._key_id_mapping),
        query_bound=set(kept._query_param_bound_widget_ids),
        persisted=pickle.dumps(kept._persist_tracker, protocol=5),
        pages=pickle.dumps(session._pages_manager._pages, protocol=5),
        query=pickle.dumps(vars(kept.query_params), protocol=5),
        client_state=session._client_state.SerializeToString(),
        callbacks={id_ for id_, widget in widgets.items() if _has_callback(widget)},
        fragments=_fragment_ids(session),
        deferred=_newest(previous.deferred if previous else {}, _deferred_places(runtime, session.id)),
        sources=_newest(previous.sources if previous else {}, _source_places(runtime, session.id)),
    )


def _drop_unreadable(widgets: WStates) -> None:
    """Drop values that their widget cannot read. The run that met one has shown the exception to the user."""
    for widget_id in list(widgets.states):
        try:
            widgets.get(widget_id)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("a widget cannot read its value: %s", type(error).__qualname__)
            del widgets.states[widget_id]


def restore(runtime: Runtime, session: AppSession, state: State) -> bool:
    """Put `state` into a settled session, and say whether every value could be loaded."""
    kept = session.session_state
    values, complete = Values(session.id, runtime.uploaded_file_mgr).load(state.values)
    kept._new_session_state.clear()
    kept._new_widget_state.states.clear()
    kept._old_state.clear()
    kept._old_state.update(values)
    kept._key_id_mapper.set_key_id_mapping(dict(state.key_ids))
    kept._query_param_bound_widget_ids = set(state.query_bound)
    kept._persist_tracker = pickle.loads(state.persisted)  # noqa: S301 - out of an authenticated record
    vars(kept.query_params).update(pickle.loads(state.query))  # noqa: S301 - out of an authenticated record
    session._client_state.ParseFromString(state.client_state)
    # Or the next run would take itself for one on another page, and drop the state of all widgets.
    session._pages_manager.set_current_page_script_hash(session._client_state.page_script_hash)
    session._pages_manager._pages = pickle.loads(state.pages)  # noqa: S301 - out of an authenticated record
    return complete


# --- what a message needs -------------------------------------------------------------------------


def needs_replay(snapshot: Snapshot, messages: Iterable[BackMsg]) -> bool:
    """Whether one of `messages` needs a closure that this instance does not have."""
    for message in messages:
        kind = message.WhichOneof("type")
        if kind == "backend_operation_request":
            return True
        if kind == "rerun_script":
            request = message.rerun_script
            if not request.fragment_id:
                # A full run makes every closure that a later message may need: look no further.
                return _changes_a_watched_widget(snapshot, request)
            if request.fragment_id in snapshot.state.fragments:
                return True
    return False


def _changes_a_watched_widget(snapshot: Snapshot, request: ClientState) -> bool:
    """Whether a value changed that a callback waits for, or that the script may read ahead of its widget.

    `st.session_state[key]` above the widget shows the browser's new value, which Streamlit finds through
    the widget's metadata: a closure too. For a button it is known without (see `stand_in_for_buttons`).
    """
    keyed = set(snapshot.state.key_ids.values())
    return any(
        state.id in snapshot.state.callbacks
        or (state.id in keyed and state.WhichOneof("value") != "trigger_value")
        for state in _changed(snapshot, request)
    )


def lacks_callback(session: AppSession, snapshot: Snapshot, request: ClientState) -> bool:
    """Whether a value changed that a callback waits for, of a widget that no run here has made."""
    made = session.session_state._new_widget_state.widget_metadata
    return any(
        state.id in snapshot.state.callbacks and state.id not in made for state in _changed(snapshot, request)
    )


def _changed(snapshot: Snapshot, request: ClientState) -> Iterator[WidgetState]:
    """The widgets that do not stand as the last message of the browser left them."""
    for state in request.widget_states.widgets:
        is_trigger = state.WhichOneof("value") in TRIGGERS
        if is_trigger or snapshot.widgets.get(state.id) != state.SerializeToString():
            yield state


def stand_in_for_buttons(session: AppSession, messages: Iterable[BackMsg]) -> None:
    """Make button presses readable before the script has made the buttons on this instance."""
    known = session.session_state._new_widget_state.widget_metadata
    for message in messages:
        for state in message.rerun_script.widget_states.widgets:
            if state.WhichOneof("value") == "trigger_value" and state.id not in known:
                known[state.id] = _button_metadata(state)


def _button_metadata(state: WidgetState) -> WidgetMetadata[bool]:
    return WidgetMetadata(
        id=state.id,
        deserializer=lambda value: bool(value),
        serializer=lambda value: bool(value),
        value_type="trigger_value",
    )


# --- replay ---------------------------------------------------------------------------------------


async def replay(runtime: Runtime, session: AppSession, snapshot: Snapshot) -> None:
    """Run the script with the inputs of its last run, and put the state back. Its frames are nobody's."""
    request = ClientState.FromString(snapshot.state.client_state)
    for data in snapshot.widgets.values():
        request.widget_states.widgets.add().ParseFromString(data)
    interaction.mark(request, snapshot.interaction)
    await _run_silently(runtime, session, snapshot, request)


async def replay_exactly(
    runtime: Runtime, session: AppSession, snapshot: Snapshot, full_run: FullRun
) -> None:
    """Repeat the last full run from the state that it found, button presses included.

    A fragment that lives under `if st.button(...)`, such as a dialog, can be made in no other way; nor can a
    callback that is given there.
    """
    if full_run.before is not None:
        restore(runtime, session, full_run.before)
    await _run_silently(runtime, session, snapshot, ClientState.FromString(full_run.request))


async def _run_silently(
    runtime: Runtime, session: AppSession, snapshot: Snapshot, request: ClientState
) -> None:
    session.request_rerun(request)
    await session.wait_until_settled()
    restore(runtime, session, snapshot.state)


# --- ids that are random in every run -------------------------------------------------------------


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


def only_reads(message: BackMsg) -> bool:
    """Whether `message` asks for rows of a dataframe, which leaves the session as it is."""
    request = message.backend_operation_request
    is_operation = message.WhichOneof("type") == "backend_operation_request"
    return is_operation and request.WhichOneof("payload") == "dataframe_chunk"


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


def _fragment_ids(session: AppSession) -> set[str]:
    storage: Any = session._fragment_storage
    return set(storage._fragments)


def _has_callback(widget: WidgetMetadata[Any]) -> bool:
    return bool((widget.callback or widget.callbacks) and not widget.disabled)
