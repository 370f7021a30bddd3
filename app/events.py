"""`/events`: where the Lambda Web Adapter passes on what is not an HTTP request.

A browser reaches this path too, through the gateway's `$default` route: such a request carries the gateway's
own request context, which the adapter writes over whatever a client sends, and gets a 404. So does one
without that header: no adapter brought it, and without one there are no events.

A job is performed only for an event that is signed with our key. All else that is answered here changes
nothing, and tells a version and a state to whoever IAM lets invoke the function. It asks for no proof:
who looks after the function need not know a key to see it work. Which of the language models' keys a version
holds is told by a fingerprint under the asker's own salt: who knows the key knows it again, and nobody else.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/events"
MAX_EVENT_BYTES = 1_000_000
_SALT = re.compile("(?:[0-9a-f]{2}){16,64}")
_CONTEXT_HEADER = "x-amzn-request-context"


class Events:
    """Middleware: answers direct invocations of the function, lets everything else through."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST to `/events`; pass anything else on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        from starlette.requests import Request

        response = await _answer(Request(scope, receive))
        await response(scope, receive, send)


def is_direct(contexts: Sequence[str]) -> bool:
    """Whether the adapter says that no HTTP request brought the event.

    Args:
        contexts: the values of the header with the adapter's request context. It sends exactly one, which
            holds nothing for an event that is no request, whichever kind of gateway a request may come by.
    """
    return len(contexts) == 1 and contexts[0].strip() in {"null", "{}"}


def respond(event: object, environment: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and JSON answer to `event`, in a function whose environment is `environment`."""
    event = event if isinstance(event, dict) else {}
    kind = event.get("type")
    version = environment.get("AWS_LAMBDA_FUNCTION_VERSION", "")
    if kind == "health":
        return 200, {"version": version, "status": "ok"}
    if kind == "round-trip":
        return 200, {"version": version, "status": _round_trip(environment), "access": _access(environment)}
    if kind == "key":
        return 200, {"version": version, **_proof(event, environment)}
    if kind == "job":
        return (200, {"status": "performed"}) if _perform(event) else (403, {"error": "not signed by us"})
    return 400, {"error": "unknown event type"}


def _round_trip(environment: Mapping[str, str]) -> str:
    """Run the page once, as a browser would: "ok", or what went wrong."""
    from .transport import RoundTripError, round_trip
    from .transport.environment import port

    try:
        round_trip(port(environment))
    except RoundTripError as error:
        return str(error)
    return "ok"


def _access(environment: Mapping[str, str]) -> str:
    """Say who may use this page, as it goes by it: "public" or "oidc"."""
    from . import access

    return access.OIDC if access.read(environment) else access.PUBLIC


def _proof(event: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Say which key this process holds: a `status`, and when that is "ok", the `fingerprint`."""
    from . import keys
    from .insights.engines import KEY_NAMES

    name, salt = event.get("name"), event.get("salt")
    if name not in KEY_NAMES.values() or not isinstance(salt, str) or not _SALT.fullmatch(salt):
        return {"status": "not understood"}
    try:
        key = keys.read(environment, str(name))
    except keys.UnreadableKeyError as error:
        return {"status": error.reason}
    return (
        {"status": "ok", "fingerprint": keys.fingerprint(key, bytes.fromhex(salt))}
        if key
        else {"status": "absent"}
    )


def _perform(event: Mapping[str, Any]) -> bool:
    """Perform the job that `event` starts, however long it takes; False when it was not made by us."""
    from .jobs import environment, messages

    job_id = messages.job_of(event, now=time.time(), seal=environment.seal())
    if job_id is not None:
        environment.jobs().perform(job_id)
    return job_id is not None


async def _answer(request: Request) -> Response:
    from starlette.responses import JSONResponse, PlainTextResponse

    if not is_direct(request.headers.getlist(_CONTEXT_HEADER)):
        return PlainTextResponse("Not Found", 404)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_EVENT_BYTES:
            return JSONResponse({"error": "the event is too large"}, 413)
    try:
        event = json.loads(body)
    except ValueError:
        return JSONResponse({"error": "the event is not JSON"}, 400)
    # In a thread: a round trip asks this very process over HTTP, and a job takes long.
    status, answer = await asyncio.to_thread(respond, event, os.environ)
    return JSONResponse(answer, status)
