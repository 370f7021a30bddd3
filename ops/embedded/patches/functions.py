"""What moto's Lambda lacks: revisions, versions, aliases, permissions and where an image is found."""

from typing import Any
from urllib.parse import unquote

from moto.awslambda import models as lambda_models
from moto.awslambda import policy as lambda_policy
from moto.awslambda import responses as lambda_responses
from moto.awslambda.exceptions import LambdaClientError
from moto.core.exceptions import ServiceException
from moto.core.utils import iso_8601_datetime_with_nanoseconds
from moto.ecr import models as ecr_models
from moto.moto_api._internal import mock_random

from ops.embedded.deployed import Reference, latest_arn

# What is patched, untyped: that a method may be replaced is the point.
_LambdaFunction: Any = lambda_models.LambdaFunction
_LambdaAlias: Any = lambda_models.LambdaAlias
_LambdaBackend: Any = lambda_models.LambdaBackend
_LambdaPolicy: Any = lambda_policy.Policy
_LambdaResponse: Any = lambda_responses.LambdaResponse


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


def _new_revision(resource: Any) -> None:
    resource.revision_id = str(mock_random.uuid4())


def _check_revision(resource: Any, body: dict[str, Any]) -> None:
    wanted = body.get("RevisionId")
    if wanted and wanted != resource.revision_id:
        raise PreconditionFailedError
