"""The addresses that the shim asks, in front of Streamlit's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from streamlit import config

from . import identity, protocol
from .cookies import Cookies
from .protocol import Headline, Operation, ProtocolError
from .run import parse_batch
from .runs import Runs
from .sessions import Sessions
from .vault import Vault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.runtime import Runtime

_STREAM: Final = "_stcore/stream"
_UPLOAD: Final = "_stcore/upload_file/"


class HasRuntime(Protocol):
    """What holds Streamlit's runtime once it has started."""

    @property
    def runtime(self) -> Runtime:
        """The runtime."""
        ...


class HttpTransport:
    """Middleware: answers what the shim asks, lets everything else through to Streamlit."""

    def __init__(self, app: ASGIApp, streamlit: HasRuntime, vault: Vault, cookies: Cookies) -> None:
        """Stand in front of `app`, which is Streamlit's with the runtime that `streamlit` holds."""
        self._app = app
        self._cookies = cookies
        self._base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self._sessions = Sessions(streamlit.runtime, vault)
        self._runs = Runs(streamlit.runtime, self._sessions, vault)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is ours, and leave the rest to Streamlit."""
        answer = None
        if scope["type"] == "http":
            answer = await self._answer(Request(scope, receive))
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """Our answer to `request`; None when Streamlit is to give its own."""
        path = self._relative(request)
        if path is None:
            return None
        if path == _STREAM and request.method == "POST":
            return await self._stream(request)
        if path.startswith(_UPLOAD) and request.method in {"PUT", "DELETE"}:
            return await self._refuse_upload(path, request)
        return None

    def _relative(self, request: Request) -> str | None:
        """The path below the app's base path, without a leading slash; None when it lies elsewhere."""
        path = request.url.path.removeprefix("/")
        if not self._base:
            return path
        if path == self._base:
            return ""
        return path.removeprefix(f"{self._base}/") if path.startswith(f"{self._base}/") else None

    async def _stream(self, request: Request) -> Response:
        try:
            headline = Headline.read(request.headers)
            browser = self._cookies.browser(request)
            if browser is None or not identity.is_origin_allowed(request):
                raise ProtocolError("not a request of this page", status=403)  # noqa: TRY301 - one way to refuse
            batch = parse_batch(await _limited_body(request))
        except ProtocolError as error:
            return PlainTextResponse(str(error), error.status, {"Cache-Control": "no-store"})
        if headline.operation is Operation.INTERRUPT:
            await self._runs.interrupt(headline, browser, batch)
            return Response(status_code=204)
        if headline.operation is Operation.POLL:
            frames = self._runs.poll(headline, browser)
        else:
            frames = self._runs.run(headline, browser, batch, request)
        # Proxies that buffer by default let a streamed answer through with the second header.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(frames, media_type="application/octet-stream", headers=headers)

    async def _refuse_upload(self, path: str, request: Request) -> Response | None:
        """Refuse what is too large or not for this browser's session; None lets the upload through."""
        if int(request.headers.get("content-length") or 0) > protocol.MAX_REQUEST_BYTES:
            limit = config.get_option("server.maxUploadSize")
            return PlainTextResponse(f"A file holds at most {limit} MB here.", 413)
        session_id = path.removeprefix(_UPLOAD).split("/")[0]
        browser = self._cookies.browser(request)
        if browser is None or not await self._sessions.admit(session_id, browser, request):
            return PlainTextResponse("No such session in this browser.", 403)
        return None


async def _limited_body(request: Request) -> bytes:
    """The request's body, read no further than a request may be long.

    Raises:
        ProtocolError: 413, it is longer.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > protocol.MAX_REQUEST_BYTES:
            raise ProtocolError(f"a request holds at most {protocol.MAX_REQUEST_BYTES} bytes", status=413)
    return bytes(body)
