"""What can be seen of a stage, each by one question to AWS or to its URL. Only reads."""

import datetime
import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ops import locks
from ops.smoke import HEALTH_PATH
from ops.versions import ALIAS

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

    from ops.clients import Clients

# An HTTP API gives up after 30 s; whoever waits for a status does so earlier.
URL_LIMIT_S = 10.0

# The last hour in points of five minutes: longer ones begin at the full hour, and lose what came before.
METRICS_SPAN_S = 3600
METRICS_PERIOD_S = 300


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


def is_closed(lambda_: "LambdaClient", name: str) -> bool:
    """Return whether somebody lets the function run nothing, which Terraform's variable can't say.

    Source: AWS Lambda API, GetFunction.
    """
    try:
        kept = lambda_.get_function(FunctionName=name).get("Concurrency", {})
    except lambda_.exceptions.ResourceNotFoundException:
        return False
    return kept.get("ReservedConcurrentExecutions") == 0


def opening(name: str, *, region: str) -> str:
    """Return the command that opens a closed page again; docs/runbooks.md has it too."""
    return f"aws lambda delete-function-concurrency --region {region} --function-name {name}"


def account_concurrency(lambda_: "LambdaClient") -> int:
    """Return how many invocations may run at once in the account and region.

    Source: AWS Lambda API, GetAccountSettings.
    """
    return lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]


def keys(ssm: "SSMClient", name: str) -> tuple[Key, ...]:
    """Return the application's keys and secrets; no value is read.

    The page's address lies beside them, and is none: Terraform writes it (terraform/front.tf).
    Source: AWS Systems Manager API, DescribeParameters.
    """
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{name}/"]}]
    )
    return tuple(
        Key(found["Name"], found["Version"], found["LastModifiedDate"].isoformat(timespec="seconds"))
        for page in pages
        for found in page["Parameters"]
        if found["Name"] != f"/{name}/runtime/public-url"
    )


def traffic(cloudwatch: "CloudWatchClient", name: str) -> Traffic:
    """Return what the invocations of the last hour came to.

    Source: CloudWatch API, GetMetricData.
    """
    now = time.time()
    begin = (now - METRICS_SPAN_S) // METRICS_PERIOD_S * METRICS_PERIOD_S
    metrics = ("Invocations", "Errors", "Throttles")
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[_query(metric, name) for metric in metrics],
        StartTime=datetime.datetime.fromtimestamp(begin, datetime.UTC),
        EndTime=datetime.datetime.fromtimestamp(now + METRICS_PERIOD_S, datetime.UTC),
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


def missing(clients: "Clients", name: str, *, streams: bool) -> tuple[str, ...]:
    """Return what users can't do without and somebody has deleted: the front, the table of sessions.

    Args:
        clients: Of the stage's account and region.
        name: The application.
        streams: Its front is a function URL, and not an HTTP API.

    Source: API Gateway V2 API, GetApis; Amazon DynamoDB API, DescribeTable.
    """
    is_there = has_url(clients.lambda_, name) if streams else api(clients.apigatewayv2, name)
    gone = [] if is_there else [f"the {'function URL of' if streams else 'HTTP API'} {name}"]
    table = f"{name}-sessions"  # terraform/sessions.tf
    try:
        clients.dynamodb.describe_table(TableName=table)
    except clients.dynamodb.exceptions.ResourceNotFoundException:
        gone.append(f"the table {table}")
    return tuple(gone)


def has_url(lambda_: "LambdaClient", name: str) -> bool:
    """Return whether what users reach has a function URL.

    Source: AWS Lambda API, GetFunctionUrlConfig.
    """
    try:
        lambda_.get_function_url_config(FunctionName=name, Qualifier=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return False
    return True


def ask_url(url: str, *, limit_s: float = URL_LIMIT_S) -> Answer:
    """Ask the public URL for its health, as a browser would reach it."""
    started = time.monotonic()
    status, reason = None, ""
    try:
        with opener_for(url).open(url.rstrip("/") + HEALTH_PATH, timeout=limit_s) as response:
            status = response.status
    except urllib.error.HTTPError as error:
        status = error.code
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    return Answer(url, status, round((time.monotonic() - started) * 1000), reason)


def opener_for(url: str, *handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """Return what opens a URL: as the environment says, but never through a proxy to this machine.

    Args:
        url: The URL.
        handlers: What else takes part; each takes the place of urllib's own of its kind.
    """
    is_here = urlsplit(url).hostname == "127.0.0.1"
    return urllib.request.build_opener(*handlers, *([urllib.request.ProxyHandler({})] if is_here else []))


def held_by(s3: "S3Client", *, bucket: str, app_name: str) -> str:
    """Return who holds the deploy lock and for what, or "" when nobody does."""
    return str(locks.holder(s3, bucket=bucket, app_name=app_name) or "")


def _query(metric: str, name: str) -> Any:
    dimensions = [{"Name": "FunctionName", "Value": name}]
    wanted = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {
        "Id": metric.lower(),
        "MetricStat": {"Metric": wanted, "Period": METRICS_PERIOD_S, "Stat": "Sum"},
    }
