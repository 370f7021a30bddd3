"""A line of an HTTP API's access log: the stage's format with its variables filled in.

Source: API Gateway developer guide, "Customize HTTP API access logs".
"""

import json
import re
from typing import Any

from ops.embedded import deployed
from ops.embedded.deployed import HttpApi
from ops.embedded.events import HttpAnswer, HttpRequest

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]+)")


def line(
    api: HttpApi,
    request: HttpRequest,
    answer: HttpAnswer,
    *,
    latency_ms: float,
    integration_ms: float,
    route_key: str | None,
) -> str:
    """Return the line of a request; a variable that we do not know is "-", as in AWS."""
    values = {
        "accountId": deployed.ACCOUNT_ID,
        "apiId": api.id,
        "domainName": request.header("host"),
        "error.message": answer.error,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("user-agent"),
        "integration.error": answer.error,
        "integration.latency": round(integration_ms),
        "integration.requestId": answer.invocation,
        "integration.status": 200 if answer.invocation != "-" else "-",
        "integrationErrorMessage": answer.error,
        "integrationLatency": round(integration_ms),
        "integrationStatus": 200 if answer.invocation != "-" else "-",
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": request.received_at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(request.received_at.timestamp()),
        "responseLatency": round(latency_ms),
        "responseLength": len(answer.body),
        "routeKey": route_key or "-",
        "stage": api.stage,
        "status": answer.status,
    }
    return _VARIABLE.sub(lambda match: _escaped(values.get(match[1], "-")), api.access_log_format)


def _escaped(value: Any) -> str:
    """Return a value as it may stand inside a JSON string of the log format."""
    return json.dumps(str(value), ensure_ascii=False)[1:-1]
