"""The files of the page's site: which path is which, below the app's base path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .. import xsrf
from . import bundle, index, serving

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..early import EarlyOptions

# Paths that are not pages, wherever they stand ("_stcore") or at the root of the app (the others).
_RESERVED_ANYWHERE: Final = "_stcore/"
_RESERVED: Final = ("static/", "media/", "component/", "app/static/", "oauth2callback", "auth/")


class Assets:
    """Answers with the page's HTML and the files of Streamlit's bundle."""

    def __init__(self, options: EarlyOptions) -> None:
        """Serve below the base path that `options` name."""
        self._options = options

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
        html = index.html().encode()
        return serving.respond(request, html, "text/html; charset=utf-8", serving.REVALIDATE)

    def file(self, path: str, request: Request) -> Response | None:
        """The file of the bundle at `path`; None for what is no such file, or Streamlit serves as well."""
        file = bundle.file(path)
        return None if file is None else serving.file(request, file)

    def give_token(self, request: Request, response: Response) -> None:
        """Let `response` bring Streamlit's XSRF cookie to a browser that has none."""
        if not xsrf.is_token(request.cookies.get(xsrf.COOKIE_NAME, "")):
            options = self._options
            cookie = xsrf.new_cookie(same_site=options.xsrf_same_site, uses_tls=options.uses_tls)
            response.headers.append("Set-Cookie", cookie)
