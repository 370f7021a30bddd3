"""The function's published versions, and the alias `live`, which is where users are.

Terraform is given the version that is live and so never moves the alias, except when there is none yet; it is
moved here, after the new version has answered. Nobody else's move is overwritten: each of ours names the
RevisionId that it starts from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.errors import AliasError, SmokeTestError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

ALIAS = "live"
LATEST = "$LATEST"

CONFIGURE_TRIES = 5

# What a version keeps as it was when it was published, and the stack may change.
_VERSIONED = ("CodeSha256", "Environment", "LoggingConfig", "MemorySize", "Role", "SnapStart", "Timeout")

# What UpdateFunctionConfiguration takes in the form in which GetFunction gives it.
_RESTORED = (
    "Description",
    "EphemeralStorage",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Timeout",
    "TracingConfig",
)


@dataclass(frozen=True)
class Live:
    """What users reach.

    Attributes:
        version: The published version.
        image: Its image by digest.
        revision: The alias's RevisionId: whoever moves it from here names it.
        weights: Other versions that a part of the users reach, version => share from 0 to 1.
    """

    version: str
    image: str
    revision: str
    weights: Mapping[str, float]

    @property
    def digest(self) -> str:
        """The image's digest."""
        return self.image.rpartition("@")[2]


def live(lambda_: "LambdaClient", *, function: str) -> Live | None:
    """Return the published version that users reach, or None before the first deployment.

    Raises:
        AliasError: Somebody sent them to `$LATEST`, which no deployment may change under them.
    """
    found = reached(lambda_, function=function)
    if found and found.version == LATEST:
        raise AliasError(
            f"The alias {ALIAS!r} points at {LATEST}: each change of the function reaches users, proven or "
            f"not. It was left there. `invoke deploy` publishes what is there, and goes on from that; "
            f"`invoke rollback N` sends users to an earlier release."
        )
    return found


