"""What stands where Streamlit expects a WebSocket: it gathers the frames of a run."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.runtime_util import serialize_forward_msg
from streamlit.runtime.session_manager import ClientContext, SessionClient

from . import protocol
from .cookies import is_ours

if TYPE_CHECKING:
    from starlette.requests import Request

_OURS: Final = ("x-st-", "x-xsrftoken")
_GATEWAY_CONTEXT: Final = "x-amzn-request-context"
_ADAPTERS: Final = (_GATEWAY_CONTEXT, "x-amzn-lambda-context")


class RequestContext(ClientContext):
    """What `st.context` shows of the request that carries the run: nothing that shim or adapter added."""

    def __init__(self, request: Request) -> None:
        """Keep what the page may ask of `request`."""
        self._cookies = {name: value for name, value in request.cookies.items() if not is_ours(name)}
        self._headers = list(self._shown(request))
        self._remote_ip = caller(request)

    @property
    def headers(self) -> Iterable[tuple[str, str]]:
        """All headers, as pairs."""
        return self._headers

    @property
    def cookies(self) -> Mapping[str, str]:
        """All cookies by name."""
        return self._cookies

    @property
    def remote_ip(self) -> str | None:
        """The address of the browser, or of the last proxy before the gateway."""
        return self._remote_ip

    def _shown(self, request: Request) -> Iterable[tuple[str, str]]:
        for name, value in request.headers.items():
            if name == "cookie":
                value = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            if value and not name.startswith(_OURS) and name not in _ADAPTERS:
                yield name, value


def caller(request: Request) -> str | None:
    """Who called the gateway, as the Lambda Web Adapter passes it on; else who called this process.

    The adapter writes the header over whatever a client sends.
    """
    with suppress(ValueError, TypeError, KeyError):
        said = json.loads(request.headers[_GATEWAY_CONTEXT])["http"]["sourceIp"]
        # Without the zone of a link, which is any text.
        return str(ipaddress.ip_address(str(said).partition("%")[0]))
    return request.client.host if request.client else None


def network(request: Request) -> str:
    """What whoever called can't change at will: an IPv4 address, or the first half of an IPv6 one.

    The second half is the caller's own choice among 2^64. "" where nobody says.

    Source: RFC 4291, 2.5.1 and 2.5.5.2.
    """
    try:
        address = ipaddress.ip_address(caller(request) or "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address.packed, 64), strict=False))


class FrameCollector(SessionClient):
    """Collects what Streamlit sends to one browser tab, and notes how runs end.

    Attributes:
        frames: the frames of the run under way.
        changed: set when a frame came or something was noted.
        is_muted: what comes is noted, and kept from the browser.
        told_idle: the last that the browser was told of the script is that it does not run.
        completed_full_run: a run of the whole script went to its end since the flag was last cleared.
        sources_asked: by request for rows, the id of the dataframe that it named.
        is_forgotten: the page has asked to forget the session.
    """

    def __init__(self, context: RequestContext) -> None:
        """Start with no frames."""
        self.context = context
        self.frames: list[bytes] = []
        self.changed = asyncio.Event()
        self.is_muted = self.told_idle = False
        self.sources_asked: dict[str, str] = {}
        self.completed_full_run = False
        self.making_way = False
        self.is_forgotten = False

    @property
    def client_context(self) -> ClientContext:
        """What `st.context` shows."""
        return self.context

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        """Keep `msg`. Streamlit calls this on the event loop."""
        if self.making_way and _ends_run(msg):
            # Streamlit drops the events of a run that a newer one replaces. Were this one told "finished",
            # the page would clear away everything that the run had not reached.
            return
        self._note(msg)
        if self.is_muted:
            return
        self.frames.append(protocol.forward(serialize_forward_msg(self._as_asked(msg))))
        self.changed.set()

    def _as_asked(self, msg: ForwardMsg) -> ForwardMsg:
        """`msg`, or if it brings rows of a dataframe, with the id by which they were asked for."""
        if msg.WhichOneof("type") != "backend_operation_response":
            return msg
        source_id = self.sources_asked.pop(msg.backend_operation_response.request_id, None)
        if source_id is None or not msg.backend_operation_response.HasField("dataframe_chunk"):
            return msg
        renamed = ForwardMsg()
        renamed.CopyFrom(msg)
        renamed.backend_operation_response.dataframe_chunk.source_id = source_id
        return renamed

    def _note(self, msg: ForwardMsg) -> None:
        kind = msg.WhichOneof("type")
        if kind == "script_finished" and msg.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.completed_full_run = True
        elif kind == "session_status_changed":
            self.told_idle = not msg.session_status_changed.script_is_running

    def take(self) -> list[bytes]:
        """The frames so far, which are then no longer here."""
        frames, self.frames = self.frames, []
        return frames


def _ends_run(msg: ForwardMsg) -> bool:
    kind = msg.WhichOneof("type")
    return kind == "script_finished" or (
        kind == "session_status_changed" and not msg.session_status_changed.script_is_running
    )
