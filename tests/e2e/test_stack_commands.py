"""The stack by itself, as an operator handles it: planned, applied, compared, and ended on purpose."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from ops import backend
from ops.clients import Clients
from tests.e2e.conftest import REGION
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.ops.worlds import PAGE, eventually, fault, push_image

NAME = "patient-insight"
BUCKET = backend.bucket_name(app_name=NAME, account_id="123456789012", region=REGION)
KEY = "sk-which-nobody-may-ever-read-in-what-a-command-says"
KEY_PARAMETER = f"/{NAME}/openai-api-key"
SESSION_KEY_PARAMETER = f"/{NAME}/runtime/session-key"
PASSPHRASE = "four words nobody guesses"


@dataclass(frozen=True)
class Operator:
    """Somebody at a copy of the repository, and all that the commands have told them."""

    copy: Copy
    told: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.copy.home

    @property
    def clients(self) -> Clients:
        return self.copy.clients

    def invoke(self, *arguments: str, answer: str = "", code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a task, which exits with `code`."""
        environment = {"PASSPHRASE": PASSPHRASE}
        run = self.copy.invoke(*arguments, answer=answer, environment=environment)
        self.told.append(run.stdout + run.stderr)
        assert run.returncode == code, self.told[-1]
        return run

    def kill_during_apply(self) -> None:
        """Apply, and kill task, Terraform and provider at once when something is made and much is not."""
        with fault(self.copy.account, "lambda:CreateFunction", "throttle"):
            process = self.copy.start("apply", start_new_session=True)
            try:
                assert eventually(self.has_role)
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        assert eventually(lambda: not terraform_runs_in(self.home / "terraform" / NAME / "local"))

    def has_role(self) -> bool:
        iam = self.clients.client("iam")
        return any(role["RoleName"] == f"{NAME}-{REGION}" for role in iam.list_roles()["Roles"])


