"""Copies of the repository that tests may change, each with an account of its own."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT

REGION = "eu-west-3"

_UNWANTED = shutil.ignore_patterns("__pycache__", ".terraform", "backend_override.tf", "*.tfstate*")


@dataclass(frozen=True)
class Copy:
    """A copy of what `invoke deploy` needs, and the directory of its account."""

    root: Path
    home: Path

    @property
    def account(self) -> account.Account:
        """Its running account."""
        running = account.find(self.home)
        assert running is not None
        return running

    @property
    def clients(self) -> Clients:
        """Clients of its running account."""
        return Clients(region=REGION, environment=account.environment(self.account, REGION))

    @property
    def page(self) -> Path:
        """The page's script."""
        return self.root / "app" / "page.py"

    def invoke(
        self, *arguments: str, check: bool = False, answer: str = "", environment: Mapping[str, str] = {}
    ) -> "subprocess.CompletedProcess[str]":
        """Run a task, and show what it said when it fails and must not."""
        process = self.start(
            *arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, environment=environment
        )
        output, errors = process.communicate(answer)
        assert not check or process.returncode == 0, output + errors
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(
        self,
        *arguments: str,
        stdin: int | None = None,
        stderr: int = subprocess.STDOUT,
        start_new_session: bool = False,
        environment: Mapping[str, str] = {},
    ) -> "subprocess.Popen[str]":
        """Start a task."""
        return subprocess.Popen(
            [sys.executable, "-m", "invoke", *arguments],
            cwd=self.root,
            env={**os.environ, "EMBEDDED_AWS_HOME": str(self.home), **environment},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=start_new_session,
        )


def copy_of_the_repository(directory: Path) -> Copy:
    """Copy the repository as it is into `directory`; nothing runs yet."""
    root = directory / "repository"
    for name in ("app", "commands", "ops", "terraform", "requirements"):
        shutil.copytree(ROOT / name, root / name, ignore=_UNWANTED)
    for name in ("tasks.py", "invoke.yaml", "Dockerfile"):
        shutil.copy(ROOT / name, root / name)
    return Copy(root, directory / "account")


def terraform_apply(pid: int) -> psutil.Process | None:
    """Return the `terraform apply` that a process runs, or None."""
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "terraform" and "apply" in child.cmdline():
                return child
    return None
