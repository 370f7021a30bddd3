"""Who performs a job: a thread of this process, an invocation of this function, or the caller itself."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from . import messages
from .jobs import Jobs

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from app.transport import Seal

log = logging.getLogger(__name__)

AT_ONCE: Final = 16
_MOST_AT_ONCE: Final = 1000

Start = Callable[[Jobs, str], None]


def in_threads(at_once: int = AT_ONCE) -> Start:
    """Start jobs in threads, `at_once` of them at most. For a process that nobody freezes."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="job")

    def start(jobs: Jobs, job_id: str) -> None:
        pool.submit(jobs.perform, job_id)

    return start


def by_invocation(lambda_: LambdaClient, *, function: str, version: str, seal: Seal) -> Start:
    """Start each job by an asynchronous invocation of this very version of the function.

    Source: AWS Lambda API, Invoke with InvocationType=Event: 202 once the event is queued.
    """

    def start(_jobs: Jobs, job_id: str) -> None:
        event = messages.event(job_id, at=time.time(), seal=seal)
        lambda_.invoke(
            FunctionName=function, Qualifier=version, InvocationType="Event", Payload=json.dumps(event)
        )

    return start


def at_once(jobs: Jobs, job_id: str) -> None:
    """Perform the job before going on: where nothing runs after the answer, and nobody can be invoked."""
    jobs.perform(job_id)


def at_once_in(environment: Mapping[str, str]) -> int:
    """How many jobs of one reader may be under way: JOBS_AT_ONCE, 1 to 1000, or 16.

    Each is an instance of the function, or a request to a provider, that others do without.
    """
    told = environment.get("JOBS_AT_ONCE", "")
    if told.isascii() and told.isdigit() and 1 <= int(told) <= _MOST_AT_ONCE:
        return int(told)
    if told:
        log.warning("JOBS_AT_ONCE is no number from 1 to %s: %s are done at once", _MOST_AT_ONCE, AT_ONCE)
    return AT_ONCE


def chosen(environment: Mapping[str, str], seal: Seal) -> Start:
    """What fits where this process runs.

    JOBS=invoke   this is a function that may invoke itself; Terraform says so
    otherwise     in Lambda at once, elsewhere in threads
    """
    function = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    if environment.get("JOBS") == "invoke":
        import boto3

        version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        return by_invocation(boto3.client("lambda"), function=function, version=version, seal=seal)
    return at_once if function else in_threads(at_once_in(environment))
