"""Find, start and stop the embedded account, and point AWS clients at it.

The account lives in a directory (its home): `server.json` names the running process, `account.json` keeps
the port and the access key, `state.pickle` everything AWS would remember, `server.log` what the process
said. Imports nothing heavy: a task that only asks whether the account runs should cost nothing.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ops.embedded import processes
from ops.errors import AccountError, LockedError

START_LIMIT_S = 60.0
ANSWER_LIMIT_S = 5.0
STOP_LIMIT_S = 20.0
HEALTH_PATH = "/_embedded/health"
FAULTS_PATH = "/_embedded/faults"
CALLS_PATH = "/_embedded/calls"

# Asked for the health, the account also saves at once what changed.
SAVE_NOW = "save"

# Written by the server when its last save failed: why.
UNSAVED = "unsaved.txt"

_OWN_FILES = (
    "account.json",
    "server.json",
    "server.log",
    "start.lock",
    "state.pickle",
    UNSAVED,
)
_OWN_DIRECTORIES = ("code", "instances", "layers", "plan", "terraform")

# glibc would give the threads arenas of their own, and keep in each what a save or an upload has left there.
# So they share one, and blocks of a size that only those need go back at once. Other libraries ignore it.
_FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Account:
    """A running account."""

    home: Path
    pid: int
    port: int
    access_key: str

    @property
    def endpoint(self) -> str:
        """The URL for AWS clients; by address, since a name would make S3 clients put buckets before it."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Options:
    """How an account runs, from its start on; one that runs already keeps what it was started with."""

    instances: int = 2
    freeze: bool = True
    seed: int | None = None
    port: int = 0
    gateway_port: int = 0


def find(home: Path) -> Account | None:
    """Return the account that runs in `home`, or None.

    Raises:
        AccountError: Its process is there but does not answer, or its home can't be read.
    """
    record = _read_json(home / "server.json")
    if not record:
        return None
    account = Account(home, record["pid"], record["port"], record["access_key"])
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
        AccountError: It could not be started: its home can't be written, a port is taken or its state can't
            be used. Nothing runs then, and the state is as it was.
        LockedError: Somebody else has been starting or stopping it for a minute.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(home, error) from error
    with _starting(home):
        if running := find(home):
            return running
        _end_orphans(home / "instances")
        return _launch(home, options)


def stop(home: Path) -> bool:
    """Stop the account and all that it started; its state stays. False when none was running.

    Raises:
        AccountError: It had to be killed, or could not save its state; the file holds the last good one.
        LockedError: Somebody has been starting or stopping it for a minute; nothing was done.
    """
    if not home.exists():
        return False
    with _starting(home):
        record = _read_json(home / "server.json")
        process = processes.find(record) if record else None
        try:
            if record is None or process is None:
                return False
            process.send_signal(signal.SIGTERM)
            if not processes.wait_until_ended(record, within_s=STOP_LIMIT_S):
                process.kill()
                processes.wait_until_ended(record, within_s=STOP_LIMIT_S)
                raise AccountError(
                    f"The embedded account did not stop in {STOP_LIMIT_S:.0f} s and was killed. Its state in "
                    f"{home} is at most a second old. Start it again with `invoke up`."
                )
        finally:
            _end_orphans(home / "instances")
            (home / "server.json").unlink(missing_ok=True)
        if (home / UNSAVED).exists():
            raise AccountError(
                f"The embedded account stopped, but could not save its last changes: "
                f"{(home / UNSAVED).read_text()}. "
                "The file holds the last good state; `invoke up` starts from it."
            )
    return True


def erase(home: Path) -> None:
    """Stop the account and delete what it keeps in its home: every resource, key and log.

    Raises:
        AccountError: The directory holds no account; nothing was deleted.
        LockedError: As for `stop`.
    """
    if not (home / "account.json").exists():
        raise AccountError(f"{home} holds no embedded account. Nothing was deleted.")
    with contextlib.suppress(AccountError):  # what could not be saved is to be deleted
        stop(home)
    for name in _OWN_FILES:
        (home / name).unlink(missing_ok=True)
    for name in _OWN_DIRECTORIES:
        shutil.rmtree(home / name, ignore_errors=True)
    with contextlib.suppress(OSError):  # something that is not ours lies there too
        home.rmdir()


