"""What AWS does and moto 5.2.5 does not, as far as this project relies on it.

Each function changes one behaviour of moto in this process and says why. Each has a test in
tests/ops/embedded/test_patches.py that also runs against plain moto and fails once moto no longer needs it.
"""

import base64
import datetime
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

# Read by moto at import: Lambda then looks up the image in ECR and refuses one that is not there.
os.environ.setdefault("MOTO_LAMBDA_STUB_ECR", "false")

from moto.apigatewayv2 import models as apigateway_models
from moto.apigatewayv2 import responses as apigateway_responses
from moto.awslambda import models as lambda_models
from moto.awslambda import policy as lambda_policy
from moto.awslambda import responses as lambda_responses
from moto.awslambda.exceptions import LambdaClientError
from moto.cloudfront import models as cloudfront_models
from moto.cloudwatch import models as cloudwatch_models
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, iso_8601_datetime_with_nanoseconds
from moto.dynamodb import responses as dynamodb_responses
from moto.ecr import models as ecr_models
from moto.ecr import responses as ecr_responses
from moto.ecr.exceptions import InvalidParameterException
from moto.iam import responses as iam_responses
from moto.logs import models as logs_models
from moto.logs import responses as logs_responses
from moto.logs.exceptions import InvalidParameterException as LogsInvalidParameterException
from moto.logs.exceptions import ResourceNotFoundException as LogsResourceNotFoundException
from moto.moto_api._internal import mock_random

from ops.embedded import budgets, deferred, filter_patterns, lifetimes, log_events, provisioned
from ops.embedded.deployed import CALLER, Reference, latest_arn
from ops.images import Login

# What is patched, untyped: that a method may be replaced is the point.
_LambdaFunction: Any = lambda_models.LambdaFunction
_LambdaAlias: Any = lambda_models.LambdaAlias
_LambdaBackend: Any = lambda_models.LambdaBackend
_LambdaPolicy: Any = lambda_policy.Policy
_LambdaResponse: Any = lambda_responses.LambdaResponse
_DynamoResponse: Any = dynamodb_responses.DynamoHandler
_ECRBackend: Any = ecr_models.ECRBackend
_ECRImage: Any = ecr_models.Image
_ECRRepository: Any = ecr_models.Repository
_ECRResponse: Any = ecr_responses.ECRResponse
_Api: Any = apigateway_models.Api
_DomainName: Any = apigateway_models.DomainName
_FunctionUrlConfig: Any = lambda_models.FunctionUrlConfig
_Distribution: Any = cloudfront_models.Distribution
_Origin: Any = cloudfront_models.Origin
_CacheBehavior: Any = cloudfront_models.DefaultCacheBehaviour
_ViewerCertificate: Any = cloudfront_models.ViewerCertificate
_ApiResponse: Any = apigateway_responses.ApiGatewayV2Response
_IamResponse: Any = iam_responses.IamResponse
_LogsResponse: Any = logs_responses.LogsResponse
_logs_models: Any = logs_models
_Parameter: Any = deferred.systems_manager().Parameter
_CloudWatchBackend: Any = cloudwatch_models.CloudWatchBackend


class PreconditionFailedError(LambdaClientError):
    """412: the caller's RevisionId is not the newest one."""

    code = 412

    def __init__(self) -> None:
        super().__init__(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        )


class StatementExistsError(LambdaClientError):
    """409: a policy holds a statement of this name."""

    code = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            "ResourceConflictException",
            f"The statement id ({name}) provided already exists. Please provide a new statement id, or "
            f"remove the existing statement.",
        )


class LayersNotFoundError(ServiceException):
    """A manifest names blobs that the repository does not hold."""

    code = "LayersNotFoundException"


