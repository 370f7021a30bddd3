"""How a stage is: what users reach, how that does, and what is wrong with it. Only reads, all at once."""

import dataclasses
import datetime
import time
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ops import locks
from ops.errors import LockedError, OpsError
from ops.inputs import differences
from ops.releases import Ledger, Release
from ops.smoke import HEALTH_PATH
from ops.versions import ALIAS

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

    from ops.stack import Stack

T = TypeVar("T")

# An HTTP API gives up after 30 s; whoever waits for a status does so earlier.
URL_LIMIT_S = 10.0

METRICS_PERIOD_S = 3600


class NothingDeployedError(OpsError):
    """The stage has no URL; nothing was done."""


@dataclass(frozen=True)
class Function:
    """The function as it is now (`$LATEST`): what the next version would be made of.

    Attributes:
        state: Lambda's word: Active, Inactive (asleep until the next request), Pending or Failed.
        update: How its last change went: Successful, InProgress or Failed.
        reason: Lambda's explanation when either is not as it should be.
        revision: RevisionId, another one after each change.
        reserved: Concurrent executions that are kept for it, and its limit; None without.
        provisioned: Instances that are kept warm.
    """

    state: str
    update: str
    reason: str
    revision: str
    reserved: int | None
    provisioned: int


@dataclass(frozen=True)
class Live:
    """What users reach.

    Attributes:
        version: The published version.
        weights: During a trial, other versions => the share of the users that reaches them.
        digest: The image's.
        published: When the version was published (ISO 8601).
    """

    version: str
    weights: dict[str, float]
    digest: str
    published: str


@dataclass(frozen=True)
class Key:
    """A parameter that holds a key or a secret: never its value.

    Attributes:
        changed: When its value was written (ISO 8601).
    """

    name: str
    version: int
    changed: str


@dataclass(frozen=True)
class Traffic:
    """What the last hour's invocations came to."""

    invocations: int
    errors: int
    throttles: int


@dataclass(frozen=True)
class Api:
    """The public API and what it lets through: requests a second over time, and at once."""

    url: str
    rate_rps: float | None
    burst: int | None


@dataclass(frozen=True)
class Answer:
    """What the public URL says of its health; `status` is None when nothing answered, for `reason`."""

    url: str
    status: int | None
    latency_ms: int
    reason: str = ""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, and what to do about it."""

    what: str
    fix: str


@dataclass(frozen=True)
class Status:
    """How a stage is. What is not there, or could not be read, is None, and a problem says which.

    Attributes:
        account_concurrency: Concurrent executions of all functions of the account in this region.
        release: The newest in the ledger, whatever became of it.
        tag: The live image's name, when the ledger knows it.
        lock: Who deploys now; "" when nobody does.
        drift: What differs from the last good release, a line each.
    """

    stage: str
    account: str
    region: str
    live: Live | None
    tag: str
    function: Function | None
    keys: tuple[Key, ...] | None
    traffic: Traffic | None
    api: Api | None
    account_concurrency: int | None
    answer: Answer | None
    release: Release | None
    lock: str | None
    drift: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def data(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold."""
        release = self.release and self.release.model_dump()
        return {"healthy": self.is_healthy, **dataclasses.asdict(self), "release": release}


@dataclass(frozen=True)
class _Releases:
    newest: Release | None
    good: Release | None


def read(stack: "Stack") -> Status:
    """Return how a stage is; changes nothing. What can't be read becomes a problem."""
    clients, name, problems = stack.clients, stack.app_name, list[Problem]()
    with ThreadPoolExecutor(12) as pool:
        # Making a client takes longer than asking with it: the first ones ask while the next are made.
        ask, lambda_ = pool.submit, clients.lambda_
        asked_live, asked_function = ask(live, lambda_, name), ask(function, lambda_, name)
        asked_concurrency = ask(account_concurrency, lambda_)
        asked_releases = ask(_releases, stack.ledger)
        asked_lock = ask(held_by, clients.s3, bucket=stack.bucket, app_name=name)
        asked_api = ask(api, clients.apigatewayv2, name)
        asked_answer = ask(_public_answer, asked_releases, asked_api)
        asked_keys = ask(keys, clients.ssm, name)
        asked_traffic = ask(traffic, clients.cloudwatch, name)

        def told(future: "Future[T]", what: str) -> T | None:
            return _told(future, what, problems)

        releases = told(asked_releases, "the ledger") or _Releases(None, None)
        found = Status(
            stage=stack.target.settings.stage_name,
            account=stack.target.account_id,
            region=stack.region,
            live=told(asked_live, "what users reach"),
            tag="",
            function=told(asked_function, "the function"),
            keys=told(asked_keys, "the keys' ages"),
            traffic=told(asked_traffic, "the metrics"),
            api=told(asked_api, "the API"),
            account_concurrency=told(asked_concurrency, "the account's limits"),
            answer=told(asked_answer, "the URL"),
            release=releases.newest,
            lock=told(asked_lock, "the deploy lock"),
            drift=(),
            problems=(),
        )
    drift = _drift(found, releases.good)
    problems += _problems(found, drift, is_whole=not problems)
    return dataclasses.replace(found, tag=_tag(found, releases), drift=drift, problems=tuple(problems))


