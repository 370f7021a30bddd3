"""What is deployed in the account, read from moto's backends under the account's lock."""

import fnmatch
import json
import logging
import random
import threading
from collections.abc import Callable
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.cloudfront.models import cloudfront_backends
from moto.ecr.exceptions import RepositoryNotFoundException
from moto.ecr.models import ecr_backends

from ops.embedded.cloud import Cloud
from ops.embedded.code import Code, CodeStore
from ops.embedded.container import ContainerImage
from ops.embedded.deployed import (
    ACCOUNT_ID,
    AccessDeniedError,
    CacheBehavior,
    Distribution,
    FunctionUrlConfiguration,
    FunctionVersion,
    HttpApi,
    Image,
    Reference,
    UnknownFunctionError,
    latest_arn,
    split_function,
    split_integration,
)
from ops.images import Login

log = logging.getLogger(__name__)

# Source: CloudFront developer guide, "Use managed origin request policies".
_ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


class Backends:
    """Knows what is deployed in `cloud` (a `Deployments`)."""

    def __init__(self, cloud: Cloud, code: CodeStore, registry: Callable[[str], tuple[str, Login]]) -> None:
        """Read the backends of `cloud`.

        Args:
            cloud: The account's services.
            code: Unpacks the packed images in its registry.
            registry: Returns where a region's registry answers, and what opens it.
        """
        self._cloud = cloud
        self._code = code
        self._registry = registry

    def start_unpacking(self) -> None:
        """Unpack in the background, from now on, each packed image that a function is given.

        So it is ready when it first runs, as Lambda prepares an image while a function is being updated.
        Source: Lambda developer guide, "Lambda function states": images are optimized before they run.
        """
        threading.Thread(target=self._unpack_what_comes, name="unpacking", daemon=True).start()

    @property
    def revision(self) -> int:
        """Another number after each change of what is deployed."""
        return self._cloud.deployments

    def function_version(
        self, region: str, function: str, qualifier: str | None, choice: random.Random
    ) -> FunctionVersion:
        """Return the version that an invocation runs; see `Deployments.function_version`."""
        backend = lambda_backends[ACCOUNT_ID][region]
        name, own = split_function(function)
        qualifier = own or qualifier or "$LATEST"
        with self._cloud.lock:
            try:
                latest = backend.get_function(name)
                alias = backend._lambdas._get_function_aliases(name).get(qualifier)
                version = _weighted(alias, choice) if alias else qualifier
                model = backend.get_function(name, version)
            except UnknownFunctionException as error:
                missing = f"{latest_arn(region, name)}:{qualifier}"
                raise UnknownFunctionError(f"Function not found: {missing}") from error
            return _function_version(model, is_latest=model is latest)

    def aliased_versions(self, region: str, function: str) -> set[str]:
        """Return every version of a function that an alias sends traffic to; empty when it is gone."""
        with self._cloud.lock:
            try:
                aliases = lambda_backends[ACCOUNT_ID][region].list_aliases(function)
            except UnknownFunctionException:
                return set()
            return {version for alias in aliases for version in (alias.function_version, *_weights(alias))}

    def reserved_concurrency(self, region: str, function: str) -> int | None:
        """Return the most invocations of a function that may run at once, or None for no limit of its own."""
        with self._cloud.lock:
            reserved = lambda_backends[ACCOUNT_ID][region].get_function_concurrency(function)
        return None if reserved is None else int(reserved)

    def event_retries(self, region: str, function: str) -> int:
        """Return how often a failed asynchronous invocation is tried again (AWS's default is 2)."""
        with self._cloud.lock:
            configurations = lambda_backends[ACCOUNT_ID][region].get_function(function).event_invoke_config
        if not configurations:
            return 2
        return int(configurations[-1].config.get("MaximumRetryAttempts", 2))

    def code(self, function: FunctionVersion) -> Code | ContainerImage:
        """Return the image of a version, unpacked when it is a packed one; see `Deployments.code`."""
        image, code = self._unpack(function.region, function.image_uri)
        if code:
            return code
        # Not where the function says: the account may have come back on another port.
        address, login = self._registry(function.region)
        reference = Reference.of(function.image_uri)
        return ContainerImage(
            uri=f"{address}/{reference.name}@{reference.digest}",
            login=login,
            environment=self._code.environment(image),
            memory_mb=function.memory_mb,
            storage_mb=function.storage_mb,
        )

    def _unpack(self, region: str, image_uri: str) -> tuple[Image, Code | None]:
        """Return an image of the registry, and its code when it is a packed one.

        Raises:
            LookupError: The registry does not hold it.
        """
        with self._cloud.lock:
            image = _image(region, image_uri)
        return image, self._code.unpack(image) if self._code.is_packed(image) else None

    def _unpack_what_comes(self) -> None:
        known: set[tuple[str, str]] = set()
        while True:
            self._cloud.deployed.wait()
            self._cloud.deployed.clear()
            given = self._images_given()
            for region, uri in given - known:
                try:
                    self._unpack(region, uri)
                except Exception as error:  # noqa: BLE001 - told when it is to run; others are still to come
                    log.info("%s is not unpacked yet: %s", uri, error)
            known = given

    def _images_given(self) -> set[tuple[str, str]]:
        """Return the region and the image of each function."""
        backends: Any = lambda_backends.iter_backends()
        with self._cloud.lock:
            return {
                (region, model.code["ImageUri"])
                for _, region, backend in backends
                for model in backend.list_functions()
                if "ImageUri" in model.code
            }

    def http_apis(self) -> list[HttpApi]:
        """Return every HTTP API of the account that has a stage `$default`."""
        with self._cloud.lock:
            return [_http_api(region, api) for region, api in _apis() if "$default" in api.stages]

    def endpoints(self) -> dict[str, str]:
        """Return the endpoint of every HTTP API by its id, with or without a stage."""
        with self._cloud.lock:
            return {api.api_id: api.api_endpoint for _, api in _apis()}

    def check_api_may_invoke(self, api: HttpApi, integration_uri: str) -> None:
        """Check the function's resource policy; see `Deployments.check_api_may_invoke`."""
        region, function, qualifier = split_integration(integration_uri)
        arn = latest_arn(region, function) + (f":{qualifier}" if qualifier else "")
        source = f"arn:aws:execute-api:{api.region}:{ACCOUNT_ID}:{api.id}/{api.stage}/$default"
        self._check_permission(
            region, function, arn, ("apigateway.amazonaws.com", "lambda:InvokeFunction", source)
        )

    def function_urls(self) -> list[FunctionUrlConfiguration]:
        """Return every function URL of the account."""
        backends: Any = lambda_backends.iter_backends()
        with self._cloud.lock:
            return [
                _function_url(region, model.url_config)
                for _, region, backend in backends
                for model in backend.list_functions()
                if model.url_config
            ]

    def distributions(self) -> list[Distribution]:
        """Return every distribution of the account."""
        with self._cloud.lock:
            return [_distribution(found) for found in _distributions()]

    def distribution_endpoints(self) -> dict[str, str]:
        """Return where each distribution answers, by its id."""
        with self._cloud.lock:
            return {found.id: f"http://{found.domain_name}" for found in _distributions()}

    def check_cloudfront_may_ask(self, distribution: Distribution, url: FunctionUrlConfiguration) -> None:
        """Check that the function's resource policy lets a distribution use its URL.

        Source: Lambda developer guide, "Control access to Lambda function URLs": both, since October 2025.

        Raises:
            AccessDeniedError: It does not.
        """
        arn = latest_arn(url.region, url.function) + (f":{url.qualifier}" if url.qualifier else "")
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
            needed = ("cloudfront.amazonaws.com", action, distribution.arn)
            self._check_permission(url.region, url.function, arn, needed)

    def _check_permission(self, region: str, function: str, arn: str, needed: tuple[str, str, str]) -> None:
        with self._cloud.lock:
            statements = _statements(region, function)
        if not any(_allows(statement, arn, needed) for statement in statements):
            principal, action, source = needed
            raise AccessDeniedError(f"no permission gives {principal} {action} on {arn} for {source}")