def apply_all(
    *,
    layers: Path,
    api_endpoint: Callable[[str], str],
    url_endpoint: Callable[[str], str],
    distribution_endpoint: Callable[[str], str],
    registry: Callable[[str], tuple[str, Login]],
) -> None:
    """Change moto, once, before its first request.

    Args:
        layers: Directory for the bytes of image layers, one file per sha256 digest.
        api_endpoint: Returns the URL at which an HTTP API with this id answers.
        url_endpoint: Returns the URL at which a function URL with this id answers.
        distribution_endpoint: Returns the URL at which a distribution with this id answers.
        registry: Returns the host and port at which a region's registry answers, and what opens it.
    """
    lifetimes.forget_what_is_deleted()
    log_events.log_streams_pack_their_events()
    lambda_revisions()
    lambda_configuration()
    lambda_versions_are_frozen()
    lambda_version_numbers_are_used_once()
    alias_revisions()
    alias_takes_its_permissions_along()
    permissions_have_names_of_their_own()
    image_is_looked_up_by_its_whole_name()
    function_that_is_stopped_says_so()
    layers_keep_their_bytes(layers)
    images_have_all_their_blobs()
    image_size_is_that_of_its_blobs()
    repositories_are_on_this_machine(registry)
    registry_has_a_password(registry)
    apis_answer_on_this_machine(api_endpoint)
    stages_can_be_changed()
    domain_names_are_available()
    function_urls_answer_on_this_machine(url_endpoint)
    distributions_answer_on_this_machine(distribution_endpoint)
    distributions_say_what_they_were_told()
    secure_strings_stay_sealed()
    parameters_name_their_writer()
    metrics_are_those_asked_for()
    log_streams_are_found_by_their_prefix()
    filter_patterns_are_evaluated_or_refused()
    log_groups_take_another_key()
    tables_take_another_key()
    live_tails_are_of_their_own_groups()
    identity_providers_take_more_audiences()
    budgets.budgets_are_read_back()
    budgets.budgets_can_be_changed()
    provisioned.aliases_keep_instances_ready()


def lambda_revisions() -> None:
    """Every change of a function gives it a new RevisionId, and a caller's stale one is refused.

    moto has neither, so two writers would overwrite each other unseen.
    Source: AWS Lambda API, UpdateFunctionConfiguration, UpdateFunctionCode and PublishVersion, parameter
    RevisionId.
    """
    function = _LambdaFunction
    create, get, set_version = function.__init__, function.get_configuration, function.set_version
    respond = _LambdaResponse.publish_version
    update_configuration, update_code = function.update_configuration, function.update_function_code

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        _new_revision(self)
        create(self, *args, **kwargs)

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        return {**get(self, on_create), "RevisionId": self.revision_id}

    def update_function_configuration(self: Any, body: dict[str, Any]) -> Any:
        _check_revision(self, body)
        _new_revision(self)
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        return update_configuration(self, body)

    def update_function_code(self: Any, body: dict[str, Any]) -> Any:
        # moto calls this once to change $LATEST and once more, perhaps on the version that it published
        # in between, only to build the answer.
        if body.get("_applied"):
            return self.get_configuration()
        _check_revision(self, body)
        body["_applied"] = True
        _new_revision(self)
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        return update_code(self, body)

    def publish(self: Any, version: int) -> None:
        set_version(self, version)
        _new_revision(self)

    def publish_version(self: Any) -> Any:
        name = unquote(self.path.split("/")[-2])
        _check_revision(self.backend.get_function(name), self.json_body)
        return respond(self)

    function.__init__, function.get_configuration, function.set_version = init, get_configuration, publish
    function.update_configuration = update_function_configuration
    function.update_function_code = update_function_code
    _LambdaResponse.publish_version = publish_version


def lambda_configuration() -> None:
    """A function keeps its LoggingConfig, KMSKeyArn and SnapStart; without overrides it shows no ImageConfig.

    moto loses the first and the third, changes no key, and answers the last with empty values: every plan of
    Terraform would differ.
    Source: AWS Lambda API, FunctionConfiguration.
    """
    function = _LambdaFunction
    create, get, update = function.__init__, function.get_configuration, function.update_configuration

    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.logging_config = spec.get("LoggingConfig") or {}
        self.snap_start = (spec.get("SnapStart") or {}).get("ApplyOn", "None")
        create(self, account_id, spec, *args, **kwargs)

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        configuration: dict[str, Any] = get(self, on_create)
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration["LoggingConfig"] = {**default, **self.logging_config}
        apply_on = getattr(self, "snap_start", "None")  # of an account from before
        has_snapshot = apply_on == "PublishedVersions" and configuration["Version"] != "$LATEST"
        configuration["SnapStart"] = {
            "ApplyOn": apply_on,
            "OptimizationStatus": "On" if has_snapshot else "Off",
        }
        image = configuration.get("ImageConfigResponse", {}).get("ImageConfig")
        if image is not None and not any(image.values()):
            del configuration["ImageConfigResponse"]
        return configuration

    def update_configuration(self: Any, body: dict[str, Any]) -> Any:
        if "LoggingConfig" in body:
            self.logging_config = body["LoggingConfig"]
        if "SnapStart" in body:
            self.snap_start = body["SnapStart"]["ApplyOn"]
        if "ImageConfig" in body:
            self.image_config = lambda_models.ImageConfig(body["ImageConfig"])
        if "KMSKeyArn" in body:
            self.kms_key_arn = body["KMSKeyArn"] or None
        if "TracingConfig" in body:
            self.tracing_config = body["TracingConfig"]
        if "EphemeralStorage" in body:
            self.ephemeral_storage = body["EphemeralStorage"]["Size"]
        return update(self, body)

    function.__init__, function.get_configuration = init, get_configuration
    function.update_configuration = update_configuration


