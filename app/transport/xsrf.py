"""Streamlit's XSRF token, given to a browser without importing Streamlit.

The token is no secret of the server's: the page reads it from a cookie and sends it back in a header, which
another site's page can do neither of. Natively the cookie comes with the health check that the page makes
before it connects; here it comes with the page.

Format 2, as streamlit.web.server.starlette.starlette_app_utils writes and reads it: "2|mask|token XOR
mask|time", the first two in hex. `compat` makes sure that Streamlit still reads what is written here.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

COOKIE_NAME: Final = "_streamlit_xsrf"
_TOKEN_BYTES: Final = 16
_MASK_BYTES: Final = 4
_TOKEN: Final = re.compile(r"2\|[0-9a-f]{8}\|(?:[0-9a-f]{2})+\|\d+")


def is_token(value: str) -> bool:
    """Whether Streamlit could read `value` as a token."""
    return bool(_TOKEN.fullmatch(value.strip("\"'")))


def new_token() -> str:
    """A fresh random token."""
    mask = secrets.token_bytes(_MASK_BYTES)
    token = secrets.token_bytes(_TOKEN_BYTES)
    masked = bytes(byte ^ mask[index % _MASK_BYTES] for index, byte in enumerate(token))
    return f"2|{mask.hex()}|{masked.hex()}|{int(time.time())}"


def new_cookie(*, same_site: str, uses_tls: bool) -> str:
    """A Set-Cookie header with a fresh token, which scripts of the page may read.

    Args:
        same_site: Lax, Strict or None.
        uses_tls: whether the server itself speaks TLS.
    """
    # Browsers refuse a cookie for other sites that any connection may carry.
    secure = "; Secure" if uses_tls or same_site == "None" else ""
    return f"{COOKIE_NAME}={new_token()}; Path=/; SameSite={same_site}{secure}"


def token_in(cookies: str) -> str:
    """The token that a request with this Cookie header has to send along; "" when there is none in it."""
    named = (cookie.strip().partition("=") for cookie in cookies.split(";"))
    return next((value for name, _, value in named if name == COOKIE_NAME), "")
