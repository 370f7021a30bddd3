"""The Lambda service: invocations, with Lambda's limits, errors and log records.

Faithful where it hurts: an instance answers one request at a time, is frozen between requests and dies at
the function's timeout or memory limit; any idle one may be chosen. It runs as a process or a container
instead of a virtual machine.
"""

import asyncio
import base64
import contextlib
import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.embedded import adapter, records
from ops.embedded.deployed import Deployments, FunctionVersion, UnknownFunctionError, split_function
from ops.embedded.instance import SNAP_START, Head, InitTimeoutError, Instance, InstanceExitedError
from ops.embedded.pool import Limits, Pool
from ops.embedded.streaming import Delivery, Metered, StreamTooLargeError

log = logging.getLogger(__name__)

# Source: Lambda quotas, "Invocation payload (request and response)": 6 MB each for synchronous, counted on
# the encoded event; the answer's limit is the number in Lambda's own message. Asynchronous: 1 MB.
MAX_EVENT_BYTES = 6 * 1024 * 1024
MAX_ANSWER_BYTES = 6_291_556
MAX_ASYNC_EVENT_BYTES = 1024 * 1024

# Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation".
RETRY_DELAYS_S = (60.0, 120.0)

# There, too: a throttled event goes back to its queue, whatever retries are configured, and is tried again
# after a second, then after twice as long each time, five minutes at most, for six hours.
THROTTLED_DELAYS_S = (*(2.0**power for power in range(9)), *[300.0] * 70)

MEMORY_CHECK_EVERY_S = 0.25


class ThrottledError(Exception):
    """The function's reserved concurrency is used up (429 TooManyRequestsException)."""


class TooLargeError(Exception):
    """The event is over Lambda's limit (413 RequestTooLargeException)."""


class FunctionError(Exception):
    """The function failed: the answer's payload has this type and message."""

    def __init__(self, kind: str, message: str, *, status: str = "error") -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


@dataclass(frozen=True)
class Result:
    """What an invocation came to."""

    payload: bytes
    version: str
    request_id: str
    error: bool = False
    log_tail: str = ""


@dataclass(eq=False)
class _Invocation:
    """One run of a function on one instance, as it is told to the log."""

    function: FunctionVersion
    request_id: str
    delivery: Metered | None = None
    qualifier: str | None = None
    began: float = field(default_factory=time.time)
    lines: list[str] = field(default_factory=list)
    memory_mb: int = 0
    duration_ms: float | None = None

    @property
    def has_begun_to_answer(self) -> bool:
        """Whether a part of the answer is out, so that it can't be given once more."""
        return self.delivery is not None and self.delivery.has_begun


class _KilledWhileFrozenError(Exception):
    """Somebody killed the instance between two requests; it was still dying when it got this one."""


