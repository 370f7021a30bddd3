"""Faults of the embedded account, as clients see them: each service refuses in its own form."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ops.clients import Clients
from ops.embedded import account
from ops.embedded.account import FAULTS_PATH
from tests.ops.worlds import World, clients_of, eventually, fault, faults

Call = Callable[[Clients], Any]

# Action => a request that needs it, the resource that a policy would name, and the codes of its service.
CALLS: dict[str, tuple[Call, str, str, str]] = {
    "lambda:UpdateAlias": (
        lambda c: once(c, "lambda").update_alias(FunctionName="f", Name="live"),
        "arn:aws:lambda:eu-west-3:123456789012:function:f",
        "AccessDeniedException",
        "TooManyRequestsException",
    ),
    "lambda:InvokeFunction": (
        lambda c: once(c, "lambda").invoke(FunctionName="f", Qualifier="live"),
        "arn:aws:lambda:eu-west-3:123456789012:function:f:live",
        "AccessDeniedException",
        "TooManyRequestsException",
    ),
    "lambda:ListFunctions": (
        lambda c: once(c, "lambda").list_functions(),
        "*",
        "AccessDeniedException",
        "TooManyRequestsException",
    ),
    "apigateway:GET": (
        lambda c: once(c, "apigatewayv2").get_apis(),
        "arn:aws:apigateway:eu-west-3::/apis",
        "AccessDeniedException",
        "TooManyRequestsException",
    ),
    "ssm:PutParameter": (
        lambda c: once(c, "ssm").put_parameter(Name="/a/b", Value="v", Type="String"),
        "arn:aws:ssm:eu-west-3:123456789012:parameter/a/b",
        "AccessDeniedException",
        "ThrottlingException",
    ),
    "ecr:DescribeImages": (
        lambda c: once(c, "ecr").describe_images(repositoryName="repo"),
        "arn:aws:ecr:eu-west-3:123456789012:repository/repo",
        "AccessDeniedException",
        "ThrottlingException",
    ),
    "s3:PutObject": (
        lambda c: once(c, "s3").put_object(Bucket="b", Key="k/l", Body=b"x"),
        '"arn:aws:s3:::b/k/l"',
        "AccessDenied",
        "SlowDown",
    ),
    "s3:GetObject": (
        lambda c: once(c, "s3").get_object(Bucket="b", Key="k"),
        '"arn:aws:s3:::b/k"',
        "AccessDenied",
        "SlowDown",
    ),
    "s3:ListBucket": (
        lambda c: once(c, "s3").list_objects_v2(Bucket="b"),
        '"arn:aws:s3:::b"',
        "AccessDenied",
        "SlowDown",
    ),
    "s3:GetBucketVersioning": (
        lambda c: once(c, "s3").get_bucket_versioning(Bucket="b"),
        '"arn:aws:s3:::b"',
        "AccessDenied",
        "SlowDown",
    ),
    "iam:GetRole": (
        lambda c: once(c, "iam").get_role(RoleName="r"),
        "arn:aws:iam::123456789012:role/r",
        "AccessDenied",
        "Throttling",
    ),
    "cloudwatch:ListMetrics": (
        lambda c: once(c, "cloudwatch").list_metrics(),
        "*",
        "AccessDeniedException",
        "ThrottlingException",
    ),
}


@pytest.mark.parametrize("action", CALLS)
def test_an_action_is_denied_in_the_words_of_its_service(world: World, action: str) -> None:
    call, resource, code, _ = CALLS[action]
    with fault(world.account, action, "deny"), pytest.raises(ClientError) as refused:
        call(world.clients)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::123456789012:user/moto is not authorized to perform: {action} "
        f"on resource: {resource} because no identity-based policy allows the {action} action"
    )


@pytest.mark.parametrize("action", CALLS)
def test_an_action_is_throttled_in_the_words_of_its_service(world: World, action: str) -> None:
    call, _, _, code = CALLS[action]
    with fault(world.account, action, "throttle"), pytest.raises(ClientError) as refused:
        call(world.clients)
    assert refused.value.response["Error"]["Code"] == code


def test_a_fault_is_over_when_it_was_met_often_enough(world: World) -> None:
    with fault(world.account, "lambda:ListFunctions", "throttle", times=2):
        for left in (1, 0):
            with pytest.raises(ClientError):
                once(world.clients, "lambda").list_functions()
            assert sum(fault["times"] for fault in faults(world.account, "GET")) == left
        once(world.clients, "lambda").list_functions()


def test_a_fault_is_for_its_action_alone(world: World) -> None:
    with fault(world.account, "s3:*", "deny"):
        once(world.clients, "lambda").list_functions()
        with pytest.raises(ClientError):
            once(world.clients, "s3").list_buckets()
    once(world.clients, "s3").list_buckets()


def test_a_delayed_action_is_answered_later(world: World) -> None:
    started = time.monotonic()
    with fault(world.account, "sts:GetCallerIdentity", "delay", delay_s=0.5, times=1):
        once(world.clients, "sts").get_caller_identity()
    assert time.monotonic() - started >= 0.5


def test_an_account_that_dies_loses_its_answer_and_starts_again(tmp_path: Path) -> None:
    running = account.start(tmp_path / "account")
    try:
        clients = clients_of(running)
        clients.ssm.put_parameter(Name="/kept", Value="v", Type="String")
        account.wait_until_saved(running)
        with fault(running, "ssm:DeleteParameter", "die"), pytest.raises(Exception, match=r"127\.0\.0\.1"):
            once(clients, "ssm").delete_parameter(Name="/kept")
        assert eventually(lambda: account.find(tmp_path / "account") is None)
        with pytest.raises(EndpointConnectionError):
            once(clients, "ssm").get_parameter(Name="/kept")
        again = clients_of(account.start(tmp_path / "account"))
        assert again.ssm.get_parameter(Name="/kept")["Parameter"]["Value"] == "v"
    finally:
        account.stop(tmp_path / "account")


def test_faults_can_be_set_by_who_has_the_accounts_key_only(world: World) -> None:
    request = urllib.request.Request(world.account.endpoint + FAULTS_PATH, data=b"{}")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)


@pytest.mark.parametrize("wrong", [{"fault": "deny"}, {"action": "a:b", "fault": "explode"}])
def test_a_fault_that_is_none_is_refused(world: World, wrong: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        faults(world.account, "POST", wrong)
    assert refused.value.code == 400
    assert "Fault" in json.load(refused.value)["message"]


def once(clients: Clients, service: str) -> Any:
    return clients.client(service, total_max_attempts=1)
