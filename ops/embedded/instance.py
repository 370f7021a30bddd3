"""One execution environment of a function: it answers one request at a time and stands still in between.

What it is made of is left to its kinds: a process of this machine's Python (`process.py`) or a container
(`container.py`).
"""

import abc
import asyncio
import contextlib
import secrets
import signal
import socket
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import h11
import psutil

from ops.embedded import adapter

# Source: Lambda developer guide, "Init phase"; adapter rule 1.
INIT_LIMIT_S = 10.0
READINESS_EVERY_S = 0.01

# AWS_LAMBDA_INITIALIZATION_TYPE of an instance that starts from a snapshot.
SNAP_START = "snap-start"

# How long a killed process may take to end, with some to spare.
DYING_S = 0.05

# Below those from which systems take a port for an outgoing connection, or for whoever asks for any.
_PORTS = range(20_000, 32_000)


class InstanceExitedError(Exception):
    """The process ended: while starting, or before its answer was complete."""


class InitTimeoutError(Exception):
    """The process did not become ready within the init phase."""


@dataclass(frozen=True)
class Head:
    """What an answer begins with."""

    status: int
    headers: list[tuple[str, str]]


class Instance(abc.ABC):
    """The app, answering at a port of its own."""

    def __init__(self, identity: tuple[str, ...], stream: str) -> None:
        """Describe an instance that is not started yet.

        Args:
            identity: What it runs; instances of an identity are interchangeable.
            stream: Its CloudWatch log stream.
        """
        self.identity = identity
        self.stream = stream
        self.idle_since = time.monotonic()
        self.pid = 0
        self.port = 0
        self._resumed_at = 0.0
        self._ended_by_us = False
        self._lost_after_s = 0.0

    async def start(
        self, environment: dict[str, str], *, home: Path, on_line: Callable[[str], None]
    ) -> float:
        """Start it and wait until it is ready.

        Args:
            environment: Everything the function sees besides the image's own variables.
            home: Directory of the account's instances.
            on_line: Called with every line that it writes.

        Returns:
            Milliseconds that the init phase took.

        Raises:
            InstanceExitedError: It ended instead.
            InitTimeoutError: It did not answer its readiness check in `INIT_LIMIT_S`; it was killed.
            LookupError: What it runs is not here.
        """
        await self._prepare()
        started = time.monotonic()
        path = self._image_environment.get("AWS_LWA_READINESS_CHECK_PATH", "/")
        with _reserved_port() as self.port:
            await self._launch(environment, home=home, on_line=on_line)
            try:
                async with asyncio.timeout(INIT_LIMIT_S):
                    await self._wait_until_ready(path, _healthy_statuses(self._image_environment))
                    if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == SNAP_START:
                        await self._restore({**self._image_environment, **environment})
            except TimeoutError as error:
                await self.kill()
                raise InitTimeoutError(f"no answer at {path} in {INIT_LIMIT_S:.0f} s") from error
        return (time.monotonic() - started) * 1000

    @property
    def exited(self) -> bool:
        """Whether it is gone, even when the event loop has not heard of it yet."""
        if self.pid == 0 or self._exit_code is not None:
            return True
        try:
            return psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    @property
    def memory_mb(self) -> int:
        """Resident memory, in MB; 0 when it is gone."""
        try:
            return round(psutil.Process(self.pid).memory_info().rss / 1_048_576)
        except psutil.NoSuchProcess:
            return 0

    async def freeze(self) -> None:
        """Stop it where it is, as Lambda does between invocations."""
        await self._stop()
        self.idle_since = time.monotonic()

    async def resume(self) -> None:
        """Let it go on."""
        self._resumed_at = time.monotonic()
        await self._continue()

    async def kill(self) -> None:
        """End it at once and wait for its last lines."""
        self._ended_by_us = True
        await self._kill()

    async def ask(self, request: adapter.Request) -> adapter.Response:
        """Send one request and return the whole answer.

        Raises:
            InstanceExitedError: It ended before the answer was complete.
        """
        return await _collected(self.parts(request))

    async def parts(self, request: adapter.Request) -> AsyncGenerator["Head | bytes"]:
        """Send one request, and yield the answer's head and then the parts of its body as they come.

        Raises:
            InstanceExitedError: It ended before the answer was complete.
        """
        try:
            async with contextlib.aclosing(_exchange(self.port, request)) as parts:
                async for part in parts:
                    yield part
        except (OSError, h11.RemoteProtocolError) as error:
            self._lost_after_s = time.monotonic() - self._resumed_at
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wait_until_ended(), 1)
            raise InstanceExitedError(self.how_it_ended) from error

    @property
    def was_killed_while_frozen(self) -> bool:
        """Whether somebody else's SIGKILL had hit it before its last request did.

        A killed process takes a moment to end and accepts connections meanwhile. Lambda has no such case:
        nobody can reach in and kill its instances.
        """
        killed = self._exit_code == -signal.SIGKILL
        return killed and not self._ended_by_us and self._lost_after_s < DYING_S

    @property
    def how_it_ended(self) -> str:
        """The end of the process in Lambda's words."""
        code = self._exit_code
        if code is None:
            return "connection closed by the app"
        return f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    @abc.abstractmethod
    async def drain(self) -> None:
        """Pass on what it wrote before now."""

    @property
    @abc.abstractmethod
    def _image_environment(self) -> Mapping[str, str]:
        """The image's own variables."""

    @property
    @abc.abstractmethod
    def _exit_code(self) -> int | None:
        """How it ended, a signal as a negative number; None when nobody has heard of it."""

    @abc.abstractmethod
    async def _prepare(self) -> None:
        """Fetch what it runs, before its init phase."""

    @abc.abstractmethod
    async def _launch(
        self, environment: dict[str, str], *, home: Path, on_line: Callable[[str], None]
    ) -> None: ...

    @abc.abstractmethod
    async def _stop(self) -> None: ...

    @abc.abstractmethod
    async def _continue(self) -> None: ...

    @abc.abstractmethod
    async def _kill(self) -> None: ...

    @abc.abstractmethod
    async def _wait_until_ended(self) -> None: ...

    async def _restore(self, environment: Mapping[str, str]) -> None:
        """Tell it of a snapshot as the adapter does: just before it is taken, and after it is restored.

        None is taken: a process here can't be copied while it runs. Each instance starts from the beginning
        and is told of both, so that what it does about them is seen, and what it gains is not.

        Raises:
            InstanceExitedError: It did not agree, which ends a start in Lambda.
        """
        for hook in ("AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH", "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH"):
            if path := environment.get(hook):
                asked = adapter.Request("POST", path, [("host", "127.0.0.1"), ("content-length", "0")], b"")
                status = (await self.ask(asked)).status
                if not 200 <= status < 300:
                    await self.kill()
                    raise InstanceExitedError(f"{path} answered {status}")

    async def _wait_until_ready(self, path: str, healthy: range) -> None:
        probe = adapter.Request("GET", path, [("host", "127.0.0.1")], b"")
        while True:
            if self.exited:
                await self._wait_until_ended()  # the loop may not have heard of it yet
                raise InstanceExitedError(self.how_it_ended)
            with contextlib.suppress(OSError, h11.RemoteProtocolError):
                if (await _collected(_exchange(self.port, probe))).status in healthy:
                    return
            await asyncio.sleep(READINESS_EVERY_S)


