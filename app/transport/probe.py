"""One round trip of the page as a browser would make it, for whoever must know that it works here."""

from __future__ import annotations

import http.client
import json
import secrets
from typing import Final

from . import protocol, xsrf
from .protocol import Message, Status

TIMEOUT_S: Final = 25.0


class RoundTripError(Exception):
    """The page did not answer as it should; the message says where it went wrong."""


def round_trip(port: int) -> None:
    """Open the page that is served on 127.0.0.1:`port`, run it once and read the answer.

    It leaves a session behind, which expires like any other. Blocks: call it from a thread.

    Raises:
        RoundTripError: no page, no run, or a run that ended with an exception.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        cookie = _open_page(connection)
        _check(_run_page(connection, cookie))
    except (OSError, http.client.HTTPException) as error:
        raise RoundTripError(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()


def _open_page(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    cookies = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie", [])]
    if response.status != 200 or not cookies:
        raise RoundTripError(f"the page answered {response.status}")
    return "; ".join(cookies)


def _run_page(connection: http.client.HTTPConnection, cookie: str) -> bytes:
    # Here and below: who only wants to be able to ask for a round trip need not pay for Streamlit's import.
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    message.rerun_script.query_string = ""
    headers = {
        "Cookie": cookie,
        "X-St-Http": protocol.Operation.RUN.value,
        "X-St-Session": secrets.token_urlsafe(24),
        "X-St-Epoch": secrets.token_urlsafe(12),
        "X-St-Seq": "1",
        "X-Xsrftoken": xsrf.token_in(cookie),
    }
    body = protocol.encode_batch([Message(0, message.SerializeToString())])
    connection.request("POST", f"/{protocol.PATH}", body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RoundTripError(f"a run of the page answered {response.status}")
    return content


def _check(content: bytes) -> None:
    """Read the frames as the shim does: the run must be over, compiled and without an exception."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    status = ""
    for kind, payload in protocol.decode_frames(content):
        if kind == 0:
            status = json.loads(payload).get("status", status)
            continue
        forward = ForwardMsg.FromString(payload)
        if forward.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise RoundTripError("the page does not compile")
        if forward.WhichOneof("type") == "delta" and forward.delta.new_element.HasField("exception"):
            # Streamlit leaves the type out when it shows no details of errors.
            raised = forward.delta.new_element.exception.type or "an exception"
            raise RoundTripError(f"the page raised {raised}")
    if status not in {Status.DONE.value, Status.MORE.value}:
        raise RoundTripError(f"a run of the page ended with {status or 'nothing'}")
