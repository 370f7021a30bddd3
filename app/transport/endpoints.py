"""The addresses that the shim asks, in front of Streamlit's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from streamlit import config

from . import callback, protocol
from .batch import parse_batch
from .downloads import Bounded, Media
from .gate import Gate
from .members import SIGN_OUT, SIGNING_IN
from .parts import Parts
from .protocol import Headline, Operation, ProtocolError, Status
from .rate import TooManyRequestsError
from .runs import Runs
from .sessions import Sessions
from .vault import Vault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.runtime import Runtime

    from .media import SharedMediaStorage
    from .seal import Seal
    from .uploads import SharedUploads

# A gateway hands over whole requests: only one that speaks to this port itself can be slower.
BODY_WITHIN_S: Final = 30.0
# A browser that is still sending when it is refused sees a broken connection, not the reason.
MAX_DISCARDED_BYTES: Final = 32_000_000
# Of whoever is not let in. To sign in takes a click on a page that has little else.
MAX_STRANGERS_BYTES: Final = 64_000

_SIGN_IN_FIRST: Final = "Only for those whom the page lets in: sign in."
_CONTENT_TYPE: Final = "application/octet-stream"

_UPLOAD: Final = "_stcore/upload_file/"
_MEDIA: Final = "media/"


class HasRuntime(Protocol):
    """What holds Streamlit's runtime once it has started, and the files of its pages."""

    media: SharedMediaStorage
    uploads: SharedUploads

    @property
    def runtime(self) -> Runtime:
        """The runtime."""
        ...


class HttpTransport:
    """Middleware: answers what the shim asks, lets everything else through to Streamlit."""

    def __init__(self, app: ASGIApp, streamlit: HasRuntime, vault: Vault, seal: Seal, gate: Gate) -> None:
        """Stand in front of `app`, which is Streamlit's with the runtime that `streamlit` holds."""
        self._app = Bounded(app)
        self._gate = gate
        self._base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self._sessions = Sessions(streamlit.runtime, vault, gate.users)
        self._runs = Runs(streamlit.runtime, self._sessions, vault)
        self._media = Media(streamlit.media)
        self._parts = Parts(streamlit.uploads, seal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is ours, and leave the rest to Streamlit."""
        if scope["type"] == "websocket":
            # Streamlit would open a session past all that is checked here.
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = None
        if scope["type"] == "http":
            request = Request(scope, receive)
            answer, send = await self._answer(request), self._gate.users.bound(request, send)
        if answer is None:
            await self._app(callback.cut(scope), receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """Our answer to `request`; None when Streamlit is to give its own."""
        try:
            return await self._taken(request)
        except ProtocolError as error:
            return _refusal(str(error), error.status)
        except TooManyRequestsError as error:
            return _refusal(str(error), 429, error.retry_after_s)
        except ClientDisconnect:
            return _refusal("the request was cut short", 400)

    async def _taken(self, request: Request) -> Response | None:
        """`_answer`, for a request that is not refused.

        Raises:
            ProtocolError: it is not one of a page of ours.
            TooManyRequestsError: it is one too many.
            ClientDisconnect: it was cut short.
        """
        path = self._relative(request)
        if path is None:
            return _refusal("Nothing is here.", 404)
        if path == SIGN_OUT and request.headers.get("sec-fetch-site") == "cross-site":
            # A link of another site signs nobody out, here or at the provider.
            return RedirectResponse(f"/{self._base}/".replace("//", "/"), 302)
        if path in SIGNING_IN:
            await self._gate.count(request)
            await self._gate.users.renew_secrets()
        if not await self._gate.may_ask(path, request):
            return _refusal(_SIGN_IN_FIRST, 403)
        if path == protocol.PATH and request.method == "POST":
            return await self._message(request)
        if path.startswith(_UPLOAD) and request.method in {"PUT", "DELETE"}:
            return await self._upload(path, request)
        if path.startswith(_MEDIA) and request.method in {"GET", "HEAD"}:
            return await self._media.answer(path.removeprefix(_MEDIA), request)
        return None

    def _relative(self, request: Request) -> str | None:
        """The path below the app's base path, without a leading slash; None when it lies elsewhere."""
        # What Streamlit's routes go by; a URL put together of it would be another text in places.
        path: str = request.scope["path"].removeprefix(request.scope.get("root_path", "")).removeprefix("/")
        if not self._base:
            return path
        if path == self._base:
            return ""
        return path.removeprefix(f"{self._base}/") if path.startswith(f"{self._base}/") else None

    async def _message(self, request: Request) -> Response:
        headline = Headline.read(request.headers)
        visitor = await self._gate.admit(request, begins_session=headline.begins_session)
        browser, body = visitor.name, await _limited_body(request)
        # Proxies that buffer by default let a streamed answer through with the second header.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if not visitor.is_admitted:
            if headline.operation is Operation.FOLLOW:
                return _refusal(_SIGN_IN_FIRST, 403)
            if len(body) > MAX_STRANGERS_BYTES:
                # What a page still holds whose login has ended: without it, it can ask for another.
                anew = protocol.control(status=Status.FORGOTTEN.value)
                return Response(anew, media_type=_CONTENT_TYPE, headers=headers)
        batch = parse_batch(body)
        if headline.operation is Operation.FOLLOW:
            await self._runs.follow(headline, browser, body)
            return Response(status_code=204, headers=headers)
        if headline.operation is Operation.POLL:
            frames = self._runs.poll(headline, browser)
        else:
            self._gate.check_queue(self._runs.asked(headline, browser))
            frames = self._runs.run(headline, browser, batch, request)
        answer = StreamingResponse(frames, media_type=_CONTENT_TYPE, headers=headers)
        for cookie in self._gate.renewals(request):
            answer.headers.append("Set-Cookie", cookie)
        return answer

    async def _upload(self, path: str, request: Request) -> Response | None:
        """Take part of a file, or refuse what is not for this browser's session; None lets a file through."""
        if _announced_bytes(request) > protocol.MAX_REQUEST_BYTES:
            return _refusal("A file of this size comes in parts.", 413)
        browser = (await self._gate.admit(request)).name
        session_id, _, file_id = path.removeprefix(_UPLOAD).partition("/")

        async def is_admitted() -> bool:
            return await self._sessions.admit(session_id, browser, request)

        if Parts.concerns(request):
            return await self._parts.answer(request, session_id, file_id, browser, is_admitted)
        if not await is_admitted():
            return _refusal("No such session in this browser.", 403)
        if request.method == "DELETE":
            await self._sessions.spare_kept_files(session_id, browser)
        return None


def _refusal(message: str, status: int, retry_after_s: int | None = None) -> Response:
    headers = {"Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return PlainTextResponse(message, status, headers)


def _announced_bytes(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


async def _limited_body(request: Request) -> bytes:
    """The request's body, if it is no longer than a request may be.

    Raises:
        ProtocolError: 413, it is longer; 408, it does not end.
    """
    too_large = ProtocolError(f"a request holds at most {protocol.MAX_REQUEST_BYTES} bytes", status=413)
    if _announced_bytes(request) > MAX_DISCARDED_BYTES:
        raise too_large
    body, length = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                length += len(chunk)
                if length > MAX_DISCARDED_BYTES:
                    raise too_large
                if length <= protocol.MAX_REQUEST_BYTES:
                    body += chunk
    except TimeoutError as error:
        raise ProtocolError("the request does not end", status=408) from error
    if length > protocol.MAX_REQUEST_BYTES:
        raise too_large
    return bytes(body)
