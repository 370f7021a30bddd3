"""Who may ask for a session, or send something to one: all that is looked at before anything is done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamlit.web.server.server_util import is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from . import identity
from .client import network
from .cookies import Cookies
from .protocol import ProtocolError
from .rate import Limits, Rates, TooManyRequestsError

if TYPE_CHECKING:
    from starlette.requests import Request

    from .members import Members
    from .origins import Origins
    from .seal import Seal


class Gate:
    """Lets a browser through to what is its own and its user's. Use on the event loop only."""

    def __init__(self, seal: Seal, origins: Origins, limits: Limits, members: Members | None = None) -> None:
        """Know browsers by cookies signed with `seal`; take requests of `origins`, up to `limits`.

        With `members`, whoever is none of them has a session apart from theirs.
        """
        self._seal = seal
        self._cookies = Cookies(seal)
        self.users = identity.Users(self._cookies, members)
        self._origins = origins
        self._limits = limits
        self._rates = Rates(limits)

    async def admit(self, request: Request, *, begins_session: bool = False) -> identity.Visitor:
        """Who sends `request`, a member or not.

        Raises:
            ProtocolError: 403, the request is not of a page of ours in a browser that we know.
            TooManyRequestsError: it is one too many.
        """
        if not self._origins.allow(request):
            raise ProtocolError("not a request of this page", status=403)
        token = request.headers.get("x-xsrftoken", "")
        if is_xsrf_enabled() and not validate_xsrf_token(token, request.cookies.get(XSRF_COOKIE_NAME)):
            raise ProtocolError("no XSRF token, or a wrong one: load the page again", status=403)
        browser = await self._browser(request)
        if browser is None:
            raise ProtocolError("no cookie of this page: load it again", status=403)
        self._rates.count(browser, client=network(request), begins_session=begins_session)
        info = self.users.info(request, token)
        if not self.users.admit(info):
            # Signed with a newer secret, perhaps; if not, the script is about to offer a sign-in.
            await self.users.renew_secrets()
            info = self.users.info(request, token)
        return identity.Visitor.of(browser, info, is_admitted=self.users.admit(info))

    async def may_ask(self, path: str, request: Request) -> bool:
        """As `identity.Users.may_ask`, which knows browsers by the keys at hand alone."""
        await self._browser(request)
        return await self.users.may_ask(path, request)

    async def count(self, request: Request) -> None:
        """Count a request that needs no session: against its browser, or without one against its address.

        Raises:
            TooManyRequestsError: it is one too many.
        """
        client = network(request)
        self._rates.count(await self._browser(request) or f"at {client}", client=client)

    def check_queue(self, waiting: int) -> None:
        """Refuse one more request for a session that `waiting` others wait for.

        Raises:
            TooManyRequestsError: they are as many as may wait.
        """
        if waiting >= self._limits.waiting:
            raise TooManyRequestsError(1)

    def renewals(self, request: Request) -> list[str]:
        """The Set-Cookie headers that keep an admitted browser known."""
        return self._cookies.greeting(request)

    async def _browser(self, request: Request) -> str | None:
        browser = self._cookies.browser(request)
        if browser is not None or not self._cookies.carries_one(request):
            return browser
        # Signed with a key that has come into use since this process read its own, perhaps.
        await asyncio.to_thread(self._seal.refresh)
        return self._cookies.browser(request)
