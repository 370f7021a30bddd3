"""`invoke rotate-key` as a process of its own, on a way to the account where each write can be its last.

A step of a rotation is a write to AWS or a question to the function: what is between two of them leaves
nothing behind. The way counts them as they are answered, and strikes after the one that a test names: it
kills or interrupts the command, or is cut.
"""

import contextlib
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ops.embedded.asked import asked
from ops.settings import ROOT
from tests.ops.keys.keyed import Keyed
from tests.ops.worlds import REGION

# Whoever has lost the network tries for minutes; once is as good.
IMPATIENT = """
import sys
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
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def invoke(
        self,
        directory: Path,
        *arguments: str,
        key: str,
        strike: tuple[int, Callable[[int], None]] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a task on the stage as on an account in AWS at the end of this way, and strike after a step."""
        self.steps, self._strike = [], strike
        stage = {"account_id": "123456789012", "tfvars": "terraform/stages/local.tfvars"}
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

    def answered(self, action: str) -> bool:
        """Count an action as taken; False when whoever asked shall not hear of it."""
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
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}",
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
    try:
        yield opened
    finally:
        opened.close()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def interrupt(pid: int) -> None:
    os.kill(pid, signal.SIGINT)


def _handler(way: Way) -> Any:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if way.is_cut:
                self.close_connection = True
                return
            onward = http.client.HTTPConnection(way.there)
            onward.request(self.command, self.path, body, dict(self.headers.items()))
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            if not way.answered(self.action(body)):
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - names of http.server

        def action(self, body: bytes) -> str:
            path, _, query = self.path.partition("?")
            environ = {
                "HTTP_AUTHORIZATION": self.headers.get("Authorization", ""),
                "HTTP_X_AMZ_TARGET": self.headers.get("X-Amz-Target"),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
            }
            found = asked(environ, body)
            return found.action if found else ""

        def log_message(self, *_: object) -> None:
            pass

    return Handler
