"""The Lambda service: invocations, and the instances that answer them.

Faithful where it hurts: an instance answers one request at a time, is frozen between requests, dies at the
function's timeout or memory limit, and any idle one may be chosen. Two things differ, because a laptop is
no region: at most `max_instances` of one version run, and a request waits for its turn where AWS would
start another instance; and the code runs as a process instead of a virtual machine.
"""

import asyncio
import base64
import contextlib
import datetime
import json
import logging
import random
import secrets
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.embedded import adapter, deployed, logs, processes
from ops.embedded.cloud import Cloud
from ops.embedded.code import Code, CodeStore
from ops.embedded.deployed import FunctionVersion
from ops.embedded.instance import InitTimeoutError, Instance, InstanceExitedError

log = logging.getLogger(__name__)

# Source: Lambda quotas, "Invocation payload (request and response)": 6 MB each for synchronous, counted on
# the encoded event; the answer's limit is the number in Lambda's own message. Asynchronous: 1 MB.
MAX_EVENT_BYTES = 6 * 1024 * 1024
MAX_ANSWER_BYTES = 6_291_556
MAX_ASYNC_EVENT_BYTES = 1024 * 1024

# Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
RETRY_DELAYS_S = (60.0, 120.0)

MEMORY_CHECK_EVERY_S = 0.25
SWEEP_EVERY_S = 1.0
SUPERSEDED_AFTER_S = 5.0
IDLE_LIMIT_S = 900.0


class ThrottledError(Exception):
    """The function's reserved concurrency is used up (429 TooManyRequestsException)."""


class TooLargeError(Exception):
    """The event is over Lambda's limit (413 RequestTooLargeException)."""


@dataclass(frozen=True)
class Result:
    """What an invocation came to."""

    payload: bytes
    version: str
    request_id: str
    error: bool = False
    log_tail: str = ""


@dataclass(frozen=True)
class Limits:
    """How the host behaves; the defaults are a laptop's."""

    max_instances: int = 2
    freeze: bool = True
    seed: int | None = None


@dataclass
class _Invocation:
    """One run of a function, as it is told to the log."""

    function: FunctionVersion
    request_id: str
    lines: list[str] = field(default_factory=list)
    init_ms: float | None = None
    memory_mb: int = 0


class FunctionError(Exception):
    """The function failed: the payload of the answer has this type and message."""

    def __init__(self, kind: str, message: str, *, status: str = "error") -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class _KilledWhileFrozenError(Exception):
    """Somebody killed the instance between two requests; it was still dying when it got this one."""


