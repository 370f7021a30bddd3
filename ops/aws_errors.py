"""What AWS refused, in a sentence that says what to do about it.

No value that was sent, and no credential, is in any of the sentences: AWS repeats some of them in its own.
"""

import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

_STATE = "What was done before is kept, and the same command goes on from there."

_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
_THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"),
    *("RequestLimitExceeded", "RequestThrottled", "SlowDown", "ProvisionedThroughputExceededException"),
}
_BAD_CREDENTIALS = {
    *("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken"),
    *("MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException"),
}
_BAD_CLOCK = {"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}

_NO_CREDENTIALS = (
    *(exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound),
    *(exceptions.CredentialRetrievalError, exceptions.TokenRetrievalError, exceptions.SSOError),
)
_UNREACHABLE = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError)

# Actions and services that IAM calls otherwise than the API does.
# Source: Service Authorization Reference.
_OF_A_BUDGET = ("Budget", "Notification", "Subscriber")
_ACTIONS = {
    **dict.fromkeys(
        (f"budgets:{verb}{what}" for verb in ("Create", "Delete", "Update") for what in _OF_A_BUDGET),
        "budgets:ModifyBudget",
    ),
    "budgets:DescribeBudget": "budgets:ViewBudget",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "budgets:DescribeSubscribersForNotification": "budgets:ViewBudget",
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
_SERVICES = {"monitoring": "cloudwatch"}

# Source: IAM user guide, "Troubleshoot access denied error messages".
_DENIAL = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: \"?(?P<resource>[^\s\"]+)\"?)?"
    r"(?: because no (?P<missing>[\w -]+?) allows"
    r"|(?P<explicit> with an explicit deny)"
    r"(?: in an? (?P<forbidding>(?:[\w-]+ ){1,3}?(?:policy|boundary)))?)?"
)
_PARAMETER = re.compile(r"parameter (?:in [\w.\[\]]+: )?\"?([\w.\[\]]+)")


def is_denied(error: ClientError) -> bool:
    """Whether AWS did not let us."""
    return error.response.get("Error", {}).get("Code") in _DENIED


@dataclass(frozen=True)
class Refusal:
    """Why AWS did not do something, and what to do about that; both are sentences."""

    said: str
    fix: str = ""


@dataclass(frozen=True)
class Denial:
    """Something that a policy does not let somebody do.

    Attributes:
        who: ARN of whoever asked; "" when AWS did not say.
        action: As IAM calls it, such as "lambda:UpdateAlias".
        resource: Its ARN, "*" for an action that has none; "" when AWS did not say.
        forbidding: The kind of policy that forbids it, whatever others allow; "" when none does.
        missing: The kind of policy that would have to allow it.
    """

    who: str
    action: str
    resource: str = ""
    forbidding: str = ""
    missing: str = "identity-based policy"

    @property
    def statement(self) -> str:
        """The statement that a policy lacks, as one line of JSON."""
        return json.dumps({"Effect": "Allow", "Action": self.action, "Resource": self.resource})

    @property
    def refusal(self) -> Refusal:
        """What was denied, and how it may be had."""
        on = "" if self.resource in ("", "*") else f" on {self.resource}"
        to = f" to {self.who}" if self.who else ""
        if self.forbidding:
            fix = f"Some {self.forbidding} forbids it, whatever others allow: ask whoever manages that."
        elif not self.resource:
            fix = "Ask whoever manages the permissions of this account to allow it."
        else:
            fix = f"Add this statement to the {self.missing}, or ask whoever may:\n{self.statement}"
        return Refusal(f"AWS denies {self.action}{on}{to}.", fix)


def explain(error: "ClientError | BotoCoreError") -> str:
    """Return why a command ended: what AWS refused, what state that leaves, and what to type next.

    The state is in the error's notes, when a command has taken back what it did.
    """
    refused, state = refusal(error), " ".join(getattr(error, "__notes__", ())) or _STATE
    return f"{refused.said} {state} {refused.fix}".strip()


def refusal(error: "ClientError | BotoCoreError") -> Refusal:
    """Return what AWS refused, or why it was not reached, and what to do about it."""
    if isinstance(error, ClientError):
        return _of_answer(error)
    if isinstance(error, _NO_CREDENTIALS):
        return _credentials(str(error))
    if isinstance(error, _UNREACHABLE):
        return _unreachable(str(error.kwargs.get("endpoint_url") or ""), type(error).__name__)
    if isinstance(error, exceptions.NoRegionError):
        return Refusal("No region is set.", "Name one as `region` in invoke.yaml.")
    if isinstance(error, exceptions.ParamValidationError):
        # Its own text repeats the values.
        names = ", ".join(
            sorted(set(re.findall(r"parameter (?:in [\w.\[\]]+: )?\"?([\w.\[\]]+)", str(error))))
        )
        return Refusal(f"A request did not fit AWS's API ({names}): that is a fault of this program.")
    return Refusal(f"{type(error).__name__}: {error}")


