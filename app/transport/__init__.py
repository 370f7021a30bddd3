"""Streamlit over plain HTTP: each interaction is one request that any instance can answer.

For hosts that pass no WebSocket and keep no memory between requests, such as AWS Lambda behind an API
Gateway HTTP API. In the browser, `shim.js` stands in for the WebSocket and makes each interaction a POST.
On the server, `asgi` hands out files by itself and starts Streamlit for the first request that needs it;
`endpoints` answers the shim: `sessions` finds the session here or in a store, `runs` lets Streamlit
run the page, `snapshot`, `transfer` and `replay` carry the session to
whichever instance is asked next.

    from app.transport import MemoryStore, Seal, create_app

    app = create_app("page.py", store=MemoryStore(), seal=Seal([secrets.token_bytes(32)]))

Knows nothing of the page that it serves. docs/transport.md tells how it works and what it promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asgi import DEFAULT_LIFETIME_S, FrontDoor, create_app
from .compat import IncompatibleStreamlitError
from .members import Members
from .origins import UnusableAddressError
from .probe import RoundTripError, round_trip
from .rate import FilesTooLargeError, Limits, Rate
from .seal import BrokenSealError, Seal
from .stores import Conflict, Record, Store
from .stores.dynamodb import DynamoDBStore
from .stores.file import FileStore
from .stores.memory import MemoryStore

if TYPE_CHECKING:
    from .interaction import NoInteractionError, forget_session, idempotency_key

__all__ = [
    "DEFAULT_LIFETIME_S",
    "BrokenSealError",
    "Conflict",
    "DynamoDBStore",
    "FileStore",
    "FilesTooLargeError",
    "FrontDoor",
    "IncompatibleStreamlitError",
    "Limits",
    "Members",
    "MemoryStore",
    "NoInteractionError",
    "Rate",
    "Record",
    "RoundTripError",
    "Seal",
    "Store",
    "UnusableAddressError",
    "create_app",
    "forget_session",
    "idempotency_key",
    "round_trip",
]


def __getattr__(name: str) -> object:
    """What pages use, and what needs Streamlit: imported when a page asks for it."""
    if name in {"NoInteractionError", "forget_session", "idempotency_key"}:
        from . import interaction

        return getattr(interaction, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
