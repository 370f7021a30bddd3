"""What `invoke status` finds out, about a stage in the embedded account."""

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ops import health, inputs, tables, vitals
from ops.locks import deploy_lock
from ops.settings import ROOT
from tests.ops.stages import Deployed, deploy, stack_of
from tests.ops.worlds import World, fault


@pytest.fixture
def stage(world: World, image: str) -> Deployed:
    return deploy(world, image)


def test_a_stage_that_is_well_has_everything_and_no_problem(stage: Deployed) -> None:
    stage.put_key("mistral-api-key")
    release = stage.release()
    found = health.read(stage.stack)
    assert found.problems == ()
    assert found.is_healthy
    assert found.live is not None
    assert (found.live.version, found.live.digest, found.tag) == ("1", release.digest, "content-1")
    assert found.function is not None
    assert (found.function.state, found.function.update) == ("Active", "Successful")
    assert (found.function.reserved, found.function.provisioned) == (None, 0)
    assert found.account_concurrency == 1000
    assert found.api == vitals.Api(stage.function.url, 200, 500)
    assert found.answer is not None
    assert (found.answer.url, found.answer.status) == (stage.function.url, 200)
    assert found.release == release
    assert (found.lock, found.drift) == ("", ())


def test_keys_are_told_by_name_version_and_time_and_never_by_value(stage: Deployed) -> None:
    stage.put_key("openai-api-key")
    stage.put_key("openai-api-key", "even-more-secret")
    found = health.read(stage.stack)
    assert found.keys is not None
    assert {key.name: key.version for key in found.keys} == {
        f"/{stage.name}/openai-api-key": 2,
        f"/{stage.name}/runtime/session-key": 1,
    }
    assert "secret" not in shown(found)
    assert "secret" not in json.dumps(found.data())


def test_invocations_of_the_last_hour_are_counted(stage: Deployed) -> None:
    lambda_ = stage.stack.clients.lambda_
    lambda_.invoke(FunctionName=stage.name, Qualifier="live", Payload=b"{}")["Payload"].read()
    found = health.read(stage.stack)
    again = health.read(stage.stack)  # the first look asked the URL, which is an invocation too
    assert found.traffic is not None
    assert again.traffic is not None
    assert found.traffic.invocations >= 1
    assert again.traffic.invocations >= 2
    assert again.traffic.errors == again.traffic.throttles == 0


def test_what_is_reserved_is_told(stage: Deployed) -> None:
    stage.stack.clients.lambda_.put_function_concurrency(
        FunctionName=stage.name, ReservedConcurrentExecutions=7
    )
    found = health.read(stage.stack)
    assert found.function is not None
    assert found.function.reserved == 7


def test_nothing_deployed_is_one_problem(world: World) -> None:
    found = health.read(stack_of(world, "never-deployed"))
    assert found.problems == (health.Problem("Nothing is deployed.", "Run `invoke deploy`."),)


def test_a_missing_alias_is_a_problem(stage: Deployed) -> None:
    stage.stack.clients.lambda_.delete_alias(FunctionName=stage.name, Name="live")
    found = health.read(stage.stack)
    assert found.live is None
    assert "No alias 'live' leads users to a version." in whats(found)
    assert any("is not well: it answers 500" in what for what in whats(found))


def test_a_page_that_does_not_answer_is_a_problem(stage: Deployed) -> None:
    answer = vitals.ask_url("http://127.0.0.1:9")
    assert (answer.status, "refused" in answer.reason) == (None, True)
    stage.stack.clients.lambda_.update_function_configuration(
        FunctionName=stage.name, Environment={"Variables": {"BROKEN": "exit"}}
    )
    broken = stage.stack.clients.lambda_.publish_version(FunctionName=stage.name)["Version"]
    stage.stack.clients.lambda_.update_alias(FunctionName=stage.name, Name="live", FunctionVersion=broken)
    found = health.read(stage.stack)
    assert any("is not well: it answers 500" in what for what in whats(found))


def test_a_url_that_says_nothing_is_not_waited_for_longer_than_allowed(stage: Deployed) -> None:
    answer = vitals.ask_url(f"{stage.function.url}/slow?s=20&", limit_s=0.3)
    assert answer.status is None
    assert "timed out" in answer.reason


def test_drift_is_seen_without_terraform(stage: Deployed) -> None:
    release = stage.release()
    stage.publish("by-hand")
    stage.put_key("runtime/session-key", "another")
    found = health.read(stage.stack)
    assert set(found.drift) == {
        f"$LATEST of the function, since release {release.number}",
        f"a key or secret in Systems Manager, since release {release.number}",
    }
    assert {problem.fix for problem in found.problems} == {health.DRIFT_FIX}


def test_no_hand_is_suspected_while_somebody_deploys_nor_after_what_failed(stage: Deployed) -> None:
    stage.release()
    stage.publish("another")
    stack = stage.stack
    with deploy_lock(stack.clients.s3, bucket=stack.bucket, app_name=stage.name, what="invoke deploy"):
        assert health.read(stack).drift == ()
    assert len(health.read(stack).drift) == 1
    stage.release("failed")
    assert health.read(stack).drift == ()