class LambdaHost:
    """Runs the account's functions."""

    def __init__(
        self,
        cloud: Cloud,
        sink: logs.LogSink,
        code: CodeStore,
        *,
        home: Path,
        runtime_environment: dict[str, str],
        limits: Limits,
    ) -> None:
        """Run functions of `cloud`.

        Args:
            cloud: Where functions are deployed.
            sink: Takes the lines that functions write.
            code: Unpacks their images.
            home: Directory for what running instances need; orphans of an earlier host are killed.
            runtime_environment: What every function gets from Lambda: credentials, region, endpoint.
            limits: How many instances, frozen or not, chosen by which seed.
        """
        self._cloud = cloud
        self._sink = sink
        self._code = code
        self._home = home
        self._runtime_environment = runtime_environment
        self._limits = limits
        self.choice = random.Random(limits.seed)  # noqa: S311 - routing, not secrets
        self._idle: list[Instance] = []
        self._busy: dict[Instance, _Invocation] = {}
        self._alive: Counter[tuple[str, ...]] = Counter()
        self._free = asyncio.Condition()
        self._background: set[asyncio.Task[Any]] = set()
        home.mkdir(parents=True, exist_ok=True)
        processes.kill_orphans(home)
        self._sweeper = asyncio.create_task(self._sweep())

    async def invoke(self, region: str, function: str, qualifier: str | None, event: bytes) -> Result:
        """Run a function and wait for its answer.

        Args:
            region: AWS region.
            function: Name or ARN.
            qualifier: Version or alias; None is `$LATEST`.
            event: JSON.

        Returns:
            The answer; `error` says that the function failed, and the payload how.

        Raises:
            UnknownFunctionError: Nothing ran.
            TooLargeError: Nothing ran.
            ThrottledError: Nothing ran.
        """
        if len(event) > MAX_EVENT_BYTES:
            raise TooLargeError(
                f"Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation"
            )
        target = self._resolve(region, function, qualifier)
        self._check_concurrency(target)
        invocation = _Invocation(target, str(uuid.uuid4()))
        try:
            payload = await self._run_on_the_living(invocation, json.loads(event or b"{}"))
        except FunctionError as error:
            failure = {
                "errorMessage": f"RequestId: {invocation.request_id} Error: {error}",
                "errorType": error.kind,
            }
            return self._result(invocation, json.dumps(failure).encode(), error=True)
        return self._result(invocation, payload, error=False)

    def invoke_later(self, region: str, function: str, qualifier: str | None, event: bytes) -> None:
        """Accept an asynchronous invocation: it runs soon and is tried again when it fails.

        Raises:
            UnknownFunctionError: Nothing was accepted.
            TooLargeError: Nothing was accepted.
        """
        if len(event) > MAX_ASYNC_EVENT_BYTES:
            raise TooLargeError(
                f"Request must be smaller than {MAX_ASYNC_EVENT_BYTES} bytes for the InvokeFunction operation"
            )
        name = self._resolve(region, function, qualifier).name
        with self._cloud.lock:
            retries = deployed.event_retries(region, name)
        task = asyncio.create_task(self._invoke_with_retries(region, function, qualifier, event, retries))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        """End every instance; requests in progress fail."""
        self._sweeper.cancel()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*(instance.kill() for instance in (*self._idle, *self._busy)))

    @property
    def instances(self) -> list[dict[str, Any]]:
        """The running instances: process id, version, busy or frozen. For people and tests."""
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

    def _resolve(self, region: str, function: str, qualifier: str | None) -> FunctionVersion:
        with self._cloud.lock:
            return deployed.function_version(region, function, qualifier, self.choice)

    def _check_concurrency(self, function: FunctionVersion) -> None:
        with self._cloud.lock:
            reserved = deployed.reserved_concurrency(function.region, function.name)
        running = sum(1 for i in self._busy.values() if i.function.name == function.name)
        if reserved is not None and running >= reserved:
            raise ThrottledError("Rate Exceeded.")

    async def _invoke_with_retries(
        self, region: str, function: str, qualifier: str | None, event: bytes, retries: int
    ) -> None:
        for delay in (0.0, *RETRY_DELAYS_S[:retries]):
            await asyncio.sleep(delay)
            with contextlib.suppress(ThrottledError, deployed.UnknownFunctionError):
                if not (await self.invoke(region, function, qualifier, event)).error:
                    return

    async def _run_on_the_living(self, invocation: _Invocation, event: Any) -> bytes:
        """Run one event, on another instance when the first was dead and did not know it yet."""
        while True:
            with contextlib.suppress(_KilledWhileFrozenError):
                return await self._run(invocation, event)

    async def _run(self, invocation: _Invocation, event: Any) -> bytes:
        """Run one event on some instance, and tell the log; the instance is free again afterwards."""
        async with self._instance(invocation) as instance:
            self._say(
                instance,
                invocation,
                logs.start_record(
                    self._format(invocation), invocation.request_id, invocation.function.version
                ),
            )
            started = time.monotonic()
            status, payload = "error", b""
            try:
                payload = await self._ask_within_limits(instance, invocation, event)
                await instance.drain()
                status = "success"
            except FunctionError as error:
                status = error.status
                await instance.kill()
                self._say(instance, invocation, f"{invocation.request_id} {error}")
                raise
            finally:
                self._report(instance, invocation, status, (time.monotonic() - started) * 1000, len(payload))
        return payload

    async def _ask_within_limits(self, instance: Instance, invocation: _Invocation, event: Any) -> bytes:
        timeout_s = invocation.function.timeout_s
        memory = asyncio.create_task(self._watch_memory(instance, invocation))
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(instance, invocation, event)
        except TimeoutError as error:
            raise FunctionError(
                "Sandbox.Timedout", f"Task timed out after {timeout_s:.2f} seconds", status="timeout"
            ) from error
        except InstanceExitedError as error:
            if instance.was_killed_while_frozen:
                raise _KilledWhileFrozenError from error
            raise FunctionError("Runtime.ExitError", f"Runtime exited with error: {error}") from error
        finally:
            memory.cancel()
            invocation.memory_mb = max(invocation.memory_mb, instance.memory_mb)

    async def _ask(self, instance: Instance, invocation: _Invocation, event: Any) -> bytes:
        function = invocation.function
        context = {
            "request_id": invocation.request_id,
            "deadline": int((time.time() + function.timeout_s) * 1000),
            "invoked_function_arn": function.arn,
            "env_config": {
                "function_name": function.name,
                "memory": function.memory_mb,
                "version": function.version,
                "log_group": function.log_group,
                "log_stream": instance.stream,
            },
        }
        answer = await instance.ask(adapter.request(event, lambda_context=context))
        try:
            result = (
                adapter.response(answer) if adapter.is_http(event) else adapter.pass_through_result(answer)
            )
        except ValueError as error:
            raise FunctionError(
                "Runtime.InvalidResponse", "the app's answer to an event is no JSON"
            ) from error
        payload = json.dumps(result).encode()
        if len(payload) > MAX_ANSWER_BYTES:
            raise FunctionError(
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({MAX_ANSWER_BYTES} bytes).",
            )
        return payload

    async def _watch_memory(self, instance: Instance, invocation: _Invocation) -> None:
        """Kill an instance that outgrows its function, as Lambda does."""
        while True:
            await asyncio.sleep(MEMORY_CHECK_EVERY_S)
            invocation.memory_mb = max(invocation.memory_mb, instance.memory_mb)
            if invocation.memory_mb > invocation.function.memory_mb:
                log.warning(
                    "An instance used %d MB of %d MB.", invocation.memory_mb, invocation.function.memory_mb
                )
                await instance.kill()

    @contextlib.asynccontextmanager
    async def _instance(self, invocation: _Invocation) -> AsyncIterator[Instance]:
        """Lend an instance for one invocation: an idle one by chance, a new one, or the next one freed."""
        instance = await self._take(invocation)
        try:
            yield instance
        finally:
            del self._busy[instance]
            if not instance.exited and self._limits.freeze:
                instance.freeze()
            await self._give_back(instance)

    async def _take(self, invocation: _Invocation) -> Instance:
        identity = invocation.function.identity
        async with self._free:
            while not (idle := self._idle_of(identity)):
                if self._alive[identity] < self._limits.max_instances:
                    self._alive[identity] += 1
                    break
                await self._free.wait()
            if idle:
                instance = self.choice.choice(idle)
                self._idle.remove(instance)
                self._busy[instance] = invocation
                instance.resume()
                return instance
        return await self._start(invocation)

    def _idle_of(self, identity: tuple[str, ...]) -> list[Instance]:
        """Return the idle instances of a version, forgetting those that were killed while frozen."""
        for instance in [i for i in self._idle if i.exited]:
            self._idle.remove(instance)
            self._alive[instance.identity] -= 1
        return [i for i in self._idle if i.identity == identity]

    async def _give_back(self, instance: Instance) -> None:
        async with self._free:
            if instance.exited:
                self._alive[instance.identity] -= 1
            else:
                self._idle.append(instance)
            self._free.notify_all()

    async def _start(self, invocation: _Invocation) -> Instance:
        """Start an instance for an invocation; a slow start is tried again within the function's timeout."""
        function = invocation.function
        deadline = time.monotonic() + function.timeout_s
        while True:
            instance = Instance(function.identity, _stream_name(function))
            self._busy[instance] = invocation
            try:
                invocation.init_ms = await instance.start(
                    self._unpacked(function),
                    self._environment(function, instance),
                    home=self._home,
                    on_line=lambda line, instance=instance: self._app_line(instance, function, line),  # type: ignore[misc]  # mypy can't infer a lambda with a default
                )
            except InitTimeoutError as error:
                del self._busy[instance]
                if time.monotonic() < deadline:
                    continue
                await self._give_back(instance)
                raise FunctionError(
                    "Sandbox.Timedout", f"Init timed out: {error}", status="timeout"
                ) from error
            except BaseException as error:
                del self._busy[instance]
                await instance.kill()
                await self._give_back(instance)
                if isinstance(error, InstanceExitedError | LookupError | OSError):
                    raise FunctionError("Runtime.ExitError", f"Runtime exited with error: {error}") from error
                raise
            return instance

    def _unpacked(self, function: FunctionVersion) -> Code:
        with self._cloud.lock:
            image = deployed.image(function.region, function.image_uri)
        return self._code.unpack(image)

    def _environment(self, function: FunctionVersion, instance: Instance) -> dict[str, str]:
        """Return what Lambda sets, and what the function's configuration sets.

        Source: Lambda developer guide, "Defined runtime environment variables".
        """
        return {
            **self._runtime_environment,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": instance.stream,
            **function.environment,
        }

    def _app_line(self, instance: Instance, function: FunctionVersion, line: str) -> None:
        invocation = self._busy.get(instance)
        if invocation:
            invocation.lines.append(line)
        self._sink.put(function.region, function.log_group, instance.stream, line)

    def _say(self, instance: Instance, invocation: _Invocation, line: str) -> None:
        invocation.lines.append(line)
        self._sink.put(invocation.function.region, invocation.function.log_group, instance.stream, line)

    def _format(self, invocation: _Invocation) -> str:
        return invocation.function.log_format

    def _report(
        self,
        instance: Instance,
        invocation: _Invocation,
        status: str,
        duration_ms: float,
        produced_bytes: int,
    ) -> None:
        form, request_id = self._format(invocation), invocation.request_id
        self._say(
            instance,
            invocation,
            logs.done_record(
                form, request_id, status=status, duration_ms=duration_ms, produced_bytes=produced_bytes
            ),
        )
        self._say(
            instance,
            invocation,
            logs.report_record(
                form,
                request_id,
                status=status,
                duration_ms=duration_ms,
                init_ms=invocation.init_ms,
                memory_mb=invocation.function.memory_mb,
                memory_used_mb=invocation.memory_mb,
            ),
        )

    def _result(self, invocation: _Invocation, payload: bytes, *, error: bool) -> Result:
        # Source: Lambda API, Invoke, LogType=Tail: the last 4 KB of the log, base64.
        tail = "\n".join(invocation.lines).encode()[-4096:]
        return Result(
            payload,
            invocation.function.version,
            invocation.request_id,
            error,
            base64.b64encode(tail).decode(),
        )

    async def _sweep(self) -> None:
        """Retire idle instances that no request will reach any more."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            doomed = [instance for instance in self._idle if self._is_retired(instance)]
            async with self._free:
                doomed = [instance for instance in doomed if instance in self._idle]
                for instance in doomed:
                    self._idle.remove(instance)
                    self._alive[instance.identity] -= 1
            await asyncio.gather(*(instance.kill() for instance in doomed))

    def _is_retired(self, instance: Instance) -> bool:
        region, name, version, revision = instance.identity
        idle_s = time.monotonic() - instance.idle_since
        try:
            with self._cloud.lock:
                current = deployed.function_version(region, name, version, self.choice)
                aliased = deployed.aliased_versions(region, name)
        except deployed.UnknownFunctionError:
            return True
        superseded = bool(aliased) and version not in aliased
        return (
            current.revision != revision
            or (superseded and idle_s > SUPERSEDED_AFTER_S)
            or idle_s > IDLE_LIMIT_S
        )


def _stream_name(function: FunctionVersion) -> str:
    """Return a log stream's name in Lambda's form: date, version, instance."""
    today = datetime.datetime.now(datetime.UTC).strftime("%Y/%m/%d")
    return f"{today}/[{function.version}]{secrets.token_hex(16)}"
