"""A log group and the one question that is put to it: FilterLogEvents.

Source: CloudWatch Logs API, FilterLogEvents. Its answers come in pages of up to 10,000 events or 1 MB, in
the order of the events' times; a page may be empty and still not be the last.
"""

import contextlib
import itertools
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ops.logs.connection import LOST, Connection
from ops.logs.errors import GroupNotFoundError, LogsError, PassingError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

ATTEMPTS = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0

_OPERATION = "FilterLogEvents"
_HEADERS = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Logs_20140328.{_OPERATION}"}

_THROTTLED = ("Throttl", "TooManyRequests", "LimitExceeded", "SlowDown")
_EXPIRED = ("ExpiredToken", "UnrecognizedClient", "InvalidClientTokenId", "RequestExpired")
_CLOCK = ("InvalidSignatureException", "RequestTimeTooSkewed", "SignatureDoesNotMatch")


class Event(msgspec.Struct, gc=False, rename="camel"):
    """A log event as the service tells it; no other field of its answer is even decoded.

    Attributes:
        timestamp: When it happened, by whoever wrote it, in milliseconds since 1970.
        message: What was written.
        event_id: Its own in the group.
        log_stream_name: The instance, or whatever else wrote it.
        ingestion_time: When the service took it.
        group: Name of its group, which is not in the answer.
    """

    timestamp: int
    message: str
    event_id: str = ""
    log_stream_name: str = ""
    ingestion_time: int = 0
    group: str = ""


class Page(msgspec.Struct, rename="camel"):
    """An answer, and what leads to the next one."""

    events: list[Event] = []
    next_token: str | None = None


class _Refusal(msgspec.Struct):
    """An answer that is none."""

    type: str = msgspec.field(name="__type", default="")
    message: str | None = None
    # Some services write it so.
    upper_message: str | None = msgspec.field(name="Message", default=None)


_page = msgspec.json.Decoder(Page)


