"""The cookie by which a browser is known: a secret of ours, signed, out of reach of scripts and other sites.

    NAME = __Host-st-browser-XX, or st-browser-XX without TLS; XX is random
    VALUE = secret . time of birth . time of signing . signature

The signature follows from a key of the seal. Any key in use verifies, the newest signs, and what was
signed with another or long ago is signed again: so a tab that stays open outlives the change of a key.

Why XX: two tabs that load at the same time, neither with a cookie, each get one. Under a single name the
later would replace the earlier, and with it the session that the first tab has begun meanwhile. Under two
names both stay, and the older counts from then on, whoever asks.

Nothing here needs Streamlit: who serves the page can give a browser its cookie before that is imported.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request

    from .seal import Seal

# Counted from the last signing. A browser that comes back sooner is known as long as it runs.
LIFETIME_S: Final = 7 * 24 * 3600
SIGN_AGAIN_AFTER_S: Final = 24 * 3600
# Of other apps on this host, or signed with keys that are gone. A gateway takes 10 KB of headers.
MAX_FOREIGN: Final = 8

_PURPOSE: Final = "browser cookie"
_NAME: Final = re.compile(r"(?:__Host-)?st-browser-[0-9a-f]{2}")
_LOGIN: Final = "st-login"
_VALUE: Final = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9]{13})\.([0-9]{13})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class _Cookie:
    """A cookie whose signature was checked.

    Attributes:
        name: under which the browser keeps it.
        secret: 256 random bits.
        born_ms: epoch milliseconds of its making.
        signed_ms: epoch milliseconds of its last signing.
        is_newest: it was signed with the newest key.
    """

    name: str
    secret: str
    born_ms: int
    signed_ms: int
    is_newest: bool = True


class Cookies:
    """Knows browsers again, and gives cookies to those it does not know."""

    def __init__(self, seal: Seal, *, clock: Callable[[], float] = time.time) -> None:
        """Sign with keys derived from those of `seal`; `clock` answers epoch seconds."""
        self._seal = seal
        self._clock = clock

    def browser(self, request: Request) -> str | None:
        """The browser's secret; None without a cookie that we signed and that still counts."""
        cookie = self._cookie(request)
        return cookie.secret if cookie else None

    def greeting(self, request: Request) -> list[str]:
        """The Set-Cookie headers that the answer to `request` needs: none for a browser we know well."""
        cookie = self._cookie(request)
        now_ms = int(self._clock() * 1000)
        if cookie is None:
            name = f"{_prefix(request)}st-browser-{secrets.token_hex(1)}"
            fresh = _Cookie(name, secrets.token_urlsafe(32), now_ms, now_ms)
            return [*_farewells(request), self._header(fresh, request)]
        if cookie.is_newest and now_ms - cookie.signed_ms < SIGN_AGAIN_AFTER_S * 1000:
            return []
        return [self._header(replace(cookie, signed_ms=now_ms), request)]

    def carries_one(self, request: Request) -> bool:
        """Whether `request` has a cookie that looks like ours, whoever signed it."""
        return any(True for _ in _ours(request))

    def _cookie(self, request: Request) -> _Cookie | None:
        valid = (self._verified(name, value) for name, value in _ours(request))
        return min((c for c in valid if c is not None), key=lambda c: (c.born_ms, c.secret), default=None)

    def _verified(self, name: str, value: str) -> _Cookie | None:
        fields = _VALUE.fullmatch(value)
        if fields is None:
            return None
        secret, born, signed, signature = fields.groups()
        for index, key in enumerate(self._seal.derive_each(_PURPOSE)):
            if hmac.compare_digest(signature, _signature(key, secret, born, signed)):
                is_over = self._clock() - int(signed) / 1000 > LIFETIME_S
                return None if is_over else _Cookie(name, secret, int(born), int(signed), index == 0)
        return None

    def _header(self, cookie: _Cookie, request: Request) -> str:
        fields = cookie.secret, f"{cookie.born_ms:013d}", f"{cookie.signed_ms:013d}"
        signature = _signature(self._seal.derive(_PURPOSE), *fields)
        return f"{cookie.name}={'.'.join((*fields, signature))}{attributes(request)}"


def is_https(request: Request) -> bool:
    """Whether the browser reached us over TLS."""
    # TLS ends at the gateway, which says so in this header and overwrites a client's own.
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


def is_ours(name: str) -> bool:
    """Whether a cookie called `name` is one of the transport's, which the page need not see."""
    return _NAME.fullmatch(name) is not None or name.removeprefix("__Host-") == _LOGIN


def login_name(request: Request) -> str:
    """What the cookie is called by which a login belongs to a browser: see `logins`."""
    return f"{_prefix(request)}{_LOGIN}"


def _ours(request: Request) -> Iterator[tuple[str, str]]:
    """Our cookies in `request`. On https only those that no subdomain and no plain http can have planted."""
    prefix = _prefix(request)
    for name, value in request.cookies.items():
        if _NAME.fullmatch(name) and name.startswith(prefix or "st-"):
            yield name, value


def _farewells(request: Request) -> list[str]:
    """Headers that take from the browser what it has collected, none of which is of any use here."""
    names = [name for name, _ in _ours(request)]
    if len(names) < MAX_FOREIGN:
        return []
    return [f"{name}={attributes(request)}; Max-Age=0" for name in names]


def _prefix(request: Request) -> str:
    # RFC 6265bis: a browser takes a `__Host-` cookie from this very host over TLS only, for the path "/".
    return "__Host-" if is_https(request) else ""


def attributes(request: Request) -> str:
    """What is said of each cookie of the transport's, behind its value."""
    # No Max-Age: the cookie goes with the browser's own session.
    return f"; Path=/; HttpOnly; SameSite=Lax{'; Secure' if is_https(request) else ''}"


def _signature(key: bytes, *fields: str) -> str:
    digest = hmac.digest(key, ".".join(fields).encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
