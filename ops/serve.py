"""Run any Streamlit page on the embedded Lambda and gateway, in the foreground, and count what happened.

An account of its own in a temporary directory, with one function, its front and a session table; the account
of `invoke deploy` is not touched. It takes only what one page needs: moto for DynamoDB, our own Lambda and
gateway. Instances run the page where it lies, with the caller's environment but its AWS settings.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ops.embedded import front, one_page
from ops.embedded.code import Code
from ops.embedded.front import App, Listener, Receive, Scope, Send
from ops.embedded.function_url import FunctionUrl
from ops.embedded.functions import FunctionError, LambdaHost
from ops.embedded.gateway import Gateway
from ops.embedded.guard import Guard
from ops.embedded.one_page import OnePage
from ops.embedded.pool import Limits
from ops.errors import OpsError

DEFAULT_PORT: Final = 8501
# As `streamlit run` does when nobody names a port.
PORTS_TRIED: Final = 101
TABLE: Final = "sessions"

_ROOT = Path(__file__).resolve().parents[1]
_LAUNCH = _ROOT / "ops" / "launch.py"
_TRANSPORT = _ROOT / "app" / "transport"
# A run of the script: what the shim posts in place of a WebSocket message.
_RUN_PATH = "/_stcore/stream"


class ServeError(OpsError):
    """The page can't be served; nothing runs."""


@dataclass(frozen=True)
class Settings:
    """What to serve, and how."""

    page: Path
    port: int | None = None
    limits: Limits = field(default_factory=Limits)
    stream: bool = False


@dataclass
class InstanceCount:
    """What one instance did, from its records."""

    requests: int = 0
    failed: int = 0
    busy_ms: float = 0
    memory_mb: int = 0


@dataclass
class Summary:
    """What was served: the front's count, and that of each instance in the order of their start."""

    requests: int = 0
    runs: int = 0
    failed: int = 0
    answered_bytes: int = 0
    instances: list[InstanceCount] = field(default_factory=list)


def run(settings: Settings, *, ready: Callable[[str], None], on_line: Callable[[int, str], None]) -> Summary:
    """Serve until SIGTERM or SIGINT, and end everything that was started.

    Args:
        settings: What to serve.
        ready: Called with the URL once all instances have started.
        on_line: Called with the number of an instance, from 1, and a line that it wrote.

    Raises:
        ServeError: There is no such page, the port is taken, or an instance can't start; nothing runs.
    """
    page = _existing(settings.page)
    with contextlib.ExitStack() as closing:
        listener = closing.enter_context(_listen(_port(settings, page)))
        home = Path(tempfile.mkdtemp(prefix="streamlit-on-lambda-"))
        # The guard deletes it too, also when this process can't.
        closing.callback(shutil.rmtree, home, ignore_errors=True)
        closing.callback(Guard(home).close)
        journal = _Journal(on_line)
        asyncio.run(_serve(settings, page, home, listener, journal, ready))
    return journal.summary


async def _serve(
    settings: Settings,
    page: Path,
    home: Path,
    listener: socket.socket,
    journal: "_Journal",
    ready: Callable[[str], None],
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    port = listener.getsockname()[1]
    with _listen(0) as store:
        access_key = secrets.token_hex(10)
        named = _port(settings, page) is not None
        deployed = OnePage(_code(page), _environment(home, port=port, named=named))
        host = LambdaHost(
            deployed,
            journal,
            home=home / "instances",
            runtime_environment={
                "AWS_ACCESS_KEY_ID": access_key,
                "AWS_SECRET_ACCESS_KEY": "embedded",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store.getsockname()[1]}",
            },
            limits=settings.limits,
        )
        try:
            await _start(host, store, home, access_key, stop)
            app = _Counted(_front(settings, deployed, host, journal), journal.summary)
            served = Listener(app, listener)
            if not stop.is_set():
                ready(f"http://localhost:{port}{_base_path(page)}")
            await stop.wait()
            await served.close()
        finally:
            await host.close()


async def _start(
    host: LambdaHost, store: socket.socket, home: Path, access_key: str, stop: asyncio.Event
) -> None:
    """Start instances and the session table side by side, unless told to stop meanwhile.

    Raises:
        ServeError: An instance did not start.
    """
    warm = asyncio.create_task(host.warm(one_page.REGION, one_page.FUNCTION, None))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.to_thread(_serve_store, store, home, access_key)
        await asyncio.wait((warm, stopped), return_when=asyncio.FIRST_COMPLETED)
        if warm.done():
            await warm
    except FunctionError as error:
        raise ServeError(
            f"The page could not be started: {error}. Nothing runs. What it wrote is above."
        ) from error
    finally:
        stopped.cancel()
        warm.cancel()
        await asyncio.gather(warm, stopped, return_exceptions=True)


def _front(settings: Settings, deployed: OnePage, host: LambdaHost, journal: "_Journal") -> App:
    if settings.stream:
        return FunctionUrl(host, region=one_page.REGION, function=one_page.FUNCTION, url_id=one_page.API_ID)
    gateway = Gateway(deployed, journal)
    gateway.start(host)
    return gateway.app(one_page.API_ID)


