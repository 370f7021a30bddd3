"""Starts from a snapshot (Lambda SnapStart): what the adapter asks before it, and after each restore.

All instances of a version go on from one and the same moment of one process. Before it, what the first
visitor would wait for is imported, so that the snapshot holds it. Nothing else may be in it: no visitor has
been here, so there is neither a session nor a store nor a key yet (`transport.asgi` makes them for the first
request). After it, whatever is the same in all instances and must not be is made anew: what random numbers
follow from, and, in case something was made early all the same, what was read from Systems Manager, and AWS
clients.

Only the adapter may ask, and only where Lambda takes a snapshot. A browser's request for the same path has
the gateway's context with it, which the adapter writes over whatever a client sends: it gets a 404.

Source: Lambda Web Adapter 1.1, "SnapStart": an empty POST to each path; any status but 2xx ends the start.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import random
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# As the Dockerfile tells the adapter.
BEFORE_CHECKPOINT: Final = "/snapstart/before-checkpoint"
AFTER_RESTORE: Final = "/snapstart/after-restore"

_CONTEXT_HEADER: Final = b"x-amzn-request-context"

# What a first visit and a first report import beside the front door.
_WANTED_SOON: Final = (
    "boto3",
    "app.transport.gate",
    "app.transport.streamlit_app",
    "app.insights.documents",
    "app.insights.engines",
    "app.jobs.environment",
    "app.ui.inputs",
    "app.ui.results",
)


class SnapStart:
    """Middleware: answers the adapter around a snapshot, lets everything else through."""

    def __init__(self, app: ASGIApp, environment: Mapping[str, str]) -> None:
        """Wrap `app`, in a function whose environment is `environment`."""
        self._app = app
        self._is_taken = environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one of the two paths; pass anything else on."""
        if scope["type"] != "http" or scope["path"] not in (BEFORE_CHECKPOINT, AFTER_RESTORE):
            await self._app(scope, receive, send)
            return
        from starlette.responses import PlainTextResponse

        if not (self._is_taken and _is_of_the_adapter(scope)):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        if scope["path"] == BEFORE_CHECKPOINT:
            await asyncio.to_thread(prepare)
        else:
            renew()
        await PlainTextResponse("")(scope, receive, send)


def prepare() -> None:
    """Import what a first visitor would wait for."""
    from .transport.tenure import importing

    with importing():
        for name in _WANTED_SOON:
            importlib.import_module(name)


def renew() -> None:
    """Make anew what all that start from one snapshot have in common and must not.

    `secrets` and `uuid` ask the kernel each time, whose numbers differ after a restore.
    Source: Lambda developer guide, "Handling uniqueness with Lambda SnapStart".
    """
    from . import access, keys
    from .jobs import environment

    random.seed(os.urandom(32))
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(list(os.urandom(32)))
    if ssl := sys.modules.get("ssl"):
        ssl.RAND_add(os.urandom(32), 32.0)
    keys.forget()
    access.forget()
    environment.forget()
    if boto3 := sys.modules.get("boto3"):
        # With its credentials and its clients' connections.
        setattr(boto3, "DEFAULT_SESSION", None)  # noqa: B010 - the stubs do not have it


def _is_of_the_adapter(scope: Scope) -> bool:
    """Whether no gateway brought it: the adapter's own question has no context of a request."""
    is_of_a_request = any(name == _CONTEXT_HEADER for name, _ in scope["headers"])
    return scope["method"] == "POST" and not is_of_a_request
