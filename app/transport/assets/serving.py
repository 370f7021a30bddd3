"""Answers with bytes that are known beforehand: encodings, validators and caching."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from . import bundle

if TYPE_CHECKING:
    from starlette.requests import Request

IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
_COMPRESSIBLE: Final = {".css", ".js", ".json", ".svg"}


def respond(request: Request, content: bytes, media_type: str, caching: str) -> Response:
    """`content` compressed if the browser takes that, or 304 if it has it already."""
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if takes(request, "gzip"):
        content = _gzipped(content)
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = etag(content)
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def file(request: Request, path: Path) -> Response | None:
    """A file of the bundle; None for one that Streamlit serves as well itself."""
    if path.suffix not in _COMPRESSIBLE or "range" in request.headers:
        return None
    # The names hold a hash of the content.
    caching = IMMUTABLE if path.parent != bundle.static() else REVALIDATE
    return respond(request, _content(path), bundle.TYPES[path.suffix], caching)


def takes(request: Request, encoding: str) -> bool:
    """Whether the browser takes `encoding` (RFC 9110, section 12.5.3)."""
    for item in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = item.partition(";")
        if name.strip().lower() == encoding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def etag(content: bytes) -> str:
    """A strong validator of exactly these bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the browser holds what `tag` names (RFC 9110, section 13.1.2)."""
    held = [item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")]
    return tag in held or "*" in held


@lru_cache(maxsize=256)
def _content(path: Path) -> bytes:
    return path.read_bytes()


@lru_cache(maxsize=256)
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)
