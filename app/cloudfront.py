"""CloudFront in front of the function: nobody comes past it, and readers keep their own addresses.

CLOUDFRONT           by what a request proves that it came through CloudFront: "secret", a header that no
                     browser gets to see; "signature", which Lambda has checked before anybody here is asked.
                     Without it, nothing stands in front
CLOUDFRONT_SECRETS   with "secret": SHA-256 of each that counts, in hex, with commas between

Only what came by a gateway has to prove anything. The adapter, which asks whether the app is ready, and a
round trip ask from within; and who may invoke the function itself, as a deployment does before users see a
version, needs no way in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SECRET: Final = "secret"  # noqa: S105 - a word
SIGNATURE: Final = "signature"

SECRET_HEADER: Final = "x-origin-secret"  # noqa: S105 - a name
_CONTEXT_HEADER: Final = "x-amzn-request-context"
_REFUSAL: Final = "This page answers at its public address only."
_DIGEST: Final = re.compile("[0-9a-f]{64}")


class UnusableFrontError(ValueError):
    """The environment does not say how CloudFront is known. The app does not start."""


class CloudFront:
    """Middleware: refuses what came past CloudFront, and tells who asked CloudFront."""

    def __init__(self, app: ASGIApp, digests: frozenset[str] | None) -> None:
        """Wrap `app`.

        Args:
            app: Gets what is let through.
            digests: SHA-256 of each secret that counts, in hex; None where Lambda checks a signature.
        """
        self._app = app
        self._digests = digests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as its reader's, or answer 403."""
        context = _gateway_context(scope)
        if context is None:
            await self._app(scope, receive, send)
        elif self._knows(Headers(scope=scope).get(SECRET_HEADER, "")):
            await self._app(_as_the_readers(scope, context), receive, send)
        else:
            await PlainTextResponse(_REFUSAL, 403)(scope, receive, send)

    def _knows(self, secret: str) -> bool:
        # Looked up by its digest: how long that takes tells nothing of the secret.
        return self._digests is None or hashlib.sha256(secret.encode()).hexdigest() in self._digests


def behind(environment: Mapping[str, str], app: ASGIApp) -> ASGIApp:
    """Return `app` behind what `environment` says: as it is when that is nothing.

    Raises:
        UnusableFrontError: It says what makes no sense; the message says what.
    """
    proof = environment.get("CLOUDFRONT", "")
    if not proof:
        return app
    if proof == SIGNATURE:
        return CloudFront(app, None)
    digests = environment.get("CLOUDFRONT_SECRETS", "").split(",")
    if proof != SECRET or not all(map(_DIGEST.fullmatch, digests)):
        raise UnusableFrontError(
            f"CLOUDFRONT is {proof!r}, and can be {SIGNATURE}, or {SECRET} with digests in "
            f"CLOUDFRONT_SECRETS. Terraform sets both."
        )
    return CloudFront(app, frozenset(digests))


def _gateway_context(scope: Scope) -> Mapping[str, Any] | None:
    """What a gateway says of the request; None when no gateway brought it.

    The adapter writes the header over a client's own. A gateway names itself; whoever invokes the function
    directly need not, and gains nothing by it.
    """
    if scope["type"] != "http":
        return None
    said = Headers(scope=scope).getlist(_CONTEXT_HEADER)
    try:
        context = json.loads(said[0]) if said else None
    except ValueError:
        return {}
    if isinstance(context, dict):
        return context if "apiId" in context else None
    return None if context is None else {}


def _as_the_readers(scope: Scope, context: Mapping[str, Any]) -> Scope:
    """The request as CloudFront got it: from its reader's address, and without the secret."""
    http = context.get("http", {})
    forwarded = Headers(scope=scope).get("x-forwarded-for", "")
    reader = _reader(forwarded, edge=str(http.get("sourceIp", "")))
    told = json.dumps({**context, "http": {**http, "sourceIp": reader}}).encode("latin-1")
    ours = {SECRET_HEADER.encode(), _CONTEXT_HEADER.encode()}
    kept = [(name, value) for name, value in scope["headers"] if name not in ours]
    return {**scope, "headers": [*kept, (_CONTEXT_HEADER.encode(), told)]}


def _reader(forwarded: str, *, edge: str) -> str:
    """The address that CloudFront was asked from.

    CloudFront writes it behind whatever the reader sent, and the gateway CloudFront's own behind that.
    Source: CloudFront developer guide, "Request and response behavior for custom origins", X-Forwarded-For.
    """
    addresses = [address.strip() for address in forwarded.split(",") if address.strip()]
    if addresses and addresses[-1] == edge:
        addresses.pop()
    return addresses[-1] if addresses else edge
