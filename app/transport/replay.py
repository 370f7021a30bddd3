"""Making a session's closures again.

State travels as values. Callbacks, fragments, deferred downloads and lazily loaded dataframes are
closures, which only a run of the script can make. A message that needs one on an instance that never ran
the script for this session is therefore preceded by a silent replay: the last run again with its inputs,
its output thrown away and the state put back. What the script does to the outside world in such a run,
it does twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.state.common import WidgetMetadata

from . import interaction, random_ids
from .backmsg import TRIGGERS, is_full_rerun
from .transfer import restore

if TYPE_CHECKING:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.WidgetStates_pb2 import WidgetState
    from streamlit.runtime import Runtime
    from streamlit.runtime.app_session import AppSession

    from .caches import SharedCaches
    from .local import LocalSession
    from .snapshot import Beginning, Snapshot


# Of more fragments than that nobody makes one within another, by presses that no run since has repeated.
MAX_BEGINNINGS = 8


def with_next(beginnings: list[Beginning], latest: Beginning) -> list[Beginning]:
    """`beginnings` with the `latest` one: a full run makes everything anew, a fragment only what is in it."""
    if not latest.fragment:
        return [latest]
    others = [one for one in beginnings if one.fragment != latest.fragment]
    return [*others[:1], *others[1:][2 - MAX_BEGINNINGS :], latest]


class Replays:
    """Makes what messages need and this instance lacks."""

    def __init__(self, runtime: Runtime, caches: SharedCaches) -> None:
        """Replay in `runtime`, and leave no trace in `caches`."""
        self._runtime = runtime
        self._caches = caches

    async def prepare(self, local: LocalSession, messages: Iterable[BackMsg]) -> None:
        """Make the closures that `messages` need, should they not exist on this instance."""
        messages = list(messages)
        if local.warm:
            return
        if local.snapshot is not None and (not local.complete or _needs_replay(local.snapshot, messages)):
            await self._make(local, local.snapshot, messages)
        # A full run makes all that comes after it.
        for message in takewhile(lambda one: not is_full_rerun(one), messages):
            if self._lacks_fragment(local, message):
                # Never leave the browser waiting for a fragment that cannot be made: run everything.
                message.rerun_script.fragment_id = ""
        _stand_in_for_buttons(local.app_session, messages)

    def are_needed(self, local: LocalSession, message: BackMsg) -> bool:
        """Whether no run here, the one under way included, has made what `message` needs by now."""
        snapshot = local.snapshot
        if local.warm or snapshot is None:
            return False
        made = local.app_session.session_state._new_widget_state.widget_metadata
        return self._lacks(local, snapshot, message) or any(
            state.id not in made for state in _changed_and_watched(snapshot, message.rerun_script)
        )

    async def _make(self, local: LocalSession, snapshot: Snapshot, messages: list[BackMsg]) -> None:
        parts = self._runtime, local.app_session, snapshot
        local.client.completed_full_run = False
        await _replay(*parts)
        for beginning in snapshot.beginnings:
            if not any(self._lacks(local, snapshot, message) for message in messages):
                break
            await _repeat(*parts, beginning)
        # Those that were made on the way, and that the session has no more.
        local.app_session._fragment_storage.clear(frozenset(snapshot.state.fragments))
        await self._caches.undo(local.id)
        local.warm = local.client.completed_full_run
        local.complete = True

    def _lacks(self, local: LocalSession, snapshot: Snapshot, message: BackMsg) -> bool:
        """Whether no run here has made what `message` needs."""
        session = local.app_session
        return (
            self._lacks_fragment(local, message)
            or _lacks_callback(session, snapshot, message.rerun_script)
            or random_ids.is_lacking(self._runtime, session.id, message, snapshot.state)
        )

    def _lacks_fragment(self, local: LocalSession, message: BackMsg) -> bool:
        if message.WhichOneof("type") != "rerun_script":
            return False
        fragment_id = message.rerun_script.fragment_id
        if not fragment_id or local.app_session.has_fragment(fragment_id):
            return False
        # One that the last full run did not make is gone: Streamlit does nothing then. In a new session,
        # which takes the place of one that expired, all are gone.
        return local.state is None or fragment_id in local.state.fragments


# --- what a message needs -------------------------------------------------------------------------


def _needs_replay(snapshot: Snapshot, messages: Iterable[BackMsg]) -> bool:
    """Whether one of `messages` needs a closure that this instance does not have."""
    for message in messages:
        kind = message.WhichOneof("type")
        if kind == "backend_operation_request":
            return True
        if kind == "rerun_script":
            request = message.rerun_script
            if not request.fragment_id:
                # A full run makes every closure that a later message may need: look no further.
                return any(True for _ in _changed_and_watched(snapshot, request))
            if request.fragment_id in snapshot.state.fragments:
                return True
    return False


def _changed_and_watched(snapshot: Snapshot, request: ClientState) -> Iterator[WidgetState]:
    """Changed widgets that a callback waits for, or whose value the script may read ahead of them.

    `st.session_state[key]` above the widget shows the browser's new value, which Streamlit finds through
    the widget's metadata: a closure too. For a button it is known without (see `_stand_in_for_buttons`).
    """
    keyed = set(snapshot.state.key_ids.values())
    for state in _changed(snapshot, request):
        is_read_ahead = state.id in keyed and state.WhichOneof("value") != "trigger_value"
        if is_read_ahead or state.id in snapshot.state.callbacks:
            yield state


def _lacks_callback(session: AppSession, snapshot: Snapshot, request: ClientState) -> bool:
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


def _stand_in_for_buttons(session: AppSession, messages: Iterable[BackMsg]) -> None:
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


async def _replay(runtime: Runtime, session: AppSession, snapshot: Snapshot) -> None:
    """Run the script with the inputs of its last run, and put the state back. Its frames are nobody's."""
    request = ClientState.FromString(snapshot.state.client_state)
    for data in snapshot.widgets.values():
        request.widget_states.widgets.add().ParseFromString(data)
    interaction.mark(request, snapshot.interaction)
    await _run_silently(runtime, session, snapshot, request)


async def _repeat(runtime: Runtime, session: AppSession, snapshot: Snapshot, beginning: Beginning) -> None:
    """Repeat a run from the state that it found, button presses included.

    A fragment that lives under `if st.button(...)`, such as a dialog, can be made in no other way; nor can a
    callback that is given there.
    """
    if beginning.fragment and not session.has_fragment(beginning.fragment):
        return  # a later full run has left it out, or an earlier one that is repeated no more has made it
    if beginning.before is not None:
        restore(runtime, session, beginning.before)
    await _run_silently(runtime, session, snapshot, ClientState.FromString(beginning.request))


async def _run_silently(
    runtime: Runtime, session: AppSession, snapshot: Snapshot, request: ClientState
) -> None:
    session.request_rerun(request)
    await session.wait_until_settled()
    restore(runtime, session, snapshot.state)
