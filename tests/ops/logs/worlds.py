"""What the tests of ops/logs share: options run in this process, and the command in one of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.logs.connection import Connection
from ops.logs.credentials import of_account
from ops.logs.group import Group
from ops.settings import ROOT
from tests.fakes.logs import ACCOUNT, FakeLogs

REGION = "eu-west-3"
KEY = "sk-proj-T3BlbkFJ0123456789abcdefghijKLMNOP"

STAGES = f"""
stages:
  there:
    tfvars: terraform/stages/local.tfvars
    account_id: "{ACCOUNT}"
"""


def stages_file(directory: Path) -> Path:
    """A file of settings that adds a stage in AWS, `there`."""
    path = directory / "stages.yaml"
    path.write_text(STAGES)
    return path


def group_of(fake: FakeLogs, name: str = "g", **more: Any) -> Group:
    """A group of a fake, which waits for nothing."""
    connection = Connection(fake.url, keyring=of_account("KEY"), region=REGION, service="logs")
    return Group(name, connection, **{"sleep": lambda _: None, **more})


def environment_of(fake: FakeLogs) -> dict[str, str]:
    """What leads a command to a fake, as to an account in AWS."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": fake.url,
        "AWS_ACCESS_KEY_ID": "KEY",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def argv(*options: str, config: Path | None = None) -> list[str]:
    """The command with these options."""
    stages = ["-f", str(config)] if config else []
    return [sys.executable, "-m", "invoke", *stages, "logs", *options]


def run(*options: str, environment: Mapping[str, str], config: Path | None = None) -> Any:
    """Run the command to its end."""
    return subprocess.run(
        argv(*options, config=config), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


class Running:
    """The command while it runs.

    Attributes:
        lines: What it has printed.
        said: What it has said beside that.
    """

    def __init__(self, *options: str, environment: Mapping[str, str], config: Path | None = None) -> None:
        self.lines: list[str] = []
        self.said: list[str] = []
        self._process = subprocess.Popen(
            argv(*options, config=config),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._threads = [
            threading.Thread(target=self._collect, args=pair)
            for pair in ((self._process.stdout, self.lines), (self._process.stderr, self.said))
        ]
        for thread in self._threads:
            thread.start()

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=60)
        for thread in self._threads:
            thread.join()
        return code

    def count(self, text: str) -> int:
        """How many printed lines contain a text."""
        return sum(text in line for line in list(self.lines))

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    @staticmethod
    def _collect(pipe: Any, into: list[str]) -> None:
        with pipe:
            into.extend(line.rstrip("\n") for line in pipe)


@contextlib.contextmanager
def running(*options: str, environment: Mapping[str, str], config: Path | None = None) -> Iterator[Running]:
    """Run the command while the block runs."""
    command = Running(*options, environment=environment, config=config)
    try:
        yield command
    finally:
        command.end()