def _serve_store(listener: socket.socket, home: Path, access_key: str) -> None:
    """Answer as DynamoDB at `listener`, with an empty session table as Terraform makes it."""
    # In a thread and late: it takes as long as an instance takes to start.
    from moto.dynamodb.models import dynamodb_backends

    from ops.embedded.cloud import Cloud, Endpoint
    from ops.embedded.deployed import ACCOUNT_ID

    backend = dynamodb_backends[ACCOUNT_ID][one_page.REGION]
    backend.create_table(
        TABLE,
        schema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "part", "KeyType": "RANGE"}],
        attr=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "part", "AttributeType": "S"},
        ],
        billing_mode="PAY_PER_REQUEST",
        **dict.fromkeys(
            (
                "throughput",
                "global_indexes",
                "indexes",
                "streams",
                "sse_specification",
                "deletion_protection_enabled",
                "warm_throughput",
            )
        ),
        tags=[],
    )
    Endpoint(Cloud(home / "never-saved"), (), access_key=access_key, listener=listener).start()


def _code(page: Path) -> Code:
    return Code(
        directory=Path.cwd(),
        command=("python", "-P", str(_LAUNCH), str(_TRANSPORT), str(page)),
        environment={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_LWA_READINESS_CHECK_PATH": f"{_base_path(page)}/_stcore/health",
            "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-399",
        },
    )


def _environment(home: Path, *, port: int, named: bool) -> dict[str, str]:
    """Return the function's own variables: those that Terraform sets, and the port that the browser sees."""
    key = home / "session-key"
    key.touch(mode=0o600)
    key.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    # Not named when it is Streamlit's own default: with global.developmentMode nobody may name one.
    own = {"STREAMLIT_SERVER_PORT": str(port)} if named or port != DEFAULT_PORT else {}
    return {"SESSIONS_TABLE": TABLE, "SESSION_KEY_FILE": str(key), "RUNTIME_PARAMETERS_PATH": "", **own}


def _existing(page: Path) -> Path:
    """Return the page's file; a directory stands for the `streamlit_app.py` in it.

    Raises:
        ServeError: There is none.
    """
    file = page / "streamlit_app.py" if page.is_dir() else page
    if not file.is_file():
        raise ServeError(f"{file} does not exist. Nothing was started. Name a Streamlit script.")
    return file


def _port(settings: Settings, page: Path) -> int | None:
    """Return the port that somebody named: the command, or Streamlit's own option.

    Raises:
        ServeError: It is no number.
    """
    if settings.port is not None:
        return settings.port
    named = _streamlit_option(page, "port", "STREAMLIT_SERVER_PORT")
    try:
        return None if named is None else int(str(named))
    except ValueError as error:
        raise ServeError(f"STREAMLIT_SERVER_PORT is no number: {named}. Nothing was started.") from error


def _base_path(page: Path) -> str:
    path = str(_streamlit_option(page, "baseUrlPath", "STREAMLIT_SERVER_BASE_URL_PATH") or "").strip("/")
    return f"/{path}" if path else ""


def _streamlit_option(page: Path, name: str, variable: str) -> object:
    """Return an option of the section "server" where Streamlit will find it, or None."""
    if os.environ.get(variable):
        return os.environ[variable]
    found = None
    # Source: streamlit.config.get_config_files; later ones win.
    for directory in (Path.home(), Path.cwd(), page.absolute().parent):
        with contextlib.suppress(OSError, ValueError):
            server = tomllib.loads((directory / ".streamlit" / "config.toml").read_text()).get("server", {})
            found = server.get(name, found)
    return found


@contextlib.contextmanager
def _listen(port: int | None) -> Iterator[socket.socket]:
    """Listen at once, so that nobody else gets the port; requests wait until they are answered.

    Raises:
        ServeError: The port is taken; without a port, a hundred from 8501 on are.
    """
    candidates = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED)
    for candidate in candidates:
        with contextlib.suppress(OSError), front.bind(candidate) as listener:
            listener.listen(front.BACKLOG)
            yield listener
            return
    raise ServeError(
        f"Port {candidates[0]} is taken on 127.0.0.1. Nothing was started. Name another one with --port, or "
        "none for the next free one from 8501 on."
    )


class _Journal:
    """Takes what the Lambda host says (a `Sink`): counts its records, passes on the lines of the page."""

    def __init__(self, on_line: Callable[[int, str], None]) -> None:
        self.summary = Summary()
        self._on_line = on_line
        self._numbers: dict[str, int] = {}

    def put(self, region: str, group: str, stream: str, message: str) -> None:  # noqa: ARG002 - there is one
        """Take a line of the instance that has this log stream."""
        number = self._number(stream)
        record = _platform_record(message)
        if record is None:
            if message:
                self._on_line(number, message)
        elif record["type"] == "platform.report":
            self._count(self.summary.instances[number - 1], record["record"])

    def _number(self, stream: str) -> int:
        if stream not in self._numbers:
            self._numbers[stream] = len(self._numbers) + 1
            self.summary.instances.append(InstanceCount())
        return self._numbers[stream]

    @staticmethod
    def _count(instance: InstanceCount, report: dict[str, Any]) -> None:
        instance.requests += 1
        instance.failed += report["status"] != "success"
        instance.busy_ms += report["metrics"]["durationMs"]
        instance.memory_mb = max(instance.memory_mb, report["metrics"]["maxMemoryUsedMB"])


class _Counted:
    """Middleware: counts what the front answers."""

    def __init__(self, app: App, summary: Summary) -> None:
        self._app = app
        self._summary = summary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._summary.requests += 1
                self._summary.failed += message["status"] >= 500
                self._summary.runs += scope["method"] == "POST" and scope["path"].endswith(_RUN_PATH)
            self._summary.answered_bytes += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


def _platform_record(message: str) -> dict[str, Any] | None:
    """Return a record that Lambda wrote, or None for a line of the page."""
    if '"type": "platform.' not in message:
        return None
    with contextlib.suppress(ValueError):
        return dict(json.loads(message))
    return None