def health(account: Account, query: str = "") -> dict[str, Any] | None:
    """Return what the account says of itself, or None when it is not this account that answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    authorization = {"Authorization": f"Bearer {account.access_key}"}
    url = f"{account.endpoint}{HEALTH_PATH}?{query}"
    request = urllib.request.Request(url, headers=authorization)  # noqa: S310 - ours
    try:
        with opener.open(request, timeout=5) as response:
            return dict(json.load(response))
    except (OSError, ValueError):
        return None


def environment(account: Account, region: str) -> dict[str, str]:
    """Return the variables that point any AWS client at the account; an empty value means: unset it.

    The access key is the account's own: without it the account refuses, since every program and every web
    page on this machine can reach its port. Variables that would lead a client elsewhere are unset.
    """
    no_proxy = _no_proxy(os.environ)
    return {
        **{name: "" for name in sorted(os.environ) if name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": account.access_key,
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def _no_proxy(environ: Mapping[str, str]) -> str:
    """Return the hosts that no proxy is asked for, in the form of NO_PROXY, with this machine among them."""
    given = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    return ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))


def _launch(home: Path, options: Options) -> Account:
    """Start the server in the background and wait for its word."""
    home.chmod(0o700)
    (home / UNSAVED).unlink(missing_ok=True)
    identity = _read_json(home / "account.json") or {"access_key": _new_access_key()}
    read_end, write_end = os.pipe()
    command = _server_command(
        home, options, port=options.port or identity.get("port", 0), report_to=write_end
    )
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
            env=_server_environment(identity["access_key"]),
        )
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as report:
        said = _first_line(report, process)
    if "error" in said:
        raise AccountError(said["error"])
    identity["port"] = said["port"]
    _write_json(home / "account.json", identity)
    _write_json(home / "server.json", {**identity, **processes.identity(process.pid)})
    return Account(home, process.pid, **identity)


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


def _server_environment(access_key: str) -> dict[str, str]:
    """The caller's environment without its AWS settings: nothing of a real account gets in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**_FRUGAL, **own, "EMBEDDED_AWS_ACCESS_KEY": access_key}


def _new_access_key() -> str:
    """Return an access key id of AWS's length, with a beginning that AWS gives to none."""
    return "EMBD" + secrets.token_hex(8).upper()


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


def _end_orphans(instances: Path) -> None:
    """End what an account left that could not end it itself."""
    processes.kill_orphans(instances)
    if instances.exists():
        from ops.embedded import container  # loads what only few need

        container.remove_orphans(instances)


@contextlib.contextmanager
def _starting(home: Path) -> Any:
    """Let one process at a time start or stop the account."""
    lock = FileLock(home / "start.lock", timeout=START_LIMIT_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"Another process has been starting or stopping the account in {home} for a minute. "
            f"Nothing was done. Try again, or see `server.log` there."
        ) from error
    except OSError as error:
        raise _unusable(home, error) from error
    try:
        yield
    finally:
        lock.release()


def _unusable(home: Path, error: OSError) -> AccountError:
    return AccountError(
        f"The embedded account can't live in {home}: {error.strerror}. Nothing was done. Make it a directory "
        f"that you may write, or name another in EMBEDDED_AWS_HOME."
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise _unusable(path.parent, error) from error


def _write_json(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content))
    temporary.chmod(0o600)
    temporary.replace(path)


def wait_until_saved(account: Account, *, within_s: float = 10.0) -> None:
    """Have everything that changed so far written to disk now, and wait until it is.

    Raises:
        AccountError: It could not be saved; the account goes on in memory, and its file holds the last good
            state.
    """
    end = time.monotonic() + within_s
    while (said := health(account, SAVE_NOW)) and said["unsaved"] and not said["save_error"]:
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    if said and said["save_error"]:
        raise AccountError(
            f"The embedded account runs, but its state could not be saved: {said['save_error']}. The file "
            f"holds the last good state. Free some space: it tries again all the time."
        )
