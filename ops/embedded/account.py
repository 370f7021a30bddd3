"""Find, start and stop the embedded account, and point AWS clients at it.

The account lives in a directory (its home): `server.json` names the running process, `account.json` keeps
the ports, `state.pickle` everything AWS would remember, `server.log` what the process said. Imports nothing
heavy: a task that only asks whether the account runs should cost nothing.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from ops.embedded import processes
from ops.errors import AccountError, LockedError

START_LIMIT_S = 60.0
ANSWER_LIMIT_S = 5.0
STOP_LIMIT_S = 20.0
HEALTH_PATH = "/_embedded/health"

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Account:
    """A running account."""

    home: Path
    pid: int
    port: int
    token: str

    @property
    def endpoint(self) -> str:
        """The URL for AWS clients; by address, since a name would make S3 clients put buckets before it."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Options:
    """How an account runs; each has the meaning of the same option of `invoke up`."""

    instances: int = 2
    freeze: bool = True
    seed: int | None = None
    port: int = 0
    gateway_port: int = 0


def find(home: Path) -> Account | None:
    """Return the account that runs in `home`, or None.

    Raises:
        AccountError: Its process is there but does not answer.
    """
    record = _read_json(home / "server.json")
    if not record:
        return None
    account = Account(home, record["pid"], record["port"], record["token"])
    end = time.monotonic() + ANSWER_LIMIT_S
    while processes.find(record):
        if health(account):
            return account
        if time.monotonic() < end:  # it may be on its way out
            time.sleep(0.1)
            continue
        raise AccountError(
            f"The embedded account's process {account.pid} runs but does not answer at {account.endpoint}. "
            f"Its state is safe in {home}. End it with `invoke down`, then try again."
        )
    return None


def start(home: Path, options: Options = Options()) -> Account:
    """Return the account that runs in `home`, starting it first when none does.

    Raises:
        AccountError: It could not be started: a port is taken or its state can't be used. Nothing runs
            then, and the state is as it was.
        LockedError: Somebody else has been starting or stopping it for a minute.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _starting(home):
        if running := find(home):
            return running
        processes.kill_orphans(home / "instances")
        return _launch(home, options)


def stop(home: Path) -> bool:
    """Stop the account and all that it started; its state stays. False when none was running.

    Raises:
        AccountError: It had to be killed; what changed in its last second may be lost.
        LockedError: Somebody else has been starting or stopping it for a minute.
    """
    if not home.exists():
        return False
    with _starting(home):
        record = _read_json(home / "server.json")
        process = processes.find(record) if record else None
        if process is None:
            processes.kill_orphans(home / "instances")
            (home / "server.json").unlink(missing_ok=True)
            return False
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_LIMIT_S)
            raise AccountError(
                f"The embedded account did not stop in {STOP_LIMIT_S:.0f} s and was killed. Its state in "
                f"{home} is at most a second old. Start it again with `invoke up`."
            ) from None
        finally:
            processes.kill_orphans(home / "instances")
            (home / "server.json").unlink(missing_ok=True)
    return True


def erase(home: Path) -> None:
    """Stop the account and delete its home: every resource, key and log in it.

    Raises:
        AccountError: The directory holds no account; nothing was deleted.
    """
    if not (home / "account.json").exists():
        raise AccountError(f"{home} holds no embedded account. Nothing was deleted.")
    stop(home)
    shutil.rmtree(home)


def health(account: Account) -> dict[str, Any] | None:
    """Return what the account says of itself, or None when it is not this account that answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(account.endpoint + HEALTH_PATH, timeout=5) as response:
            content = json.load(response)
    except (OSError, ValueError):
        return None
    return content if content.get("token") == account.token else None


def environment(account: Account, region: str) -> dict[str, str]:
    """Return the variables that point any AWS client at the account; an empty value means: unset it.

    The credentials are no secret: the account listens on loopback only and accepts any.
    """
    no_proxy = [host for host in os.environ.get("NO_PROXY", "").split(",") if host]
    return {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": ",".join(dict.fromkeys([*no_proxy, "127.0.0.1", "localhost"])),
    }


def _launch(home: Path, options: Options) -> Account:
    """Start the server in the background and wait for its word."""
    ports = _read_json(home / "account.json") or {}
    read_end, write_end = os.pipe()
    command = _server_command(home, options, port=options.port or ports.get("port", 0), report_to=write_end)
    # Its own session: Ctrl-C in the terminal that deployed must not end it.
    with (home / "server.log").open("ab") as log_file:
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
            pass_fds=(write_end,),
            env=_server_environment(),
        )
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as report:
        said = _first_line(report, process)
    if "error" in said:
        raise AccountError(said["error"])
    _write_json(home / "account.json", {"port": said["port"]})
    record = {"pid": said["pid"], "port": said["port"], "token": said["token"]}
    _write_json(home / "server.json", {**record, **processes.identity(process.pid)})
    return Account(home, **record)


def _server_command(home: Path, options: Options, *, port: int, report_to: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "ops.embedded.server",
        str(home.resolve()),
        f"--port={port}",
        f"--gateway-port={options.gateway_port}",
        f"--instances={options.instances}",
        f"--report-to={report_to}",
        *([] if options.freeze else ["--no-freeze"]),
        *([] if options.seed is None else [f"--seed={options.seed}"]),
    ]


def _server_environment() -> dict[str, str]:
    """The caller's environment without its AWS settings: nothing of a real account gets in."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _first_line(report: Any, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Read the server's one line: ready, or why not."""
    line = report.readline()
    if line:
        return dict(json.loads(line))
    code = process.wait()
    return {
        "error": f"The embedded account ended at start with exit code {code}. "
        "`server.log` in its directory says why."
    }


@contextlib.contextmanager
def _starting(home: Path) -> Any:
    """Let one process at a time start or stop the account."""
    try:
        with FileLock(home / "start.lock", timeout=START_LIMIT_S):
            yield
    except Timeout as error:
        raise LockedError(
            f"Another process has been starting or stopping the account in {home} for a minute. "
            f"Nothing was done. Try again, or see `server.log` there."
        ) from error


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, ValueError):
        return None


def _write_json(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content))
    temporary.chmod(0o600)
    temporary.replace(path)


def wait_until_saved(account: Account, *, within_s: float = 3.0) -> None:
    """Wait until the account has tried to save its last change.

    Raises:
        AccountError: It could not be saved; the account goes on in memory, and its file holds the last good
            state.
    """
    time.sleep(min(1.0, within_s))
    content = health(account)
    if content and content["save_error"]:
        raise AccountError(
            f"The embedded account runs, but its state could not be saved: {content['save_error']}. The file "
            f"holds the last good state. Free some space: it is saved again with the next change."
        )