class LambdaHost:
    """Runs the account's functions."""

    def __init__(
        self,
        deployments: Deployments,
        sink: records.Sink,
        *,
        home: Path,
        runtime_environment: dict[str, str],
        limits: Limits,
        meter: records.Meter | None = None,
    ) -> None:
        """Run deployed functions.

        Args:
            deployments: Says what is deployed.
            sink: Takes the lines that functions write.
            home: Directory for what running instances need.
            runtime_environment: What every function gets from Lambda: credentials and endpoint.
            limits: How many instances, frozen or not, chosen by which seed.
            meter: Takes the metrics of invocations, where there is somebody to look at them.
        """
        self._deployments = deployments
        self._sink = sink
        self._meter = meter
        self._runtime_environment = runtime_environment
        self._pool = Pool(
            deployments, home=home, limits=limits, environment=self._environment, on_line=self._app_line
        )
        self._running: dict[Instance, _Invocation] = {}
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def instances(self) -> list[dict[str, Any]]:
        """The running instances, as `Pool.instances` tells them."""
        return self._pool.instances

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
            ValueError: The event is no JSON; nothing ran.
        """
        return await self._invoke(region, function, qualifier, event, None)

    async def invoke_streaming(
        self, region: str, function: str, qualifier: str | None, event: bytes, delivery: Delivery
    ) -> Result:
        """Run a function and pass its answer on as it writes it.

        Args:
            region: AWS region.
            function: Name or ARN.
            qualifier: Version or alias; None is `$LATEST`.
            event: JSON that describes an HTTP request.
            delivery: Takes the answer; what it has got when the function fails stays as it is.

        Returns:
            What it came to, without an answer; `error` says that the function failed.

        Raises:
            As `invoke`: Nothing ran.
        """
        return await self._invoke(region, function, qualifier, event, Metered(delivery))

    def invoke_later(self, region: str, function: str, qualifier: str | None, event: bytes) -> None:
        """Accept an asynchronous invocation: it runs soon and is tried again when it fails.

        Raises:
            UnknownFunctionError: Nothing was accepted.
            TooLargeError: Nothing was accepted.
            ValueError: The event is no JSON; nothing was accepted.
        """
        _check_size(event, MAX_ASYNC_EVENT_BYTES)
        json.loads(event or b"{}")
        name = self.resolve(region, function, qualifier).name
        retries = self._deployments.event_retries(region, name)
        task = asyncio.create_task(self._invoke_with_retries(region, function, qualifier, event, retries))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def warm(self, region: str, function: str, qualifier: str | None) -> None:
        """Start all instances that a function may have, before the first request.

        Raises:
            UnknownFunctionError: There is no such function.
            FunctionError: An instance did not start.
        """
        try:
            await self._pool.warm(self.resolve(region, function, qualifier))
        except InitTimeoutError as error:
            raise FunctionError("Sandbox.Timedout", f"Init timed out: {error}", status="timeout") from error
        except (InstanceExitedError, LookupError, OSError) as error:
            raise FunctionError("Runtime.ExitError", f"Runtime exited with error: {error}") from error

    def resolve(self, region: str, function: str, qualifier: str | None) -> FunctionVersion:
        """Return the version that an invocation would run now.

        Raises:
            UnknownFunctionError: There is none.
        """
        return self._deployments.function_version(region, function, qualifier, self._pool.choice)

    async def close(self) -> None:
        """End every instance; requests in progress fail."""
        for task in self._background:
            task.cancel()
        await self._pool.close()

    async def _invoke(
        self, region: str, function: str, qualifier: str | None, event: bytes, delivery: Metered | None
    ) -> Result:
        _check_size(event, MAX_EVENT_BYTES)
        parsed = json.loads(event or b"{}")
        target = self.resolve(region, function, qualifier)
        named = split_function(function)[1] or qualifier
        invocation = _Invocation(target, str(uuid.uuid4()), delivery, named)
        self._check_concurrency(invocation)
        try:
            payload = await self._run_on_the_living(invocation, parsed)
        except FunctionError as error:
            self._measure_end(invocation, failed=True)
            message = f"RequestId: {invocation.request_id} Error: {error}"
            payload = json.dumps({"errorMessage": message, "errorType": error.kind}).encode()
            return _result(invocation, payload, error=True)
        self._measure_end(invocation, failed=False)
        return _result(invocation, payload, error=False)

    def _check_concurrency(self, invocation: _Invocation) -> None:
        function = invocation.function
        reserved = self._deployments.reserved_concurrency(function.region, function.name)
        if reserved is not None and self._pool.busy(function.name) >= reserved:
            self._measure(invocation, Throttles=1)
            raise ThrottledError("Rate Exceeded.")

    def _measure_end(self, invocation: _Invocation, *, failed: bool) -> None:
        others = self._pool.busy(invocation.function.name)
        duration = {} if invocation.duration_ms is None else {"Duration": invocation.duration_ms}
        self._measure(
            invocation,
            Invocations=1,
            Errors=int(failed),
            Throttles=0,
            ConcurrentExecutions=others + 1,
            **duration,
        )

    def _measure(self, invocation: _Invocation, **values: float) -> None:
        if self._meter:
            self._meter.measure(invocation.function, invocation.qualifier, invocation.began, **values)

    async def _invoke_with_retries(
        self, region: str, function: str, qualifier: str | None, event: bytes, retries: int
    ) -> None:
        for delay in (0.0, *RETRY_DELAYS_S[:retries]):
            await asyncio.sleep(delay)
            with contextlib.suppress(ThrottledError, UnknownFunctionError):
                if not (await self._invoke_when_not_throttled(region, function, qualifier, event)).error:
                    return

    async def _invoke_when_not_throttled(
        self, region: str, function: str, qualifier: str | None, event: bytes
    ) -> Result:
        for delay_s in THROTTLED_DELAYS_S:
            with contextlib.suppress(ThrottledError):
                return await self.invoke(region, function, qualifier, event)
            await asyncio.sleep(delay_s)
        return await self.invoke(region, function, qualifier, event)

    async def _run_on_the_living(self, invocation: _Invocation, event: Any) -> bytes:
        """Run one event, on another instance when the first was dead and did not know it yet."""
        while True:
            with contextlib.suppress(_KilledWhileFrozenError):
                return await self._run(invocation, event)

    async def _run(self, invocation: _Invocation, event: Any) -> bytes:
        """Run one event on some instance."""
        try:
            async with self._pool.lend(invocation.function) as loan:
                self._running[loan.instance] = invocation
                try:
                    return await self._run_here(loan.instance, loan.init_ms, invocation, event)
                finally:
                    del self._running[loan.instance]
        except InitTimeoutError as error:
            raise FunctionError("Sandbox.Timedout", f"Init timed out: {error}", status="timeout") from error
        except (InstanceExitedError, LookupError, OSError) as error:
            raise FunctionError("Runtime.ExitError", f"Runtime exited with error: {error}") from error

    async def _run_here(
        self, instance: Instance, init_ms: float | None, invocation: _Invocation, event: Any
    ) -> bytes:
        """Run one event on this instance, and tell the log from start to report."""
        function, request_id = invocation.function, invocation.request_id
        form = function.log_format
        self._say(instance, invocation, records.start_record(form, request_id, function.version))
        started = time.monotonic()
        status, payload = "error", b""
        try:
            payload = await self._ask_within_limits(instance, invocation, event)
            await instance.drain()
            status = "success"
        except FunctionError as error:
            status = error.status
            await instance.kill()
            self._say(instance, invocation, f"{request_id} {error}")
            raise
        finally:
            invocation.duration_ms = duration_ms = (time.monotonic() - started) * 1000
            produced = invocation.delivery.sent_bytes if invocation.delivery else len(payload)
            done = records.done_record(
                form, request_id, status=status, duration_ms=duration_ms, produced_bytes=produced
            )
            report = records.report_record(
                form,
                request_id,
                status=status,
                duration_ms=duration_ms,
                init_ms=init_ms,
                memory_mb=function.memory_mb,
                memory_used_mb=invocation.memory_mb,
            )
            self._say(instance, invocation, done)
            self._say(instance, invocation, report)
        return payload

    async def _ask_within_limits(self, instance: Instance, invocation: _Invocation, event: Any) -> bytes:
        timeout_s = invocation.function.timeout_s
        memory = asyncio.create_task(_watch_memory(instance, invocation))
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(instance, invocation, event)
        except TimeoutError as error:
            message = f"Task timed out after {timeout_s:.2f} seconds"
            raise FunctionError("Sandbox.Timedout", message, status="timeout") from error
        except InstanceExitedError as error:
            if instance.was_killed_while_frozen and not invocation.has_begun_to_answer:
                raise _KilledWhileFrozenError from error
            raise FunctionError("Runtime.ExitError", f"Runtime exited with error: {error}") from error
        finally:
            memory.cancel()
            invocation.memory_mb = max(invocation.memory_mb, instance.memory_mb)

    async def _ask(self, instance: Instance, invocation: _Invocation, event: Any) -> bytes:
        try:
            request = adapter.request(event, lambda_context=_context(instance, invocation))
        except (KeyError, AttributeError, TypeError) as error:
            message = f"the event looks like an HTTP request and is none: {error!r}"
            raise FunctionError("Runtime.InvalidEvent", message) from error
        if invocation.delivery:
            await _deliver(instance.parts(request), invocation.delivery)
            return b""
        answer = await instance.ask(request)
        payload = _payload(answer, event, streams=adapter.streams(invocation.function.environment))
        if len(payload) > MAX_ANSWER_BYTES:
            raise FunctionError(
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({MAX_ANSWER_BYTES} bytes).",
            )
        return payload

    def _environment(self, function: FunctionVersion, stream: str) -> dict[str, str]:
        """Return what Lambda and the function's configuration set for a new instance with this log stream.

        Source: Lambda developer guide, "Defined runtime environment variables".
        """
        return {
            **self._runtime_environment,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": SNAP_START if function.starts_from_snapshot else "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            **function.environment,
        }

    def _app_line(self, function: FunctionVersion, instance: Instance, line: str) -> None:
        if invocation := self._running.get(instance):
            invocation.lines.append(line)
        self._sink.put(function.region, function.log_group, instance.stream, line)

    def _say(self, instance: Instance, invocation: _Invocation, line: str) -> None:
        invocation.lines.append(line)
        self._sink.put(invocation.function.region, invocation.function.log_group, instance.stream, line)


def _payload(answer: adapter.Response, event: Any, *, streams: bool) -> bytes:
    """Return what an invocation that reads no stream gets.

    Raises:
        FunctionError: The app's answer to an event is no JSON.
    """
    if streams:
        return adapter.gathered(answer)
    try:
        result = adapter.response(answer) if adapter.is_http(event) else adapter.pass_through_result(answer)
    except ValueError as error:
        message = "the app's answer to an event is no JSON"
        raise FunctionError("Runtime.InvalidResponse", message) from error
    return json.dumps(result).encode()


async def _watch_memory(instance: Instance, invocation: _Invocation) -> None:
    """Kill an instance that outgrows its function, as Lambda does."""
    while True:
        await asyncio.sleep(MEMORY_CHECK_EVERY_S)
        invocation.memory_mb = max(invocation.memory_mb, instance.memory_mb)
        if invocation.memory_mb > invocation.function.memory_mb:
            log.warning(
                "An instance used %d MB of %d MB.", invocation.memory_mb, invocation.function.memory_mb
            )
            await instance.kill()


async def _deliver(parts: AsyncGenerator[Head | bytes], delivery: Metered) -> None:
    """Pass an answer on as it comes.

    Raises:
        FunctionError: It is longer than a stream may be; what was passed on stays.
    """
    async with contextlib.aclosing(parts):
        try:
            async for part in parts:
                if isinstance(part, Head):
                    await delivery.begin(adapter.prelude(part.status, part.headers))
                else:
                    await delivery.send(part)
        except StreamTooLargeError as error:
            raise FunctionError("Function.ResponseSizeTooLarge", str(error)) from error


def _check_size(event: bytes, limit: int) -> None:
    if len(event) > limit:
        raise TooLargeError(f"Request must be smaller than {limit} bytes for the InvokeFunction operation")


def _context(instance: Instance, invocation: _Invocation) -> dict[str, Any]:
    """Return what the adapter tells the app of its invocation (x-amzn-lambda-context)."""
    function = invocation.function
    return {
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


def _result(invocation: _Invocation, payload: bytes, *, error: bool) -> Result:
    # Source: Lambda API, Invoke, LogType=Tail: the last 4 KB of the log, base64.
    tail = base64.b64encode("\n".join(invocation.lines).encode()[-4096:]).decode()
    return Result(payload, invocation.function.version, invocation.request_id, error, tail)
