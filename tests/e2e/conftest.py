"""A deployment as a newcomer makes it: `invoke deploy` into an empty directory, then a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT

REGION = "eu-west-3"
ARTIFACTS = ROOT / "artifacts"


@dataclass(frozen=True)
class Stage:
    """An account's directory and what the commands said."""

    home: Path
    deployed: str
    url: str

    def invoke(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a task as a person would, in an environment without credentials."""
        return invoke(self.home, *arguments, check=check)

    @property
    def clients(self) -> Clients:
        """Clients of the running account."""
        return Clients(region=REGION, environment=account.environment(self.account, REGION))

    @property
    def account(self) -> account.Account:
        """The running account."""
        running = account.find(self.home)
        assert running is not None
        return running

    def instances(self) -> list[int]:
        """Process ids of the function's instances."""
        said = account.health(self.account)
        assert said is not None
        return [instance["pid"] for instance in said["instances"]]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The page, deployed by `invoke deploy` into a directory that did not exist."""
    home = tmp_path_factory.mktemp("e2e") / "account"
    try:
        run = invoke(home, "deploy")
        yield Stage(home, run.stdout, url_in(run.stdout))
    finally:
        invoke(home, "down")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of its own, with no memory of other tests."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="fr-FR")
    yield context.new_page()
    context.close()


def invoke(home: Path, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run a task on the account in `home`, and show what it said when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    run = subprocess.run(
        [sys.executable, "-m", "invoke", *arguments],
        cwd=ROOT,
        env={**environment, "EMBEDDED_AWS_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert not check or run.returncode == 0, run.stdout + run.stderr
    return run


def url_in(output: str) -> str:
    """Return the URL that a deployment printed last."""
    return str(re.findall(r"^http://127\.0\.0\.1:\d+/?$", output, re.MULTILINE)[-1])
