"""What is said when AWS refuses, asked of an account that refuses for real."""

import json
import re
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from invoke.exceptions import Exit

from commands.terminal import exit_on_ops_error
from ops.aws_errors import Denial, denials, explain, iam_action
from ops.clients import Clients
from ops.embedded import account
from ops.errors import TerraformError
from ops.settings import TERRAFORM
from ops.terraform import Terraform
from tests.ops.worlds import REGION, World, clients_at, fault

ME = "arn:aws:iam::123456789012:user/moto"


def test_a_denial_names_who_what_where_and_the_statement_to_add(world: World) -> None:
    with fault(world.account, "lambda:UpdateAlias", "deny"):
        said = refused(lambda: world.clients.lambda_.update_alias(FunctionName="f", Name="live"))
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:f"
    assert f"AWS denies lambda:UpdateAlias on {arn} to {ME}." in said
    assert "the same command goes on" in said
    statements = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert statements == [{"Effect": "Allow", "Action": "lambda:UpdateAlias", "Resource": arn}]


def test_a_denial_without_a_word_still_names_the_action(world: World) -> None:
    with fault(world.account, "s3:GetObject", "deny"):
        said = refused(lambda: world.clients.s3.head_object(Bucket="b", Key="k"))  # HEAD: no body
    assert "AWS denies s3:GetObject." in said


def test_whatever_is_done_to_a_budget_has_one_of_the_two_names_that_iam_has_for_it() -> None:
    every = Session().get_service_model("budgets").operation_names
    done = [name for name in every if re.search("Create|Delete|Update", name) and "Action" not in name]
    assert {iam_action("budgets", name) for name in done} == {"budgets:ModifyBudget"}
    seen = ("DescribeBudget", "DescribeNotificationsForBudget", "DescribeSubscribersForNotification")
    assert {iam_action("budgets", name) for name in seen} == {"budgets:ViewBudget"}


def test_throttles_that_end_pass_unnoticed(world: World) -> None:
    with fault(world.account, "ssm:DescribeParameters", "throttle", times=3):
        assert world.clients.ssm.describe_parameters()["ResponseMetadata"]["RetryAttempts"] == 3


def test_throttles_that_do_not_end_are_counted(world: World) -> None:
    impatient = world.clients.client("ssm", total_max_attempts=3)
    with fault(world.account, "ssm:DescribeParameters", "throttle", times=100):
        said = refused(lambda: impatient.describe_parameters())
    assert "AWS throttles ssm:DescribeParameters: it was asked 3 times and said ThrottlingException" in said


def test_an_embedded_account_that_is_gone_is_started_by_invoke_up() -> None:
    nobody = clients_at("http://127.0.0.1:9").client("sts", total_max_attempts=1)
    said = refused(lambda: nobody.get_caller_identity())
    assert "does not answer at http://127.0.0.1:9 (EndpointConnectionError)" in said
    assert "`invoke up`" in said


def test_an_endpoint_that_the_caller_named_is_not_taken_for_the_embedded_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    nobody = Clients(region=REGION).client("sts", total_max_attempts=1)
    said = refused(lambda: nobody.get_caller_identity())
    assert "Nothing answers at http://127.0.0.1:9, where AWS_ENDPOINT_URL leads" in said
    assert "Unset AWS_ENDPOINT_URL" in said
    assert "embedded" not in said


def test_an_aws_out_of_reach_names_what_to_look_at() -> None:
    nobody = clients_at("http://unknown.invalid").client("sts", total_max_attempts=1)
    said = refused(lambda: nobody.get_caller_identity())
    assert "http://unknown.invalid can't be reached" in said
    assert "HTTPS_PROXY" in said


def test_wrong_credentials_say_how_to_get_right_ones(world: World) -> None:
    said = refused(lambda: clients_at(world.account.endpoint).ssm.describe_parameters())
    assert "credentials don't work: UnrecognizedClientException" in said
    assert "AWS_PROFILE" in said


def test_no_credentials_say_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    said = refused(lambda: Clients(region=REGION).sts.get_caller_identity())
    assert "credentials don't work: Unable to locate credentials." in said