def lambda_versions_are_frozen() -> None:
    """A published version keeps its own image.

    moto's versions share one dictionary of code with $LATEST, so that the next update changes the image
    which an old version reports.
    """
    set_version = _LambdaFunction.set_version

    def publish(self: Any, version: int) -> None:
        self.code = dict(self.code)
        set_version(self, version)

    _LambdaFunction.set_version = publish


def lambda_version_numbers_are_used_once() -> None:
    """A version's number is never given again, also when the version was deleted.

    moto counts the versions that are there.
    Source: AWS Lambda developer guide, "Manage Lambda function versions".
    """
    create, set_version = _LambdaFunction.__init__, _LambdaFunction.set_version

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        # A list, since moto makes a version as a shallow copy of $LATEST: all of them count in this one.
        self.numbers_used = [0]
        create(self, *args, **kwargs)

    def publish(self: Any, version: int) -> None:
        self.numbers_used[0] = max(version, self.numbers_used[0] + 1)
        set_version(self, self.numbers_used[0])

    _LambdaFunction.__init__, _LambdaFunction.set_version = init, publish


def alias_revisions() -> None:
    """Every change of an alias gives it a new RevisionId, and a caller's stale one is refused.

    Source: AWS Lambda API, UpdateAlias, parameter RevisionId.
    """
    alias_update = _LambdaAlias.update
    respond = _LambdaResponse.update_alias

    def update(self: Any, *args: Any, **kwargs: Any) -> None:
        alias_update(self, *args, **kwargs)
        _new_revision(self)

    def update_alias(self: Any) -> Any:
        *_, function, _, name = self.path.split("/")
        alias = self.backend.get_alias(name=name, function_name=unquote(function))
        _check_revision(alias, self.json_body)
        return respond(self)

    _LambdaAlias.update = update
    _LambdaResponse.update_alias = update_alias


def alias_takes_its_permissions_along() -> None:
    """An alias that is deleted takes the statements of its resource policy along.

    moto keeps them for the next alias of that name, on which Terraform then finds what it never made.
    Source: AWS Lambda developer guide, "Working with resource-based IAM policies in Lambda": the policy is
    the alias's own.
    """
    delete = _LambdaBackend.delete_alias

    def delete_alias(self: Any, name: str, function_name: str) -> None:
        delete(self, name, function_name)
        function = self.get_function(function_name)
        gone = f"{latest_arn(self.region_name, function.function_name)}:{name}"
        for holder in (function, *self.list_versions_by_function(function.function_name)):
            kept = [said for said in holder.policy.statements if said["Resource"] != gone]
            holder.policy.statements = kept

    _LambdaBackend.delete_alias = delete_alias


def permissions_have_names_of_their_own() -> None:
    """A policy takes no second statement of the same name.

    moto takes it, and RemovePermission then removes one of the two: Terraform waits for the other to go.
    Source: AWS Lambda API, AddPermission, ResourceConflictException.
    """
    add = _LambdaPolicy.add_statement

    def add_statement(self: Any, raw: str, qualifier: str | None = None) -> tuple[Any, str]:
        revision = self.revision
        added, new_revision = add(self, raw, qualifier)
        *before, _ = self.statements
        if any((said["Sid"], said["Resource"]) == (added["Sid"], added["Resource"]) for said in before):
            self.statements, self.revision = before, revision
            raise StatementExistsError(added["Sid"])
        return added, new_revision

    _LambdaPolicy.add_statement = add_statement


