"""The stack by itself, as an operator handles it: planned, applied, compared, and ended on purpose."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from ops import backend
from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT
from tests.e2e.conftest import REGION
from tests.ops.worlds import APP, eventually, push_image

NAME = "patient-insight"
BUCKET = backend.bucket_name(app_name=NAME, account_id="123456789012", region=REGION)
KEY = "sk-which-nobody-may-ever-read-in-what-a-command-says"
KEY_PARAMETER = f"/{NAME}/openai-api-key"
PASSPHRASE = "four words nobody guesses"


@dataclass
class Copy:
    """A copy of the repository whose stack a test may change, with an account of its own."""

    root: Path
    home: Path
    said: list[str] = field(default_factory=list)

    @property
    def clients(self) -> Clients:
        running = account.find(self.home)
        assert running is not None
        return Clients(region=REGION, environment=account.environment(running, REGION))

    def invoke(self, *arguments: str, answer: str = "", code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a task, which exits with `code`."""
        run = subprocess.run(
            [sys.executable, "-m", "invoke", *arguments],
            cwd=self.root,
            env=self.environment,
            input=answer,
            capture_output=True,
            text=True,
        )
        assert run.returncode == code, run.stdout + run.stderr
        self.said.append(run.stdout + run.stderr)
        return run

    def kill_during_apply(self) -> None:
        """Apply, and kill task, Terraform and provider at once when something is made and much is not."""
        process = subprocess.Popen(
            [sys.executable, "-m", "invoke", "apply"],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            assert eventually(self.has_role, within_s=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert eventually(lambda: not terraform_runs_in(self.root / "terraform"))

    def has_role(self) -> bool:
        iam = self.clients.client("iam")
        return any(role["RoleName"] == f"{NAME}-{REGION}" for role in iam.list_roles()["Roles"])

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**own, "EMBEDDED_AWS_HOME": str(self.home), "PASSPHRASE": PASSPHRASE}


@dataclass(frozen=True)
class Applied:
    """A stack that was planned and applied without a deployment, after a first apply was killed."""

    copy: Copy
    refused: str
    planned: str
    applied: str


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The first apply killed, refused, planned anew and applied; the first plan is kept aside."""
    directory = tmp_path_factory.mktemp("stack")
    root = directory / "repository"
    unwanted = shutil.ignore_patterns("__pycache__", ".terraform", "backend_override.tf", "*.tfstate*")
    for name in ("app", "ops", "terraform", "requirements"):
        shutil.copytree(ROOT / name, root / name, ignore=unwanted)
    for name in ("tasks.py", "invoke.yaml", "Dockerfile"):
        shutil.copy(ROOT / name, root / name)
    copy = Copy(root, directory / "account")
    try:
        copy.invoke("init")
        copy.clients.ssm.put_parameter(Name=KEY_PARAMETER, Value=KEY, Type="SecureString")
        image = push_image(copy.clients, directory / "image", APP)
        copy.invoke("plan", "--image", image)
        shutil.copytree(copy.home / "plan", copy.home / "first")
        copy.kill_during_apply()
        refused = copy.invoke("apply", code=1)
        planned = copy.invoke("plan", "--image", image).stdout
        yield Applied(copy, refused.stdout + refused.stderr, planned, copy.invoke("apply").stdout)
    finally:
        copy.invoke("down")


def test_an_apply_that_was_killed_leaves_a_lock_that_the_next_command_clears(stack: Applied) -> None:
    assert "removed the lock that a killed run left" in stack.refused
    assert "is stale: release 1 has begun to apply it and was not finished" in stack.refused
    assert "`invoke plan` makes a new one" in stack.refused


def test_a_new_plan_takes_over_what_the_killed_apply_had_made(stack: Applied) -> None:
    assert "aws_iam_role.function taken over" in stack.planned
    assert "aws_lambda_function.app added" in stack.planned
    assert "version 1, which nobody has proven. Next: `invoke deploy`" in stack.applied


def test_an_apply_is_written_into_the_ledger(stack: Applied) -> None:
    second, first = json.loads(stack.copy.invoke("releases", "--json").stdout)
    assert (first["kind"], first["result"]) == ("infrastructure", "failed")
    assert (second["kind"], second["result"], second["version"]) == ("infrastructure", "good", "1")


def test_a_plan_from_before_is_stale(stack: Applied) -> None:
    refused = stack.copy.invoke("apply", "--file", str(stack.copy.home / "first" / "tfplan"), code=1)
    assert "is stale: users have been sent from version None to 1 since" in refused.stderr
    assert "no saved plan of stage 'local'" in stack.copy.invoke("apply", code=1).stderr


def test_outputs_are_printed_whole_or_bare(stack: Applied) -> None:
    found = json.loads(stack.copy.invoke("output", "--json").stdout)
    bare = stack.copy.invoke("output", "--name", "api_gateway_url").stdout
    assert bare == f"{found['api_gateway_url']}\n"
    assert "Outputs: api_gateway_url" in stack.copy.invoke("output", "--name", "x", code=1).stderr


def test_nothing_drifts_until_somebody_changes_something_by_hand(stack: Applied) -> None:
    copy = stack.copy
    assert json.loads(copy.invoke("drift", "--json").stdout) == {"drift": [], "pending": []}

    copy.clients.lambda_.update_function_configuration(FunctionName=NAME, MemorySize=1024)
    drifted = copy.invoke("drift", code=2).stdout
    assert "aws_lambda_function.app memory_size: 1024 in the account, 2048 in terraform/" in drifted


def test_the_loss_of_the_table_is_refused_after_showing_what_else_would_change(stack: Applied) -> None:
    copy = stack.copy
    sessions = copy.root / "terraform" / "sessions.tf"
    before = sessions.read_text()
    sessions.write_text(before.replace('-sessions"', '-visits"'))
    try:
        refused = copy.invoke("plan", code=1)
    finally:
        sessions.write_text(before)
    assert "name  patient-insight-sessions → patient-insight-visits  forces the replacement" in refused.stdout
    assert "memory_size                           1024 → 2048" in refused.stdout
    assert "Cost: +0.05 $/month (at 10,000 interactions" in refused.stdout
    assert "aws_dynamodb_table.sessions is replaced, and with it all items" in refused.stderr
    assert "--allow-destroy" in refused.stderr
    assert "no saved plan" in copy.invoke("apply", code=1).stderr


def test_the_end_asks_for_the_stages_name_and_keeps_the_keys_in_a_sealed_file(stack: Applied) -> None:
    copy, backup = stack.copy, stack.copy.home.parent / "keys"
    asked = copy.invoke("destroy", answer="production\n", code=1)
    assert "13 resources of patient-insight die" in asked.stdout
    assert "'production' is not 'local'. Nothing was deleted." in asked.stderr
    assert copy.clients.lambda_.get_function(FunctionName=NAME)

    options = ("--backup", str(backup), "--passphrase-from-env", "PASSPHRASE")
    ended = copy.invoke("destroy", "--with-keys", "--yes-i-mean", "local", *options).stdout
    assert f"The bucket {BUCKET} stays" in ended
    assert backend.recorded(copy.clients.s3, bucket=BUCKET, app_name=NAME) == {}
    assert copy.clients.lambda_.list_functions()["Functions"] == []
    assert parameters(copy) == []

    copy.invoke("keys.restore-backup", str(backup), answer=f"{PASSPHRASE}\n")
    assert parameters(copy) == [KEY_PARAMETER]
    assert (
        copy.clients.ssm.get_parameter(Name=KEY_PARAMETER, WithDecryption=True)["Parameter"]["Value"] == KEY
    )


def test_no_command_has_told_the_key(stack: Applied) -> None:
    assert any(
        "OPENAI_API_KEY: the plan file and the state hold the key itself" in said for said in stack.copy.said
    )
    assert [said for said in stack.copy.said if KEY in said] == []


def parameters(copy: Copy) -> list[str]:
    found = copy.clients.ssm.describe_parameters()["Parameters"]
    return [parameter["Name"] for parameter in found]


def terraform_runs_in(directory: Path) -> bool:
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"].startswith("terraform") and Path(process.cwd()) == directory:
                return True
    return False