def _statements(region: str, function: str) -> list[dict[str, Any]]:
    backend = lambda_backends[ACCOUNT_ID][region]
    try:
        holders = [backend.get_function(function), *backend.list_versions_by_function(function)]
    except UnknownFunctionException as error:
        raise UnknownFunctionError(f"Function not found: {latest_arn(region, function)}") from error
    return [statement for holder in holders for statement in holder.policy.statements]


def _image(region: str, image_uri: str) -> Image:
    """Return the layers and the configuration digest of a deployed image.

    Raises:
        LookupError: The registry does not hold it.
    """
    reference = Reference.of(image_uri)
    ecr, image_ids = ecr_backends[ACCOUNT_ID][region], [{"imageDigest": reference.digest}]
    try:
        found = ecr.batch_get_image(reference.name, image_ids=image_ids)["images"]
    except RepositoryNotFoundException:
        found = []
    if not found:
        raise LookupError(f"the registry holds no image {image_uri}")
    manifest = json.loads(found[0].image_manifest)
    return Image(tuple(layer["digest"] for layer in manifest["layers"]), manifest["config"]["digest"])


def _function_version(model: Any, *, is_latest: bool) -> FunctionVersion:
    configuration = model.get_configuration()
    arn = configuration["FunctionArn"]
    image_uri = model.code.get("ImageUri")
    repository = Reference.of(image_uri).repository if image_uri else ""
    return FunctionVersion(
        name=model.function_name,
        region=model.region,
        version="$LATEST" if is_latest else str(model.version),
        arn=arn,
        revision=model.revision_id,
        image_uri=f"{repository}@sha256:{model.code_sha_256}",
        memory_mb=int(model.memory_size),
        storage_mb=int(model.ephemeral_storage),
        timeout_s=int(model.timeout),
        log_group=configuration["LoggingConfig"]["LogGroup"],
        log_format=configuration["LoggingConfig"]["LogFormat"],
        environment=dict(model.environment_vars),
        starts_from_snapshot=configuration["SnapStart"]["OptimizationStatus"] == "On",
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


def _function_url(region: str, config: Any) -> FunctionUrlConfiguration:
    return FunctionUrlConfiguration(
        id=config.url_id,
        region=region,
        url=config.url,
        function=config.function.function_name,
        qualifier=config.config.get("Qualifier"),
        is_signed=config.config.get("AuthType") == "AWS_IAM",
    )


def _distributions() -> list[Any]:
    return list(cloudfront_backends[ACCOUNT_ID]["aws"].distributions.values())


def _distribution(found: Any) -> Distribution:
    config = found.distribution_config
    (origin,) = config.Origins["Items"]
    default = config.DefaultCacheBehavior
    others = [(behavior.path_pattern, behavior) for behavior in config.CacheBehaviors.get("Items", [])]
    return Distribution(
        id=found.id,
        arn=found.arn,
        is_enabled=str(config.Enabled).lower() == "true",
        origin=origin.domain_name,
        headers=tuple(
            (header["HeaderName"].lower(), header["HeaderValue"])
            for header in origin.custom_headers.get("Items") or []
        ),
        signs=bool(origin.origin_access_control_id),
        behaviors=tuple(
            CacheBehavior(
                pattern,
                frozenset(behavior.allowed_methods.items),
                behavior.origin_request_policy_id == _ALL_VIEWER_EXCEPT_HOST_HEADER,
            )
            for pattern, behavior in [*others, ("*", default)]
        ),
    )


def _allows(statement: dict[str, Any], arn: str, needed: tuple[str, str, str]) -> bool:
    principal, action, source = needed
    condition = statement.get("Condition", {})
    sources = condition.get("ArnLike", {}).get("AWS:SourceArn", "*")
    return (
        statement["Effect"] == "Allow"
        and statement["Action"] in (action, "lambda:*")
        and statement["Principal"] in ({"Service": principal}, "*")
        and statement["Resource"] == arn
        and fnmatch.fnmatchcase(source, sources)
    )