def image_is_looked_up_by_its_whole_name() -> None:
    """A function's image may be in a registry with a port and in a repository with a slash in its name.

    moto cuts the URI at each colon and each slash: it finds neither, and answers a digest twice in
    GetFunction's ResolvedImageUri.
    Source: AWS Lambda API, FunctionCode and FunctionCodeLocation.
    """
    set_code, get_code = _LambdaFunction._set_function_code, _LambdaFunction.get_code

    def set_function_code(self: Any, spec: dict[str, Any]) -> None:
        if "ImageUri" not in spec or spec.get("DryRun"):
            set_code(self, spec)
            return
        image = _image_of_function(spec["ImageUri"], self.account_id, self.region)
        self.code_sha_256 = image.image_digest.removeprefix("sha256:")
        self.code_size = image.image_size_in_bytes
        self.code["ImageUri"] = spec["ImageUri"]

    def answer_code(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = get_code(self)
        code = answer.get("Code", {})
        if "ImageUri" in code:
            repository = Reference.of(code["ImageUri"]).repository
            code["ResolvedImageUri"] = f"{repository}@sha256:{self.code_sha_256}"
        return answer

    _LambdaFunction._set_function_code, _LambdaFunction.get_code = set_function_code, answer_code


def function_that_is_stopped_says_so() -> None:
    """Show a reserved concurrency of nothing, by which somebody stops a function.

    moto takes 0 for none, so a function that answers nobody looks to Terraform like one without a limit.
    Source: AWS Lambda API, GetFunction, Concurrency.
    """
    get_code = _LambdaFunction.get_code

    def answer_code(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = get_code(self)
        if self.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
        return answer

    _LambdaFunction.get_code = answer_code


def _image_of_function(uri: str, account: str, region: str) -> Any:
    """Return the image in ECR that a function was given.

    Raises:
        LambdaClientError: There is none.
    """
    try:
        reference = Reference.of(uri)
        repository = ecr_models.ecr_backends[account][region]._get_repository(reference.name)
        return repository._get_image(reference.tag, reference.digest)
    except LookupError as error:
        raise LambdaClientError("InvalidParameterValueException", str(error)) from error
    except ServiceException as error:
        raise LambdaClientError(error.code, error.message) from error


def layers_keep_their_bytes(directory: Path) -> None:
    """A completed layer upload is kept as `directory`/<sha256>, because the Lambda host runs code from it.

    moto keeps a layer's digest and size and drops its bytes.
    """
    complete = _ECRBackend.complete_layer_upload

    def complete_layer_upload(
        self: Any,
        repository_name: str,
        upload_id: str,
        layer_digests: list[str],
        registry_id: str | None = None,
    ) -> dict[str, Any]:
        upload = self._get_repository(repository_name, registry_id).uploads.get(upload_id)
        blob = bytes(upload.layer_parts) if upload else b""
        answer: dict[str, Any] = complete(self, repository_name, upload_id, layer_digests, registry_id)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / answer["layerDigest"].removeprefix("sha256:")).write_bytes(blob)
        return answer

    _ECRBackend.complete_layer_upload = complete_layer_upload


def images_have_all_their_blobs() -> None:
    """An image is stored only when its blobs are there, and its digest is the SHA-256 of its manifest.

    moto takes any manifest, and makes up a digest when the caller gives none.
    Source: Amazon ECR API, PutImage; OCI distribution specification, "Pushing Manifests".
    """
    put = _ECRBackend.put_image

    def put_image(
        self: Any,
        repository_name: str,
        image_manifest: str,
        image_tag: str | None,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> Any:
        repository = self._get_repository(repository_name)
        missing = sorted(_blobs(image_manifest).keys() - repository.layers.keys())
        if missing:
            raise LayersNotFoundError(
                f"The repository '{repository_name}' holds no {', '.join(missing)}: push blobs first."
            )
        digest = "sha256:" + hashlib.sha256(image_manifest.encode()).hexdigest()
        return put(self, repository_name, image_manifest, image_tag, image_manifest_mediatype, digest)

    _ECRBackend.put_image = put_image


def image_size_is_that_of_its_blobs() -> None:
    """An image is as large as its configuration and compressed layers together.

    moto answers with the size of the configuration.
    Source: Amazon ECR API, ImageDetail, imageSizeInBytes.
    """
    _ECRImage.get_image_size_in_bytes = lambda self: sum(_blobs(self.image_manifest).values())


def _blobs(manifest: str) -> dict[str, int]:
    """Return the size of each blob that a manifest names, by digest.

    Raises:
        InvalidParameterException: It is no image's manifest.
    """
    try:
        content = json.loads(manifest)
        return {blob["digest"]: int(blob["size"]) for blob in (content["config"], *content["layers"])}
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidParameterException("The manifest is not that of an image.") from error


def repositories_are_on_this_machine(registry: Callable[[str], tuple[str, Login]]) -> None:
    """A repository's URI is where our registry serves it (`registry.py`).

    moto's leads to AWS. Computed, not kept: the account may come back on another port.
    """

    def uri(self: Any) -> str:
        address, _ = registry(self.region_name)
        return f"{address}/{self.name}"

    _ECRRepository.uri = property(uri, lambda *_: None)


def registry_has_a_password(registry: Callable[[str], tuple[str, Login]]) -> None:
    """GetAuthorizationToken's token opens our registry, and expires in 12 hours.

    moto's is known to everybody, leads to AWS and expired in 2015. Ours goes on after its time.
    Source: Amazon ECR API, GetAuthorizationToken.
    """

    def get_authorization_token(self: Any) -> ActionResult:
        address, login = registry(self.region)
        data = {
            "authorizationToken": base64.b64encode(f"{login.username}:{login.password}".encode()).decode(),
            "expiresAt": datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=12),
            "proxyEndpoint": f"http://{address}",
        }
        return ActionResult({"authorizationData": [data]})

    _ECRResponse.get_authorization_token = get_authorization_token


def apis_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """An HTTP API's ApiEndpoint is the address at which our gateway serves it.

    moto stores APIs and executes none; it answers with the AWS address that leads nowhere from here.
    """
    create = _Api.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        if self.protocol_type == "HTTP":
            self.api_endpoint = endpoint(self.api_id)

    _Api.__init__ = init


def stages_can_be_changed() -> None:
    """UpdateStage changes what CreateStage was given.

    moto has no UpdateStage, and Terraform tries a change of the throttling again for minutes.
    Source: Amazon API Gateway V2 API, UpdateStage.
    """

    def update_stage(self: Any) -> tuple[int, dict[str, str], str]:
        *_, api_id, _, name = self.path.split("/")
        stage = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
        for field, value in json.loads(self.body).items():
            setattr(stage, camelcase_to_underscores(field), value)
        stage.updated = datetime.datetime.now()  # as moto writes `created`
        return 200, {}, json.dumps(stage.to_json())

    _ApiResponse.update_stage = update_stage


def domain_names_are_available() -> None:
    """A name of one's own is available at once, and says where it has to lead.

    moto says neither, and Terraform waits for the first. Nothing answers there.
    Source: Amazon API Gateway V2 API, DomainNameConfiguration.
    """
    create = _DomainName.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        state = {
            "apiGatewayDomainName": f"d-{mock_random.uuid4().hex[:10]}.execute-api.invalid",
            "domainNameStatus": "AVAILABLE",
            "hostedZoneId": "Z0EMBEDDED",
        }
        self.domain_name_configurations = [{**one, **state} for one in self.domain_name_configurations]

    _DomainName.__init__ = init


def function_urls_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """A function URL is the address at which it answers here, of the alias that it was made for.

    moto executes none, answers with an address in AWS, and forgets the qualifier.
    Source: AWS Lambda API, CreateFunctionUrlConfig.
    """
    create, describe = _FunctionUrlConfig.__init__, _FunctionUrlConfig.to_dict
    respond = _LambdaResponse.create_function_url_config

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.url_id = mock_random.uuid4().hex
        self.url = endpoint(self.url_id) + "/"

    def to_dict(self: Any) -> dict[str, Any]:
        described: dict[str, Any] = describe(self)
        qualifier = self.config.get("Qualifier")
        arn = latest_arn(self.function.region, self.function.function_name)
        return {**described, "FunctionArn": f"{arn}:{qualifier}" if qualifier else arn}

    def create_function_url_config(self: Any) -> Any:
        self.body = json.dumps({**self.json_body, "Qualifier": self._get_param("Qualifier")})
        return respond(self)

    _FunctionUrlConfig.__init__, _FunctionUrlConfig.to_dict = init, to_dict
    _LambdaResponse.create_function_url_config = create_function_url_config


def distributions_answer_on_this_machine(endpoint: Callable[[str], str]) -> None:
    """A distribution's domain name is the host and port at which it answers here.

    moto executes none, and answers with a name that leads nowhere.
    """
    create = _Distribution.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.domain_name = endpoint(self.id).removeprefix("http://")

    _Distribution.__init__ = init


def distributions_say_what_they_were_told() -> None:
    """An origin keeps its access control, a behavior forwards by its policies, and no certificate is made up.

    moto loses the first, and adds values of its own to the others; each makes every Terraform plan differ.
    Source: Amazon CloudFront API, Origin, CacheBehavior and ViewerCertificate.
    """
    make_origin, make_behavior = _Origin.__init__, _CacheBehavior.__init__
    make_certificate = _ViewerCertificate.__init__

    def origin(self: Any, config: dict[str, Any]) -> None:
        make_origin(self, config)
        self.origin_access_control_id = config.get("OriginAccessControlId") or ""

    def behavior(self: Any, config: dict[str, Any]) -> None:
        make_behavior(self, config)
        if self.cache_policy_id:
            self.forwarded_values = None

    def certificate(self: Any, config: dict[str, Any]) -> None:
        make_certificate(self, config)
        has_own = bool(self.acm_certificate_arn or self.iam_certificate_id)
        self.cloud_front_default_certificate = not has_own
        if not has_own:
            self.ssl_support_method = None

    _Origin.__init__, _CacheBehavior.__init__, _ViewerCertificate.__init__ = origin, behavior, certificate


def secure_strings_stay_sealed() -> None:
    """Reading a SecureString without decryption yields an opaque text, not the secret.

    moto answers with the plain value behind a prefix, which would put keys into Terraform's state.
    Source: AWS Systems Manager API, GetParameter, parameter WithDecryption.
    """
    respond = _Parameter.response_object

    def response_object(self: Any, decrypt: bool = False, region: str | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = respond(self, decrypt, region)
        if self.parameter_type == "SecureString" and not decrypt:
            seal = hashlib.sha512(f"{self.name}\0{self.version}\0{self.last_modified_date}".encode()).digest()
            answer["Value"] = base64.b64encode(b"\x01\x02\x02\x00" + seal).decode()
        return answer

    _Parameter.response_object = response_object


def parameters_name_their_writer() -> None:
    """A parameter's history says who wrote it, as STS calls them; moto says N/A.

    Source: AWS Systems Manager API, ParameterHistory, LastModifiedUser.
    """
    describe = _Parameter.describe_response_object

    def describe_response_object(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**describe(self, *args, **kwargs), "LastModifiedUser": CALLER}

    _Parameter.describe_response_object = describe_response_object


def metrics_are_those_asked_for() -> None:
    """A look-up begins at the whole minute, and its statistics are of the metric with just these dimensions.

    moto begins at the second, so that a service's point of this minute lies before it; and its statistics
    also count every metric that has more dimensions, so that an invocation through an alias counts thrice.
    Source: CloudWatch API, GetMetricStatistics and GetMetricData, parameters StartTime and Dimensions.
    """
    backend = _CloudWatchBackend
    data, statistics = backend.get_metric_data, backend.get_metric_statistics

    def get_metric_data(self: Any, *, start_time: datetime.datetime, **kwargs: Any) -> Any:
        return data(self, start_time=start_time.replace(second=0), **kwargs)

    def get_metric_statistics(
        self: Any, namespace: str, name: str, start_time: datetime.datetime, *args: Any, **kwargs: Any
    ) -> Any:
        wanted = sorted((dimension["Name"], dimension["Value"]) for dimension in kwargs["dimensions"])
        metrics = [
            datum
            for datum in self.get_all_metrics()
            if sorted((dimension.name, dimension.value) for dimension in datum.dimensions) == wanted
        ]
        found = SimpleNamespace(get_all_metrics=lambda: metrics)
        return statistics(found, namespace, name, start_time.replace(second=0), *args, **kwargs)

    backend.get_metric_data, backend.get_metric_statistics = get_metric_data, get_metric_statistics


def log_streams_are_found_by_their_prefix() -> None:
    """FilterLogEvents with a prefix answers the events of the streams that begin with it.

    moto answers those of all streams, so that a version is taken for what another one wrote.
    Source: CloudWatch Logs API, FilterLogEvents, parameter logStreamNamePrefix.
    """
    respond = _LogsResponse.filter_log_events

    def filter_log_events(self: Any) -> str:
        prefix = self._get_param("logStreamNamePrefix") or ""
        answer = json.loads(respond(self))
        for part in ("events", "searchedLogStreams"):
            answer[part] = [found for found in answer[part] if found["logStreamName"].startswith(prefix)]
        return json.dumps(answer)

    _LogsResponse.filter_log_events = filter_log_events


def filter_patterns_are_evaluated_or_refused() -> None:
    """FilterLogEvents answers the events that match the pattern, and refuses one that is not evaluated here.

    moto knows words and one phrase; to everything else every event is a match.
    Source: CloudWatch Logs API, FilterLogEvents, parameter filterPattern and InvalidParameterException.
    """
    respond = _LogsResponse.filter_log_events

    def message_filter(pattern: str | None) -> SimpleNamespace:
        try:
            return SimpleNamespace(matches=filter_patterns.compiled(pattern or ""))
        except filter_patterns.PatternError as error:
            raise LogsInvalidParameterException(f"{error}.") from error

    def filter_log_events(self: Any) -> str:
        message_filter(self._get_param("filterPattern"))  # also where there is no event to match
        answer: str = respond(self)
        return answer

    _LogsResponse.filter_log_events = filter_log_events
    _logs_models.EventMessageFilter = message_filter


def log_groups_take_another_key() -> None:
    """AssociateKmsKey encrypts what a log group takes from then on with a key of ours, its opposite not.

    moto knows a key only where a group is made. Source: CloudWatch Logs API, AssociateKmsKey.
    """

    def associate(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = self._get_param("kmsKeyId")
        return "{}"

    _LogsResponse.associate_kms_key = _LogsResponse.disassociate_kms_key = associate


def tables_take_another_key() -> None:
    """UpdateTable encrypts a table with a key of ours, or again with DynamoDB's.

    moto knows a key only where a table is made.
    Source: DynamoDB API, UpdateTable, parameter SSESpecification.
    """
    respond = _DynamoResponse.update_table

    def update_table(self: Any) -> Any:
        if "SSESpecification" in self.body:
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            table.sse_specification = self.body["SSESpecification"]
        return respond(self)

    _DynamoResponse.update_table = update_table


def live_tails_are_of_their_own_groups() -> None:
    """StartLiveTail shows the groups whose ARNs it is given, and refuses one that is not there.

    moto takes the group that was made last, whichever ARN is asked for.
    Source: CloudWatch Logs API, StartLiveTail, parameter logGroupIdentifiers.
    """

    def find(self: Any, identifier: str) -> Any:
        found = next((group for group in self.groups.values() if group.arn == identifier), None)
        if found is None:
            raise LogsResourceNotFoundException
        return found

    _logs_models.LogsBackend._find_live_tail_log_group = find


def identity_providers_take_more_audiences() -> None:
    """AddClientIDToOpenIDConnectProvider lets tokens for another audience in; one that is there stays.

    moto does not know the action. Source: IAM API, AddClientIDToOpenIDConnectProvider.
    """

    def add(self: Any) -> ActionResult:
        provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
        audience = self._get_param("ClientID")
        if audience not in provider.client_id_list:
            provider.client_id_list.append(audience)
        return EmptyResult()

    _IamResponse.add_client_id_to_open_id_connect_provider = add


def _new_revision(resource: Any) -> None:
    resource.revision_id = str(mock_random.uuid4())


def _check_revision(resource: Any, body: dict[str, Any]) -> None:
    wanted = body.get("RevisionId")
    if wanted and wanted != resource.revision_id:
        raise PreconditionFailedError
