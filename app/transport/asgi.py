"""The ASGI app: Streamlit's own, with a plain-HTTP way in where it has a WebSocket."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from streamlit import config
from streamlit.web.server.starlette.starlette_app import App

from . import assets, compat, identity, protocol
from .blobs import Blobs
from .media import SharedMediaStorage
from .protocol import Headline, Operation, ProtocolError
from .run import parse_batch
from .runs import Runs
from .seal import Seal
from .sessions import Sessions
from .stores import Store
from .uploads import SharedUploads
from .vault import Vault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.runtime import Runtime

log = logging.getLogger(__name__)

DEFAULT_LIFETIME_S: Final = 3600
_STREAM: Final = "_stcore/stream"
_UPLOAD: Final = "_stcore/upload_file/"

# What differs from Streamlit's defaults, and why.
_OPTIONS: Final[Mapping[str, Any]] = {
    # A watcher costs 0.3 s for each session that is restored, and files do not change in an image.
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.headless": True,
    "browser.gatherUsageStats": False,
    "server.enableXsrfProtection": True,
    # Megabytes. Each way, an invocation passes 6 MB of JSON that holds the body in base64.
    "server.maxUploadSize": 4,
    "server.maxMessageSize": 4,
    "logger.level": "warning",
    # Prints an exception past the logging that the app has set up.
    "logger.enableRich": False,
}


def create_app(
    script: str | Path,
    *,
    store: Store,
    seal: Seal,
    lifetime_s: int = DEFAULT_LIFETIME_S,
    options: Mapping[str, Any] | None = None,
) -> StreamlitOverHttp:
    """An ASGI app that serves the Streamlit page `script` over plain HTTP.

    Any number of processes with equal arguments serve one and the same app: each request may go to
    any of them. One app per process, since Streamlit's runtime is one per process.

    Args:
        script: the page, as for `streamlit run`.
        store: where sessions, uploads and media go between requests.
        seal: what encrypts them there.
        lifetime_s: seconds that a session, and what belongs to it, outlives its last request.
        options: Streamlit options by their dotted names, above those in .streamlit/config.toml.

    Raises:
        compat.IncompatibleStreamlitError: the installed Streamlit is another than we know.
    """
    compat.check()
    return StreamlitOverHttp(script, Vault(store, seal, lifetime_s=lifetime_s), seal, options or {})


class StreamlitOverHttp(App):
    """Streamlit's app, its media and uploads shared through a vault, and our middleware around it."""

    def __init__(self, script: str | Path, vault: Vault, seal: Seal, options: Mapping[str, Any]) -> None:
        """Configure Streamlit for `script`. Use `create_app`, which also checks it."""
        self.vault = vault
        self._blobs = Blobs(vault)
        cookie_secret = seal.derive("streamlit cookie secret").hex()
        # Under a plain ASGI server Streamlit reads no options but those of its files and these.
        config.get_config_options(
            force_reparse=True,
            # The secret, so that a login made on one instance counts on all.
            options_from_flags={**_OPTIONS, "server.cookieSecret": cookie_secret, **options},
        )
        super().__init__(script, middleware=[Middleware(_HttpTransport, streamlit=self)])

    @property
    def runtime(self) -> Runtime:
        """Streamlit's runtime, which exists from the first request on."""
        if self._runtime is None:
            raise RuntimeError("The app has not been started.")
        return self._runtime

    def _create_runtime(self) -> Runtime:
        from streamlit.runtime import Runtime, RuntimeConfig
        from streamlit.web.cache_storage_manager_config import (
            create_default_cache_storage_manager,
        )

        return Runtime(
            RuntimeConfig(
                script_path=str(self._resolve_script_path()),
                media_file_storage=SharedMediaStorage("/media", self._blobs),
                uploaded_file_manager=SharedUploads("/_stcore/upload_file", self._blobs),
                cache_storage_manager=create_default_cache_storage_manager(),
                on_script_error=self._on_script_error,
            )
        )


class _HttpTransport:
    """Middleware: answers what the shim asks, lets everything else through to Streamlit."""

    def __init__(self, app: ASGIApp, streamlit: StreamlitOverHttp) -> None:
        self._app = app
        self._base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self._sessions = Sessions(streamlit.runtime, streamlit.vault)
        self._runs = Runs(streamlit.runtime, self._sessions, streamlit.vault)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
        if request.method not in {"GET", "HEAD"}:
            return None
        return self._page(path, request)

    def _relative(self, request: Request) -> str | None:
        """The path below the app's base path, without a leading slash; None when it lies elsewhere."""
        path = request.url.path.removeprefix("/")
        if not self._base:
            return path
        if path == self._base:
            return ""
        return path.removeprefix(f"{self._base}/") if path.startswith(f"{self._base}/") else None

    def _page(self, path: str, request: Request) -> Response | None:
        if path.startswith("static/"):
            return assets.bundle_file(path, request)
        if not assets.is_page(path):
            return None
        response = assets.index(request)
        if identity.browser(request) is None:
            response.headers["Set-Cookie"] = identity.new_browser_cookie(request)
        return response

    async def _stream(self, request: Request) -> Response:
        try:
            headline = Headline.read(request.headers)
            browser = identity.browser(request)
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
        browser = identity.browser(request)
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
