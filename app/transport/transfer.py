"""Moving a session's state out of Streamlit and into it."""

from __future__ import annotations

import logging
import pickle
import sys
from typing import TYPE_CHECKING, Any

from . import random_ids
from .snapshot import State
from .values import Values

if TYPE_CHECKING:
    from streamlit.runtime import Runtime
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.state.common import WidgetMetadata
    from streamlit.runtime.state.session_state import SessionState, WStates

log = logging.getLogger(__name__)

# As it is before any page has run here.
_OWN_SEARCH_PATH = frozenset(sys.path)


def capture(runtime: Runtime, session: AppSession, previous: State | None) -> State:
    """The state of a settled session. The session itself may go on as if nothing had happened."""
    kept = session.session_state
    settled = _settled_values(kept)
    widgets = kept._new_widget_state.widget_metadata
    values = Values(session.id, runtime.uploaded_file_mgr)
    return State(
        values=values.dump(settled, previous.values if previous else {}),
        kept_files=values.kept_files,
        key_ids=dict(kept._key_id_mapper._key_id_mapping),
        query_bound=set(kept._query_param_bound_widget_ids),
        persisted=pickle.dumps(kept._persist_tracker, protocol=5),
        pages=pickle.dumps(session._pages_manager._pages, protocol=5),
        query=pickle.dumps(vars(kept.query_params), protocol=5),
        client_state=session._client_state.SerializeToString(),
        callbacks={id_ for id_, widget in widgets.items() if _has_callback(widget)},
        fragments=_fragment_ids(session),
        deferred=random_ids.deferred(runtime, session.id, previous),
        sources=random_ids.sources(runtime, session.id, previous),
        search_path=[entry for entry in sys.path if entry not in _OWN_SEARCH_PATH],
    )


def restore(runtime: Runtime, session: AppSession, state: State) -> bool:
    """Put `state` into a settled session, and say whether every value could be loaded.

    Objects that the session holds already stay what they are, for closures may hold them too.
    """
    kept = session.session_state
    # A script that adds to it may not have run here yet.
    sys.path.extend(entry for entry in state.search_path if entry not in sys.path)
    held = _settled_values(kept)
    values, complete = Values(session.id, runtime.uploaded_file_mgr).load(state.values, held)
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


def without_overruled(session: AppSession, widgets: dict[str, bytes]) -> dict[str, bytes]:
    """`widgets` but those that the last run set by `st.session_state`: the browser shows another value since.

    When it sends the old one again, somebody has chosen it anew. To be asked before `capture`.
    """
    kept = session.session_state
    keys = kept._key_id_mapper._key_id_mapping
    overruled = {keys[key] for key in kept._new_session_state if key in keys}
    return {id_: data for id_, data in widgets.items() if id_ not in overruled}


def _settled_values(kept: SessionState) -> dict[str, Any]:
    """All that the script and its widgets hold, deserialised, as the next run would find it."""
    kept._reset_triggers()  # of a button whose run was interrupted, for example
    try:
        kept._compact_state()
    except Exception:  # noqa: BLE001 - deserializers are the page's code, among others
        _drop_unreadable(kept._new_widget_state)
        kept._compact_state()
    return dict(kept._old_state)


def _drop_unreadable(widgets: WStates) -> None:
    """Drop values that their widget cannot read. The run that met one has shown the exception to the user."""
    for widget_id in list(widgets.states):
        try:
            widgets.get(widget_id)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("a widget cannot read its value: %s", type(error).__qualname__)
            del widgets.states[widget_id]


def _fragment_ids(session: AppSession) -> set[str]:
    storage: Any = session._fragment_storage
    return set(storage._fragments)


def _has_callback(widget: WidgetMetadata[Any]) -> bool:
    return bool((widget.callback or widget.callbacks) and not widget.disabled)