def live(lambda_: "LambdaClient", name: str) -> Live | None:
    """Return what users reach, or None before the first deployment.

    Source: AWS Lambda API, GetAlias and GetFunction.
    """
    try:
        alias = lambda_.get_alias(FunctionName=name, Name=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    version = alias["FunctionVersion"]
    found = lambda_.get_function(FunctionName=name, Qualifier=version)
    return Live(
        version=version,
        weights=dict(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})),
        digest=found["Code"]["ResolvedImageUri"].rpartition("@")[2],
        published=found["Configuration"]["LastModified"],
    )


def function(lambda_: "LambdaClient", name: str) -> Function | None:
    """Return how the function is, or None before the first deployment.

    Source: AWS Lambda API, GetFunction and ListProvisionedConcurrencyConfigs.
    """
    try:
        found = lambda_.get_function(FunctionName=name)
        warm = lambda_.list_provisioned_concurrency_configs(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    configuration = found["Configuration"]
    reasons = (configuration.get("StateReason"), configuration.get("LastUpdateStatusReason"))
    return Function(
        state=configuration["State"],
        update=configuration["LastUpdateStatus"],
        reason=" ".join(filter(None, reasons)),
        revision=configuration["RevisionId"],
        reserved=found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        provisioned=sum(
            config["RequestedProvisionedConcurrentExecutions"]
            for config in warm["ProvisionedConcurrencyConfigs"]
        ),
    )


def account_concurrency(lambda_: "LambdaClient") -> int:
    """Return how many invocations may run at once in the account and region.

    Source: AWS Lambda API, GetAccountSettings.
    """
    return lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]


def keys(ssm: "SSMClient", name: str) -> tuple[Key, ...]:
    """Return the application's parameters; no value is read.

    Source: AWS Systems Manager API, DescribeParameters.
    """
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{name}/"]}]
    )
    return tuple(
        Key(found["Name"], found["Version"], found["LastModifiedDate"].isoformat(timespec="seconds"))
        for page in pages
        for found in page["Parameters"]
    )


def traffic(cloudwatch: "CloudWatchClient", name: str) -> Traffic:
    """Return what the invocations of the last hour came to.

    Source: CloudWatch API, GetMetricData.
    """
    now = datetime.datetime.now(datetime.UTC)
    metrics = ("Invocations", "Errors", "Throttles")
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[_query(metric, name) for metric in metrics],
        StartTime=now - datetime.timedelta(seconds=METRICS_PERIOD_S),
        EndTime=now + datetime.timedelta(minutes=1),
    )
    totals = {result["Id"]: int(sum(result["Values"])) for result in answer["MetricDataResults"]}
    return Traffic(*(totals.get(metric.lower(), 0) for metric in metrics))


def api(apigatewayv2: "ApiGatewayV2Client", name: str) -> Api | None:
    """Return the public API, or None before the first deployment.

    Source: API Gateway V2 API, GetApis and GetStage.
    """
    pages = apigatewayv2.get_paginator("get_apis").paginate()
    found = next((item for page in pages for item in page["Items"] if item["Name"] == name), None)
    if found is None:
        return None
    stage = apigatewayv2.get_stage(ApiId=found["ApiId"], StageName="$default")
    limits = stage.get("DefaultRouteSettings", {})
    return Api(found["ApiEndpoint"], limits.get("ThrottlingRateLimit"), limits.get("ThrottlingBurstLimit"))


def ask_url(url: str, *, limit_s: float = URL_LIMIT_S) -> Answer:
    """Ask the public URL for its health, as a browser would reach it."""
    started = time.monotonic()
    status, reason = None, ""
    try:
        with opener_for(url).open(url.rstrip("/") + HEALTH_PATH, timeout=limit_s) as response:
            status = response.status
    except urllib.error.HTTPError as error:
        status = error.code
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    return Answer(url, status, round((time.monotonic() - started) * 1000), reason)


def public_url(stack: "Stack") -> str:
    """Return where users reach the page: as the last good release says, or the API itself.

    Raises:
        NothingDeployedError: There is no API; nothing was done.
    """
    good = stack.ledger.last_good()
    if good and good.release.url:
        return good.release.url
    if found := api(stack.clients.apigatewayv2, stack.app_name):
        return found.url
    raise NothingDeployedError(
        f"Nothing is deployed in stage {stack.target.settings.stage_name!r}, so there is no URL. Nothing was "
        f"done. Run `invoke deploy`."
    )