class Group:
    """A log group, asked over a connection of its own.

    Attributes:
        name: The group's.
        pattern: The filter pattern that each question carries; "" for all events.
        connection: Where it is asked.
        attempts: How often a question is put when something keeps it from being answered that may pass.
    """

    def __init__(
        self,
        name: str,
        connection: Connection,
        *,
        pattern: str = "",
        attempts: int = ATTEMPTS,
        renew: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask nothing yet; `renew` looks for other credentials when these have expired."""
        self.name = name
        self.pattern = pattern
        self.connection = connection
        self.attempts = attempts
        self._renew = renew
        self._sleep = sleep
        self._question = b""
        self._is_sent = False

    def ask(self, start_ms: int, end_ms: int | None = None, token: str | None = None) -> None:
        """Ask for a page; `answer` returns it, or tells what went wrong.

        Args:
            start_ms: The first millisecond since 1970 that is wanted.
            end_ms: The last one; None for all there are.
            token: What the page before this one leads on with.
        """
        # AWS merges the streams whatever is said; moto does when it is asked to.
        question: dict[str, Any] = {
            "logGroupName": self.name,
            "startTime": max(0, start_ms),
            "interleaved": True,
        }
        if end_ms is not None:
            question["endTime"] = end_ms
        if self.pattern:
            question["filterPattern"] = self.pattern
        if token:
            question["nextToken"] = token
        self._question = msgspec.json.encode(question)
        self._is_sent = False
        with contextlib.suppress(PassingError, *LOST):
            self._send()

    def give_up(self) -> None:
        """Answer no more: whoever waits is told at once; may be called by a signal's handler."""
        self.attempts = 0
        self.connection.cut()

    def answer(self) -> Page:
        """Return the page that was asked for last.

        Raises:
            GroupNotFoundError: There is no such group.
            PassingError: Each attempt was throttled, or met expired credentials, or a service out of reach.
            LogsError: The service refuses for another reason.
        """
        for attempt in itertools.count(1):
            if attempt > self.attempts:
                raise PassingError("stopped", "Stopped before the answer had come.")
            try:
                if not self._is_sent:
                    self._send()
                status, body = self.connection.receive()
            except LOST as error:
                self.connection.close()
                trouble = self._unreachable(error)
            else:
                if status == 200:
                    return self._page(body)
                trouble = self._trouble(status, body, attempt)
            self._is_sent = False
            if attempt >= self.attempts:
                raise trouble
            self._sleep(pause_s(attempt))
        raise AssertionError

    def _send(self) -> None:
        self.connection.send(_HEADERS, self._question)
        self._is_sent = True

    def _page(self, body: bytes) -> Page:
        try:
            page = _page.decode(body)
        except ValueError:
            page = _page.decode(self._mended(body))
        for event in page.events:
            event.group = self.name
        return page

    def _mended(self, body: bytes) -> bytes:
        """Return a page that holds halves of surrogate pairs, or bytes of no text, with ? in their places."""
        import json

        try:
            content = json.loads(body.decode(errors="replace"))
        except ValueError as error:
            raise LogsError(
                f"What answers at {self.connection.endpoint} is not CloudWatch Logs. Nothing of it was read. "
                f"Look at AWS_ENDPOINT_URL and HTTPS_PROXY."
            ) from error
        return json.dumps(content, ensure_ascii=False).encode(errors="replace")

    def _trouble(self, status: int, body: bytes, attempt: int) -> PassingError:
        """Return what may pass; raise what does not."""
        code, message = _said(body, status)
        if code.startswith("ResourceNotFound"):
            raise GroupNotFoundError(
                f"There is no log group {self.name}. Nothing of it was read. `invoke deploy` makes those of "
                f"the stage; `invoke logs --follow` waits for one."
            )
        if code == "InvalidParameterException" and self.pattern:
            raise refused_filter(self.pattern, message)
        if any(part in code for part in _THROTTLED):
            return PassingError("throttled", self._sentence(code, message, attempt))
        if any(part in code for part in _EXPIRED):
            trouble = PassingError("credentials expired", self._sentence(code, message, attempt))
            if attempt > 1:
                raise trouble
            self._renew()
            return trouble
        if any(part in code for part in _CLOCK) and attempt == 1:
            # The answer has told the service's time: the next attempt is signed with that.
            return PassingError("clocks differ", self._sentence(code, message, attempt))
        if status >= 500:
            return PassingError(f"out of order ({status})", self._sentence(code, message, attempt))
        raise LogsError(self._sentence(code, message, attempt))

    def _sentence(self, code: str, message: str, attempt: int) -> str:
        from botocore.exceptions import ClientError

        where = {"Service": "logs", "RetryAttempts": attempt - 1}
        response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": where}
        return _refused(ClientError(response, _OPERATION))

    def _unreachable(self, error: Exception) -> PassingError:
        from botocore.exceptions import EndpointConnectionError

        unreachable = EndpointConnectionError(endpoint_url=self.connection.endpoint, error=error)
        return PassingError("out of reach", _refused(unreachable))


def refused_filter(pattern: str, message: str) -> LogsError:
    """Return that the service does not take a filter, with its own words about it."""
    return LogsError(
        f"CloudWatch does not take the filter {pattern!r}: {message.rstrip('.')}. Nothing was "
        f"read. docs/logs.md shows patterns; --grep takes a regular expression instead."
    )


def pause_s(attempt: int) -> float:
    """Return how long to wait after an attempt: twice as long each time, and never just as long as others do.

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempt - 1, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


def _said(body: bytes, status: int) -> tuple[str, str]:
    """Return code and message of a refusal."""
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        return f"HTTP{status}", "no answer of CloudWatch Logs"
    message = refusal.message or refusal.upper_message or ""
    return refusal.type.rpartition("#")[2] or f"HTTP{status}", message


def _refused(error: "ClientError | BotoCoreError") -> str:
    from ops import aws_errors

    refusal = aws_errors.refusal(error)
    return f"{refusal.said} {refusal.fix}".strip()
