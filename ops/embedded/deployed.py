"""What is deployed in the account, read from moto's backends: functions, versions, aliases, HTTP APIs.

Everything here is called with `Cloud.lock` held and returns values of our own, so that the Lambda host and
the gateway never hold an object of moto's.
"""

import fnmatch
import json
import random
from dataclasses import dataclass, field
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecr.models import ecr_backends

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID


@dataclass(frozen=True)
class FunctionVersion:
    """One configuration of a function that instances can run."""

    name: str
    region: str
    version: str
    arn: str
    revision: str
    image_uri: str
    memory_mb: int
    timeout_s: int
    log_group: str
    log_format: str
    environment: dict[str, str] = field(compare=False, repr=False)  # holds keys: never printed

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What an instance belongs to: a change of it retires the instance."""
        return self.region, self.name, self.version, self.revision


@dataclass(frozen=True)
class Image:
    """What an image says of itself: its manifest's layers, and its configuration."""

    layers: tuple[str, ...]
    configuration: str


@dataclass(frozen=True)
class HttpApi:
    """One HTTP API with its stage `$default`."""

    id: str
    region: str
    endpoint: str
    stage: str
    routes: dict[str, str]
    access_log_group: str | None
    access_log_format: str
    throttling_rate: float | None
    throttling_burst: int | None
    cors: dict[str, Any]
    timeouts_s: dict[str, float]


class UnknownFunctionError(Exception):
    """No such function, version or alias."""


class AccessDeniedError(Exception):
    """The function's policy does not let this caller invoke it."""


def function_version(
    region: str, function: str, qualifier: str | None, choice: random.Random
) -> FunctionVersion:
    """Return the version that an invocation of `function` at `qualifier` runs.

    Args:
        region: AWS region.
        function: Name, partial ARN or ARN, with or without a qualifier of its own.
        qualifier: Version, alias or None; a qualifier inside `function` wins.
        choice: Decides between the versions of a weighted alias.

    Raises:
        UnknownFunctionError: There is none.
    """
    backend = lambda_backends[ACCOUNT_ID][region]
    name, own = split_function(function)
    qualifier = own or qualifier or "$LATEST"
    try:
        latest = backend.get_function(name)
        alias = backend._lambdas._get_function_aliases(name).get(qualifier)
        version = _weighted(alias, choice) if alias else qualifier
        model = backend.get_function(name, version)
    except UnknownFunctionException as error:
        raise UnknownFunctionError(f"Function not found: {latest_arn(region, name)}:{qualifier}") from error
    return _function_version(model, is_latest=model is latest)


def aliased_versions(region: str, function: str) -> set[str]:
    """Return every version of a function that an alias sends traffic to; empty when it is gone."""
    backend = lambda_backends[ACCOUNT_ID][region]
    try:
        aliases = backend.list_aliases(function)
    except UnknownFunctionException:
        return set()
    return {version for alias in aliases for version in (alias.function_version, *_weights(alias))}


def reserved_concurrency(region: str, function: str) -> int | None:
    """Return the most invocations of a function that may run at once, or None for no limit of its own."""
    reserved = lambda_backends[ACCOUNT_ID][region].get_function_concurrency(function)
    return None if reserved is None else int(reserved)


def event_retries(region: str, function: str) -> int:
    """Return how often a failed asynchronous invocation is tried again (AWS's default is 2)."""
    configurations = lambda_backends[ACCOUNT_ID][region].get_function(function).event_invoke_config
    if not configurations:
        return 2
    return int(configurations[-1].config.get("MaximumRetryAttempts", 2))


def check_api_may_invoke(api: HttpApi, integration_uri: str) -> None:
    """Check that the function's resource policy lets API Gateway invoke it for this API.

    Raises:
        AccessDeniedError: No statement allows it; AWS answers such a request with 500.
    """
    region, function, qualifier = split_integration(integration_uri)
    arn = latest_arn(region, function) + (f":{qualifier}" if qualifier else "")
    source = f"arn:aws:execute-api:{api.region}:{ACCOUNT_ID}:{api.id}/{api.stage}/$default"
    model = lambda_backends[ACCOUNT_ID][region].get_function(function)
    versions = lambda_backends[ACCOUNT_ID][region].list_versions_by_function(function)
    statements = [statement for holder in (model, *versions) for statement in holder.policy.statements]
    if not any(_allows(statement, arn, source) for statement in statements):
        raise AccessDeniedError(f"no permission lets apigateway.amazonaws.com invoke {arn} for {source}")


