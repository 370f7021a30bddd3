"""A deployment that dies half-way, at whatever moment, is finished by the next one."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from ops import adoption, backend
from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT
from tests.e2e.conftest import REGION, invoke, url_in
from tests.e2e.copies import terraform_apply
from tests.ops.worlds import clients_of, eventually, fault

APP = "patient-insight"
BUCKET = backend.bucket_name(app_name=APP, account_id="123456789012", region=REGION)


class Interrupted:
    """A deployment in a process group of its own, to be killed while Terraform applies."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "invoke", "deploy"],
            cwd=ROOT,
            env={**os.environ, "EMBEDDED_AWS_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def apply(self) -> psutil.Process:
        """Wait for `terraform apply`."""
        assert eventually(lambda: terraform_apply(self._process.pid)), self.output()
        found = terraform_apply(self._process.pid)
        assert found is not None
        return found

    def kill_all(self) -> None:
        """Kill task, Terraform and provider at once, as a power cut does to a laptop."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.output()

    def output(self) -> str:
        """What it said, once it has ended."""
        return self._process.communicate()[0]


@dataclass(frozen=True)
class Survivor:
    """An account in which deployments were killed one after another, until one was let through."""

    home: Path
    clients: Clients
    report: str
    left: dict[str, str]
    finished: str


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    """Killed when the role was there, killed when the function was, killed when the alias was, then not.

    What would come next is throttled meanwhile, so that Terraform goes on trying until it is killed.
    """
    home = tmp_path_factory.mktemp("interrupted") / "account"
    try:
        invoke(home, "up")
        running = account.find(home)
        assert running is not None
        clients = clients_of(running)
        with fault(running, "lambda:CreateFunction", "throttle"):
            first = Interrupted(home)
            first.apply()
            assert eventually(lambda: exists(lambda: role(clients)))
            first.kill_all()

        with fault(running, "lambda:CreateAlias", "throttle"):
            second = Interrupted(home)
            terraform = second.apply()
            assert eventually(lambda: exists(lambda: function(clients)))
            terraform.kill()
            report = second.output()

        with fault(running, "lambda:AddPermission", "throttle"):
            third = Interrupted(home)
            third.apply()
            assert eventually(lambda: exists(lambda: alias(clients)))
            third.kill_all()

        left = adoption.adoptable(clients, app_name=APP, region=REGION, recorded=recorded(clients))
        yield Survivor(home, clients, report, left, invoke(home, "deploy").stdout)
    finally:
        invoke(home, "down")


def test_a_deployment_whose_terraform_was_killed_says_what_to_run_next(survivor: Survivor) -> None:
    assert "terraform apply was killed by SIGKILL" in survivor.report
    assert "run `invoke deploy` again" in survivor.report


def test_a_deployment_killed_at_one_moment_after_another_is_finished_by_the_next(survivor: Survivor) -> None:
    assert "removed the lock that a killed run left" in survivor.finished
    assert adopted_in(survivor.finished) >= len(survivor.left)
    assert len(survivor.clients.apigatewayv2.get_apis()["Items"]) == 1
    with urllib.request.urlopen(url_in(survivor.finished) + "/_stcore/health") as answer:
        assert answer.read() == b"ok"


def test_a_stack_that_no_state_knows_is_taken_over_as_it_is(survivor: Survivor) -> None:
    everything, before = recorded(survivor.clients), versions(survivor.clients)
    survivor.clients.s3.delete_object(Bucket=BUCKET, Key=f"{APP}/terraform.tfstate")

    again = invoke(survivor.home, "deploy", "--plan").stdout
    assert adopted_in(again) == len(everything) == len(adoption.RESOURCES)
    assert recorded(survivor.clients) == everything
    assert versions(survivor.clients) == before
    assert url_in(again) == url_in(survivor.finished)
    assert "nothing had to change" in invoke(survivor.home, "deploy").stdout


def exists(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError:
        return False
    return True


def role(clients: Clients) -> object:
    return clients.client("iam").get_role(RoleName=f"{APP}-{REGION}")


def function(clients: Clients) -> object:
    return clients.lambda_.get_function(FunctionName=APP)


def alias(clients: Clients) -> object:
    return clients.lambda_.get_alias(FunctionName=APP, Name="live")


def recorded(clients: Clients) -> dict[str, str]:
    return backend.recorded(clients.s3, bucket=BUCKET, app_name=APP)


def versions(clients: Clients) -> list[str]:
    answer = clients.lambda_.list_versions_by_function(FunctionName=APP)
    return [version["Version"] for version in answer["Versions"]]


def adopted_in(output: str) -> int:
    """Return how many resources a deployment said it adopted."""
    found = re.search(r"adopted (\d+) resources that no state knew", output)
    return int(found[1]) if found else 0
