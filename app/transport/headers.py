"""Headers that make every answer safer, whoever gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

# A gateway takes less; whoever speaks to this port itself could send any amount.
MAX_HEADERS: Final = 200
MAX_HEADER_BYTES: Final = 65_536


def are_too_large(scope: Scope) -> bool:
    """Whether a request has more headers than any browser sends."""
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    return len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES


def secured(scope: Scope, send: Send) -> Send:
    """`send`, with the headers of the answer to the request in `scope` put right first."""
    is_https = Headers(scope=scope).get("x-forwarded-proto", scope["scheme"]) == "https"

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            _put_right(MutableHeaders(scope=message), is_https=is_https)
        await send(message)

    return send_secured


def _put_right(headers: MutableHeaders, *, is_https: bool) -> None:
    # A text that a page shows for download must not become a page because it looks like one.
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Streamlit lets its configured address send cookies along with an upload. No other origin needs that:
    # without this header a browser keeps the answer from any page but our own.
    if "Access-Control-Allow-Credentials" in headers:
        del headers["Access-Control-Allow-Credentials"]
    cookies = headers.getlist("Set-Cookie")
    if not cookies:
        return
    if not _is_for_one_browser(headers):
        # A cache between us and the browsers would give one browser's cookie to all.
        headers["Cache-Control"] = f"private, {headers.get('Cache-Control') or 'no-cache'}"
    if is_https:
        # Streamlit does not see the TLS that ends before it.
        del headers["Set-Cookie"]
        for cookie in cookies:
            headers.append("Set-Cookie", _over_tls_only(cookie))


def _is_for_one_browser(headers: MutableHeaders) -> bool:
    """Whether no shared cache may answer another browser with this."""
    caching = headers.get("Cache-Control", "")
    if "private" in caching or "no-store" in caching:
        return True
    # With nothing to compare by, whoever must ask first gets all of the answer anew.
    return caching == "no-cache" and "ETag" not in headers and "Last-Modified" not in headers


def _over_tls_only(cookie: str) -> str:
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    return cookie if "secure" in attributes else f"{cookie}; Secure"
