"""The ASGI app: a front door that knows no Streamlit, and Streamlit's own app behind it.

Streamlit takes a third of a second to import, and a process that hands out files may never need it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from . import compat, early, headers
from .assets import Assets
from .cookies import Cookies
from .deferred import Deferred
from .members import FRESH_S, Members
from .origins import Origins
from .rate import Limits
from .seal import Seal
from .stores import Store
from .tenure import importing
from .vault import Vault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from .streamlit_app import StreamlitOverHttp

log = logging.getLogger(__name__)

DEFAULT_LIFETIME_S: Final = 3600
_HEALTH: Final = "_stcore/health"
_HOST_CONFIG: Final = "_stcore/host-config"
_REFUSAL: Final = "The page cannot be served."


def create_app(
    script: str | Path,
    *,
    store: Store | Callable[[], Store],
    seal: Seal | Callable[[], Seal],
    lifetime_s: int = DEFAULT_LIFETIME_S,
    options: Mapping[str, Any] | None = None,
    public_urls: Iterable[str] | Callable[[], Iterable[str]] = (),
    limits: Limits | None = None,
    packs: Sequence[str] = (),
    members: Members | None = None,
    hash_bodies: bool = False,
    allow_any_streamlit: bool = False,
) -> FrontDoor:
    """An ASGI app that serves the Streamlit page `script` over plain HTTP.

    Any number of processes with equal arguments serve one and the same app: each request may go to
    any of them. One app per process, since Streamlit's runtime is one per process.

    Streamlit is imported when a request first needs it. If that fails, the request is answered with 500,
    the cause is logged, and the next request tries again: a secret may be there by then, and a process that
    exited instead would take longer to come back and fail no less.

    Args:
        script: the page, as for `streamlit run`.
        store: where sessions, uploads and media go between requests; or what makes it, called in a
            thread when it is first needed.
        seal: what encrypts them there; or what makes it, likewise.
        lifetime_s: seconds that a session, and what belongs to it, outlives its last request.
        options: Streamlit options by their dotted names, above those in .streamlit/config.toml.
        public_urls: addresses under which browsers know the app. Needed where a proxy does not pass on the
            browser's `Host`; without any, only pages of the host that is asked may send requests. Or what
            finds them, called in a thread when they are first needed.
        limits: how much a browser, and all of them together, may ask of this process, and how many bytes
            of files one widget may hold.
        packs: parts of Streamlit's bundle that the page shows as soon as it opens, beside the core: "table"
            for st.dataframe and st.data_editor. What is not named comes file by file when it is shown.
        members: whom the page lets in; everybody, without. The page itself has to ask for the login.
        hash_bodies: let the page send the SHA-256 of each body along, for a front that signs requests without
            reading them.
        allow_any_streamlit: log what the installed Streamlit lacks, and go on: for trying another release.

    Raises:
        UnusableAddressError: one of `public_urls` is none.
        compat.IncompatibleStreamlitError: the installed Streamlit is another than we know.
    """
    compat.check_version(allow_any=allow_any_streamlit)
    script, options = Path(script), dict(options or {})
    origins = None if callable(public_urls) else Origins(public_urls)
    assets = Assets(early.read(script, options), packs, hash_bodies=hash_bodies)

    def make(made: Seal) -> StreamlitOverHttp:
        with importing():
            known = assets.built.checked if assets.built else None
            compat.check(known, allow_any=allow_any_streamlit)
            from .gate import Gate
            from .streamlit_app import StreamlitOverHttp

        vault = Vault(store() if callable(store) else store, made, lifetime_s=lifetime_s)
        known_origins = origins or Origins(public_urls() if callable(public_urls) else public_urls)
        bounds = limits or Limits()
        gate = Gate(made, known_origins, bounds, members)
        secrets = members.secrets(FRESH_S) if members else None
        return StreamlitOverHttp(script, vault, made, gate, options, bounds.widget_bytes, secrets)

    return FrontDoor(assets, partial(_given_or_made, seal), make)


class FrontDoor:
    """Answers from files what can be, and lets everything else through to Streamlit."""

    def __init__(
        self, assets: Assets, seal: Callable[[], Seal], make: Callable[[Seal], StreamlitOverHttp]
    ) -> None:
        """Stand in front of the app that `make` makes. Both callables may block: they run in threads."""
        self._assets = assets
        self._seal = Deferred(partial(asyncio.to_thread, seal))
        self._cookies = Deferred(self._make_cookies)
        self._make = make
        self._made: StreamlitOverHttp | None = None
        self._page = Deferred(self._start)
        self._life = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "http" and headers.are_too_large(scope):
            await PlainTextResponse("The headers are too large.", 431)(scope, receive, send)
            return
        try:
            answer = await self._answer(scope)
        except Exception as error:
            log.critical("%s %s: %s", _REFUSAL, type(error).__name__, error, exc_info=True)
            answer = _refuse
        await answer(scope, receive, headers.secured(scope, send) if scope["type"] == "http" else send)

    async def _answer(self, scope: Scope) -> ASGIApp:
        """What answers the request: a response, or Streamlit's app."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            request = Request(scope)
            if response := await self._response(request):
                return response
        return await self._page.get()

    async def _response(self, request: Request) -> Response | None:
        path = self._assets.relative(request)
        if path is None:
            return None
        if path == _HEALTH:
            return await self._health(request)
        if self._assets.is_page(path):
            response = self._assets.index(request)
            await self._greet(request, response)
            return response
        if path == _HOST_CONFIG and "origin" not in request.headers:
            return self._assets.host_config()
        return await self._assets.file(path, request)

    async def _greet(self, request: Request, response: Response) -> None:
        """Give the browser the cookies without which no request of the page is taken."""
        self._assets.give_token(request, response)
        for cookie in (await self._cookies.get()).greeting(request):
            response.headers.append("Set-Cookie", cookie)

    async def _health(self, request: Request) -> Response | None:
        """Healthy without Streamlit; once that has started, it speaks for itself.

        What needs the headers of CORS asks Streamlit at once: its options say who may read the answer.
        """
        if self._page.is_made or "origin" in request.headers:
            return None
        if self._seal.has_failed:
            # Nothing else may ask again: a deployment that mends the key looks here first.
            with suppress(Exception):
                await self._seal.get()
        has_failed = self._page.has_failed or self._seal.has_failed
        message, status = (_REFUSAL, 503) if has_failed else ("ok", 200)
        response = PlainTextResponse(message, status, {"Cache-Control": "no-cache"})
        self._assets.give_token(request, response)
        return response

    async def _make_cookies(self) -> Cookies:
        return Cookies(await self._seal.get())

    async def _start(self) -> StreamlitOverHttp:
        # Kept between attempts: a process has one runtime of Streamlit, and it cannot be made anew.
        if self._made is None:
            self._made = await asyncio.to_thread(self._make, await self._seal.get())
        await self._life.enter_async_context(self._made.lifespan()(self._made))
        return self._made

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server's start and end. Streamlit's own start comes later, or never."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._life.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def _given_or_made(seal: Seal | Callable[[], Seal]) -> Seal:
    return seal if isinstance(seal, Seal) else seal()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1011})
        return
    refusal = PlainTextResponse(_REFUSAL, 500, {"Cache-Control": "no-store"})
    await refusal(scope, receive, send)
