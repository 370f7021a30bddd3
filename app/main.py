"""The app's ASGI object: the page over plain HTTP, `/events` beside it, built from the environment.

`transport/environment.py` names the variables that say where sessions live and what seals them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import access, cloudfront
from .events import Events
from .headers import SecurityHeaders
from .logs import RequestIds
from .snapstart import SnapStart
from .transport import Limits, Members, create_app
from .transport.environment import check, public_addresses, seal, store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page.py"
OPTIONS = {
    # Megabytes, and the most that any file may have: see insights/documents/limits.py.
    "server.maxUploadSize": 20,
    # A visitor is no developer: no Deploy button, no menu for one.
    "client.toolbarMode": "viewer",
    # A traceback is for the log.
    "client.showErrorDetails": "none",
}
# Of what a reader gives at once, likewise. More is never loaded, and the page says so.
LIMITS = Limits(widget_bytes=100_000_000)


def build(environment: Mapping[str, str], page: Path = PAGE) -> ASGIApp:
    """The app, as `environment` describes it.

    Neither the store nor its key is looked for yet: an instance that only hands out files needs neither.

    Raises:
        MissingSessionKeyError: sessions go to a table, and no key to seal them is named.
        UnusableAccessError: it does not say who may use the page.
        UnusableAddressError: PUBLIC_URL holds what is no address.
        UnusableFrontError: it does not say how CloudFront is known.
    """
    check(environment)
    transport = create_app(
        page,
        store=partial(store, environment),
        seal=partial(seal, environment),
        options=OPTIONS,
        limits=LIMITS,
        public_urls=public_addresses(environment),
        members=_members(access.read(environment)),
        hash_bodies=environment.get("CLOUDFRONT") == cloudfront.SIGNATURE,
    )
    guarded = Events(cloudfront.behind(environment, transport))
    return RequestIds(SecurityHeaders(SnapStart(guarded, environment)))


def _members(sign_in: access.Access | None) -> Members | None:
    """Whom the transport lets in, where there is a sign-in."""
    if sign_in is None:
        return None
    return Members(sign_in.rules.admit, sign_in.login_s, sign_in.secrets.section)


def __getattr__(name: str) -> object:
    """`app.main:app` for an ASGI server of one's own. Importing the module alone builds nothing."""
    if name == "app":
        return build(os.environ)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