def image(region: str, image_uri: str) -> Image:
    """Return the layers and the configuration digest of a deployed image.

    Raises:
        LookupError: The registry does not hold it.
    """
    repository, _, digest = image_uri.partition("@")
    name = repository.partition("/")[2]
    found = ecr_backends[ACCOUNT_ID][region].batch_get_image(name, image_ids=[{"imageDigest": digest}])
    if not found["images"]:
        raise LookupError(f"the registry holds no image {image_uri}")
    manifest = json.loads(found["images"][0].image_manifest)
    return Image(tuple(layer["digest"] for layer in manifest["layers"]), manifest["config"]["digest"])


def http_apis() -> list[HttpApi]:
    """Return every HTTP API of the account that has a stage `$default`."""
    return [_http_api(region, api) for region, api in _apis() if "$default" in api.stages]


def endpoints() -> dict[str, str]:
    """Return the endpoint of every HTTP API by its id, with or without a stage."""
    return {api.api_id: api.api_endpoint for _, api in _apis()}


def split_function(function: str) -> tuple[str, str | None]:
    """Split "name", "name:qualifier" or an ARN into name and qualifier."""
    tail = function.rsplit(":function:", 1)[-1]
    name, _, qualifier = tail.partition(":")
    return name, qualifier or None


def split_integration(uri: str) -> tuple[str, str, str | None]:
    """Split an integration's URI or a function's ARN into region, function name and qualifier."""
    arn = uri.rsplit("/functions/", 1)[-1].removesuffix("/invocations")
    name, qualifier = split_function(arn)
    return arn.split(":")[3], name, qualifier


def latest_arn(region: str, function: str) -> str:
    """Return the unqualified ARN of a function."""
    return f"arn:aws:lambda:{region}:{ACCOUNT_ID}:function:{function}"


def _function_version(model: Any, *, is_latest: bool) -> FunctionVersion:
    configuration = model.get_configuration()
    arn = configuration["FunctionArn"]
    image_uri = model.code.get("ImageUri", "").partition("@")[0].rsplit(":", 1)
    registry = image_uri[0] if "/" not in image_uri[-1] else ":".join(image_uri)
    return FunctionVersion(
        name=model.function_name,
        region=model.region,
        version="$LATEST" if is_latest else str(model.version),
        arn=arn,
        revision=model.revision_id,
        image_uri=f"{registry}@sha256:{model.code_sha_256}",
        memory_mb=int(model.memory_size),
        timeout_s=int(model.timeout),
        log_group=configuration["LoggingConfig"]["LogGroup"],
        log_format=configuration["LoggingConfig"]["LogFormat"],
        environment=dict(model.environment_vars),
    )


def _apis() -> list[tuple[str, Any]]:
    backends: Any = apigatewayv2_backends.iter_backends()
    return [
        (region, api)
        for _, region, backend in backends
        for api in backend.apis.values()
        if api.protocol_type == "HTTP"
    ]


def _http_api(region: str, api: Any) -> HttpApi:
    stage = api.stages["$default"]
    settings = stage.default_route_settings or {}
    access_log = stage.access_log_settings or {}
    integrations = {f"integrations/{key}": integration for key, integration in api.integrations.items()}
    routes = {
        route.route_key: integrations[route.target]
        for route in api.routes.values()
        if route.target in integrations
    }
    return HttpApi(
        id=api.api_id,
        region=region,
        endpoint=api.api_endpoint,
        stage=stage.name,
        routes={key: integration.integration_uri for key, integration in routes.items()},
        access_log_group=_log_group(access_log.get("destinationArn")),
        access_log_format=access_log.get("format", ""),
        throttling_rate=settings.get("throttlingRateLimit"),
        throttling_burst=settings.get("throttlingBurstLimit"),
        cors=dict(api.cors_configuration or {}),
        timeouts_s={
            key: int(integration.timeout_in_millis or 30_000) / 1000 for key, integration in routes.items()
        },
    )


def _log_group(arn: str | None) -> str | None:
    return arn.split(":log-group:", 1)[1].removesuffix(":*") if arn else None


def _weights(alias: Any) -> dict[str, float]:
    return dict((alias.routing_config or {}).get("AdditionalVersionWeights") or {})


def _weighted(alias: Any, choice: random.Random) -> str:
    """Pick a version as a weighted alias does: each additional one by its weight, else the main one."""
    point = choice.random()
    for version, weight in _weights(alias).items():
        point -= weight
        if point < 0:
            return version
    return str(alias.function_version)


def _allows(statement: dict[str, Any], arn: str, source: str) -> bool:
    condition = statement.get("Condition", {})
    sources = condition.get("ArnLike", {}).get("AWS:SourceArn", "*")
    return (
        statement["Effect"] == "Allow"
        and statement["Action"] in ("lambda:InvokeFunction", "lambda:*")
        and statement["Principal"] in ({"Service": "apigateway.amazonaws.com"}, "*")
        and statement["Resource"] == arn
        and fnmatch.fnmatchcase(source, sources)
    )
