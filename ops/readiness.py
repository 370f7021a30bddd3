"""Instances that wait ready behind the alias `live`, so that users meet no cold start.

They belong to the version that the alias points at. Moved, it is READY again only when AWS has made as many
of the new version; users are answered all the while, and some of them wait for an instance to start.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ops.errors import CanaryError
from ops.versions import ALIAS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from ops.deploy import Step
    from ops.settings import Settings
    from ops.stack import Stack

LOOK_EVERY_S = 3.0
# AWS starts some hundreds a minute; whoever waits longer wants to know why rather than wait.
LIMIT_S = 300.0


def kept(settings: "Settings") -> int:
    """Return how many instances the stage keeps ready."""
    return int(settings.variable("provisioned_concurrency") or 0)


def report(stack: "Stack", step: "Step") -> None:
    """Wait, where the stage keeps instances ready, until they are those of the version that users reach.

    Users have been moved: however this ends, the release is what it was.
    """
    if kept(stack.target.settings):
        with step("instances kept ready") as note:
            note(wait(stack.clients.lambda_, function=stack.app_name))


def wait(lambda_: "LambdaClient", *, function: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """Wait until the instances of what users reach are ready; return a note on how that went.

    Source: AWS Lambda API, GetProvisionedConcurrencyConfig, fields Status and StatusReason.
    """
    end = time.monotonic() + LIMIT_S
    while True:
        try:
            found = lambda_.get_provisioned_concurrency_config(FunctionName=function, Qualifier=ALIAS)
        except lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException:
            return "the stage wants some, and the alias has none: `invoke plan` shows it"
        status, wanted = found["Status"], found["RequestedProvisionedConcurrentExecutions"]
        if status == "READY":
            return f"{wanted} instances are ready"
        if status == "FAILED" or time.monotonic() > end:
            reason = found.get("StatusReason", f"still {status} after {LIMIT_S:.0f} s")
            return f"not ready: {reason}. Users are answered, after a cold start; `invoke status` tells on"
        sleep(LOOK_EVERY_S)


def refuse_trial(settings: "Settings") -> None:
    """Refuse to try a version on a part of the users where instances are kept ready.

    Raises:
        CanaryError: AWS would refuse it in the middle of the deployment; nothing was done.

    Source: AWS Lambda's own refusals, "Alias with weights can not be used with Provisioned Concurrency" and
    "Invalid alias configuration for Provisioned Concurrency".
    """
    if wanted := kept(settings):
        raise CanaryError(
            f"AWS tries no version on a part of the users while instances are kept ready "
            f"(provisioned_concurrency = {wanted}). Nothing was done. Deploy without --canary: the version "
            f"is proven before users reach it all the same. Or apply provisioned_concurrency = 0 first."
        )
