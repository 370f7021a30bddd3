"""The messages that one request carries, and how they follow each other.

Over a WebSocket each message arrives when the browser makes it. Here those that the page makes while a
request is under way wait in the browser and come together in the next one.
"""

from __future__ import annotations

import re

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # no stubs are locked
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.scriptrunner_utils.script_requests import _coalesce_widget_states

from . import protocol
from .backmsg import TRIGGERS, is_full_rerun
from .protocol import ProtocolError

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{0,64}")

# BackMsgs, each with the seconds that passed in the browser since the one before. 0: both were made while
# one and the same run was under way.
Batch = list[tuple[float, BackMsg]]


def parse_batch(body: bytes) -> Batch:
    """The BackMsgs in a request's body.

    Raises:
        ProtocolError: the body is not one that the shim would send.
    """
    try:
        return [
            (message.pause_ms / 1000, _checked(BackMsg.FromString(message.payload)))
            for message in protocol.decode_batch(body)
        ]
    except DecodeError as error:
        raise ProtocolError("a message is no BackMsg") from error


def _checked(message: BackMsg) -> BackMsg:
    """`message`, unless it carries what Streamlit would write into the log as it came."""
    if not _REQUEST_ID.fullmatch(message.backend_operation_request.request_id):
        raise ProtocolError("bad request_id")
    return message


def coalesced(batch: Batch) -> Batch:
    """`batch` with the reruns of fragments put together that Streamlit would have put together.

    A rerun of a fragment waits while a script runs. Streamlit keeps the waiting ones in a queue that holds
    each fragment once, with the newest values of all widgets and every button that was pressed.

    Source: streamlit/runtime/scriptrunner_utils/script_requests.py, ScriptRequests.request_rerun.
    """
    result: Batch = []
    waiting: dict[str, int] = {}  # where in `result` each fragment stands that waits behind the same run
    for pause_s, message in batch:
        fragment_id = _fragment_id(message)
        if pause_s or not fragment_id:
            waiting = {}
        if fragment_id in waiting:
            index = waiting[fragment_id]
            result[index] = (result[index][0], _with_presses_of(result[index][1], message))
            continue
        if fragment_id:
            waiting[fragment_id] = len(result)
        result.append((pause_s, message))
    return result


def is_overtaken(message: BackMsg, later: BackMsg) -> bool:
    """Whether `message`, waiting behind a run, says nothing any more once `later` waits behind the same run.

    Streamlit makes one rerun of those that wait, with the newest values of all widgets. A button press stands
    for itself here: what the script counts by it, it must count.
    """
    ours, theirs = message.rerun_script, later.rerun_script
    return (
        is_full_rerun(message)
        and is_full_rerun(later)
        and (ours.page_script_hash, ours.query_string) == (theirs.page_script_hash, theirs.query_string)
        and not any(widget.WhichOneof("value") in TRIGGERS for widget in ours.widget_states.widgets)
    )


def _with_presses_of(earlier: BackMsg, later: BackMsg) -> BackMsg:
    merged = BackMsg()
    merged.CopyFrom(later)
    states = _coalesce_widget_states(earlier.rerun_script.widget_states, later.rerun_script.widget_states)
    merged.rerun_script.widget_states.CopyFrom(states)
    return merged


def _fragment_id(message: BackMsg) -> str:
    """The fragment that `message` asks for, or ""."""
    return message.rerun_script.fragment_id if message.WhichOneof("type") == "rerun_script" else ""