def denials(text: str) -> list[Denial]:
    """Return what AWS denied according to a text, such as Terraform's errors; each denial once.

    Args:
        text: In lines of any length, also in the boxes that Terraform draws.
    """
    joined = re.sub(r"[\s│╷╵]+", " ", text)
    return list(dict.fromkeys(_denial(match) for match in _DENIAL.finditer(joined)))


def iam_action(service: str, operation: str) -> str:
    """Return what IAM calls an operation.

    Args:
        service: The name that its requests are signed for.
        operation: The API's name of it.
    """
    action = f"{_SERVICES.get(service, service)}:{operation}"
    return _ACTIONS.get(action, action)


def _of_answer(error: "ClientError") -> Refusal:
    answer: Any = error.response
    said, meta = answer.get("Error", {}), answer.get("ResponseMetadata", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    # Written by ops.clients; a client of somebody else's says neither.
    service, region = meta.get("Service", "aws"), meta.get("Region", "this region")
    action = iam_action(service, error.operation_name)
    if code in _DENIED:
        return next(iter(denials(message)), Denial("", action)).refusal
    if code in _THROTTLED:
        attempts = meta.get("RetryAttempts", 0) + 1
        return Refusal(
            f"AWS throttles {action}: it was asked {_times(attempts)} and said {code} each time.",
            "Wait a minute; when it stays so, look for what else calls AWS in this account and region.",
        )
    if code in _BAD_CLOCK or "Signature expired" in message:
        return Refusal(f"AWS says that this machine's clock is wrong ({code}).", "Set it, then try again.")
    if code in _BAD_CREDENTIALS:
        return _credentials(code)
    message = _without_values(_without_markup(message))
    if "NotFound" in code or code.startswith("NoSuch"):
        return Refusal(
            f"{action} found nothing in {region}: {message} ({code}).",
            "See `invoke status`; when that knows no release, `invoke deploy` makes one.",
        )
    return Refusal(f"AWS refused {action}: {message} ({code}, request {meta.get('RequestId', 'unknown')}).")


def _denial(match: re.Match[str]) -> Denial:
    return Denial(
        match["who"],
        match["action"],
        match["resource"] or "",
        forbidding=(match["forbidding"] or "policy") if match["explicit"] else "",
        missing=match["missing"] or Denial.missing,
    )


def _credentials(reason: str) -> Refusal:
    return Refusal(
        f"The AWS credentials don't work: {reason.rstrip('.')}.",
        "Set AWS_PROFILE to a profile of the stage's account and renew its session (`aws sso login`), or use "
        "`--stage local`.",
    )


def _unreachable(url: str, kind: str) -> Refusal:
    where = urlsplit(url)._replace(path="", query="", fragment="").geturl()
    if where and os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") == where:
        return Refusal(
            f"Nothing answers at {where}, where AWS_ENDPOINT_URL leads ({kind}).",
            "Unset AWS_ENDPOINT_URL to reach AWS; where `invoke env` set it, `invoke up` starts what it "
            "leads to.",
        )
    if urlsplit(url).hostname == "127.0.0.1":
        return Refusal(
            f"The embedded account does not answer at {where} ({kind}).",
            "Its state is at most a second old: start it with `invoke up`.",
        )
    return Refusal(
        f"{where or 'AWS'} can't be reached ({kind}).",
        "Look at the network, HTTPS_PROXY and AWS_ENDPOINT_URL, then try again.",
    )


def _without_markup(message: str) -> str:
    """Return what a page of HTML, which something between us and AWS answered, says in its title."""
    if not message.lstrip().startswith("<"):
        return message
    title = re.search(r"(?is)<title>(.*?)</title>", message)
    return " ".join((title[1] if title else re.sub(r"<[^>]*>", " ", message)).split())


def _without_values(message: str) -> str:
    """Return AWS's message without the values that it repeats: one of them may be a key.

    Lambda repeats all environment variables when they are more than it takes.
    """
    message = re.sub(r"(?s)\s*String measured: .*", "", message)
    return re.sub(r"(?i)\bvalue '.*?' at ", "a value at ", message, flags=re.DOTALL)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
