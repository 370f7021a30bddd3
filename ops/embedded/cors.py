"""Cross-origin headers, which an HTTP API sets itself: what the function says of them does not count.

Source: API Gateway developer guide, "Configure CORS for HTTP APIs in API Gateway".
"""

import dataclasses
from typing import Any

from ops.embedded.events import HttpAnswer, HttpRequest


def is_preflight(cors: dict[str, Any], request: HttpRequest) -> bool:
    """Whether a browser asks for permission first, and the API is set up to answer."""
    return (
        bool(cors) and request.method == "OPTIONS" and bool(request.header("access-control-request-method"))
    )


def apply(cors: dict[str, Any], request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
    """Replace the function's CORS headers by the API's, if it has any."""
    if not cors:
        return answer
    headers = response_headers(cors, request, preflight=False)
    own = [(name, value) for name, value in answer.headers if not name.startswith("access-control-")]
    return dataclasses.replace(answer, headers=own + headers)


def response_headers(cors: dict[str, Any], request: HttpRequest, *, preflight: bool) -> list[tuple[str, str]]:
    """Return what the API's CORS configuration says to a request; nothing to an origin it does not name."""
    origin = request.header("origin")
    origins = cors.get("allowOrigins") or []
    if not origin or ("*" not in origins and origin not in origins):
        return []
    headers = [("access-control-allow-origin", "*" if "*" in origins else origin)]
    if cors.get("allowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    if not preflight:
        exposed = cors.get("exposeHeaders")
        return [*headers, ("access-control-expose-headers", ",".join(exposed))] if exposed else headers
    for name, key in (("methods", "allowMethods"), ("headers", "allowHeaders")):
        if cors.get(key):
            headers.append((f"access-control-allow-{name}", ",".join(cors[key])))
    if cors.get("maxAge"):
        headers.append(("access-control-max-age", str(int(cors["maxAge"]))))
    return headers
