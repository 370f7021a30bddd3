"""HTTP APIs over real sockets: what API Gateway does to a request, and what it refuses."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from tests.ops.worlds import Function, World, eventually, make_api, make_function

http = urllib3.PoolManager(retries=False)


@pytest.fixture
def function(world: World, image: str) -> Function:
    return make_function(world.clients, image)


@pytest.fixture
def api(world: World, function: Function) -> Function:
    return make_api(world.clients, function)


def test_a_request_reaches_the_app_whole(api: Function) -> None:
    answer = http.request(
        "POST",
        f"{api.url}/a%20path?b=1&b=2&c=%C3%A9",
        body=bytes(range(256)),
        headers={"Content-Type": "application/octet-stream", "Cookie": "x=1; y=2", "X-Mine": "yes"},
    )
    seen = answer.json()
    assert (seen["method"], seen["path"]) == ("POST", "/a%20path?b=1&b=2&c=%C3%A9")
    assert seen["body"] == __import__("base64").b64encode(bytes(range(256))).decode()
    assert seen["headers"]["cookie"] == "x=1;y=2"
    assert seen["headers"]["x-mine"] == "yes"
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["headers"]["host"] == urlsplit(api.url).netloc


def test_text_reaches_the_app_as_text(api: Function) -> None:
    seen = http.request("POST", api.url, body="é".encode(), headers={"Content-Type": "text/plain"}).json()
    assert seen["body"] == "w6k="  # the base64, by the app, of two bytes


def test_a_client_cannot_pretend_to_be_lambda(api: Function) -> None:
    forged = {"x-amzn-request-context": '{"forged": true}', "x-amzn-lambda-context": "{}"}
    seen = http.request("GET", api.url, headers=forged).json()
    assert "forged" not in json.loads(seen["headers"]["x-amzn-request-context"])
    assert json.loads(seen["headers"]["x-amzn-lambda-context"])["request_id"]


def test_a_client_cannot_choose_its_address(api: Function) -> None:
    seen = http.request("GET", api.url, headers={"X-Forwarded-For": "6.6.6.6"}).json()
    context = json.loads(seen["headers"]["x-amzn-request-context"])
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert seen["headers"]["x-forwarded-for"] == "6.6.6.6, 127.0.0.1"


def test_headers_may_hold_any_byte(api: Function) -> None:
    answer = raw_request(
        api, b"GET /x HTTP/1.1\r\nHost: a\r\nCookie: theme=\xc3\xa9\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"cookie": "theme=\\u00c3\\u00a9"' in answer


def test_half_a_request_invokes_nothing(world: World, api: Function) -> None:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf")
    assert http.request("GET", f"{api.url}/whole").status == 200
    assert eventually(lambda: "served /whole" in log_lines(world, api))
    assert "served /half" not in log_lines(world, api)


def test_a_binary_answer_and_two_cookies_come_back(api: Function) -> None:
    assert http.request("GET", f"{api.url}/binary").data == bytes(range(256))
    assert http.request("GET", f"{api.url}/cookies").headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_each_answer_carries_the_requests_id(api: Function) -> None:
    first, second = (http.request("GET", api.url).headers["apigw-requestid"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/exit?code=1", 500, "Internal Server Error"),
        ("/big?n=6400000", 500, "Internal Server Error"),
    ],
    ids=["the function exits", "the answer is over Lambda's limit"],
)
def test_a_failing_function_is_an_internal_error(api: Function, path: str, status: int, message: str) -> None:
    answer = http.request("GET", api.url + path)
    assert (answer.status, answer.json()) == (status, {"message": message})


def test_an_integration_that_takes_too_long_is_unavailable_and_goes_on(
    world: World, function: Function
) -> None:
    slow = make_api(world.clients, function, timeout_ms=1000)
    answer = http.request("GET", f"{slow.url}/slow?s=2")
    assert (answer.status, answer.json()) == (503, {"message": "Service Unavailable"})
    assert eventually(lambda: "served /slow" in log_lines(world, function))


def test_a_throttled_function_is_unavailable(world: World, api: Function) -> None:
    world.clients.lambda_.put_function_concurrency(FunctionName=api.name, ReservedConcurrentExecutions=0)
    assert http.request("GET", api.url).status == 503


def test_a_throttled_stage_answers_429(world: World, function: Function) -> None:
    settings = {"ThrottlingBurstLimit": 3, "ThrottlingRateLimit": 0.01}
    throttled = make_api(world.clients, function, DefaultRouteSettings=settings)
    statuses = [http.request("GET", throttled.url).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_a_stages_new_throttling_is_used_from_then_on(world: World, function: Function) -> None:
    settings = {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}
    throttled = make_api(world.clients, function, DefaultRouteSettings=settings)
    assert [http.request("GET", throttled.url).status for _ in range(2)] == [200, 429]
    apis = world.clients.apigatewayv2
    (api,) = [found for found in apis.get_apis()["Items"] if found["ApiEndpoint"] == throttled.url]
    apis.update_stage(
        ApiId=api["ApiId"],
        StageName="$default",
        DefaultRouteSettings={"ThrottlingBurstLimit": 3, "ThrottlingRateLimit": 0.01},
    )
    statuses = [http.request("GET", throttled.url).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("size", "status"),
    [(4_000_000, 200), (5_000_000, 413), (10_500_000, 413)],
    ids=["fits the event", "base64 makes it too large for Lambda", "too large for the gateway"],
)
def test_bodies_have_lambdas_and_the_gateways_limits(api: Function, size: int, status: int) -> None:
    body = b"x" * size
    answer = http.request("POST", f"{api.url}/cookies", body=body, headers={"Content-Type": "image/png"})
    assert answer.status == (204 if status == 200 else status)


def test_headers_over_ten_kilobytes_are_refused(api: Function) -> None:
    assert http.request("GET", api.url, headers={"X-Long": "x" * 10_300}).status == 431


def test_a_request_to_upgrade_is_refused(api: Function) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert http.request("GET", f"{api.url}/_stcore/stream", headers=headers).status == 403


def test_an_api_without_permission_to_invoke_is_an_internal_error(world: World, function: Function) -> None:
    forbidden = make_api(world.clients, function, permit=False)
    assert http.request("GET", forbidden.url).status == 500


def test_an_api_that_is_deleted_is_not_found(world: World, api: Function) -> None:
    apis = world.clients.client("apigatewayv2")
    own = next(item for item in apis.get_apis()["Items"] if item["ApiEndpoint"] == api.url)
    apis.delete_api(ApiId=own["ApiId"])
    assert http.request("GET", api.url).status == 404


def test_an_alias_behind_an_api_moves_at_once(world: World, function: Function) -> None:
    lambda_ = world.clients.lambda_
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=first)
    api = make_api(world.clients, function, qualifier="live")
    assert version_behind(api) == first
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "2"}})
    second = lambda_.publish_version(FunctionName=function.name)["Version"]
    assert version_behind(api) == first
    lambda_.update_alias(FunctionName=function.name, Name="live", FunctionVersion=second)
    assert version_behind(api) == second


def test_cors_is_the_gateways(world: World, function: Function) -> None:
    cors = {"AllowOrigins": ["https://mine.example"], "AllowMethods": ["GET", "POST"], "MaxAge": 60}
    api = make_api(world.clients, function, cors=cors)
    asked = {"Origin": "https://mine.example", "Access-Control-Request-Method": "POST"}
    preflight = http.request("OPTIONS", api.url, headers=asked)
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-methods"] == "GET,POST"
    mine = http.request("GET", api.url, headers={"Origin": "https://mine.example"})
    other = http.request("GET", api.url, headers={"Origin": "https://other.example"})
    assert mine.headers["access-control-allow-origin"] == "https://mine.example"
    assert "access-control-allow-origin" not in other.headers


def test_each_request_leaves_a_line_in_the_access_log(world: World, function: Function) -> None:
    group = f"/aws/apigateway/{function.name}"
    world.clients.logs.create_log_group(logGroupName=group)
    form = json.dumps(
        {name: f"$context.{name}" for name in ("requestId", "path", "status", "httpMethod", "nonsense")}
    )
    arn = f"arn:aws:logs:eu-west-3:123456789012:log-group:{group}"
    api = make_api(world.clients, function, AccessLogSettings={"DestinationArn": arn, "Format": form})
    answer = http.request("GET", f'{api.url}/quoted"path')
    lines = lambda: world.clients.logs.filter_log_events(logGroupName=group)["events"]  # noqa: E731 - asked twice
    assert eventually(lines)
    line = json.loads(lines()[0]["message"])
    assert line["requestId"] == answer.headers["apigw-requestid"]
    assert (line["status"], line["httpMethod"], line["nonsense"]) == ("200", "GET", "-")


def test_many_requests_at_once_are_all_answered(api: Function) -> None:
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda n: http.request("GET", f"{api.url}/{n}").status, range(60)))
    assert statuses == [200] * 60


def test_a_request_that_is_no_http_does_not_stop_the_gateway(api: Function) -> None:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(b"\x00\x01 what is this\r\n\r\n")
        connection.recv(1000)
    assert http.request("GET", api.url).status == 200


def raw_request(api: Function, request: bytes) -> bytes:
    """Send bytes as they are and return all that comes back."""
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


def version_behind(api: Function) -> str:
    return str(http.request("GET", api.url).json()["environment"]["AWS_LAMBDA_FUNCTION_VERSION"])


def log_lines(world: World, function: Function) -> list[Any]:
    events = world.clients.logs.filter_log_events(logGroupName=function.log_group)["events"]
    return [event["message"] for event in events]
