"""A new version for a part of the users first, watched while they use it.

Two witnesses: the function's log, which tells within seconds, and CloudWatch's metrics, which tell a minute
or two later but count what never reached a log.
"""

import contextlib
import datetime
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops import versions
from ops.errors import CanaryError
from ops.versions import Live

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

    from ops.clients import Clients

LOOK_EVERY_S = 5.0

# CloudWatch Logs' own pattern; `_verdict` reads each event again, since it may match more.
_PATTERN = '{ $.type = "platform.runtimeDone" || $.level = "ERROR" || $.level = "CRITICAL" }'


@dataclass(frozen=True)
class Canary:
    """How a version is tried: for `percent` of all requests, for `bake_s` seconds.

    Raises:
        CanaryError: That tries nothing, or sends everybody to it; nothing was done.
    """

    percent: int
    bake_s: float

    def __post_init__(self) -> None:
        """Refuse what would be no trial."""
        if not 1 <= self.percent <= 99:
            raise CanaryError(
                f"A trial takes 1 to 99 percent of the users, not {self.percent}. Nothing was done."
            )
        if self.bake_s <= 0:
            raise CanaryError(
                f"A trial lasts at least a second, not {self.bake_s:g}: nobody would be watched. Nothing was "
                f"done."
            )


@dataclass(frozen=True)
class Sighting:
    """What a version was seen doing.

    Attributes:
        answered: Invocations that ended, well or not.
        failures: What went wrong, each in a line.
    """

    answered: int
    failures: tuple[str, ...]

    def after(self, bake_s: float) -> str:
        """Return what to say of a trial that nothing ended; one that nobody came to has shown nothing."""
        if not self.answered:
            return f"nobody came in {bake_s:.0f} s: nothing was tried"
        return f"{self.answered} invocations in {bake_s:.0f} s, none failed"


def watch(
    clients: "Clients",
    *,
    function: str,
    log_group: str,
    since: Live,
    version: str,
    canary: Canary,
    check: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Live, Sighting]:
    """Send a part of the users to a version and watch it; they all go back when it fails once.

    Args:
        clients: The account's.
        function: Function name.
        log_group: Its log group.
        since: What users reach; they still do afterwards, all but `canary.percent` of them.
        version: The version that is tried.
        canary: How many users, how long.
        check: Called before every look; whatever it raises ends the trial.
        sleep: Waits between two looks.

    Returns:
        The alias as it is now, with the weight still on it, and what was seen.

    Raises:
        CanaryError: The version failed. All users reach what they reached before, unless AWS refused the
            way back: then the alias still has its weight.
        AliasError: Somebody else moved the alias.
    """
    weights = {version: canary.percent / 100}
    trying = versions.move(clients.lambda_, function=function, to=since.version, since=since, weights=weights)
    # The log does not tell users from the version's proof, which was over before they were sent to it.
    began = datetime.datetime.now(datetime.UTC)
    end = time.monotonic() + canary.bake_s
    try:
        while True:
            check()
            seen = look(clients, function=function, log_group=log_group, version=version, began=began)
            _refuse_failures(seen, version=version, percent=canary.percent, since=since)
            if (left := end - time.monotonic()) <= 0:
                return trying, seen
            sleep(min(LOOK_EVERY_S, left))
    except BaseException:
        # Whatever ended the trial is the error to tell; who takes the version back tries once more.
        with contextlib.suppress(Exception):
            versions.move(clients.lambda_, function=function, to=since.version, since=trying)
        raise


def _refuse_failures(seen: Sighting, *, version: str, percent: int, since: Live) -> None:
    if seen.failures:
        raise CanaryError(
            f"Version {version} failed for some of the {percent} % of the users that reached it: "
            f"{seen.failures[0]}. They go back to version {since.version}. Its log says more (`invoke env`)."
        )


def look(
    clients: "Clients", *, function: str, log_group: str, version: str, began: datetime.datetime
) -> Sighting:
    """Return what a version did since `began`, as its log and its metrics tell."""
    seen = in_log(clients.logs, log_group=log_group, version=version, began=began)
    counted = errors_counted(clients.cloudwatch, function=function, version=version, began=began)
    if counted and not seen.failures:
        return Sighting(seen.answered, (f"CloudWatch counts {counted} errors",))
    return seen


def in_log(
    logs: "CloudWatchLogsClient", *, log_group: str, version: str, began: datetime.datetime
) -> Sighting:
    """Return what the log tells of a version since `began`.

    Streams are named after the day on which an instance started, and its version.
    Source: AWS Lambda developer guide, "Working with log groups and streams".
    """
    answered, failures = 0, []
    # An instance that answers now may have started before midnight.
    eve, today = began.date() - datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC).date()
    days = {eve, began.date(), today}
    for day in sorted(days):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=log_group,
            logStreamNamePrefix=f"{day:%Y/%m/%d}/[{version}]",
            startTime=int(began.timestamp() * 1000),
            filterPattern=_PATTERN,
        )
        for page in pages:
            for event in page["events"]:
                done, failure = _verdict(event["message"])
                answered += done
                failures += [failure] if failure else []
    return Sighting(answered, tuple(failures))


def errors_counted(
    cloudwatch: "CloudWatchClient", *, function: str, version: str, began: datetime.datetime
) -> int:
    """Return how many invocations of a version through the alias CloudWatch has counted as failed.

    Source: AWS Lambda developer guide, "Types of metrics for Lambda functions", ExecutedVersion.
    """
    dimensions = {
        "FunctionName": function,
        "Resource": f"{function}:{versions.ALIAS}",
        "ExecutedVersion": version,
    }
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=began.replace(second=0, microsecond=0),
        EndTime=datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return round(sum(point["Sum"] for point in answer["Datapoints"]))


def _verdict(message: str) -> tuple[bool, str]:
    """Return whether a line tells the end of an invocation, and what failed, if anything did."""
    try:
        said: dict[str, Any] = json.loads(message)
    except ValueError:
        return False, ""
    if said.get("type") == "platform.runtimeDone":
        status = said["record"].get("status")
        return True, "" if status == "success" else f"an invocation ended with {status}"
    if said.get("level") in ("ERROR", "CRITICAL"):
        return False, str(said.get("message", "an error in its log")).splitlines()[0][:200]
    return False, ""
