"""What a message of the browser asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ClientState_pb2 import ClientState

# Values that count for one run only. Streamlit's own list: runtime/scriptrunner_utils/script_requests.py
TRIGGERS = frozenset({"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"})


def is_full_rerun(message: BackMsg) -> bool:
    """Whether `message` asks for the whole script."""
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id


def only_reads(message: BackMsg) -> bool:
    """Whether `message` asks for rows of a dataframe, which leaves the session as it is."""
    request = message.backend_operation_request
    is_operation = message.WhichOneof("type") == "backend_operation_request"
    return is_operation and request.WhichOneof("payload") == "dataframe_chunk"


def lasting_values(request: ClientState) -> dict[str, bytes]:
    """What the browser says of each widget, without button presses and the like."""
    lasting = (w for w in request.widget_states.widgets if w.WhichOneof("value") not in TRIGGERS)
    return {state.id: state.SerializeToString() for state in lasting}
