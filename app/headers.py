"""What every answer tells browsers to keep to, whichever part of the app gives it.

The policy is as narrow as the page runs with in a browser. It needs inline styles, and inline scripts: the
import map names modules by addresses that exist in this one browser only, so that no hash can be told
beforehand, and a nonce would differ in each answer, which a page that is kept and revalidated does not.
So the policy is no defence against a script in the page's own HTML; Streamlit sanitises what it shows. It is
one against what leaves: nothing is loaded or fetched from another site, no form goes to one, and none frames
the page. Where a link leads, no policy says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final[Mapping[str, str]] = {
    "default-src": "'none'",
    # Packed modules are blobs. Drawing a table compiles WebAssembly; no text is ever run as a program.
    "script-src": "'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline' blob:",
    "font-src": "'self' data: blob:",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "worker-src": "'self' blob:",
    # The page's icon is fetched as a blob, and so is what is downloaded in ranges.
    "connect-src": "'self' blob: data:",
    "frame-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
# What the page has no use for, and no part of it may ask a reader for.
_UNUSED: Final = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in _POLICY.items()),
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    # An address of the page tells nobody anything, and nobody needs it.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# For this host alone: others of its domain are somebody else's.
_TLS_ONLY: Final = "max-age=31536000"


class SecurityHeaders:
    """Middleware: adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the headers back with the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # TLS ends at the gateway, which says so in this header and overwrites a client's own.
        is_https = Headers(scope=scope).get("x-forwarded-proto", scope["scheme"]) == "https"

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # What says nothing of it may be a reader's: no cache on the way keeps it, and no disk.
                headers.setdefault("Cache-Control", "private, no-store")
                if is_https:
                    headers["Strict-Transport-Security"] = _TLS_ONLY
            await send(message)

        await self._app(scope, receive, send_secured)
