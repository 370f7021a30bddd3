"""Who is asking: the browser, by a cookie of ours; the user, by what Streamlit trusts.

Streamlit is imported where it is asked: the front door gives a browser its cookie without it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import Request

log = logging.getLogger(__name__)

_NAME = "st-browser"
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


def browser(request: Request) -> str | None:
    """The browser's secret, or None when the request does not carry a well-formed one."""
    value = request.cookies.get(_cookie_name(request), "")
    return value if _VALUE.fullmatch(value) else None


def new_browser_cookie(request: Request) -> str:
    """A Set-Cookie header that gives the browser a fresh secret of 256 bits.

    No script can read it and no other site's form sends it; on https no subdomain can plant it
    either (RFC 6265bis, the `__Host-` prefix).
    """
    secure = "; Secure" if _is_https(request) else ""
    return f"{_cookie_name(request)}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Lax{secure}"


def session_id(browser: str, nonce: str) -> str:
    """The id of the session that this browser calls `nonce`.

    It follows from the browser's secret, so the id is there before the first answer and nobody can name
    the session of another browser.
    """
    return _digest("session", browser, nonce)[:32]


def record_name(browser: str, session: str) -> str:
    """Where the session's record lies: found by nobody who lacks the browser's secret."""
    return f"session/{_digest('record', browser, session)}"


def is_origin_allowed(request: Request) -> bool:
    """Whether the page that sends the request is this app's own, as Streamlit decides it."""
    from streamlit.web.server.starlette import starlette_websocket as native

    return native._is_origin_allowed(request.headers.get("origin"), request.headers.get("host"))


def user_info(request: Request, token: str) -> dict[str, Any]:
    """What `st.user` holds: the signed login cookie, then the headers that Streamlit is told to trust.

    The cookie counts only with a valid XSRF token, as on Streamlit's own WebSocket.
    """
    from streamlit.web.server.server_util import is_xsrf_enabled
    from streamlit.web.server.starlette import starlette_websocket as native
    from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
    from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

    info: dict[str, Any] = {}
    origin = request.headers.get("origin")
    cookie = request.cookies.get(XSRF_COOKIE_NAME)
    if is_xsrf_enabled() and origin and validate_xsrf_token(token, cookie):
        info.update(_login(dict(request.cookies), origin))
    info.update(native.gather_user_info(request.headers))
    return info


def _login(cookies: dict[str, str], origin: str) -> dict[str, Any]:
    from streamlit.auth_util import get_expose_tokens_config
    from streamlit.web.server.starlette import starlette_websocket as native
    from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

    try:
        signed = native._get_signed_cookie_with_chunks(cookies, USER_COOKIE_NAME)
        if not signed:
            return {}
        info = native._parse_decoded_user_cookie(signed, origin)
        tokens = native._get_signed_cookie_with_chunks(cookies, TOKENS_COOKIE_NAME)
        if tokens:
            held = json.loads(tokens)
            exposed = get_expose_tokens_config()
            info["tokens"] = {kind: held[f"{kind}_token"] for kind in exposed if f"{kind}_token" in held}
    except (ValueError, KeyError, TypeError):
        log.warning("a login cookie could not be read: the user counts as logged out")
        return {}
    return info


def _cookie_name(request: Request) -> str:
    return f"__Host-{_NAME}" if _is_https(request) else _NAME


def _is_https(request: Request) -> bool:
    # TLS ends at the gateway, which says so in this header and overwrites a client's own.
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