def reached(lambda_: "LambdaClient", *, function: str) -> Live | None:
    """Return what users reach, `$LATEST` too if somebody sent them there; None without an alias.

    Source: AWS Lambda API, GetAlias and GetFunction.
    """
    try:
        alias = lambda_.get_alias(FunctionName=function, Name=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    version = alias["FunctionVersion"]
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return Live(version, image_of(lambda_, function=function, version=version), alias["RevisionId"], weights)


def pin(lambda_: "LambdaClient", *, function: str) -> None:
    """Send users from `$LATEST`, if that is where they are, to a version that is the same and stays so.

    Raises:
        AliasError: Somebody else changed the function or moved the alias meanwhile; users reach `$LATEST`.
    """
    found = reached(lambda_, function=function)
    if found and found.version == LATEST:
        move(lambda_, function=function, to=publish(lambda_, function=function).version, since=found)


def image_of(lambda_: "LambdaClient", *, function: str, version: str) -> str:
    """Return the image of a version, by digest."""
    return lambda_.get_function(FunctionName=function, Qualifier=version)["Code"]["ResolvedImageUri"]


def move(
    lambda_: "LambdaClient", *, function: str, to: str, since: Live, weights: Mapping[str, float] = {}
) -> Live:
    """Send users to a version; return what they reach then.

    Args:
        lambda_: Functions.
        function: Function name.
        to: The published version.
        since: What users reached when the caller last looked.
        weights: Other versions that a part of them shall reach, version => share.

    Raises:
        AliasError: Somebody else moved the alias since then; it stays where they moved it.

    Source: AWS Lambda API, UpdateAlias, parameters RevisionId and RoutingConfig.
    """
    try:
        moved = lambda_.update_alias(
            FunctionName=function,
            Name=ALIAS,
            FunctionVersion=to,
            RoutingConfig={"AdditionalVersionWeights": dict(weights)},
            RevisionId=since.revision,
        )
    except lambda_.exceptions.PreconditionFailedException as error:
        raise moved_by_another(since) from error
    image = since.image if to == since.version else image_of(lambda_, function=function, version=to)
    return Live(to, image, moved["RevisionId"], weights)


def moved_by_another(since: Live) -> AliasError:
    """Return the refusal to move users whom somebody else has moved."""
    return AliasError(
        f"Somebody else moved the alias {ALIAS!r} away from version {since.version} in the meantime. Users "
        f"reach what they were sent to. See `invoke status`, then run the command again."
    )


def newest(lambda_: "LambdaClient", *, function: str) -> str | None:
    """Return the version that was published last, or None when there is none, or none any more."""
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    numbers = [entry["Version"] for page in pages for entry in page["Versions"] if entry["Version"] != LATEST]
    return max(numbers, key=int, default=None)


@dataclass(frozen=True)
class Publication:
    """A published version, and the RevisionId of the `$LATEST` that it was published from."""

    version: str
    latest: str


def published(lambda_: "LambdaClient", *, function: str) -> Publication:
    """Return the version that holds what `$LATEST` is, published now if need be.

    Terraform changes code, configuration and then publishes. Killed in between, it never comes back to the
    last: its next plan sees a function that is as it should be.
    """
    version = newest(lambda_, function=function)
    if version is None:
        return publish(lambda_, function=function)
    latest = lambda_.get_function_configuration(FunctionName=function)
    if _versioned(latest) != _versioned(
        lambda_.get_function_configuration(FunctionName=function, Qualifier=version)
    ):
        return publish(lambda_, function=function)
    return Publication(_active(lambda_, function=function, version=version), latest["RevisionId"])


def publish(lambda_: "LambdaClient", *, function: str) -> Publication:
    """Publish what `$LATEST` is, once it is settled.

    Raises:
        AliasError: Somebody else changed the function in between; users were not moved.

    Source: AWS Lambda API, PublishVersion, parameter RevisionId.
    """
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    seen = lambda_.get_function_configuration(FunctionName=function)["RevisionId"]
    try:
        version = lambda_.publish_version(FunctionName=function, RevisionId=seen)["Version"]
    except lambda_.exceptions.PreconditionFailedException as error:
        raise AliasError(
            f"The function {function} changed while it was being published: by somebody else, or by a first "
            f"try whose answer was lost. Users reach what they reached before. Run the command again."
        ) from error
    latest = lambda_.get_function_configuration(FunctionName=function)["RevisionId"]
    return Publication(_active(lambda_, function=function, version=version), latest)


def _active(lambda_: "LambdaClient", *, function: str, version: str) -> str:
    """Wait until a version can be invoked. Source: AWS Lambda developer guide, "Lambda function states"."""
    lambda_.get_waiter("published_version_active").wait(FunctionName=function, Qualifier=version)
    return version


def check_image(lambda_: "LambdaClient", *, function: str, version: str, digest: str) -> None:
    """Refuse a version that runs another image than the one that is meant.

    Raises:
        SmokeTestError: It does; nothing was changed.
    """
    image = image_of(lambda_, function=function, version=version)
    if not image.endswith(digest):
        raise SmokeTestError(
            f"Version {version} runs {image}, not {digest}: somebody else deployed at the same time. Users "
            f"reach what they reached before. Run the command again."
        )


def check_configuration(
    lambda_: "LambdaClient",
    *,
    function: str,
    version: str,
    like: str,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Refuse a version that is configured otherwise than another one.

    Args:
        lambda_: Functions.
        function: Function name.
        version: The version.
        like: The other one.
        variables: All environment variables that the version should have, where they are not the other's.

    Raises:
        SmokeTestError: It is; nothing was changed.
    """
    found, meant = (
        _configured(lambda_.get_function_configuration(FunctionName=function, Qualifier=which))
        for which in (version, like)
    )
    if found != (meant if variables is None else {**meant, "Environment": dict(variables)}):
        raise SmokeTestError(
            f"Version {version} is not configured as version {like} is: somebody else changed the function "
            f"at the same time. Users reach what they reached before. Run the command again."
        )


def withdraw(lambda_: "LambdaClient", *, function: str, version: str, live: str | None) -> None:
    """Take back a version that failed its proof: `$LATEST` is the live version again, and this one is gone.

    So the next deployment, a rotation or an apply by hand starts from what users have. On the first
    deployment there is no live version: the alias, which Terraform had to point somewhere, goes, and the API
    answers 500 until a version has proven itself.

    Source: Lambda API, DeleteAlias, DeleteFunction.
    """
    if live is None:
        lambda_.delete_alias(FunctionName=function, Name=ALIAS)
        return
    restore_latest(lambda_, function=function, version=live)
    lambda_.delete_function(FunctionName=function, Qualifier=version)


def restore_latest(lambda_: "LambdaClient", *, function: str, version: str, image: str | None = None) -> None:
    """Give `$LATEST` the configuration of `version`, and its image or another one.

    What it was meanwhile is lost: the next publication starts from here.

    Source: Lambda API, UpdateFunctionCode and UpdateFunctionConfiguration.
    """
    good = lambda_.get_function(FunctionName=function, Qualifier=version)
    configuration: dict[str, Any] = dict(good["Configuration"])
    lambda_.update_function_code(
        FunctionName=function,
        ImageUri=image or good["Code"]["ImageUri"],
        Architectures=configuration["Architectures"],
    )
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    variables = configuration.get("Environment", {}).get("Variables", {})
    lambda_.update_function_configuration(
        FunctionName=function,
        Environment={"Variables": variables},
        KMSKeyArn=configuration.get("KMSKeyArn", ""),  # "": Lambda's own key
        SnapStart=_snapstart(configuration),
        **{name: configuration[name] for name in _RESTORED if name in configuration},
    )
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)


def configure_latest(
    lambda_: "LambdaClient", *, function: str, like: str, variables: Mapping[str, str]
) -> None:
    """Give `$LATEST` the image and configuration of a version, with these environment variables instead.

    What somebody else makes of it at the same moment is seen by its RevisionId, and made what it should be.

    Args:
        lambda_: Functions.
        function: Function name.
        like: The version.
        variables: All of them.

    Raises:
        AliasError: Somebody else changed it again and again; nothing was published.

    Source: AWS Lambda API, UpdateFunctionConfiguration, parameter RevisionId.
    """
    meant = _versioned(lambda_.get_function_configuration(FunctionName=function, Qualifier=like))
    for _ in range(CONFIGURE_TRIES):
        latest = lambda_.get_function_configuration(FunctionName=function)
        if _versioned(latest) != meant:
            restore_latest(lambda_, function=function, version=like)
            latest = lambda_.get_function_configuration(FunctionName=function)
        try:
            lambda_.update_function_configuration(
                FunctionName=function,
                Environment={"Variables": dict(variables)},
                RevisionId=latest["RevisionId"],
            )
        except (lambda_.exceptions.PreconditionFailedException, lambda_.exceptions.ResourceConflictException):
            lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
            continue
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
        return
    raise AliasError(
        f"Somebody else changes the function {function} again and again. Nothing was published: users reach "
        f"what they reached before. Run the command again when they are done."
    )


def _configured(configuration: "FunctionConfigurationResponseTypeDef") -> dict[str, object]:
    """Return what a version is configured as, whatever its image is."""
    variables = configuration.get("Environment", {}).get("Variables", {})
    return {**_versioned(configuration), "CodeSha256": None, "Environment": variables}


def _versioned(configuration: "FunctionConfigurationResponseTypeDef") -> dict[str, object]:
    found: dict[str, object] = {name: configuration.get(name) for name in _VERSIONED}
    # Whether there is a snapshot is a version's own: $LATEST never has one.
    return {**found, "SnapStart": _snapstart(configuration)}


def _snapstart(configuration: Mapping[str, Any]) -> Any:
    """Return whether versions start from a snapshot, as UpdateFunctionConfiguration takes it."""
    return {"ApplyOn": configuration.get("SnapStart", {}).get("ApplyOn", "None")}
