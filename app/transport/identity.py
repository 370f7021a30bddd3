"""Who is asking: the browser, by a cookie of ours; the user, by what Streamlit trusts."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from streamlit.auth_util import get_expose_tokens_config
from streamlit.web.server.server_util import is_xsrf_enabled
from streamlit.web.server.starlette import starlette_websocket as native
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import (
    TOKENS_COOKIE_NAME,
    USER_COOKIE_NAME,
    XSRF_COOKIE_NAME,
)

if TYPE_CHECKING:
    from starlette.requests import Request

log = logging.getLogger(__name__)


def bound_to(browser: str, user: dict[str, Any]) -> str:
    """What the browser with this secret is called while `user` uses it."""
    # str() takes what a login or a header can hold, and equal users give equal texts.
    return _digest("user", browser, json.dumps(user, sort_keys=True, default=str))


def session_id(browser: str, nonce: str) -> str:
    """The id of the session that this browser, bound to its user, calls `nonce`.

    It follows from the browser's secret, so the id is there before the first answer and nobody can name
    the session of another browser.
    """
    return _digest("session", browser, nonce)[:32]


def record_name(browser: str, session: str) -> str:
    """Where the session's record lies: found by nobody who lacks the browser's secret."""
    return f"session/{_digest('record', browser, session)}"


def user_info(request: Request, token: str) -> dict[str, Any]:
    """What `st.user` holds: the signed login cookie, then the headers that Streamlit is told to trust.

    The cookie counts only with a valid XSRF token, as on Streamlit's own WebSocket.
    """
    info: dict[str, Any] = {}
    origin = request.headers.get("origin")
    cookie = request.cookies.get(XSRF_COOKIE_NAME)
    if is_xsrf_enabled() and origin and validate_xsrf_token(token, cookie):
        info.update(_login(dict(request.cookies), origin))
    info.update(native.gather_user_info(request.headers))
    return info


def _login(cookies: dict[str, str], origin: str) -> dict[str, Any]:
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


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
