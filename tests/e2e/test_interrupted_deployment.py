"""A deployment that dies half-way is finished by the next one."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil

from ops.settings import ROOT
from tests.e2e.conftest import invoke, url_in
from tests.ops.worlds import eventually


def test_a_deployment_killed_while_terraform_applies_is_finished_by_the_next(tmp_path: Path) -> None:
    home = tmp_path / "account"
    try:
        killed = subprocess.Popen(
            [sys.executable, "-m", "invoke", "deploy"],
            cwd=ROOT,
            env={**os.environ, "EMBEDDED_AWS_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert eventually(lambda: is_applying(killed.pid), within_s=60)
        eventually(lambda: False, within_s=2)  # some resources are there, some are not
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()

        run = invoke(home, "deploy")
        assert "removed the lock that a killed run left" in run.stdout
        with urllib.request.urlopen(url_in(run.stdout) + "/_stcore/health") as answer:
            assert answer.read() == b"ok"
        assert "nothing had to change" in invoke(home, "deploy").stdout
    finally:
        invoke(home, "down")


def is_applying(pid: int) -> bool:
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "terraform" and "apply" in child.cmdline():
                return True
    return False
