"""The shim's few literal messages are what Streamlit's protobuf makes of them."""

import hashlib
import re

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.transport import protocol
from tests.app.transport.gateway import ROOT

SHIM = (ROOT / "app" / "transport" / "shim.js").read_text()


def literal(name: str) -> bytes:
    numbers = re.search(rf"const {name} = \[([^\]]+)\];", SHIM)
    assert numbers
    return bytes(int(number, 0) for number in numbers[1].split(","))


def test_messages_to_the_server_are_the_ones_that_their_names_say():
    assert BackMsg.FromString(literal("STOP_SCRIPT")) == BackMsg(stop_script=True)
    assert BackMsg.FromString(literal("DEBUG_DISCONNECT")) == BackMsg(debug_disconnect_websocket=True)
    assert BackMsg.FromString(literal("DEBUG_SHUTDOWN")) == BackMsg(debug_shutdown_runtime=True)


def test_what_stops_the_script_of_a_tab_that_goes_away_is_hashed_beforehand():
    stop = literal("STOP_SCRIPT")
    body = (0).to_bytes(4, "big") + len(stop).to_bytes(4, "big") + stop
    assert f'const STOP_SHA256 = "{hashlib.sha256(body).hexdigest()}";' in SHIM


def test_a_rerun_is_known_by_its_first_byte():
    message = BackMsg()
    message.rerun_script.query_string = ""
    (tag,) = re.findall(r"const RERUN_TAG = (0x[0-9a-f]+);", SHIM)
    assert message.SerializeToString()[0] == int(tag, 0)


def test_the_page_is_told_that_a_script_is_running():
    message = ForwardMsg.FromString(literal("SCRIPT_IS_RUNNING"))
    assert message.WhichOneof("type") == "session_status_changed"
    assert message.session_status_changed.script_is_running
    assert message.HasField("metadata"), "the page reads whether it may cache the message"


def test_a_batch_holds_no_more_messages_than_the_server_takes():
    assert f"const MAX_BATCH_MESSAGES = {protocol.MAX_MESSAGES};" in SHIM
