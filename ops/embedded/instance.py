"""One execution environment of a function: a process of the app that is frozen between requests."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import h11
import psutil

from ops.embedded import adapter, processes
from ops.embedded.code import Code

# Source: Lambda developer guide, "Init phase"; adapter rule 1.
INIT_LIMIT_S = 10.0
READINESS_EVERY_S = 0.01

# How long a killed process may take to end, with some to spare.
DYING_S = 0.05

# What a laptop needs to reach a model provider; nothing else of the caller's environment gets in.
_PASSED_ON = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


class InstanceExitedError(Exception):
    """The process ended: while starting, or before its answer was complete."""


class InitTimeoutError(Exception):
    """The process did not become ready within the init phase."""


@dataclass(frozen=True)
class Head:
    """What an answer begins with."""

    status: int
    headers: list[tuple[str, str]]


class Instance:
    """A process that answers one request at a time and stands still in between."""

    def __init__(self, identity: tuple[str, ...], stream: str) -> None:
        """Describe an instance that is not started yet.

        Args:
            identity: What it runs; instances of an identity are interchangeable.
            stream: Its CloudWatch log stream.
        """
        self.identity = identity
        self.stream = stream
        self.idle_since = time.monotonic()
        self._resumed_at = 0.0
        self._ended_by_us = False
        self._lost_after_s = 0.0
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task[None] | None = None
        self._record: Path | None = None
        self._tmp: Path | None = None

    async def start(
        self, code: Code, environment: dict[str, str], *, home: Path, on_line: Callable[[str], None]
    ) -> float:
        """Start the process and wait until it is ready.

        Args:
            code: What to run.
            environment: Everything the function sees besides the image's own variables.
            home: Directory of the account's instances; the process gets a /tmp of its own below it.
            on_line: Called with every line that the process writes.

        Returns:
            Milliseconds that the init phase took.

        Raises:
            InstanceExitedError: It ended instead.
            InitTimeoutError: It did not answer its readiness check in `INIT_LIMIT_S`; it was killed.
        """
        started = time.monotonic()
        self._port = _free_port()
        self._tmp = home / secrets.token_hex(8)
        self._tmp.mkdir(parents=True)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable if word == "python" else word for word in code.command),
            cwd=code.directory,
            env=_process_environment(code, environment, port=self._port, tmp=self._tmp),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._record = _write_record(home, self._process.pid)
        self._output = asyncio.create_task(self._pump(on_line))
        path = code.environment.get("AWS_LWA_READINESS_CHECK_PATH", "/")
        try:
            async with asyncio.timeout(INIT_LIMIT_S):
                await self._wait_until_ready(path, _healthy_statuses(code.environment))
        except TimeoutError as error:
            await self.kill()
            raise InitTimeoutError(f"no answer at {path} in {INIT_LIMIT_S:.0f} s") from error
        return (time.monotonic() - started) * 1000

    @property
    def exited(self) -> bool:
        """Whether the process is gone, even when the event loop has not heard of it yet."""
        if self._process is None or self._process.returncode is not None:
            return True
        try:
            return psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def memory_mb(self) -> int:
        """Resident memory of the process, in MB; 0 when it is gone."""
        try:
            return round(psutil.Process(self.pid).memory_info().rss / 1_048_576)
        except psutil.NoSuchProcess:
            return 0

    def freeze(self) -> None:
        """Stop the process where it is, as Lambda does between invocations."""
        self._signal(signal.SIGSTOP)
        self.idle_since = time.monotonic()

    def resume(self) -> None:
        """Let the process go on."""
        self._resumed_at = time.monotonic()
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End the process at once and wait for its last lines."""
        self._ended_by_us = True
        self._signal(signal.SIGKILL)
        if self._process:
            await self._process.wait()
        if self._output:
            await self._output

    async def ask(self, request: adapter.Request) -> adapter.Response:
        """Send one request and return the whole answer.

        Raises:
            InstanceExitedError: The process ended before the answer was complete.
        """
        return await _collected(self.parts(request))

    async def parts(self, request: adapter.Request) -> AsyncGenerator["Head | bytes"]:
        """Send one request, and yield the answer's head and then the parts of its body as they come.

        Raises:
            InstanceExitedError: The process ended before the answer was complete.
        """
        try:
            async with contextlib.aclosing(_exchange(self._port, request)) as parts:
                async for part in parts:
                    yield part
        except (OSError, h11.RemoteProtocolError) as error:
            self._lost_after_s = time.monotonic() - self._resumed_at
            if self._process:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), 1)
            raise InstanceExitedError(self.how_it_ended) from error

    async def drain(self) -> None:
        """Pass on what the process wrote before now: it waits in the pipe for the loop's next turns."""
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def was_killed_while_frozen(self) -> bool:
        """Whether somebody else's SIGKILL had hit it before its last request did.

        A killed process takes a moment to end and accepts connections meanwhile. Lambda has no such case:
        nobody can reach in and kill its instances.
        """
        killed = self._process is not None and self._process.returncode == -signal.SIGKILL
        return killed and not self._ended_by_us and self._lost_after_s < DYING_S

    @property
    def how_it_ended(self) -> str:
        """The end of the process in Lambda's words."""
        code = self._process.returncode if self._process else None
        if code is None:
            return "connection closed by the app"
        return f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def _signal(self, number: signal.Signals) -> None:
        if not self.exited:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    async def _wait_until_ready(self, path: str, healthy: range) -> None:
        probe = adapter.Request("GET", path, [("host", "127.0.0.1")], b"")
        while True:
            if self._process is not None and self.exited:
                await self._process.wait()  # the loop may not have heard of it yet
                raise InstanceExitedError(self.how_it_ended)
            with contextlib.suppress(OSError, h11.RemoteProtocolError):
                if (await _collected(_exchange(self._port, probe))).status in healthy:
                    return
            await asyncio.sleep(READINESS_EVERY_S)

    async def _pump(self, on_line: Callable[[str], None]) -> None:
        """Pass every line on until the process closes its output, then forget the process on disk."""
        assert self._process is not None and self._process.stdout is not None  # noqa: S101, PT018 - for mypy
        rest = b""
        while chunk := await self._process.stdout.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                on_line(line.decode(errors="replace").rstrip("\r"))
        on_line(rest.decode(errors="replace"))
        await self._process.wait()
        if self._record:
            self._record.unlink(missing_ok=True)
        if self._tmp:
            shutil.rmtree(self._tmp, ignore_errors=True)