def test_what_somebody_deleted_is_missed_and_no_rollback_advised(stage: Deployed) -> None:
    stack, clients, live = stage.stack, stage.stack.clients, stage.stack.live
    assert live is not None
    entry = stack.ledger.begin("code", image=live.image)
    found = {"inputs": inputs.read(stack), "url": stage.function.url, "version": live.version}
    stack.ledger.end(entry, "good", **found)
    assert inputs.unchanged(stack) == entry.release
    (api,) = (item for item in clients.apigatewayv2.get_apis()["Items"] if item["Name"] == stage.name)
    clients.apigatewayv2.delete_api(ApiId=api["ApiId"])
    clients.dynamodb.delete_table(TableName=f"{stage.name}-sessions")
    gone = (f"the HTTP API {stage.name}", f"the table {stage.name}-sessions")
    assert (inputs.missing(stack), inputs.unchanged(stack)) == (gone, None)
    seen = health.read(stack)
    assert {f"Gone is {name}." for name in gone} <= set(whats(seen))
    assert not any("rollback" in problem.fix for problem in seen.problems)


def test_a_trial_under_way_is_told_and_one_left_behind_is_a_problem(stage: Deployed) -> None:
    stack, tried = stage.stack, stage.publish("tried")
    stage.try_on(tried, 0.1)
    left = health.read(stack)
    assert f"A trial was left behind: 10% reach version {tried}." in whats(left)
    with deploy_lock(stack.clients.s3, bucket=stack.bucket, app_name=stage.name, what="invoke deploy"):
        found = health.read(stack)
    assert found.live is not None
    assert found.live.weights == {tried: 0.1}
    assert found.problems == ()
    assert re.search(r"holds the deploy lock since .*: invoke deploy", found.lock or "")
    assert f"10% of the users reach version {tried}" in shown(found)


def test_a_release_that_nobody_ended_is_a_problem(stage: Deployed) -> None:
    good = stage.release()
    release = stage.release("begun")
    found = health.read(stage.stack)
    assert f"Release {release.number} was begun by {release.who} and never ended." in whats(found)
    assert found.tag == good.tag


def test_what_may_not_be_read_is_said_and_hides_nothing_else(world: World, stage: Deployed) -> None:
    with fault(world.account, "ssm:DescribeParameters", "deny"):
        found = health.read(stage.stack)
    assert found.keys is None
    assert [problem.what for problem in found.problems] == [
        "Can't tell the keys' ages: AWS denies ssm:DescribeParameters to arn:aws:iam::123456789012:user/moto."
    ]
    assert '"Action": "ssm:DescribeParameters"' in found.problems[0].fix
    assert found.answer is not None


def test_the_whole_of_it_is_one_json_object(stage: Deployed) -> None:
    stage.release()
    data = json.loads(json.dumps(health.read(stage.stack).data()))
    assert data["healthy"] is True
    assert data["live"]["version"] == "1"
    assert data["release"]["number"] == 1


@pytest.mark.parametrize(
    ("deployed", "code"), [pytest.param(True, 0, id="healthy"), pytest.param(False, 1, id="nothing-there")]
)
def test_the_command_tells_by_its_exit_code(world: World, image: str, deployed: bool, code: int) -> None:
    name = deploy(world, image).name if deployed else "never-deployed"
    ran = invoke(world, "status", name, "--json")
    assert (ran.returncode, ran.stderr) == (code, "")
    assert json.loads(ran.stdout)["healthy"] is deployed


@pytest.mark.parametrize("browser", [True, False], ids=["browser", "no-browser"])
def test_the_page_is_opened_where_there_is_a_browser_and_its_url_is_printed(
    world: World, stage: Deployed, tmp_path: Path, browser: bool
) -> None:
    opened, script = tmp_path / "opened", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    script.chmod(0o755)
    ran = invoke(world, "open", stage.name, PATH="/nowhere", **({"BROWSER": str(script)} if browser else {}))
    assert (ran.returncode, ran.stdout.strip()) == (0, stage.function.url)
    assert ("no browser" in ran.stderr) is not browser
    assert (opened.read_text() if opened.exists() else "") == (stage.function.url if browser else "")


def test_nothing_is_opened_where_nothing_is_deployed(world: World) -> None:
    ran = invoke(world, "open", "never-deployed")
    assert ran.returncode == 1
    assert "Run `invoke deploy`" in ran.stderr


def test_the_url_is_that_of_the_stack_as_it_was_applied_last_whatever_releases_say(stage: Deployed) -> None:
    release = stage.release()
    stage.stack.ledger.update(stage.stack.ledger.read(release.number), url="https://before.example")
    assert health.public_url(stage.stack) == stage.function.url  # applied by hand, with a state elsewhere
    state = {"outputs": {"app_url": {"value": "https://pharmacy.example"}}, "resources": []}
    stage.stack.clients.s3.put_object(
        Bucket=stage.stack.bucket, Key=f"{stage.name}/terraform.tfstate", Body=json.dumps(state)
    )
    assert health.public_url(stage.stack) == "https://pharmacy.example"


def test_a_stack_that_was_destroyed_has_no_url_though_its_releases_say_one(stage: Deployed) -> None:
    stage.release()
    stage.stack.clients.lambda_.delete_function(FunctionName=stage.name)
    with pytest.raises(health.NothingDeployedError, match="there is no URL"):
        health.public_url(stage.stack)


def invoke(
    world: World, task: str, app_name: str, *options: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a task on an application of the account, with no more environment than this."""
    own = {"EMBEDDED_AWS_HOME": str(world.account.home), "INVOKE_APP_NAME": app_name}
    return subprocess.run(
        [sys.executable, "-m", "invoke", task, *options],
        cwd=ROOT,
        env={"PATH": os.defpath, **own, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def whats(found: health.Status) -> list[str]:
    return [problem.what for problem in found.problems]


def shown(found: health.Status) -> str:
    """What a person reads."""
    console = Console(file=StringIO(), width=300)
    console.print(tables.status(found))
    return console.file.getvalue()  # type: ignore[attr-defined]
