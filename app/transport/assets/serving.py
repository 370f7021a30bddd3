"""Answers with bytes that are known beforehand: encodings, validators and caching."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"
# By preference.
_ENCODINGS: Final = ("br", "gzip", "identity")


@dataclass(frozen=True)
class Content:
    """The same bytes in some encodings.

    Attributes:
        media_type: what the bytes are when decoded.
        encoded: the bytes by the name of their encoding; gzip or identity is among them.
    """

    media_type: str
    encoded: Mapping[str, bytes]

    @property
    def plain(self) -> bytes:
        """The bytes themselves."""
        return (
            self.encoded["identity"] if "identity" in self.encoded else gzip.decompress(self.encoded["gzip"])
        )


def compressed(content: bytes, media_type: str) -> Content:
    """`content` as it is and in gzip: what can be done while somebody waits."""
    encoded = {"identity": content, "gzip": gzip.compress(content, compresslevel=6, mtime=0)}
    return Content(media_type, encoded)


def respond(request: Request, content: Content, caching: str) -> Response:
    """`content` in the encoding that suits the browser best, or 304 if it has it already."""
    encoding = next(
        (name for name in _ENCODINGS if name in content.encoded and _takes(request, name)), "identity"
    )
    body = content.plain if encoding == "identity" else content.encoded[encoding]
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding", "ETag": _etag(body)}
    if _is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(body, media_type=content.media_type, headers=headers)


def _takes(request: Request, encoding: str) -> bool:
    """Whether the browser takes `encoding` (RFC 9110, section 12.5.3)."""
    for item in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = item.partition(";")
        if name.strip().lower() == encoding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _etag(body: bytes) -> str:
    """A strong validator of exactly these bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _is_known(request: Request, tag: str) -> bool:
    """Whether the browser holds what `tag` names (RFC 9110, section 13.1.2)."""
    held = [item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")]
    return tag in held or "*" in held
