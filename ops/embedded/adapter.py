"""What the Lambda Web Adapter does between Lambda and the app: events become HTTP requests, and back.

In AWS the adapter is a binary in the image. Here the host speaks HTTP to the app itself, so it must map
exactly as the adapter does; the numbered rules are the adapter's, from its documentation and source
(aws-lambda-web-adapter 1.1).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Rule 4: an event that is no HTTP request is posted here, unless AWS_LWA_PASS_THROUGH_PATH says otherwise.
PASS_THROUGH_PATH = "/events"  # noqa: S105 - a path

_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml", "application/yaml")
_TEXT_SUFFIXES = ("+xml", "+yaml", "+json")


@dataclass(frozen=True)
class Request:
    """An HTTP request for the app."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Response:
    """The app's HTTP answer, whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def is_http(event: Any) -> bool:
    """Whether an event describes an HTTP request (API Gateway's format 2.0)."""
    context = _request_context(event)
    return isinstance(context, dict) and isinstance(context.get("http"), dict)


def request(
    event: Any, *, lambda_context: dict[str, Any], pass_through_path: str = PASS_THROUGH_PATH
) -> Request:
    """Return the request that the app sees for an event.

    Args:
        event: The invocation's payload, parsed.
        lambda_context: Request id, deadline and so on; the app gets it as a header (rule 3).
        pass_through_path: Where events that are not HTTP go.

    Raises:
        KeyError: An event that looks like an HTTP request lacks its method or path.
    """
    context_headers = [
        ("x-amzn-request-context", json.dumps(_request_context(event))),
        ("x-amzn-lambda-context", json.dumps(lambda_context)),
    ]
    if not is_http(event):
        body = json.dumps(event).encode()
        headers = [("content-type", "application/json"), *context_headers]
        return Request("POST", pass_through_path, _framed(headers, body), body)
    body = _event_body(event)
    return Request(
        method=str(event["requestContext"]["http"]["method"]),
        target=_target(event),
        headers=_framed([*_client_headers(event), *context_headers], body),
        body=body,
    )


def response(answer: Response) -> dict[str, Any]:
    """Return the invocation's result for an HTTP event (rule 5)."""
    head = prelude(answer.status, answer.headers)
    binary = _is_binary(head["headers"])
    return {
        **head,
        "body": base64.b64encode(answer.body).decode() if binary else answer.body.decode(errors="replace"),
        "isBase64Encoded": binary,
    }


def prelude(status: int, sent: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what goes before the body: as part of a result, or ahead of a stream (rule 7)."""
    headers: dict[str, str] = {}
    cookies = []
    for name, value in sent:
        lower = name.lower()
        if lower == "set-cookie":
            cookies.append(value)
        elif lower != "transfer-encoding":
            headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    return {"statusCode": status, "headers": headers, "cookies": cookies}


def streams(environment: Mapping[str, str]) -> bool:
    """Whether a function with these variables answers in streams (rule 7)."""
    return environment.get("AWS_LWA_INVOKE_MODE") == "response_stream"


def gathered(answer: Response) -> bytes:
    """Return a stream as whoever gets it whole: the head, eight zero bytes, and the body (rule 7)."""
    return json.dumps(prelude(answer.status, answer.headers)).encode() + b"\0" * 8 + answer.body


def pass_through_result(answer: Response) -> Any:
    """Return the invocation's result for an event that is no HTTP request: the app's JSON (rule 4).

    Raises:
        ValueError: The app did not answer JSON.
    """
    return json.loads(answer.body)


def _request_context(event: Any) -> Any:
    return event.get("requestContext") or {} if isinstance(event, dict) else {}


def _target(event: dict[str, Any]) -> str:
    query = event.get("rawQueryString") or ""
    return str(event["rawPath"]) + (f"?{query}" if query else "")


def _client_headers(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the client's headers without those that only we may set (rule 3) or that we recompute."""
    ours = {"x-amzn-request-context", "x-amzn-lambda-context", "content-length"}
    headers = [
        (name.lower(), value)
        for name, value in (event.get("headers") or {}).items()
        if name.lower() not in ours
    ]
    cookies = event.get("cookies")
    return [*headers, ("cookie", ";".join(cookies))] if cookies else headers


def _event_body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return b""


def _framed(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    host = [] if any(name == "host" for name, _ in headers) else [("host", "127.0.0.1")]
    return [*host, *headers, ("content-length", str(len(body)))]


def _is_binary(headers: dict[str, str]) -> bool:
    if "content-encoding" in headers:
        return True
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        bool(media_type)
        and not media_type.startswith(_TEXT_TYPES)
        and not media_type.endswith(_TEXT_SUFFIXES)
    )
