"""API Gateway's HTTP API event, format 2.0: a request becomes an event, a result becomes an answer.

Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
import binascii
import datetime
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

# Bodies of these types reach the function as text; all others in base64.
_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")

# Headers of one connection, not of the request.
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@dataclass(frozen=True)
class HttpRequest:
    """A request as the gateway received it, with the ids it gave it."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str
    request_id: str
    received_at: datetime.datetime

    def header(self, name: str) -> str:
        """Return a header's values joined by commas, or "" without any."""
        return ",".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True)
class HttpAnswer:
    """What the gateway answers; for its log, the error and the id of Lambda's request."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    error: str = "-"
    invocation: str = "-"


class InvalidResultError(ValueError):
    """A function's result is no HTTP answer; API Gateway answers 500."""


def event(
    request: HttpRequest, *, account_id: str, api_id: str, stage: str, route_key: str
) -> dict[str, Any]:
    """Return the event that a function gets for a request."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        if name not in _HOP_BY_HOP and name != "cookie":
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    host = headers.get("host", "")
    body, is_base64 = _event_body(request)
    built = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {**headers, **_forwarding(request, host)},
        "requestContext": {
            "accountId": account_id,
            "apiId": api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request.request_id,
            "routeKey": route_key,
            "stage": stage,
            "time": request.received_at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(request.received_at.timestamp() * 1000),
        },
        "isBase64Encoded": is_base64,
    }
    if cookies := [
        part.strip() for name, value in request.headers if name == "cookie" for part in value.split(";")
    ]:
        built["cookies"] = [cookie for cookie in cookies if cookie]
    if request.query:
        built["queryStringParameters"] = _query_parameters(request.query)
    if request.body:
        built["body"] = body
    return built


def answer(result: bytes) -> HttpAnswer:
    """Return the answer that a function's result asks for.

    Raises:
        InvalidResultError: Status, headers or body are not of the form that format 2.0 wants.
    """
    try:
        parsed = json.loads(result)
    except ValueError as error:
        raise InvalidResultError("the function's result is no JSON") from error
    if not isinstance(parsed, dict) or "statusCode" not in parsed:
        # Format 2.0 infers an answer: any JSON is a body of its own.
        return HttpAnswer(200, [("content-type", "application/json")], result)
    try:
        status = int(parsed["statusCode"])
        headers = [(str(name).lower(), str(value)) for name, value in (parsed.get("headers") or {}).items()]
        body = str(parsed.get("body") or "").encode()
        if parsed.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True)
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise InvalidResultError("the function's result is no HTTP answer") from error
    if not 100 <= status <= 599:
        raise InvalidResultError(f"{status} is no HTTP status")
    kept = [(name, value) for name, value in headers if name not in _HOP_BY_HOP | {"content-length", "date"}]
    cookies = [("set-cookie", str(cookie)) for cookie in parsed.get("cookies") or []]
    return HttpAnswer(status, kept + cookies, body)


def _event_body(request: HttpRequest) -> tuple[str, bool]:
    if request.header("content-type").lower().startswith(_TEXT_TYPES):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _forwarding(request: HttpRequest, host: str) -> dict[str, str]:
    earlier = request.header("x-forwarded-for")
    return {
        "x-forwarded-for": f"{earlier}, {request.source_ip}" if earlier else request.source_ip,
        "x-forwarded-port": host.rpartition(":")[2] if ":" in host else "80",
        "x-forwarded-proto": "http",
        "content-length": str(len(request.body)),
    }


def _query_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters
