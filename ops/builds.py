"""From the working tree to an image in the registry: built by an engine, or packed without one."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from ops import copying, images, packing, registries
from ops import engine as engines
from ops import revision as revisions
from ops.engine import Engine, EngineError, ImageBuildError, NoEngine, OnEvent, PushError
from ops.images import Content, Image
from ops.registries import Reference
from ops.settings import ROOT, Settings

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@dataclass(frozen=True)
class Built:
    """An image that the engine holds."""

    content: Content
    revision: str | None
    id: str
    name: str

    @property
    def labels(self) -> dict[str, str]:
        """What it says of its origin."""
        return images.labels(self.content, self.revision)


@dataclass(frozen=True)
class Pushed:
    """An image in the registry; `how` it came there, in a line; the `revision` that it was built from."""

    image: Image
    tag: str
    how: str
    is_new: bool
    is_packed: bool = False
    revision: str | None = None


def content(settings: Settings) -> Content:
    """Return what enters the stage's image."""
    return images.content(ROOT, architecture(settings))


def architecture(settings: Settings) -> str:
    """Return the function's processor.

    Raises:
        EngineError: It is none that Lambda has.
    """
    chosen = settings.variable("architecture")
    if chosen not in images.PLATFORMS:
        raise EngineError(
            f"architecture is {chosen!r} in {settings.tfvars.name}, and Lambda has "
            f"{' and '.join(images.PLATFORMS)}. Nothing was done. Name one of them there."
        )
    return chosen


def find(ecr: "ECRClient", settings: Settings) -> Image | None:
    """Return the image of the working tree in the stage's registry, built or packed; changes nothing."""
    of, name = content(settings), settings.app_name
    if (uri := images.repository(ecr, name=name)) is None:
        return None
    tags = (of.tag, packing.tag(of)) if settings.stage.embedded else (of.tag,)
    found = (images.find(ecr, name=name, repository_uri=uri, tag=tag) for tag in tags)
    return next((image for image in found if image), None)


def preview(settings: Settings, verb: Literal["build", "push"]) -> str:
    """Return which image a command would make, and of how much, in a line.

    Raises:
        EngineError: It could make none, for want of an engine.
    """
    of = content(settings)
    engine = usable_engine(settings) if verb == "push" else engines.find()
    tag, packed = of.tag, ""
    if isinstance(engine, NoEngine):
        if verb == "build" or not may_pack(settings):
            raise EngineError(_needed(engine))
        tag, packed = packing.tag(of), f", packed since {engine.reason}"
    return f"{verb} {settings.app_name}:{tag} for {of.platform}, {len(of.files)} files{packed}"


def build(settings: Settings, *, on_event: OnEvent) -> Built:
    """Build the image of the working tree for the stage; the engine keeps it as APP_NAME:TAG.

    Raises:
        EngineError: There is no engine, or the build failed; nothing was pushed.
    """
    engine = engines.find()
    if isinstance(engine, NoEngine):
        raise EngineError(_needed(engine))
    return _build(engine, content(settings), name=settings.app_name, on_event=on_event)


def ensure_for(ecr: "ECRClient", settings: Settings, *, on_event: OnEvent) -> Pushed:
    """Return the image of the working tree in the stage's registry, as `ensure` does.

    The embedded account takes a packed image where no engine can be used, unless the settings demand one.

    Raises:
        EngineError: As `ensure`.
        BuildError: As `ensure`.
    """
    pushed = ensure(
        ecr,
        content(settings),
        name=settings.app_name,
        engine=usable_engine(settings),
        may_pack=may_pack(settings),
        on_event=on_event,
    )
    if not settings.stage.embedded:
        return pushed
    kind = "processes" if pushed.is_packed else "containers"
    return replace(pushed, how=f"{pushed.how}; its instances are {kind}")


def given(ecr: "ECRClient", settings: Settings, uri: str, *, on_event: OnEvent = lambda _: None) -> Pushed:
    """Return the image that `uri` names in the stage's registry; one from elsewhere is copied there first.

    Args:
        ecr: Container registry.
        settings: The stage.
        uri: The image by tag or digest.
        on_event: Told about each layer.

    Raises:
        RegistryError: There is no such image, or it can't be read.
        NoImageError: The stage's own registry has none of that name.
    """
    reference = registries.parse(uri)
    if is_own(ecr, reference):
        image, tag = images.resolve(ecr, reference.name, tag=reference.tag, digest=reference.digest)
        return Pushed(image, tag, f"{tag or image.digest} is in the registry already", is_new=False)
    copied = copying.copy(
        ecr,
        registries.Source(reference),
        name=settings.app_name,
        repository_uri=images.ensure_repository(ecr, name=settings.app_name),
        platform=_platform(settings),
        on_event=on_event,
    )
    how = f"copied from {reference}" if copied.is_new else "is in the registry already"
    return Pushed(copied.image, copied.tag, f"{copied.tag} {how}", copied.is_new, revision=copied.revision)


