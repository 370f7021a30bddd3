"""`invoke rotate-key` as a process of its own, on a way to the account where each write can be its last.

A step of a rotation is a write to AWS or a question to the function: what is between two of them leaves
nothing behind. The way counts them as they are answered, and strikes after the one that a test names: it
kills or interrupts the command, or is cut.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ops.embedded.asked import asked
from ops.settings import ROOT
from tests.ops.keys.keyed import Keyed
from tests.ops.passing import Request, passing
from tests.ops.worlds import REGION

# Whoever has lost the network tries for minutes; once is as good. A job in the background ignores Ctrl-C.
IMPATIENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from ops.clients import Clients
Clients.client.__kwdefaults__["total_max_attempts"] = 1
from invoke.main import program
sys.argv[0] = "invoke"
program.run()
"""


class Way:
    """A way to an account: `steps` are the actions that were taken on it, in order."""

    def __init__(self, keyed: Keyed) -> None:
        running = keyed.stack.target.running
        assert running is not None
        self._account = running
        self._keyed = keyed
        self.steps: list[str] = []
        self.is_cut = False
        self._strike: tuple[int, Callable[[int], None]] | None = None
        self._process: subprocess.Popen[str] | None = None
        self.endpoint = ""

    def invoke(
        self,
        directory: Path,
        *arguments: str,
        key: str,
        strike: tuple[int, Callable[[int], None]] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a task on the stage as on an account in AWS at the end of this way, and strike after a step."""
        self.steps, self._strike = [], strike
        tfvars = directory / "far.tfvars"
        tfvars.write_text('model_provider = "local"\naccess = "public"\n')
        stage = {"account_id": "123456789012", "tfvars": str(tfvars)}
        settings = {"stages": {"far": {**stage, "app_name": self._keyed.name}}}
        file = directory / "far.json"
        file.write_text(json.dumps(settings))
        self._process = subprocess.Popen(
            [sys.executable, "-c", IMPATIENT, "-f", str(file), *arguments, "--stage", "far"],
            cwd=ROOT,
            env={**os.environ, **self._environment(), "NEW_KEY": key},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said, errors = self._process.communicate()
        return subprocess.CompletedProcess(self._process.args, self._process.returncode, said, errors)

    def cut(self, _pid: int) -> None:
        """Let nothing through any more, this answer included."""
        self.is_cut = True

    def answered(self, request: Request) -> bool:
        """Count an action as taken; False when whoever asked shall not hear of it."""
        action = _action(request)
        if action.partition(":")[2].startswith(("Get", "List", "Describe", "Head")):
            return not self.is_cut
        self.steps.append(action)
        if self._strike and len(self.steps) - 1 == self._strike[0]:
            assert self._process is not None
            self._strike[1](self._process.pid)
            return False
        return not self.is_cut

    def _environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self._account.access_key,
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": REGION,
            **self._keyed.them.environment,
        }

    @property
    def there(self) -> str:
        return urlsplit(self._account.endpoint).netloc


@contextlib.contextmanager
def way(keyed: Keyed) -> Iterator[Way]:
    """Open a way to a stage's account."""
    opened = Way(keyed)
    with passing(opened.there, is_heard=opened.answered, is_open=lambda: not opened.is_cut) as endpoint:
        opened.endpoint = endpoint
        yield opened


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def interrupt(pid: int) -> None:
    os.kill(pid, signal.SIGINT)


def _action(request: Request) -> str:
    """Return IAM's name of what a request asks for, "" when it has none."""
    path, _, query = request.path.partition("?")
    environ = {
        "HTTP_AUTHORIZATION": request.headers.get("Authorization", ""),
        "HTTP_X_AMZ_TARGET": request.headers.get("X-Amz-Target"),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.method,
    }
    found = asked(environ, request.body)
    return found.action if found else ""
