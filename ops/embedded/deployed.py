"""What is deployed, in values of our own: functions, versions, HTTP APIs, and who knows of them.

The Lambda host and the gateway ask a `Deployments`: in the account moto's backends (`backends.py`), in
`ops/serve.py` one page. So neither of them ever holds an object of moto's, or needs moto at all.
"""

import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ops.embedded.code import Code
    from ops.embedded.container import ContainerImage

# moto's own, see moto.core.models.DEFAULT_ACCOUNT_ID; here so that not all who need it load moto.
ACCOUNT_ID = "123456789012"

# Whom moto's STS says that every caller is.
CALLER = f"arn:aws:iam::{ACCOUNT_ID}:user/moto"


_REFERENCE = re.compile(
    r"(?P<registry>[^/@]+)/(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True)
class Reference:
    """The parts of an image's URI, REGISTRY/NAME:TAG or REGISTRY/NAME@DIGEST; a registry may have a port."""

    registry: str
    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def of(cls, uri: str) -> "Reference":
        """Take a URI apart.

        Raises:
            LookupError: It names no image.
        """
        match = _REFERENCE.fullmatch(uri)
        if not match or not (match["tag"] or match["digest"]):
            raise LookupError(f"{uri!r} names no image in a registry")
        return cls(**match.groupdict())

    @property
    def repository(self) -> str:
        """The URI without tag and digest."""
        return f"{self.registry}/{self.name}"


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
    storage_mb: int
    timeout_s: int
    log_group: str
    log_format: str
    environment: dict[str, str] = field(compare=False, repr=False)  # holds keys: never printed
    starts_from_snapshot: bool = False

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


@dataclass(frozen=True)
class FunctionUrlConfiguration:
    """A function URL: it asks for a signature, or it does not (`is_signed`)."""

    id: str
    region: str
    url: str
    function: str
    qualifier: str | None
    is_signed: bool


@dataclass(frozen=True)
class CacheBehavior:
    """How a distribution treats paths of a pattern.

    Attributes:
        pattern: As CloudFront writes it, "*" for all that no other one is for.
        methods: What it lets through.
        forwards_all: The origin gets the viewer's headers, cookies and query; else only what names the file.
    """

    pattern: str
    methods: frozenset[str]
    forwards_all: bool


@dataclass(frozen=True)
class Distribution:
    """A distribution of CloudFront with one origin.

    Attributes:
        origin: Host of the origin, and its port here.
        headers: What it adds for the origin, in place of a viewer's own.
        signs: Whether it signs what it asks (origin access control).
        behaviors: The first that fits counts.
    """

    id: str
    arn: str
    is_enabled: bool
    origin: str
    headers: tuple[tuple[str, str], ...]
    signs: bool
    behaviors: tuple[CacheBehavior, ...]


class UnknownFunctionError(Exception):
    """No such function, version or alias."""


class AccessDeniedError(Exception):
    """The function's policy does not let this caller invoke it."""


class Deployments(Protocol):
    """What is deployed now. Called on the event loop and from threads; each answer is whole in itself."""

    @property
    def revision(self) -> int:
        """Another number after each change of what is deployed."""
        ...

    def function_version(
        self, region: str, function: str, qualifier: str | None, choice: random.Random
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
        ...

    def aliased_versions(self, region: str, function: str) -> set[str]:
        """Return every version of a function that an alias sends traffic to; empty when it is gone."""
        ...

    def reserved_concurrency(self, region: str, function: str) -> int | None:
        """Return the most invocations of a function that may run at once, or None for no limit of its own."""
        ...

    def event_retries(self, region: str, function: str) -> int:
        """Return how often a failed asynchronous invocation is tried again (AWS's default is 2)."""
        ...

    def code(self, function: FunctionVersion) -> "Code | ContainerImage":
        """Return what instances of a version run: a packed image in processes, any other in containers.

        Raises:
            LookupError: Its image is not here.
            OSError: It could not be unpacked.
        """
        ...

    def http_apis(self) -> list[HttpApi]:
        """Return every HTTP API that has a stage `$default`."""
        ...

    def check_api_may_invoke(self, api: HttpApi, integration_uri: str) -> None:
        """Check that the function's resource policy lets API Gateway invoke it for this API.

        Raises:
            AccessDeniedError: No statement allows it; AWS answers such a request with 500.
        """
        ...


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
