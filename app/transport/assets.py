"""What the browser loads before the page comes alive: Streamlit's index with our shim in it, and its bundle.

Streamlit serves its own files without compression and leaves that to a proxy; an HTTP API has none. Text
is therefore compressed here, once for each file and process.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit
from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

STATIC_DIRECTORY: Final = Path(streamlit.__file__).parent / "static"
_SHIM: Final = Path(__file__).parent / "shim.js"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
# Paths that are not pages, wherever they stand ("_stcore") or at the root of the app (the others).
_RESERVED_ANYWHERE: Final = "_stcore/"
_RESERVED: Final = ("static/", "media/", "component/", "app/static/", "oauth2callback", "auth/")


def is_page(path: str) -> bool:
    """Whether the app answers `path`, relative to its base, with its index: any path that is nothing else."""
    if ".." in path or _RESERVED_ANYWHERE in path or path.startswith(_RESERVED):
        return False
    # "page/" is left to Streamlit, which sends the browser to "page".
    return path == "" or not (path.endswith("/") or (STATIC_DIRECTORY / path).is_file())


def index(request: Request) -> Response:
    """The page's HTML with the shim in it. Its address stays the same between releases: no caching."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if _takes_gzip(request):
        return HTMLResponse(_compressed_index(), headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(_index(), headers=headers)


def bundle_file(path: str, request: Request) -> Response | None:
    """A compressed script or stylesheet of the bundle; None for what Streamlit serves as well itself."""
    name = Path(path)
    if ".." in name.parts or name.suffix not in _TYPES or not _takes_gzip(request):
        return None
    content = _compressed_file(path)
    if content is None:
        return None
    # The names hold a hash of the content.
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": _IMMUTABLE}
    return Response(content, media_type=_TYPES[name.suffix], headers=headers)


@lru_cache(maxsize=1)
def _index() -> bytes:
    html = (STATIC_DIRECTORY / "index.html").read_text(encoding="utf-8")
    if "<head>" not in html:
        raise RuntimeError("Streamlit's index.html has no <head> to put the shim into.")
    script = f"<script>\n{_SHIM.read_text(encoding='utf-8')}</script>"
    # First in the head: the bundle must find the shim's WebSocket, not the browser's.
    return html.replace("<head>", f"<head>{script}", 1).encode()


@lru_cache(maxsize=1)
def _compressed_index() -> bytes:
    return gzip.compress(_index(), mtime=0)


@lru_cache(maxsize=512)
def _compressed_file(path: str) -> bytes | None:
    file = STATIC_DIRECTORY / path
    return gzip.compress(file.read_bytes(), compresslevel=6, mtime=0) if file.is_file() else None


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
