"""A Lambda Function URL in the mode RESPONSE_STREAM: what the app writes reaches the browser at once.

Sources: Lambda developer guide, "Lambda function URLs" (events of format 2.0; 429 when throttled, 502 for a
function's error, 413 over 6 MB) and "Response streaming". Unlike an HTTP API it has no limit of 30 s: the
function's own timeout holds. A failure after the first byte can only cut the answer off.
"""

import json
from typing import Any

from ops.embedded import events, front
from ops.embedded.deployed import UnknownFunctionError
from ops.embedded.events import HttpAnswer
from ops.embedded.front import Receive, Scope, Send
from ops.embedded.functions import MAX_EVENT_BYTES, LambdaHost, ThrottledError, TooLargeError

# What an event of a URL without authentication names in place of an account. Nobody reads it of a signed one.
_ACCOUNT = "anonymous"


class FunctionUrl:
    """The ASGI application of one function's URL."""

    def __init__(
        self, host: LambdaHost, *, region: str, function: str, qualifier: str | None = None, url_id: str
    ) -> None:
        """Stream the answers of a function that `host` runs; `url_id` names the URL in its events."""
        self._host = host
        self._region = region
        self._function = function
        self._qualifier = qualifier
        self._id = url_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            request = await front.read_request(scope, receive, max_body_bytes=MAX_EVENT_BYTES)
        except front.ClientLeftError:
            return
        except front.TooLongError:
            await front.send_answer(send, _error(413, "Request Entity Too Large"))
            return
        event = events.event(
            request, account_id=_ACCOUNT, api_id=self._id, stage="$default", route_key="$default"
        )
        delivery = _ToClient(send)
        refusal = await self._invoke(event, delivery)
        if not delivery.has_begun:
            await front.send_answer(send, refusal or _error(502, "Internal Server Error"))
        elif refusal is None:
            await delivery.end()
        # Otherwise the answer stays open: the server sees that, and cuts the connection.

    async def _invoke(self, event: dict[str, Any], delivery: "_ToClient") -> HttpAnswer | None:
        """Run the function; None when it answered, else what to say instead."""
        try:
            result = await self._host.invoke_streaming(
                self._region, self._function, self._qualifier, json.dumps(event).encode(), delivery
            )
        except TooLargeError:
            return _error(413, "Request Entity Too Large")
        except ThrottledError:
            return _error(429, "Too Many Requests")
        except UnknownFunctionError:
            return _error(404, "Not Found")
        return _error(502, "Internal Server Error") if result.error else None


class _ToClient:
    """Hands an answer to the server as it comes (a `Delivery`). A client that left is no error."""

    def __init__(self, send: Send) -> None:
        self.has_begun = False
        self._send = send

    async def begin(self, prelude: dict[str, Any]) -> None:
        answer = events.answer(json.dumps(prelude).encode())
        self.has_begun = True
        headers = front.raw_headers(answer.headers)
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def send(self, part: bytes) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})


def _error(status: int, message: str) -> HttpAnswer:
    body = json.dumps({"Message": message}, separators=(",", ":")).encode()
    return HttpAnswer(status, [("content-type", "application/json")], body)
