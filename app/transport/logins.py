"""Logins that count in the browser that signed in, as long as it runs.

    NAME = __Host-st-login, or st-login without TLS
    VALUE = MAC of the browser's secret and the login's cookie, under the secret that signs logins

Streamlit's cookies of a login count in any browser, stay on its disk for 30 days, and have names under which
another host of the domain can plant one. So beside them goes one of ours, by which a login belongs to the
browser's secret (see `cookies`); and like that secret, all of them go when the browser is closed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from .cookies import attributes, login_name

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Send


def belongs(request: Request, browser: str | None) -> bool:
    """Whether the login in `request` is one of the browser with this secret; None is none."""
    login = request.cookies.get(USER_COOKIE_NAME)
    if not login or browser is None:
        return False
    bond = request.cookies.get(login_name(request), "")
    return hmac.compare_digest(bond.encode(), bond_of(login, browser, get_cookie_secret()).encode())


def bond_of(login: str, browser: str, signing: str) -> str:
    """What makes the login in this cookie one of the browser with this secret; `signing` signs logins."""
    said = "\0".join(("login of a browser", browser, login))
    return hmac.new(signing.encode(), said.encode(), hashlib.sha256).hexdigest()


def bound(request: Request, browser: str | None, send: Send) -> Send:
    """`send`, with a login that the answer to `request` brings made one of the browser with this secret."""

    async def send_bound(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            cookies = headers.getlist("Set-Cookie")
            del headers["Set-Cookie"]
            for cookie in cookies:
                for header in _bound(cookie, request, browser):
                    headers.append("Set-Cookie", header)
        await send(message)

    return send_bound


def _bound(cookie: str, request: Request, browser: str | None) -> Iterator[str]:
    """A Set-Cookie header as the browser gets it, and behind that of a login its bond."""
    if not cookie.startswith(USER_COOKIE_NAME):
        yield cookie
        return
    ((name, morsel),) = SimpleCookie(cookie).items()
    is_farewell = morsel["max-age"] == "0"
    if not is_farewell:
        morsel["max-age"] = morsel["expires"] = ""
    yield morsel.OutputString()
    if name == USER_COOKIE_NAME and browser is not None:
        bond = "; Max-Age=0" if is_farewell else bond_of(morsel.value, browser, get_cookie_secret())
        yield f"{login_name(request)}={bond}{attributes(request)}"
