"""Does a version of the function answer as it should? Asked through its own qualifier, before users are."""

import base64
import datetime
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.errors import SmokeTestError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

HEALTH_PATH = "/_stcore/health"

_STATE = "Users reach what they reached before. The function's log in CloudWatch says more (`invoke env`)."


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of the function."""

    status: int
    headers: dict[str, str]
    body: str


def prove(lambda_: "LambdaClient", *, function: str, version: str, access: str | None = None) -> None:
    """Ask a published version for its health, its page, its number and one round trip of the page.

    Args:
        lambda_: A client that gives up on an answer that no user would wait for.
        function: Function name.
        version: Published version, such as "7".
        access: Who the stage wants to see the page; None for what the version is told.

    Raises:
        SmokeTestError: An answer is missing or wrong; nothing was changed.
    """
    health = _get(lambda_, HEALTH_PATH, function=function, version=version)
    _expect(health.status == 200, version, f"{HEALTH_PATH} answered {health.status}")
    page = _get(lambda_, "/", function=function, version=version)
    _expect(page.status == 200, version, f"the page answered {page.status}")
    is_page = page.headers.get("content-type", "").startswith("text/html") and "<script" in page.body
    _expect(is_page, version, "what answers at / is no page")
    said = invoke(lambda_, {"type": "round-trip"}, function=function, version=version)
    _expect(said.get("status") == "ok", version, f"a round trip of the page said: {said.get('status')}")
    _expect(said.get("version") == version, version, f"the answer came from version {said.get('version')}")
    # An older image knows of no sign-in and of no CloudFront, and would be open whatever it is told.
    configured = lambda_.get_function_configuration(FunctionName=function, Qualifier=version)
    told = configured.get("Environment", {}).get("Variables", {})
    access = access or told.get("ACCESS", "public")
    is_as_told = said.get("access", "public") == access
    _expect(is_as_told, version, f"access is to be {access}, and its page does not keep to it")
    if told.get("CLOUDFRONT") == "secret":
        past = _get(lambda_, "/", function=function, version=version, api_id="past-cloudfront")
        _expect(past.status == 403, version, f"it answers {past.status} to who comes past CloudFront")
    if told.get("CLOUDFRONT") == "signature":
        is_hashed = "x-amz-content-sha256" in page.body
        _expect(is_hashed, version, "its page sends no hash of what it posts, which CloudFront wants")


def http_event(method: str, path: str, api_id: str | None = None) -> dict[str, Any]:
    """Return the event of a request without a body, as API Gateway would send it.

    Without `api_id` it tells of no gateway: a function that is to answer CloudFront alone answers it too.

    Source: API Gateway developer guide, payload format version 2.0.
    """
    now = datetime.datetime.now(datetime.UTC)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "smoke-test.invalid", "user-agent": "smoke-test"},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "smoke-test",
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
            **({"apiId": api_id} if api_id else {}),
        },
        "isBase64Encoded": False,
    }


def _get(
    lambda_: "LambdaClient", path: str, *, function: str, version: str, api_id: str | None = None
) -> Answer:
    result = invoke(lambda_, http_event("GET", path, api_id), function=function, version=version)
    body = result.get("body") or ""
    if result.get("isBase64Encoded"):
        body = base64.b64decode(body).decode(errors="replace")
    return Answer(int(result.get("statusCode", 0)), result.get("headers", {}), body)


def invoke(lambda_: "LambdaClient", event: Any, *, function: str, version: str) -> dict[str, Any]:
    """Return what a version answers to an event.

    Raises:
        SmokeTestError: It answers nothing in time, or ends with an error; nothing was changed.
    """
    from botocore.exceptions import ReadTimeoutError

    try:
        answer = lambda_.invoke(FunctionName=function, Qualifier=version, Payload=json.dumps(event))
        said = answer["Payload"].read() or b"{}"
    except ReadTimeoutError as error:
        raise _failed(version, "no answer in time, asked again and again") from error
    payload = _object(_gathered(said, is_request="requestContext" in event))
    if payload is None:
        raise _failed(version, f"what it answered is no JSON object: {said[:100]!r}")
    if answer.get("FunctionError"):
        raise _failed(version, str(payload.get("errorMessage", payload)))
    return payload


def _gathered(said: bytes, *, is_request: bool) -> bytes:
    """Return an answer as a function gives it that gathers; one that streams gives head, zeros and body.

    Source: Lambda Web Adapter, AWS_LWA_INVOKE_MODE; Lambda developer guide, "Response streaming".
    """
    head, zeros, body = said.partition(b"\0" * 8)
    prelude = _object(head) if zeros else None
    if prelude is None:
        return said
    whole = {**prelude, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return json.dumps(whole).encode() if is_request else body


def _object(said: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(said)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _expect(condition: bool, version: str, problem: str) -> None:
    if not condition:
        raise _failed(version, problem)


def _failed(version: str, problem: str) -> SmokeTestError:
    return SmokeTestError(f"Version {version} failed its smoke test: {problem}. {_STATE}")
