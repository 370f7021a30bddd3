"""The files of the page's site: which path is which, below the app's base path."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles

from .. import xsrf
from . import built, bundle, index, serving
from .serving import Content

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..early import EarlyOptions

# Paths that are not pages, wherever they stand ("_stcore") or at the root of the app (the others).
_RESERVED_ANYWHERE: Final = "_stcore/"
_RESERVED: Final = ("static/", "media/", "component/", "app/static/", "oauth2callback", "auth/")
_PACKS: Final = "static/packs/"


class Assets:
    """Answers with the page's HTML and the files of Streamlit's bundle."""

    def __init__(
        self, options: EarlyOptions, packs: Sequence[str] = (), *, hash_bodies: bool = False
    ) -> None:
        """Serve below the base path that `options` name, to a page that needs the core and `packs`.

        With `hash_bodies` the page sends the hash of each body along.
        """
        self._options = options
        self._packs = packs
        self._hash_bodies = hash_bodies
        self.built = built.find()
        self._files = StaticFiles(directory=bundle.static())
        self._content = lru_cache(maxsize=256)(self._read)

    def relative(self, request: Request) -> str | None:
        """The path below the app's base path, without a leading slash; None when it lies elsewhere."""
        path: str = request.scope["path"].removeprefix(request.scope.get("root_path", "")).removeprefix("/")
        base = self._options.base_path
        if not base:
            return path
        if path == base:
            return ""
        return path.removeprefix(f"{base}/") if path.startswith(f"{base}/") else None

    def is_page(self, path: str) -> bool:
        """Whether `path`, relative to the base, is answered with the index: any that is nothing else."""
        if not bundle.is_plain(path) or _RESERVED_ANYWHERE in path or path.startswith(_RESERVED):
            return False
        # "page/" is left to Streamlit, which sends the browser to "page".
        return not path.endswith("/") and bundle.file(path) is None

    def index(self, request: Request) -> Response:
        """The page's HTML. Its address outlives releases, so the browser asks each time whether it is new."""
        return serving.respond(request, self._index, serving.REVALIDATE)

    def host_config(self) -> Response | None:
        """The answer to the page's question for its host's wishes; None when only Streamlit knows it."""
        config = self._host_config()
        return JSONResponse(config, headers={"Cache-Control": serving.REVALIDATE}) if config else None

    def _host_config(self) -> dict[str, Any] | None:
        """Source: streamlit.web.server.starlette.starlette_routes, create_host_config_routes."""
        origins = self._options.allowed_origins
        if origins is None and self.built is not None:
            origins = self.built.allowed_origins
        if origins is None:
            return None
        return {
            "allowedOrigins": list(origins),
            "useExternalAuthToken": False,
            "enableCustomParentMessages": False,
            "enforceDownloadInNewTab": False,
            "metricsUrl": "",
            "blockErrorDialogs": False,
            "resourceCrossOriginMode": None,
        }

    async def file(self, path: str, request: Request) -> Response | None:
        """The file at `path`; None for what is no such file."""
        if path.startswith(_PACKS):
            return self._pack(path.removeprefix(_PACKS), request)
        file = bundle.file(path)
        if file is None:
            return None
        # As Streamlit does; most names hold a hash of the content.
        caching = serving.REVALIDATE if path == "manifest.json" else serving.IMMUTABLE
        if file.suffix in bundle.COMPRESSIBLE and "range" not in request.headers:
            return serving.respond(request, self._content(path, bundle.TYPES[file.suffix]), caching)
        response = await self._files.get_response(path, request.scope)
        response.headers["Cache-Control"] = caching
        return response

    def give_token(self, request: Request, response: Response) -> None:
        """Let `response` bring Streamlit's XSRF cookie to a browser that has none."""
        if not xsrf.is_token(request.cookies.get(xsrf.COOKIE_NAME, "")):
            options = self._options
            cookie = xsrf.new_cookie(same_site=options.xsrf_same_site, uses_tls=options.uses_tls)
            response.headers.append("Set-Cookie", cookie)

    def _pack(self, name: str, request: Request) -> Response:
        """A pack by its name, which is another for another content. Streamlit would answer with its index."""
        if self.built is not None and name in self.built.packs.values():
            # What lies in a cache may be gone: the page then loads file by file.
            with suppress(FileNotFoundError):
                content = self._content(f"{_PACKS}{name}", "application/octet-stream")
                return serving.respond(request, content, serving.IMMUTABLE)
        return PlainTextResponse("No such pack.", 404, {"Cache-Control": "no-store"})

    @cached_property
    def _index(self) -> Content:
        # A test stands in for a host by answering the page's question, which must then be asked.
        host_config = None if self._options.is_tested else self._host_config()
        base_path, hash_bodies = self._options.base_path, self._hash_bodies
        html = index.html(self.built, self._packs, host_config, base_path, hash_bodies=hash_bodies)
        return serving.compressed(html.encode(), "text/html; charset=utf-8")

    def _read(self, path: str, media_type: str) -> Content:
        """What was built for `path`, or else the file itself."""
        found = self.built.encoded(path) if self.built else {}
        if found:
            return Content(media_type, found)
        return serving.compressed((bundle.static() / path).read_bytes(), media_type)
