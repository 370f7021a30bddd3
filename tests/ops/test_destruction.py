"""What the end of a stack would take, said before it is asked for. The end itself: tests/e2e."""

import uuid
from pathlib import Path

import pytest

from ops import destruction
from ops.destruction import Doomed
from ops.settings import Embedded, Settings, Stage
from ops.stack import Stack
from ops.target import Target
from tests.ops.worlds import World, make_function


@pytest.fixture
def stack(world: World, tmp_path: Path) -> Stack:
    settings = Settings(
        stage_name="local",
        stage=Stage(embedded=True, tfvars=Path("terraform/stages/local.tfvars")),
        app_name=f"app-{uuid.uuid4().hex[:8]}",
        region="eu-west-3",
        embedded=Embedded(home=tmp_path),
    )
    return Stack(Target(settings, "123456789012", world.clients, {}, world.account))


def test_keys_are_those_of_models_and_of_the_tasks_and_nobody_elses(stack: Stack) -> None:
    root = f"/{stack.app_name}"
    ours = [f"{root}/mistral-api-key", f"{root}/openai-api-key", f"{root}/runtime/session-key"]
    for name in (*ours, f"{root}/somebody/openai-api-key", f"{root}/note", f"{root}s/openai-api-key"):
        stack.clients.ssm.put_parameter(Name=name, Value="x", Type="SecureString")
    assert destruction.key_names(stack) == tuple(ours)


def test_what_dies_is_told_with_how_much_of_it_there_is(stack: Stack, image: str) -> None:
    lambda_, function = stack.clients.lambda_, make_function(stack.clients, image)
    lambda_.publish_version(FunctionName=function.name)
    resources = {"aws_lambda_function.app": function.name, "aws_iam_role.function": "role"}
    lost = tuple(destruction.lost(stack, resources))
    doomed = Doomed(stack, "http://here", resources, lost, ("/a/openai-api-key",))
    assert destruction.describe(doomed, with_keys=False) == [
        "Stage local, account 123456789012 (http://here):",
        f"  2 resources of {stack.app_name} die, and with them",
        f"    the function {function.name} and its published versions: 1",
        "  keys stay; --with-keys deletes them too: /a/openai-api-key",
    ]
    assert destruction.describe(doomed, with_keys=True)[-1] == "  keys die too: /a/openai-api-key"


def test_a_kms_key_that_dies_takes_keys_with_it_that_stay(stack: Stack) -> None:
    (line,) = destruction.lost(stack, {"aws_kms_key.main[0]": "1234"})
    assert line.startswith("the KMS key 1234, of no use at once")
    assert "--with-keys --backup" in line


def test_what_an_interrupted_end_has_taken_already_is_no_failure(stack: Stack) -> None:
    gone = {
        "aws_lambda_function.app": "no-such-function",
        "aws_dynamodb_table.sessions": "no-such-table",
        "aws_cloudwatch_log_group.api": "/no/such/group",
        "aws_apigatewayv2_api.http": "abcdefgh",
    }
    assert destruction.lost(stack, gone) == [
        "the function no-such-function, which is gone already",
        "the table no-such-table, which is gone already",
        "the log /no/such/group: 0.0 MB",
        "the address of the page",
    ]


def test_what_stays_is_told_with_the_commands_that_remove_it(stack: Stack) -> None:
    told = "\n".join(destruction.leftovers(stack))
    assert f"s3://{stack.bucket}" in told
    assert f"aws ecr delete-repository --region eu-west-3 --repository-name {stack.app_name} --force" in told
    assert "earlier versions of the state, which hold the keys" in told
    assert "invoke down --erase" in told
