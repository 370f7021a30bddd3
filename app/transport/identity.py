"""Who is asking: the browser, by a cookie of ours; the user, by what Streamlit trusts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streamlit.auth_util import (
    get_cookie_with_chunks,
    get_expose_tokens_config,
    get_origin_from_redirect_uri,
)
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret, is_xsrf_enabled
from streamlit.web.server.starlette import starlette_websocket as native
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value, validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import (
    TOKENS_COOKIE_NAME,
    USER_COOKIE_NAME,
    XSRF_COOKIE_NAME,
)

from . import logins
from .members import FRESH_S, HELD_S, OPEN, Members

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Send

    from .cookies import Cookies

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitor:
    """A browser while one user uses it.

    Attributes:
        name: what it is called then, which nobody else can give. Sessions are found under it, so another user
            finds none of them, in the same browser or another.
        is_admitted: whether the page lets the user in.
    """

    name: str
    is_admitted: bool

    @classmethod
    def of(cls, browser: str, user: Mapping[str, Any], *, is_admitted: bool) -> Visitor:
        """The browser with this secret while `user` uses it."""
        # str() takes what a login or a header can hold, and equal users give equal texts.
        kind = "user" if is_admitted else "user who is not admitted"
        return cls(_digest(kind, browser, json.dumps(user, sort_keys=True, default=str)), is_admitted)


def session_id(browser: str, nonce: str) -> str:
    """The id of the session that this browser, bound to its user, calls `nonce`.

    It follows from the browser's secret, so the id is there before the first answer and nobody can name
    the session of another browser.
    """
    return _digest("session", browser, nonce)[:32]


def record_name(browser: str, session: str) -> str:
    """Where the session's record lies: found by nobody who lacks the browser's secret."""
    return f"session/{_digest('record', browser, session)}"


class Users:
    """Tells who uses a browser, and whether the page lets them in."""

    def __init__(self, cookies: Cookies, members: Members | None = None) -> None:
        """Let in `members`, in browsers that `cookies` knows; everybody without."""
        self._cookies = cookies
        self._members = members
        self._merged: Mapping[str, Any] = {}
        # Without, a login counts as long as natively.
        self._counts = {"max_age_days": members.login_s / 86_400} if members else {}

    def info(self, request: Request, token: str) -> dict[str, Any]:
        """What `st.user` holds: the signed login cookie, then the headers that Streamlit is told to trust.

        The cookie counts only with a valid XSRF token, as on Streamlit's own WebSocket.
        """
        info: dict[str, Any] = {}
        origin = request.headers.get("origin")
        cookie = request.cookies.get(XSRF_COOKIE_NAME)
        if is_xsrf_enabled() and origin and validate_xsrf_token(token, cookie):
            info.update(self._login(request, origin))
        info.update(native.gather_user_info(request.headers))
        return info

    def admit(self, info: Mapping[str, Any]) -> bool:
        """Whether the page lets in a user of whom `st.user` holds this."""
        return self._members is None or self._members.admits(info)

    async def may_ask(self, path: str, request: Request) -> bool:
        """Whether `request` may have what lies at `path`, which starts without a slash.

        The login's cookies are enough to read: an answer is out of reach of pages of other sites. Another
        secret than the one that signed it ends a login within `HELD_S`.
        """
        if self._members is None:
            return True
        await self.renew_secrets(HELD_S)
        if path in OPEN or self._may_read(request):
            return True
        await self.renew_secrets()
        return self._may_read(request)

    def _may_read(self, request: Request) -> bool:
        origin = get_origin_from_redirect_uri()
        info = self._login(request, origin) if origin else {}
        return self.admit({**info, **native.gather_user_info(request.headers)})

    async def renew_secrets(self, max_age_s: float = FRESH_S) -> None:
        """Have Streamlit sign in, and know logins, with secrets that fresh. Raises as reading them does."""
        if self._members is None:
            return
        secrets = await asyncio.to_thread(self._members.secrets, max_age_s)
        if secrets != self._merged:
            secrets_singleton.merge_programmatic_secrets(secrets)
            self._merged = secrets

    def bound(self, request: Request, send: Send) -> Send:
        """`send`, with a login that the answer to `request` brings made one of its browser."""
        return logins.bound(request, self._cookies.browser(request), send) if self._members else send

    def signing(self, request: Request) -> str:
        """What signs whatever the browser has to remember on its way through a sign-in.

        With members it is another for each browser. Else another host of the domain could plant in one what
        belongs to a sign-in that was begun in another, and have it end there.
        """
        browser = self._cookies.browser(request) if self._members else None
        return get_cookie_secret() + (browser or "")

    def _login(self, request: Request, origin: str) -> dict[str, Any]:
        if self._members is not None and not logins.belongs(request, self._cookies.browser(request)):
            return {}
        try:
            signed = self._signed(request, USER_COOKIE_NAME)
            if not signed:
                return {}
            info = native._parse_decoded_user_cookie(signed, origin)
            tokens = self._signed(request, TOKENS_COOKIE_NAME)
            if tokens:
                held = json.loads(tokens)
                exposed = get_expose_tokens_config()
                info["tokens"] = {kind: held[f"{kind}_token"] for kind in exposed if f"{kind}_token" in held}
        except (ValueError, KeyError, TypeError):
            log.warning("a login cookie could not be read: the user counts as logged out")
            return {}
        return info

    def _signed(self, request: Request, name: str) -> bytes | None:
        """A cookie of the login, put together from its chunks; None when its time is up.

        Source: streamlit.web.server.starlette.starlette_websocket, _get_signed_cookie_with_chunks, which
        knows no time but its own.
        """
        secret = get_cookie_secret()

        def one(name: str) -> bytes | None:
            value = request.cookies.get(name)
            if value is None:
                return None
            return decode_signed_value(secret, name, value.encode("latin-1"), **self._counts)

        if self._members is not None and name == USER_COOKIE_NAME and _is_in_parts(one(name)):
            log.warning("a login's claims fill several cookies: it does not count, see docs/access.md")
            return None
        return get_cookie_with_chunks(one, name)


def _is_in_parts(value: bytes | None) -> bool:
    """Whether a login's cookie stands in parts, each signed alone: those of two logins could be mixed."""
    return value is not None and value.startswith(b"chunks-")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