def test_what_is_not_there_is_looked_for_in_the_region(world: World) -> None:
    said = refused(lambda: world.clients.lambda_.get_function(FunctionName="absent"))
    assert f"lambda:GetFunction found nothing in {REGION}:" in said
    assert "invoke deploy" in said


def test_anything_else_has_its_service_operation_code_and_request(world: World) -> None:
    ssm = world.clients.ssm
    said = refused(lambda: ssm.put_parameter(Name="aws/no", Value="v", Type="String"))
    assert said.startswith("AWS refused ssm:PutParameter: ")
    assert "(ValidationException, request " in said


def test_a_value_that_was_sent_is_not_repeated(world: World) -> None:
    kind: Any = "Strnig"
    said = refused(
        lambda: world.clients.ssm.put_parameter(
            Name="/a", Value="very-secret", Type=kind, Tier=["very-secret"]
        )
    )
    assert "very-secret" not in said
    assert "did not fit AWS's API (Tier): that is a fault of this program" in said
    echoed = {"Error": {"Code": "ValidationException", "Message": "Value 'very-secret' at 'value' failed"}}
    assert "very-secret" not in explain(ClientError(echoed, "PutParameter"))


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html>\n<html lang=en>\n<title>502 Bad Gateway</title>\n<h1>Bad Gateway</h1>\n",
        "<html>\n<h1>502 Bad\nGateway</h1>",
    ],
)
def test_of_a_page_that_was_answered_only_its_title_is_told(page: str) -> None:
    answered = {"Error": {"Code": "502", "Message": page}}
    said = explain(ClientError(answered, "GetAlias"))
    assert said.startswith("AWS refused aws:GetAlias: 502 Bad Gateway (502, request unknown).")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("because no permissions boundary allows the a:B action", {"missing": "permissions boundary"}),
        ("because no identity-based policy allows the a:B action", {}),
        ("with an explicit deny in a service control policy", {"forbidding": "service control policy"}),
        ("with an explicit deny in an identity-based policy", {"forbidding": "identity-based policy"}),
        ("with an explicit deny", {"forbidding": "policy"}),
        ("", {}),
    ],
)
def test_a_denial_says_which_policy_it_is_about(words: str, expected: dict[str, str]) -> None:
    text = f"User: arn:me is not authorized to perform: a:B on resource: arn:it {words}\nand so on"
    assert denials(text) == [Denial("arn:me", "a:B", "arn:it", **expected)]


def test_no_statement_is_offered_where_none_helps() -> None:
    refused = Denial("arn:me", "a:B", "arn:it", forbidding="service control policy").refusal
    assert "Some service control policy forbids it" in refused.fix
    assert "{" not in refused.fix


def test_a_denial_is_found_in_what_terraform_prints(world: World, tmp_path: Path) -> None:
    shutil.copy(TERRAFORM / ".terraform.lock.hcl", tmp_path)
    (tmp_path / "main.tf").write_text(
        textwrap.dedent("""
            terraform {
              required_providers {
                aws = { source = "hashicorp/aws" }
              }
            }
            data "aws_ssm_parameter" "key" { name = "/demo/key" }
        """)
    )
    terraform = Terraform(
        tmp_path, data=tmp_path / "data", environment=account.environment(world.account, REGION)
    )
    terraform.init()
    with fault(world.account, "ssm:GetParameter", "deny"), pytest.raises(TerraformError) as failed:
        terraform.plan({}, tfvars=Path("/dev/null"))
    parameter = f"arn:aws:ssm:{REGION}:123456789012:parameter/demo/key"
    assert denials(str(failed.value)) == [Denial(ME, "ssm:GetParameter", parameter)]


def test_a_command_ends_with_the_sentence(world: World) -> None:
    with (
        fault(world.account, "sts:GetCallerIdentity", "deny"),
        pytest.raises(Exit) as ended,
        exit_on_ops_error(),
    ):
        world.clients.sts.get_caller_identity()
    assert ended.value.code == 1
    assert "AWS denies sts:GetCallerIdentity" in str(ended.value)


def refused(call: Callable[[], Any]) -> str:
    """What is said of the error that a call ends with."""
    with pytest.raises((ClientError, BotoCoreError)) as error:
        call()
    return explain(error.value)