def opener_for(url: str) -> urllib.request.OpenerDirector:
    """Return what opens a URL: as the environment says, but never through a proxy to this machine."""
    is_here = urlsplit(url).hostname == "127.0.0.1"
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if is_here else []))


def held_by(s3: "S3Client", *, bucket: str, app_name: str) -> str:
    """Return who holds the deploy lock and for what, or "" when nobody does."""
    try:
        locks.refuse_if_held(s3, bucket=bucket, app_name=app_name)
    except LockedError as error:
        return str(error).partition(". Nothing was done")[0]
    return ""


def _query(metric: str, name: str) -> Any:
    dimensions = [{"Name": "FunctionName", "Value": name}]
    wanted = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {
        "Id": metric.lower(),
        "MetricStat": {"Metric": wanted, "Period": METRICS_PERIOD_S, "Stat": "Sum"},
    }


def _releases(ledger: Ledger) -> _Releases:
    """Return the newest release and the newest good one, which is mostly the same."""
    newest = next(ledger.each(), None)
    if newest is None or newest.result == "good":
        return _Releases(newest, newest)
    good = ledger.last_good()
    return _Releases(newest, good.release if good else None)


def _public_answer(releases: "Future[_Releases]", api: "Future[Api | None]") -> Answer | None:
    """Ask the URL that the ledger knows, or else the API's own."""
    good = releases.result().good
    found = None if good and good.url else api.result()
    url = good.url if good and good.url else found.url if found else ""
    return ask_url(url) if url else None


def _told(future: "Future[T]", what: str, problems: list[Problem]) -> T | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return future.result()
    except (BotoCoreError, ClientError) as error:
        from ops.aws_errors import refusal

        refused = refusal(error)
        problems.append(Problem(f"Can't tell {what}: {refused.said}", refused.fix))
    except OpsError as error:
        problems.append(Problem(f"Can't tell {what}: {error}", ""))
    return None


def _tag(found: Status, releases: _Releases) -> str:
    known = [release for release in (releases.newest, releases.good) if release and found.live]
    return next((release.tag for release in known if found.live and release.digest == found.live.digest), "")


def _drift(found: Status, good: Release | None) -> tuple[str, ...]:
    """Return what differs from the last good release; Terraform, which would know all of it, is not asked."""
    if good is None or good.inputs is None or not (found.live and found.function) or found.keys is None:
        return ()
    now = good.inputs.model_copy(
        update={
            "parameters": {key.name: key.version for key in found.keys},
            "live": found.live.version,
            "latest": found.function.revision,
        }
    )
    return tuple(f"{line}, since release {good.number}" for line in differences(good.inputs, now))


def _problems(found: Status, drift: tuple[str, ...], *, is_whole: bool) -> list[Problem]:
    """Return what is wrong; what is missing is so only when everything could be read."""
    if found.function is None and is_whole:
        return [Problem("Nothing is deployed.", "Run `invoke deploy`.")]
    problems = [*_function_problems(found.function), *_release_problems(found)]
    if found.live is None and is_whole:
        problems.append(Problem(f"No alias {ALIAS!r} leads users to a version.", "Run `invoke deploy`."))
    if found.answer is None and is_whole:
        problems.append(Problem("There is no public URL.", "Run `invoke deploy`."))
    if found.answer and found.answer.status != 200:
        said = found.answer.reason if found.answer.status is None else f"it answers {found.answer.status}"
        fix = "The function's log says why. `invoke rollback` goes back to the release before."
        problems.append(Problem(f"{found.answer.url} is not well: {said}.", fix))
    return problems + [Problem(f"Possible drift: {line}.", "See `invoke drift`.") for line in drift]


def _function_problems(found: Function | None) -> list[Problem]:
    if found is None or (found.state in ("Active", "Inactive", "Pending") and found.update != "Failed"):
        return []
    said = f"The function is {found.state}, its last update {found.update}. {found.reason}".strip()
    return [Problem(said, "Run `invoke deploy`.")]


def _release_problems(found: Status) -> list[Problem]:
    """Return what a run that died left behind; while somebody deploys, it is theirs."""
    problems = []
    if found.lock != "":
        return []
    if found.live and found.live.weights:
        shares = ", ".join(f"{share:.0%} reach version {v}" for v, share in found.live.weights.items())
        problems.append(Problem(f"A trial was left behind: {shares}.", "Run `invoke deploy`: it ends it."))
    if found.release and found.release.result == "begun":
        what = f"Release {found.release.number} was begun by {found.release.who} and never ended."
        problems.append(Problem(what, "Run `invoke deploy`: it finds out what became of it."))
    return problems