@dataclass(frozen=True)
class Applied:
    """A stack that was planned and applied without a deployment, after a first apply was killed."""

    operator: Operator
    unpushed: str
    refused: str
    planned: str
    applied: str


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The first apply killed, refused, planned anew and applied; the first plan is kept aside."""
    directory = tmp_path_factory.mktemp("stack")
    operator = Operator(copy_of_the_repository(directory))
    try:
        operator.invoke("init")
        operator.clients.ssm.put_parameter(Name=KEY_PARAMETER, Value=KEY, Type="SecureString")
        unpushed = operator.invoke("plan", code=1).stderr
        image = push_image(operator.clients, directory / "image", PAGE.format(behaviour="one"))
        operator.invoke("plan", "--image", image)
        shutil.copytree(operator.home / "plan" / NAME / "local", operator.home / "first")
        operator.kill_during_apply()
        refused = operator.invoke("apply", code=1)
        planned = operator.invoke("plan", "--image", image).stdout
        applied = operator.invoke("apply").stdout
        yield Applied(operator, unpushed, refused.stdout + refused.stderr, planned, applied)
    finally:
        operator.invoke("down")


def test_a_plan_before_there_is_an_image_says_what_pushes_one(stack: Applied) -> None:
    assert "is not in the registry. Nothing was changed. `invoke push` brings it there" in stack.unpushed


def test_an_apply_that_was_killed_leaves_a_lock_that_the_next_command_clears(stack: Applied) -> None:
    assert "removed the lock that a killed run left" in stack.refused
    assert "is stale: release 1 has begun to apply it and was not finished" in stack.refused
    assert "`invoke plan` makes a new one" in stack.refused


def test_a_new_plan_takes_over_what_the_killed_apply_had_made(stack: Applied) -> None:
    assert "aws_iam_role.function taken over" in stack.planned
    assert re.search(r"Plan: \d+ added, .*\d+ taken over\.", stack.planned)
    assert re.search(
        r"Version \d+ has proven itself, and users reach it\. Next: `invoke deploy`", stack.applied
    )


def test_an_apply_is_written_into_the_ledger(stack: Applied) -> None:
    second, first = json.loads(stack.operator.invoke("releases", "--json").stdout)
    assert (first["kind"], first["result"]) == ("infrastructure", "failed")
    assert (second["kind"], second["result"]) == ("infrastructure", "good")
    assert f"Version {second['version']} has proven itself" in stack.applied


def test_a_first_apply_makes_what_the_page_needs_to_prove_itself(stack: Applied) -> None:
    found = stack.operator.clients.ssm.describe_parameters()["Parameters"]
    assert SESSION_KEY_PARAMETER in {parameter["Name"] for parameter in found}


def test_a_plan_from_before_is_stale(stack: Applied) -> None:
    refused = stack.operator.invoke("apply", "--file", str(stack.operator.home / "first" / "tfplan"), code=1)
    assert "is stale: users reached no version when it was made, and reach version" in refused.stderr
    assert "no saved plan of stage 'local'" in stack.operator.invoke("apply", code=1).stderr


def test_outputs_are_printed_whole_or_bare(stack: Applied) -> None:
    found = json.loads(stack.operator.invoke("output", "--json").stdout)
    bare = stack.operator.invoke("output", "api_gateway_url").stdout
    assert bare == f"{found['api_gateway_url']}\n"
    assert "Outputs: api_gateway_url" in stack.operator.invoke("output", "x", code=1).stderr


def test_nothing_drifts_until_somebody_changes_something_by_hand(stack: Applied) -> None:
    operator = stack.operator
    assert json.loads(operator.invoke("drift", "--json").stdout) == {"drift": [], "pending": []}

    operator.clients.lambda_.update_function_configuration(FunctionName=NAME, MemorySize=1024)
    drifted = operator.invoke("drift", code=2).stdout
    assert "aws_lambda_function.app memory_size: 1024 in the account, 2048 in terraform/" in drifted


def test_the_loss_of_the_table_is_refused_after_showing_what_else_would_change(stack: Applied) -> None:
    operator = stack.operator
    sessions = operator.copy.root / "terraform" / "sessions.tf"
    before = sessions.read_text()
    sessions.write_text(before.replace('-sessions"', '-visits"'))
    try:
        refused = operator.invoke("plan", code=1)
    finally:
        sessions.write_text(before)
    assert "name  patient-insight-sessions → patient-insight-visits  forces the replacement" in refused.stdout
    assert "memory_size                           1024 → 2048" in refused.stdout
    assert "Cost: +0.05 $/month (at 10,000 interactions" in refused.stdout
    assert "aws_dynamodb_table.sessions is replaced, and with it all items" in refused.stderr
    assert "--allow-destroy" in refused.stderr
    assert "no saved plan" in operator.invoke("apply", code=1).stderr


def test_the_end_asks_for_the_stages_name_and_keeps_the_keys_in_a_sealed_file(stack: Applied) -> None:
    operator, backup = stack.operator, stack.operator.home.parent / "keys"
    forget(operator, "aws_cloudwatch_log_group", "api")  # as an apply that is killed does
    surveyed = json.loads(operator.invoke("destroy", "--dry-run", "--json").stdout)
    assert (len(surveyed["resources"]), surveyed["keys"]) == (12, [])
    asked = operator.invoke("destroy", answer="production\n", code=1)
    assert "12 resources of patient-insight die" in asked.stdout
    assert "'production' is not 'local'. Nothing was deleted." in asked.stderr
    assert operator.clients.lambda_.get_function(FunctionName=NAME)

    options = ("--backup", str(backup), "--passphrase-from-env", "PASSPHRASE")
    ended = operator.invoke("destroy", "--with-keys", "--yes-i-mean", "local", *options).stdout
    assert f"The bucket {BUCKET} stays" in ended
    assert backend.recorded(operator.clients.s3, bucket=BUCKET, app_name=NAME) == {}
    assert operator.clients.lambda_.list_functions()["Functions"] == []
    assert operator.clients.logs.describe_log_groups()["logGroups"] == []
    assert parameters(operator) == []

    operator.invoke("keys.restore-backup", str(backup), answer=f"{PASSPHRASE}\n")
    assert parameters(operator) == [KEY_PARAMETER, SESSION_KEY_PARAMETER]
    assert (
        operator.clients.ssm.get_parameter(Name=KEY_PARAMETER, WithDecryption=True)["Parameter"]["Value"]
        == KEY
    )


def test_no_command_has_told_the_key(stack: Applied) -> None:
    assert any(
        "OPENAI_API_KEY: the plan file and the state hold the key itself" in said
        for said in stack.operator.told
    )
    assert [said for said in stack.operator.told if KEY in said] == []


def forget(operator: Operator, kind: str, name: str) -> None:
    """Take a resource out of the state, and leave it in the account."""
    place = {"Bucket": BUCKET, "Key": f"{NAME}/terraform.tfstate"}
    state = json.loads(operator.clients.s3.get_object(**place)["Body"].read())
    kept = [entry for entry in state["resources"] if (entry["type"], entry["name"]) != (kind, name)]
    assert len(kept) == len(state["resources"]) - 1
    operator.clients.s3.put_object(**place, Body=json.dumps({**state, "resources": kept}))


def parameters(operator: Operator) -> list[str]:
    found = operator.clients.ssm.describe_parameters()["Parameters"]
    return [parameter["Name"] for parameter in found]


def terraform_runs_in(directory: Path) -> bool:
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"].startswith("terraform") and Path(process.cwd()) == directory:
                return True
    return False