async def _exchange(port: int, request: adapter.Request) -> AsyncGenerator[Head | bytes]:
    """Yield the head of the answer to one request, on a connection of its own, and the parts of its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1_048_576)
    try:
        for event in _events(request):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        while True:
            match connection.next_event():
                case h11.NEED_DATA:
                    connection.receive_data(await reader.read(262_144))
                case h11.Response() as response:
                    yield Head(response.status_code, _as_text(list(response.headers)))
                case h11.Data() as data:
                    yield bytes(data.data)
                case h11.EndOfMessage():
                    return
                case h11.ConnectionClosed():
                    raise h11.RemoteProtocolError("closed before an answer")
    finally:
        writer.close()


def _events(request: adapter.Request) -> list[h11.Event]:
    # As bytes: a header may hold any of them, and h11 takes text only in ASCII.
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    target = request.target.encode("latin-1", errors="replace")
    head = h11.Request(method=request.method.encode(), target=target, headers=headers)
    return [head, h11.Data(data=request.body), h11.EndOfMessage()]


def _as_text(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


async def _collected(parts: AsyncGenerator[Head | bytes]) -> adapter.Response:
    head, body = Head(0, []), []
    async for part in parts:
        if isinstance(part, Head):
            head = part
        else:
            body.append(part)
    return adapter.Response(head.status, head.headers, b"".join(body))


def _process_environment(code: Code, environment: dict[str, str], *, port: int, tmp: Path) -> dict[str, str]:
    """Return all that the process sees: nothing of the caller's but what `_PASSED_ON` names.

    Source: Lambda developer guide, "Defined runtime environment variables": these are not reserved, so
    the image and the function may set them.
    """
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "HOME": str(tmp),
        **code.environment,
        **environment,
        "TMPDIR": str(tmp),
        "PYTHONUNBUFFERED": "1",
        "AWS_LWA_PORT": str(port),
        "PORT": str(port),
    }


def _healthy_statuses(environment: dict[str, str]) -> range:
    """Return the statuses that mean ready to the adapter: any but a server error, unless it is told else."""
    first, _, last = environment.get("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS", "100-499").partition("-")
    return range(int(first), int(last or first) + 1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_record(home: Path, pid: int) -> Path:
    record = home / f"{pid}.json"
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended already; its output will say why
        record.write_text(json.dumps(processes.identity(pid)))
    return record
