"""Distributions and signed function URLs over real sockets: what CloudFront passes on and refuses."""

import base64
import hashlib
import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from ops.embedded.cloudfront import EDGE
from tests.ops.worlds import Function, World, make_api, make_function

http = urllib3.PoolManager(retries=False)

CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
NOT_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
READ = {"Quantity": 2, "Items": ["GET", "HEAD"]}
ALL = {"Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]}


def make_distribution(world: World, origin: str, **more: Any) -> tuple[str, str]:
    """Put a distribution in front of an origin; return its ARN and its URL."""
    config = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "one", "DomainName": urlsplit(origin).netloc, **more}]},
        "DefaultCacheBehavior": behavior(NOT_CACHED, ALL, OriginRequestPolicyId=ALL_BUT_HOST),
        "CacheBehaviors": {"Quantity": 1, "Items": [behavior(CACHED, READ, PathPattern="/static/*")]},
    }
    made = world.clients.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return made["ARN"], f"http://{made['DomainName']}"


def behavior(policy: str, methods: dict[str, Any], **more: str) -> dict[str, Any]:
    return {
        "TargetOriginId": "one",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": methods,
        "CachePolicyId": policy,
        **more,
    }


CUSTOM = {
    "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    "CustomHeaders": {
        "Quantity": 1,
        "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "the-secret"}],
    },
}


@pytest.fixture
def api(world: World, image: str) -> Function:
    return make_api(world.clients, make_function(world.clients, image))


def test_the_origin_gets_the_viewers_request_under_its_own_host(world: World, api: Function) -> None:
    _, url = make_distribution(world, api.url, **CUSTOM)
    seen = http.request(
        "POST",
        f"{url}/a?b=1",
        body=b"body",
        headers={"Cookie": "x=1", "X-Origin-Secret": "forged", "X-Forwarded-For": "6.6.6.6"},
    ).json()
    assert (seen["method"], seen["path"], seen["body"]) == (
        "POST",
        "/a?b=1",
        base64.b64encode(b"body").decode(),
    )
    assert seen["headers"]["host"] == urlsplit(api.url).netloc
    assert seen["headers"]["cookie"] == "x=1"
    assert seen["headers"]["x-origin-secret"] == "the-secret"
    assert seen["headers"]["x-forwarded-for"] == f"6.6.6.6, 127.0.0.1, {EDGE}"
    assert json.loads(seen["headers"]["x-amzn-request-context"])["http"]["sourceIp"] == EDGE


def test_of_a_path_that_is_cached_the_origin_is_told_nothing_else(world: World, api: Function) -> None:
    _, url = make_distribution(world, api.url, **CUSTOM)
    headers = {"Cookie": "x=1", "X-Mine": "yes", "Accept-Encoding": "br"}
    seen = http.request("GET", f"{url}/static/file.js?v=1", headers=headers).json()
    assert seen["path"] == "/static/file.js"
    assert seen["headers"]["accept-encoding"] == "br"
    assert not {"cookie", "x-mine"} & set(seen["headers"])
    assert http.request("POST", f"{url}/static/file.js", body=b"").status == 403


def test_a_distribution_that_is_disabled_or_has_no_origin_says_so(world: World, api: Function) -> None:
    cloudfront = world.clients.client("cloudfront")
    arn, url = make_distribution(world, api.url, **CUSTOM)
    found = cloudfront.get_distribution_config(Id=arn.rpartition("/")[2])
    config = {**found["DistributionConfig"], "Enabled": False}
    cloudfront.update_distribution(
        Id=arn.rpartition("/")[2], IfMatch=found["ETag"], DistributionConfig=config
    )
    assert http.request("GET", url).status == 403
    _, nowhere = make_distribution(world, "http://nowhere.invalid", **CUSTOM)
    assert http.request("GET", nowhere).status == 502


@pytest.fixture
def signed(world: World, image: str) -> tuple[str, str]:
    """The address of a function that asks for a signature, and that of the distribution that gives one."""
    function = make_function(world.clients, image)
    lambda_ = world.clients.lambda_
    version = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
    made = lambda_.create_function_url_config(
        FunctionName=function.name, Qualifier="live", AuthType="AWS_IAM", InvokeMode="RESPONSE_STREAM"
    )
    assert made["FunctionArn"].endswith(f"{function.name}:live")
    arn, url = make_distribution(world, made["FunctionUrl"], **CUSTOM, OriginAccessControlId="E1")
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        assert http.request("GET", url).status == 403, f"without {action}"
        lambda_.add_permission(
            FunctionName=function.name,
            Qualifier="live",
            StatementId=action.replace(":", "-"),
            Action=action,
            Principal="cloudfront.amazonaws.com",
            SourceArn=arn,
        )
    return made["FunctionUrl"], url


def test_a_function_url_that_wants_a_signature_answers_its_distribution_alone(
    world: World, signed: tuple[str, str]
) -> None:
    direct, url = signed
    assert http.request("GET", direct).status == 403
    seen = http.request("GET", f"{url}/a").json()
    assert (seen["path"], seen["headers"]["host"]) == ("/a", urlsplit(direct).netloc)
    _, other = make_distribution(world, direct, **CUSTOM, OriginAccessControlId="E1")
    assert http.request("GET", other).status == 403
    _, unsigned = make_distribution(world, direct, **CUSTOM)
    assert http.request("GET", unsigned).status == 502


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_passes_only_with_its_own_hash(signed: tuple[str, str], method: str) -> None:
    _, url = signed
    right = {"x-amz-content-sha256": hashlib.sha256(b"body").hexdigest()}
    wrong = {"x-amz-content-sha256": hashlib.sha256(b"another").hexdigest()}
    assert http.request(method, url, body=b"body").status == 403
    assert http.request(method, url, body=b"body", headers=wrong).status == 403
    seen = http.request(method, url, body=b"body", headers=right).json()
    assert seen["body"] == base64.b64encode(b"body").decode()


def test_a_function_that_streams_gives_head_zeros_and_body_to_who_reads_no_stream(
    world: World, image: str
) -> None:
    variables = {"AWS_LWA_INVOKE_MODE": "response_stream"}
    function = make_function(world.clients, image, Environment={"Variables": variables})
    said = world.clients.lambda_.invoke(FunctionName=function.name, Payload=b'{"a": 1}')["Payload"].read()
    head, body = said.split(b"\0" * 8)
    assert json.loads(head)["statusCode"] == 200
    assert json.loads(body) == {"event": {"a": 1}}