def function_environment(environment: Mapping[str, str], *, port: int, tmp: str) -> dict[str, str]:
    """Return what every kind of instance sees: the function's variables, and where it listens and writes.

    Source: Lambda developer guide, "Defined runtime environment variables": what is before the function's
    is not reserved, so that the function may set it.
    """
    return {
        "TZ": ":UTC",
        "HOME": tmp,
        **environment,
        "TMPDIR": tmp,
        "PYTHONUNBUFFERED": "1",
        "AWS_LWA_PORT": str(port),
        "PORT": str(port),
    }


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


def _healthy_statuses(environment: Mapping[str, str]) -> range:
    """Return the statuses that mean ready to the adapter: any but a server error, unless it is told else."""
    first, _, last = environment.get("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS", "100-499").partition("-")
    return range(int(first), int(last or first) + 1)


@contextlib.contextmanager
def _reserved_port() -> Iterator[int]:
    """Lend a free port until an app listens there, which it does long after it was told to.

    It is none of those that the system hands out. Other accounts find it taken for UDP, which no app is told
    to use, and look for another one.
    """
    while True:
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        with socket.socket(type=socket.SOCK_DGRAM) as reserved, socket.socket() as probe:
            try:
                reserved.bind(("127.0.0.1", port))
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            probe.close()
            yield port
            return
