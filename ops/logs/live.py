"""Live Tail: events as CloudWatch takes them, a second after they were written, but not always all of them.

Above 500 events a second it shows a sample, a session ends after three hours, and each minute of it costs
money. `follow.py` is what loses nothing.
Source: CloudWatch Logs API, StartLiveTail; CloudWatch Logs user guide, "Live Tail".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ops.logs.errors import GroupNotFoundError, LogsError
from ops.logs.group import Event, refused_filter

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SAMPLING = (
    "Live Tail shows a sample when more than 500 events come in a second, and ends after 3 hours; "
    "--follow shows all."
)


@dataclass
class LiveTail:
    """A session.

    Attributes:
        logs: The client.
        groups: ARNs of log groups, ten at most.
        pattern: CloudWatch's filter pattern; "" for all events.
        sampled: Whether something was left out so far.
    """

    logs: "CloudWatchLogsClient"
    groups: Sequence[str]
    pattern: str = ""
    sampled: bool = field(default=False, init=False)

    def batches(self) -> Iterator[list[Event]]:
        """Yield what comes, until the session ends.

        Raises:
            GroupNotFoundError: There is no such group.
            LogsError: CloudWatch does not take the pattern, or the session broke off; what came was yielded.
            ClientError: AWS refuses for another reason.
        """
        for message in self._messages():
            # What else comes is the session's start.
            if update := message.get("sessionUpdate"):
                self.sampled |= update["sessionMetadata"].get("sampled", False)
                if found := [_event(result) for result in update["sessionResults"]]:
                    yield found

    def _messages(self) -> Iterator[Any]:
        from botocore.exceptions import EventStreamError
        from urllib3.exceptions import HTTPError

        try:
            yield from self._started()["responseStream"]
        except EventStreamError as error:
            # So ends a session after three hours.
            if error.response["Error"]["Code"] != "SessionTimeoutException":
                raise _broken_off(error.response["Error"]["Message"]) from error
        except HTTPError as error:  # the connection was lost: botocore does not translate that in a stream
            raise _broken_off(str(error)) from error

    def _started(self) -> Any:
        pattern: Any = {"logEventFilterPattern": self.pattern} if self.pattern else {}
        try:
            return self.logs.start_live_tail(logGroupIdentifiers=list(self.groups), **pattern)
        except self.logs.exceptions.ResourceNotFoundException as error:
            raise GroupNotFoundError(
                f"One of these log groups does not exist: {', '.join(map(_name, self.groups))}. Nothing was "
                f"shown. `invoke deploy` makes those of the stage."
            ) from error
        except self.logs.exceptions.InvalidParameterException as error:
            if not self.pattern:
                raise
            raise refused_filter(self.pattern, error.response["Error"]["Message"]) from error


def _broken_off(why: str) -> LogsError:
    return LogsError(
        f"Live Tail broke off: {why.rstrip('.')}. What came was shown, and nothing after it. The same "
        f"command begins another session; --follow goes on by itself, and loses nothing."
    )


def group_arn(name: str, *, region: str, account_id: str) -> str:
    """Return the ARN of a log group, as StartLiveTail wants it."""
    partition = "aws-cn" if region.startswith("cn-") else "aws"
    return f"arn:{partition}:logs:{region}:{account_id}:log-group:{name}"


def _event(result: Any) -> Event:
    return Event(
        timestamp=result["timestamp"],
        message=result["message"],
        log_stream_name=result.get("logStreamName", ""),
        ingestion_time=result.get("ingestionTime", 0),
        group=_name(result.get("logGroupIdentifier", "")),
    )


def _name(identifier: str) -> str:
    """Return the name of a group in its ARN, or in ACCOUNT:NAME, which is how events tell it."""
    return identifier.rpartition(":")[2]
