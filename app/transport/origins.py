"""Which pages may talk to the app: its own, and those that its owner names.

A request of another site's page is refused several times over: such a page can send neither our header nor
Streamlit's token without asking first (CORS), which nobody here grants; the browser leaves the cookie at home
(SameSite); and the request says where it comes from, which is what this module looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .cookies import is_https

if TYPE_CHECKING:
    from starlette.requests import Request

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_ORIGIN: Final = re.compile(r"https?://[^/?#@\\,\s]+", re.IGNORECASE | re.ASCII)


class UnusableAddressError(ValueError):
    """A public address that is none. The app does not start: it would refuse the wrong browsers."""


class Origins:
    """Tells the app's own pages from those of others."""

    def __init__(self, public_urls: Iterable[str] = ()) -> None:
        """Take the addresses under which browsers know the app.

        Behind a proxy that puts another name into `Host`, as CloudFront does, they must be named. Without
        any, a page counts as the app's own when it has the host and the port that the request was sent to.

        Raises:
            UnusableAddressError: one of them is not an absolute http or https address.
        """
        self._public = frozenset(map(_named, public_urls))

    def allow(self, request: Request) -> bool:
        """Whether `request` comes from a page that may send it, or from no browser at all."""
        from streamlit import config
        from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

        hosts = request.headers.getlist("host")
        if len(hosts) > 1 or not is_host_allowed(hosts[0] if hosts else None):
            return False
        if not config.get_option("server.enableCORS"):
            # As natively: the owner has taken the check away.
            return True
        origins = request.headers.getlist("origin")
        if not origins:
            # A browser names the origin of a POST, PUT or DELETE; nobody else carries a cookie by accident.
            return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        return len(origins) == 1 and self._is_ours(origins[0], request)

    def _is_ours(self, origin: str, request: Request) -> bool:
        place = _place(origin)
        if place is None:
            return False
        if place in self._public or _is_listed(place[1]):
            return True
        if self._public or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        if place[0] == "http" and is_https(request):
            # Whoever sits on the network between can answer for our name there.
            return False
        host = _place(f"{place[0]}://{request.headers.get('host', '')}")
        return place == host


def _named(url: str) -> tuple[str, str, int]:
    # The path of an address is no part of an origin: an owner may give either.
    place = _place("/".join(url.split("/", 3)[:3]))
    if place is None:
        raise UnusableAddressError(f"{url!r} is no address of a page: it is not https://HOST or http://HOST.")
    return place


def _place(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin; None for "null" and whatever else is none (RFC 6454, section 7)."""
    if not _ORIGIN.fullmatch(origin):
        return None
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:
        return None
    return (parts.scheme, parts.hostname.rstrip("."), port) if parts.hostname else None


def _is_listed(host: str) -> bool:
    """Whether `server.corsAllowedOrigins` names the host, whatever the scheme and port, as natively.

    Natively, the machine's own names and addresses count too. Here they do not: any page that a laptop serves
    on another port would be let in, and one address is learned by asking a server on the internet.
    """
    from streamlit import url_util
    from streamlit.web.server.server_util import allowlisted_origins

    return host in {url_util.get_hostname(origin) for origin in allowlisted_origins()}
