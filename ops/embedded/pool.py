"""The instances of all functions: lent for one request at a time, frozen between loans, retired when stale.

A laptop is no region: at most `max_instances` of one version run, and a request waits for its turn where
AWS would start another.
"""

import asyncio
import contextlib
import datetime
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded import container, processes
from ops.embedded.code import Code
from ops.embedded.container import Container, ContainerImage
from ops.embedded.deployed import Deployments, FunctionVersion, UnknownFunctionError
from ops.embedded.instance import InitTimeoutError, Instance
from ops.embedded.process import Process

SWEEP_EVERY_S = 1.0
SUPERSEDED_AFTER_S = 5.0
IDLE_LIMIT_S = 900.0

# What an instance with this log stream sees, besides the image's own variables.
Environment = Callable[[FunctionVersion, str], dict[str, str]]


@dataclass(frozen=True)
class Limits:
    """How instances run; the defaults are a laptop's."""

    max_instances: int = 2
    freeze: bool = True
    seed: int | None = None


@dataclass(frozen=True)
class Loan:
    """An instance for one request; `init_ms` when it was started for it."""

    instance: Instance
    init_ms: float | None


class Pool:
    """Lends instances. Use on the event loop only."""

    def __init__(
        self,
        deployments: Deployments,
        *,
        home: Path,
        limits: Limits,
        environment: Environment,
        on_line: Callable[[FunctionVersion, Instance, str], None],
    ) -> None:
        """Lend instances of deployed functions.

        Args:
            deployments: Says which versions are still wanted.
            home: Directory for what running instances need; orphans of an earlier process are killed.
            limits: How many instances, frozen or not, chosen by which seed.
            environment: Called before a new instance starts.
            on_line: Called with every line that an instance writes.
        """
        self.choice = random.Random(limits.seed)  # noqa: S311 - routing, not secrets
        self._deployments = deployments
        self._home = home
        self._limits = limits
        self._environment = environment
        self._on_line = on_line
        self._idle: list[Instance] = []
        self._busy: dict[Instance, str] = {}
        self._alive: Counter[tuple[str, ...]] = Counter()
        self._free = asyncio.Condition()
        home.mkdir(parents=True, exist_ok=True)
        processes.kill_orphans(home)
        container.remove_orphans(home)
        self._sweeper = asyncio.create_task(self._sweep())

    @contextlib.asynccontextmanager
    async def lend(self, function: FunctionVersion) -> AsyncIterator[Loan]:
        """Lend an instance for one request: an idle one by chance, a new one, or the next one freed.

        Raises:
            InstanceExitedError: A new one ended while it started.
            InitTimeoutError: A new one did not become ready within the function's timeout.
            LookupError: Its code is not here.
            OSError: Its code could not be unpacked.
        """
        loan = await self._take(function)
        try:
            if loan.init_ms is None:
                await loan.instance.resume()
            yield loan
        finally:
            del self._busy[loan.instance]
            if self._limits.freeze:
                await loan.instance.freeze()
            await self._give_back(loan.instance)

    async def warm(self, function: FunctionVersion) -> None:
        """Start all instances that a version may have, as provisioned concurrency does.

        Raises:
            As `lend`: One of them could not be started.
        """
        async with contextlib.AsyncExitStack() as lent:
            # Lent all at once, since an idle one would be lent again before another is started.
            loans = [lent.enter_async_context(self.lend(function)) for _ in range(self._limits.max_instances)]
            for loan in await asyncio.gather(*loans, return_exceptions=True):
                if isinstance(loan, BaseException):
                    raise loan

    def busy(self, function: str) -> int:
        """Return how many instances of a function are lent now."""
        return sum(1 for name in self._busy.values() if name == function)

    @property
    def instances(self) -> list[dict[str, Any]]:
        """The running instances: process id, function, version, busy or idle. For people and tests."""
        return [
            {
                "pid": instance.pid,
                "function": instance.identity[1],
                "version": instance.identity[2],
                "busy": busy,
            }
            for busy, group in ((False, self._idle), (True, list(self._busy)))
            for instance in group
            if not instance.exited
        ]

    async def close(self) -> None:
        """End every instance; requests in progress fail."""
        self._sweeper.cancel()
        await asyncio.gather(*(instance.kill() for instance in (*self._idle, *self._busy)))

    async def _take(self, function: FunctionVersion) -> Loan:
        async with self._free:
            while not (idle := self._idle_of(function.identity)):
                if self._alive[function.identity] < self._limits.max_instances:
                    self._alive[function.identity] += 1
                    break
                await self._free.wait()
            if idle:
                instance = self.choice.choice(idle)
                self._idle.remove(instance)
                self._busy[instance] = function.name
                return Loan(instance, None)
        return await self._start(function)

    async def _give_back(self, instance: Instance) -> None:
        if instance.exited:
            await self._count_out(instance.identity)
            return
        async with self._free:
            self._idle.append(instance)
            self._free.notify_all()

    async def _count_out(self, identity: tuple[str, ...]) -> None:
        async with self._free:
            self._alive[identity] -= 1
            self._free.notify_all()

    def _idle_of(self, identity: tuple[str, ...]) -> list[Instance]:
        """Return the idle instances of a version, forgetting those that were killed while frozen."""
        for instance in [i for i in self._idle if i.exited]:
            self._idle.remove(instance)
            self._alive[instance.identity] -= 1
        return [i for i in self._idle if i.identity == identity]

    async def _start(self, function: FunctionVersion) -> Loan:
        """Start an instance; a slow start is tried again within the function's timeout."""
        deadline = time.monotonic() + function.timeout_s
        while True:
            try:
                instance = _instance(self._deployments.code(function), function)
            except BaseException:
                await self._count_out(function.identity)
                raise
            self._busy[instance] = function.name
            try:
                return Loan(instance, await self._launch(function, instance))
            except BaseException as error:
                del self._busy[instance]
                await instance.kill()
                if isinstance(error, InitTimeoutError) and time.monotonic() < deadline:
                    continue
                await self._count_out(function.identity)
                raise

    async def _launch(self, function: FunctionVersion, instance: Instance) -> float:
        environment = self._environment(function, instance.stream)

        def on_line(line: str) -> None:
            self._on_line(function, instance, line)

        return await instance.start(environment, home=self._home, on_line=on_line)

    async def _sweep(self) -> None:
        """Retire idle instances that no request will reach any more."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            async with self._free:
                doomed = [instance for instance in self._idle if self._is_retired(instance)]
                for instance in doomed:
                    self._idle.remove(instance)
                    self._alive[instance.identity] -= 1
            await asyncio.gather(*(instance.kill() for instance in doomed))

    def _is_retired(self, instance: Instance) -> bool:
        region, name, version, revision = instance.identity
        idle_s = time.monotonic() - instance.idle_since
        try:
            current = self._deployments.function_version(region, name, version, self.choice)
        except UnknownFunctionError:
            return True
        aliased = self._deployments.aliased_versions(region, name)
        is_superseded = bool(aliased) and version not in aliased
        return (
            current.revision != revision
            or (is_superseded and idle_s > SUPERSEDED_AFTER_S)
            or idle_s > IDLE_LIMIT_S
        )


def _instance(code: Code | ContainerImage, function: FunctionVersion) -> Instance:
    """Return the kind of instance that runs an image of this kind."""
    stream = _stream_name(function)
    if isinstance(code, ContainerImage):
        return Container(code, function.identity, stream)
    return Process(code, function.identity, stream)


def _stream_name(function: FunctionVersion) -> str:
    """Return a log stream's name in Lambda's form: date, version, instance."""
    today = datetime.datetime.now(datetime.UTC).strftime("%Y/%m/%d")
    return f"{today}/[{function.version}]{secrets.token_hex(16)}"
