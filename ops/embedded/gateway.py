"""API Gateway's HTTP APIs, executed: each API listens on a port of its own on loopback.

What fails in AWS fails here with the same status. Sources: API Gateway developer guide, "Quotas for
configuring and running an HTTP API" (30 s, 10 MB, 10,240 bytes of headers), "CORS for HTTP APIs",
"Customize HTTP API access logs"; Lambda quotas. Two answers are not documented and are our reading:
431 for headers that are too large, and 403 for a request to upgrade the connection.
"""

import asyncio
import dataclasses
import json
import logging
import time

from ops.embedded import access_log, cors, deployed, events, front
from ops.embedded.deployed import Deployments, HttpApi
from ops.embedded.events import HttpAnswer, HttpRequest
from ops.embedded.front import App, Receive, Scope, Send
from ops.embedded.functions import LambdaHost, ThrottledError, TooLargeError
from ops.embedded.ports import Ports
from ops.embedded.records import Sink

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 10_240

# Source: Amazon API Gateway quotas, account level: what a stage without its own numbers gets.
DEFAULT_RATE = 10_000.0
DEFAULT_BURST = 5_000


class TokenBucket:
    """A stage's throttle: `rate` requests a second, with room for `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens, self._filled_at = burst, time.monotonic()

    def take(self) -> bool:
        """Take one token; False when there is none."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Gateway:
    """Serves every HTTP API of the account.

    Attributes:
        ports: Where the APIs listen.
    """

    def __init__(self, deployments: Deployments, sink: Sink, *, port: int = 0) -> None:
        """Serve deployed APIs.

        Args:
            deployments: Says how APIs are configured.
            sink: Takes access log lines.
            port: For the first API; 0, and any further API, gets a free port.
        """
        self._deployments = deployments
        self._sink = sink
        self.ports = Ports(self.app, port=port)
        self._host: LambdaHost | None = None
        self._buckets: dict[str, TokenBucket] = {}
        self._apis: dict[str, HttpApi] = {}
        self._seen = -1

    def start(self, host: LambdaHost) -> None:
        """Answer requests on the running event loop, by functions that `host` runs."""
        self._host = host
        self.ports.start()

    def app(self, api_id: str) -> App:
        """Return one API as an ASGI app."""
        return _ApiApp(self, api_id)

    async def answer(self, api_id: str, request: HttpRequest, *, too_large: bool) -> HttpAnswer:
        """Answer one request, and write its line to the stage's access log."""
        started = time.monotonic()
        api = self._api(api_id)
        if api is None:
            return _error(404, "Not Found")  # deleted; its port stays ours until the account stops
        answer, integration_ms = await self._answer(api, request, too_large=too_large)
        answer.headers.append(("apigw-requestid", request.request_id))
        self._log(
            api,
            request,
            answer,
            latency_ms=(time.monotonic() - started) * 1000,
            integration_ms=integration_ms,
        )
        return answer

    async def _answer(
        self, api: HttpApi, request: HttpRequest, *, too_large: bool
    ) -> tuple[HttpAnswer, float]:
        if refusal := self._refusal(api, request, too_large=too_large):
            return refusal, 0
        route_key = _route_key(api, request)
        if cors.is_preflight(api.cors, request):
            return HttpAnswer(204, cors.response_headers(api.cors, request, preflight=True)), 0
        if route_key is None:
            return _error(404, "Not Found"), 0
        started = time.monotonic()
        answer = await self._integrate(api, request, route_key)
        answer = cors.apply(api.cors, request, answer)
        return answer, (time.monotonic() - started) * 1000

    def _refusal(self, api: HttpApi, request: HttpRequest, *, too_large: bool) -> HttpAnswer | None:
        """Return the answer to a request that no integration gets to see."""
        if not self._bucket(api).take():
            return _error(429, "Too Many Requests")
        size = len(request.method) + len(request.path) + len(request.query)
        if size + sum(len(name) + len(value) for name, value in request.headers) > MAX_HEADER_BYTES:
            return _error(431, "Request Header Fields Too Large")
        if too_large:
            return _error(413, "Request Entity Too Large")
        if request.header("upgrade"):
            return _error(403, "Forbidden", "an HTTP API does not upgrade connections")
        return None

    async def _integrate(self, api: HttpApi, request: HttpRequest, route_key: str) -> HttpAnswer:
        """Invoke the route's function and wait at most as long as the integration may take."""
        region, function, qualifier = deployed.split_integration(api.routes[route_key])
        event = events.event(
            request, account_id=deployed.ACCOUNT_ID, api_id=api.id, stage=api.stage, route_key=route_key
        )
        assert self._host is not None  # noqa: S101 - requests come only after `start`
        try:
            self._deployments.check_api_may_invoke(api, api.routes[route_key])
            invocation = asyncio.ensure_future(
                self._host.invoke(region, function, qualifier, json.dumps(event).encode())
            )
            # Shielded: the function goes on when the gateway gives up, as in AWS.
            result = await asyncio.wait_for(asyncio.shield(invocation), api.timeouts_s[route_key])
            if result.error:
                failed = _error(500, "Internal Server Error", "the function failed")
                return dataclasses.replace(failed, invocation=result.request_id)
            return dataclasses.replace(events.answer(result.payload), invocation=result.request_id)
        except TimeoutError:
            return _error(503, "Service Unavailable", "the integration took too long")
        except ThrottledError as error:
            return _error(503, "Service Unavailable", str(error))
        except TooLargeError as error:
            return _error(413, "Request Entity Too Large", str(error))
        except (
            events.InvalidResultError,
            deployed.AccessDeniedError,
            deployed.UnknownFunctionError,
        ) as error:
            return _error(500, "Internal Server Error", str(error))
        except Exception:
            log.exception("A request could not be integrated.")
            return _error(500, "Internal Server Error", "a fault of the embedded account; see server.log")

    def _api(self, api_id: str) -> HttpApi | None:
        """Return what is configured now; read again only after a change."""
        if self._seen != (revision := self._deployments.revision):
            self._seen, self._apis = revision, {api.id: api for api in self._deployments.http_apis()}
        return self._apis.get(api_id)

    def _bucket(self, api: HttpApi) -> TokenBucket:
        rate = DEFAULT_RATE if api.throttling_rate is None else float(api.throttling_rate)
        burst = DEFAULT_BURST if api.throttling_burst is None else api.throttling_burst
        bucket = self._buckets.get(api.id)
        if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[api.id] = TokenBucket(rate, burst)
        return bucket

    def _log(
        self,
        api: HttpApi,
        request: HttpRequest,
        answer: HttpAnswer,
        *,
        latency_ms: float,
        integration_ms: float,
    ) -> None:
        if api.access_log_group is None:
            return
        line = access_log.line(
            api,
            request,
            answer,
            latency_ms=latency_ms,
            integration_ms=integration_ms,
            route_key=_route_key(api, request),
        )
        self._sink.put(api.region, api.access_log_group, f"{api.id}-{request.received_at:%Y-%m-%d}", line)


class _ApiApp:
    """The ASGI application of one API."""

    def __init__(self, gateway: Gateway, api_id: str) -> None:
        self._gateway = gateway
        self._api_id = api_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        too_large = False
        try:
            request = await front.read_request(scope, receive, max_body_bytes=MAX_BODY_BYTES)
        except front.ClientLeftError:
            return
        except front.TooLongError as error:
            request, too_large = error.request, True
        answer = await self._gateway.answer(self._api_id, request, too_large=too_large)
        await front.send_answer(send, answer)


def _error(status: int, message: str, reason: str = "-") -> HttpAnswer:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpAnswer(
        status, [("content-type", "application/json")], body, reason if reason != "-" else message
    )


def _route_key(api: HttpApi, request: HttpRequest) -> str | None:
    exact = f"{request.method} {request.path}"
    return next((key for key in (exact, f"ANY {request.path}", "$default") if key in api.routes), None)
