"""Run any Streamlit page on the embedded Lambda and gateway, in the foreground, and count what happened.

An account of its own in a temporary directory, with one function, its front and a session table; the account
of `invoke deploy` is not touched. It takes only what one page needs: moto for DynamoDB, our own Lambda and
gateway. Instances run the page where it lies, with the caller's environment but its AWS settings.
"""

import asyncio
import base64
import contextlib
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
from typing import Final

from ops.embedded import front, one_page, session_table
from ops.embedded.code import Code
from ops.embedded.front import App, Listener
from ops.embedded.function_url import FunctionUrl
from ops.embedded.functions import FunctionError, LambdaHost
from ops.embedded.gateway import Gateway
from ops.embedded.guard import Guard
from ops.embedded.journal import Counted, Journal, Summary
from ops.embedded.one_page import OnePage
from ops.embedded.pool import Limits
from ops.errors import OpsError

DEFAULT_PORT: Final = 8501
# As `streamlit run` does when nobody names a port.
PORTS_TRIED: Final = 101
MAX_PORT: Final = 65_535
# Source: streamlit.web.cli, ACCEPTED_FILE_EXTENSIONS.
SCRIPTS: Final = (".py", ".py3")

_ROOT = Path(__file__).resolve().parents[1]
_LAUNCH = _ROOT / "ops" / "launch.py"
_TRANSPORT = _ROOT / "app" / "transport"


class ServeError(OpsError):
    """The page can't be served; nothing runs."""


@dataclass(frozen=True)
class Settings:
    """What to serve, and how: buffered by an HTTP API, or streamed by a Function URL."""

    page: Path
    port: int | None = None
    limits: Limits = field(default_factory=Limits)
    stream: bool = False


@dataclass(frozen=True)
class _Site:
    """Where a page is served, and from where."""

    page: Path
    home: Path
    port: int
    is_port_named: bool
    base_path: str
    access_key: str = field(default_factory=lambda: secrets.token_hex(10))

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}{self.base_path}"


def run(settings: Settings, *, ready: Callable[[str], None], on_line: Callable[[int, str], None]) -> Summary:
    """Serve until SIGTERM or SIGINT, and end everything that was started.

    Args:
        settings: What to serve.
        ready: Called with the URL once all instances have started.
        on_line: Called with the number of an instance, from 1, and a line that it wrote.

    Raises:
        ServeError: There is no such page, the port is taken, or an instance can't start; nothing runs.
    """
    if settings.limits.max_instances < 1:
        raise ServeError("Nobody would answer: --instances takes 1 or more. Nothing was started.")
    page = _existing(settings.page)
    named = _port(settings, page)
    journal = Journal(on_line)
    with _listen(named) as listener, _guarded_home() as home:
        port = listener.getsockname()[1]
        site = _Site(page, home, port, is_port_named=named is not None, base_path=_base_path(page))
        asyncio.run(_serve(settings, site, listener, journal, ready))
    return journal.summary


async def _serve(
    settings: Settings, site: _Site, listener: socket.socket, journal: Journal, ready: Callable[[str], None]
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _listen(0) as store:
        deployed = OnePage(_code(site), _environment(site))
        host = _host(settings, site, deployed, journal, store_port=store.getsockname()[1])
        # Instances start while the table does: they ask for it only when a page is first asked for.
        warm = asyncio.create_task(host.warm(one_page.REGION, one_page.FUNCTION, None))
        region, access_key = one_page.REGION, site.access_key
        try:
            async with session_table.serving(store, home=site.home, region=region, access_key=access_key):
                if await _is_done(warm, stop):
                    served = Listener(_front(settings, deployed, host, journal), listener)
                    ready(site.url)
                    await stop.wait()
                    await served.close()
        finally:
            warm.cancel()
            await host.close()


async def _is_done(warm: "asyncio.Task[None]", stop: asyncio.Event) -> bool:
    """Wait until all instances have started; False when told to stop before.

    Raises:
        ServeError: An instance did not start.
    """
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((warm, stopped), return_when=asyncio.FIRST_COMPLETED)
    if stopped.done():
        return False
    stopped.cancel()
    try:
        await warm
    except FunctionError as error:
        raise ServeError(
            f"The page could not be started: {error}. Nothing runs. What it wrote is above."
        ) from error
    return True


def _host(
    settings: Settings, site: _Site, deployed: OnePage, journal: Journal, *, store_port: int
) -> LambdaHost:
    return LambdaHost(
        deployed,
        journal,
        home=site.home / "instances",
        runtime_environment={
            "AWS_ACCESS_KEY_ID": site.access_key,
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store_port}",
        },
        limits=settings.limits,
    )


