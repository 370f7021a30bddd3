"""CloudFront and signed function URLs, executed: each distribution and each URL listens on a port of its own.

A distribution passes requests on as AWS does: under the origin's own Host, with the viewer's address in
X-Forwarded-For, the headers that it is configured to add, and of a path that it caches nothing but the path.
It keeps nothing: what is cached there would be right here for the wrong reason. Streams pass as they come.

A function URL that asks for a signature is open to distributions that sign, when the function's policy lets
them in, and to nobody else: no other signature is looked at. Sources: CloudFront developer guide, "Restrict
access to an AWS Lambda function URL origin", "Request and response behavior for custom origins".
"""

import fnmatch
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from ops.embedded import front
from ops.embedded.backends import Backends
from ops.embedded.deployed import AccessDeniedError, CacheBehavior, Distribution
from ops.embedded.events import HttpAnswer
from ops.embedded.front import App, Receive, Scope, Send
from ops.embedded.function_url import FunctionUrl
from ops.embedded.functions import LambdaHost
from ops.embedded.gateway import Gateway
from ops.embedded.ports import Ports

# From where the origin sees CloudFront ask: an address that documentation may use (RFC 5737).
EDGE = "198.51.100.10"
MAX_BODY_BYTES = 20 * 1024 * 1024

_NO_ORIGIN = "CloudFront wasn't able to connect to the origin."
_WITH_A_HASH = frozenset({"POST", "PUT", "PATCH"})
_OF_A_FILE = frozenset({"accept-encoding", "range", "if-none-match", "if-modified-since"})


class CloudFront:
    """Serves every distribution and every function URL of the account.

    Attributes:
        ports: Where distributions listen.
        url_ports: Where function URLs do.
    """

    def __init__(self, deployed: Backends, gateway: Gateway) -> None:
        """Serve what is in `deployed`; what is in front of an HTTP API asks `gateway`."""
        self.ports = Ports(self._distribution_app)
        self.url_ports = Ports(self._url_app)
        self._deployed = deployed
        self._gateway = gateway
        self._host: LambdaHost | None = None

    def start(self, host: LambdaHost) -> None:
        """Answer requests on the running event loop, by functions that `host` runs."""
        self._host = host
        self.ports.start()
        self.url_ports.start()

    async def close(self) -> None:
        """Stop listening; requests in progress are dropped."""
        await self.ports.close()
        await self.url_ports.close()

    def _distribution_app(self, distribution_id: str) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            found = next((one for one in self._deployed.distributions() if one.id == distribution_id), None)
            if found is None or not found.is_enabled:
                await front.send_answer(send, _refusal(403, "the distribution is disabled, or gone"))
                return
            await self._pass_on(found, scope, receive, send)

        return app

    def _url_app(self, url_id: str) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            url = next((one for one in self._deployed.function_urls() if one.id == url_id), None)
            if url is None or url.is_signed:
                await front.send_answer(send, _refusal(403, "Forbidden"))
                return
            await self._function_app(url_id)(scope, receive, send)

        return app

    async def _pass_on(self, found: Distribution, scope: Scope, receive: Receive, send: Send) -> None:
        behavior = next(one for one in found.behaviors if fnmatch.fnmatchcase(scope["path"], one.pattern))
        if scope["method"] not in behavior.methods:
            await front.send_answer(send, _refusal(403, f"{scope['method']} is not let through here"))
            return
        asked = _asked(found, behavior, scope)
        if found.signs:
            await self._ask_signed(found, asked, receive, send)
            return
        api = next((one for one in self._deployed.http_apis() if _host(one.endpoint) == found.origin), None)
        if api is None:
            await front.send_answer(send, _refusal(502, _NO_ORIGIN))
            return
        await self._gateway.app(api.id)(asked, receive, send)

    async def _ask_signed(self, found: Distribution, asked: Scope, receive: Receive, send: Send) -> None:
        url = next((one for one in self._deployed.function_urls() if _host(one.url) == found.origin), None)
        if url is None:
            await front.send_answer(send, _refusal(502, _NO_ORIGIN))
            return
        try:
            body = (await front.read_request(asked, receive, max_body_bytes=MAX_BODY_BYTES)).body
            self._deployed.check_cloudfront_may_ask(found, url)
        except front.ClientLeftError:
            return
        except front.TooLongError:
            await front.send_answer(send, _refusal(413, "Request Entity Too Large"))
            return
        except AccessDeniedError:
            await front.send_answer(send, _refusal(403, "Forbidden"))
            return
        if not _is_signed_as_sent(asked, body):
            message = "The request signature we calculated does not match the signature you provided."
            await front.send_answer(send, _refusal(403, message))
            return
        await self._function_app(url.id)(asked, _replayed(body, receive), send)

    def _function_app(self, url_id: str) -> App:
        (url,) = (one for one in self._deployed.function_urls() if one.id == url_id)
        assert self._host is not None  # noqa: S101 - requests come only after `start`
        return FunctionUrl(
            self._host, region=url.region, function=url.function, qualifier=url.qualifier, url_id=url.id
        )


def _asked(found: Distribution, behavior: CacheBehavior, scope: Scope) -> Scope:
    """Return what the origin is asked for a viewer's request."""
    added = {name.encode("latin-1"): value.encode("latin-1") for name, value in found.headers}
    dropped = {b"host", b"x-forwarded-for", *added}
    passed = [
        (name, value)
        for name, value in scope["headers"]
        if name not in dropped and (behavior.forwards_all or name.decode("latin-1") in _OF_A_FILE)
    ]
    earlier = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    viewer = (scope.get("client") or ("127.0.0.1",))[0].encode()
    own = [(b"host", found.origin.encode()), (b"x-forwarded-for", b", ".join([*earlier, viewer]))]
    query = {} if behavior.forwards_all else {"query_string": b""}
    return {**scope, **query, "client": (EDGE, 443), "headers": [*own, *passed, *added.items()]}


def _is_signed_as_sent(asked: Scope, body: bytes) -> bool:
    """Whether the viewer has told the hash of the body, which CloudFront signs without reading it."""
    told = dict(asked["headers"]).get(b"x-amz-content-sha256", b"").decode("latin-1")
    return asked["method"] not in _WITH_A_HASH or told == hashlib.sha256(body).hexdigest()


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read already, and then what comes after it."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body}]

    async def replay() -> dict[str, Any]:
        return messages.pop() if messages else await receive()

    return replay


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _refusal(status: int, message: str) -> HttpAnswer:
    body = json.dumps({"Message": message}, separators=(",", ":")).encode()
    return HttpAnswer(status, [("content-type", "application/json")], body)