def identify(ecr: "ECRClient", settings: Settings, uri: str) -> str:
    """Return the digest of the image that `given` would return; changes nothing, raises as it does."""
    reference = registries.parse(uri)
    if is_own(ecr, reference):
        return images.resolve(ecr, reference.name, tag=reference.tag, digest=reference.digest)[0].digest
    return registries.Source(reference).manifest(_platform(settings)).digest


def is_own(ecr: "ECRClient", reference: Reference) -> bool:
    """Whether an image is in the account's own registry.

    Source: Amazon ECR API, GetAuthorizationToken: the proxy endpoint is the registry's address.
    """
    endpoint = ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"]
    return reference.registry == urlsplit(endpoint).netloc


def _platform(settings: Settings) -> str:
    return images.PLATFORMS[architecture(settings)]


def usable_engine(settings: Settings) -> Engine | NoEngine:
    """Return the engine that makes the stage's image, or why there is none."""
    if not settings.stage.embedded:
        return engines.find()
    if settings.embedded.engine == "none":
        return NoEngine("embedded.engine is none")
    engine = engines.find()
    if isinstance(engine, Engine) and (obstacle := engine.obstacle):
        return NoEngine(f"the container engine can't be used: {obstacle}")
    return engine


def may_pack(settings: Settings) -> bool:
    """Return whether the stage takes an image that was packed without an engine."""
    return settings.stage.embedded and settings.embedded.engine != "docker"


def ensure(
    ecr: "ECRClient", of: Content, *, name: str, engine: Engine | NoEngine, may_pack: bool, on_event: OnEvent
) -> Pushed:
    """Return the image of `of` in the registry, putting it there when it is missing.

    Safe to repeat after any failure: what arrived is not sent again, and a tag appears with all it names.

    Args:
        ecr: Container registry.
        of: What enters the image.
        name: Repository name; the repository is created when it is missing.
        engine: What builds and pushes it.
        may_pack: Whether it may be packed without an engine, or when this one can't build it: the embedded
            account runs such an image, Lambda does not.
        on_event: Told about each step and layer.

    Raises:
        EngineError: There is no engine and no other way, or it failed; the tag is not in the registry.
        BuildError: It could not be packed.
    """
    repository_uri = images.ensure_repository(ecr, name=name)
    if isinstance(engine, NoEngine):
        if not may_pack:
            raise EngineError(_needed(engine))
        return _packed(ecr, of, name=name, repository_uri=repository_uri, because=engine.reason)
    if found := images.find(ecr, name=name, repository_uri=repository_uri, tag=of.tag):
        return Pushed(found, of.tag, f"{of.tag} is in the registry already", is_new=False)
    try:
        built = _build(engine, of, name=name, on_event=on_event)
    except ImageBuildError as error:
        if not may_pack:
            raise
        reason = f"the container engine could not build the image: {error}"
        return _packed(ecr, of, name=name, repository_uri=repository_uri, because=reason)
    return _push(ecr, engine, built, repository_uri=repository_uri, on_event=on_event)


def _build(engine: Engine, of: Content, *, name: str, on_event: OnEvent) -> Built:
    revision = revisions.read(of.root)
    known_as = f"{name}:{of.tag}"
    identity = engine.build(of, tag=known_as, labels=images.labels(of, revision), on_event=on_event)
    images.refuse_if_edited(of)
    return Built(of, revision, identity, known_as)


def _push(
    ecr: "ECRClient", engine: Engine, built: Built, *, repository_uri: str, on_event: OnEvent
) -> Pushed:
    name, tag = built.name.rpartition(":")[0], built.content.tag

    def look() -> Image | None:
        return images.find(ecr, name=name, repository_uri=repository_uri, tag=tag)

    try:
        digest = engine.push(
            built.id, repository_uri=repository_uri, tag=tag, login=images.login(ecr), on_event=on_event
        )
    except PushError:
        # The tag can't be moved: whoever pushed the same content meanwhile has won.
        if theirs := look():
            return Pushed(theirs, tag, f"{tag} was pushed by somebody else meanwhile", is_new=False)
        raise
    pushed = look()
    if pushed is None or pushed.digest != digest:
        raise PushError(
            f"The engine pushed {digest}, and the registry holds {pushed.digest if pushed else 'nothing'} as "
            f"{repository_uri}:{tag}. Nothing was deployed. Run the same command again."
        )
    return Pushed(pushed, tag, f"{tag} built and pushed", is_new=True)


def _packed(ecr: "ECRClient", of: Content, *, name: str, repository_uri: str, because: str) -> Pushed:
    tag = packing.tag(of)
    found = images.find(ecr, name=name, repository_uri=repository_uri, tag=tag)
    image = found or packing.push(ecr, of, name=name, repository_uri=repository_uri)
    how = (
        f"{tag}, packed since {because}, is in the registry already"
        if found
        else f"{tag} packed, {len(of.files)} files, since {because}"
    )
    return Pushed(image, tag, how, is_new=not found, is_packed=True)


def _needed(none: NoEngine) -> str:
    return (
        f"An image is built by a container engine, and {none.reason}. Nothing was built. Install Docker or "
        "start it, set DOCKER_HOST when it listens elsewhere, and try again."
    )