def _front(settings: Settings, deployed: OnePage, host: LambdaHost, journal: Journal) -> App:
    if settings.stream:
        url = FunctionUrl(host, region=one_page.REGION, function=one_page.FUNCTION, url_id=one_page.API_ID)
        return Counted(url, journal.summary)
    gateway = Gateway(deployed, journal)
    gateway.start(host)
    return Counted(gateway.app(one_page.API_ID), journal.summary)


def _code(site: _Site) -> Code:
    return Code(
        directory=Path.cwd(),
        command=("python", "-P", str(_LAUNCH), str(_TRANSPORT), str(site.page)),
        environment={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_LWA_READINESS_CHECK_PATH": f"{site.base_path}/_stcore/health",
            "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-399",
        },
    )


def _environment(site: _Site) -> dict[str, str]:
    """Return the function's own variables: where its sessions are, and the port that the browser sees."""
    key = site.home / "session-key"
    key.touch(mode=0o600)
    key.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    # Not named when it is Streamlit's own default: with global.developmentMode nobody may name one.
    is_told = site.is_port_named or site.port != DEFAULT_PORT
    return {
        "SESSIONS_TABLE": session_table.TABLE,
        "SESSION_KEY_FILE": str(key),
        # The caller's own would win.
        "RUNTIME_PARAMETERS_PATH": "",
        "PUBLIC_URL": "",
        **({"STREAMLIT_SERVER_PORT": str(site.port)} if is_told else {}),
    }


def _existing(page: Path) -> Path:
    """Return the page's file; a directory stands for the `streamlit_app.py` in it.

    Raises:
        ServeError: There is none, or Streamlit would not run it.
    """
    file = page / "streamlit_app.py" if page.is_dir() else page
    if not file.is_file():
        raise ServeError(f"{file} does not exist. Nothing was started. Name a Streamlit script.")
    if file.suffix not in SCRIPTS:
        raise ServeError(f"{file} is no Python file (.py). Nothing was started. Name a Streamlit script.")
    return file


def _port(settings: Settings, page: Path) -> int | None:
    """Return the port that somebody named: the command, or Streamlit's own option.

    Raises:
        ServeError: There is no such port.
    """
    told = settings.port
    named = told if told is not None else _streamlit_option(page, "port", "STREAMLIT_SERVER_PORT")
    if named is None:
        return None
    try:
        port = int(str(named))
    except ValueError as error:
        where = "STREAMLIT_SERVER_PORT" if os.environ.get("STREAMLIT_SERVER_PORT") else "server.port"
        raise ServeError(f"{where} is no number: {named}. Nothing was started.") from error
    if not 0 <= port <= MAX_PORT:
        raise ServeError(f"There is no port {port}: the last is {MAX_PORT}. Nothing was started.")
    return port


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
            options = tomllib.loads((directory / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
            section = options.get("server")
            found = section.get(name, found) if isinstance(section, dict) else found
    return found


@contextlib.contextmanager
def _guarded_home() -> Iterator[Path]:
    """Lend a directory, deleted at the end with all processes that live in it, however the end comes."""
    home = Path(tempfile.mkdtemp(prefix="streamlit-on-lambda-"))
    guard = Guard(home)
    try:
        yield home
    finally:
        guard.close()
        shutil.rmtree(home, ignore_errors=True)  # should somebody have killed the guard


@contextlib.contextmanager
def _listen(port: int | None) -> Iterator[socket.socket]:
    """Listen at once, so that nobody else gets the port; requests wait until they are answered.

    Raises:
        ServeError: The port is taken; without a port, a hundred from 8501 on are.
    """
    candidates = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED)
    with contextlib.ExitStack() as closing:
        for candidate in candidates:
            with contextlib.suppress(OSError):
                listener = closing.enter_context(front.bind(candidate))
                listener.listen(front.BACKLOG)
                break
        else:
            raise ServeError(
                f"Port {candidates[0]} is taken on 127.0.0.1. Nothing was started. Name another one with "
                "--port, or none for the next free one from 8501 on."
            )
        yield listener
