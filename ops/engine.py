"""A container engine: whether there is one, and what it builds and pushes.

With the engine's own API (docker SDK), so any engine will do that answers to DOCKER_HOST or at Docker's usual
socket. It builds with the classic builder, which makes the one plain manifest that Lambda accepts: BuildKit's
index with attestations is refused.

Source: Docker Engine API, ImageBuild and ImagePush: both answer 200 and tell of a failure in an event.
"""

import contextlib
import io
import os
import re
import sys
import tarfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ops.errors import OpsError
from ops.images import Content, Login, add_file

# A step of a build may be silent for as long as it takes to install everything.
SILENCE_LIMIT_S: Final = 1800
PING_LIMIT_S: Final = 3

# The SDK asks for paramiko, which nothing else here needs.
_NO_SSH = (
    "DOCKER_HOST names an engine by ssh, which is not spoken here; forward its socket instead, by `ssh -nNT "
    '-L "$HOME/engine.sock:/var/run/docker.sock" HOST`, and set DOCKER_HOST="unix://$HOME/engine.sock"'
)
_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)")
_LAST_LINES = 5


class EngineError(OpsError):
    """There is no container engine, or it refused."""


class ImageBuildError(EngineError):
    """The engine could not build the image; nothing was pushed."""


class PushError(EngineError):
    """The engine could not push the image; the tag is not in the registry."""


@dataclass(frozen=True)
class Event:
    """What became of one part of the work: a step of a build, or a layer that moves."""

    part: str
    text: str
    done_bytes: int = 0
    total_bytes: int = 0
    is_step: bool = False


OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class NoEngine:
    """There is none to use, and why."""

    reason: str


class Engine:
    """An engine that answers."""

    def __init__(self, client: Any) -> None:
        """Use the engine that `client` (docker.DockerClient) talks to."""
        self.api = client.api

    @property
    def version(self) -> str:
        """What it says of itself."""
        return str(self.api.version()["Version"])

    @property
    def obstacle(self) -> str | None:
        """Why the engine can't work with the embedded account, or None when it can.

        Image and page go over 127.0.0.1, so the engine must be on this machine and not in a virtual machine
        or a network of its own.
        """
        if not sys.platform.startswith("linux"):
            return "its containers are in a virtual machine"
        if not self.api.base_url.startswith("http+docker://"):
            return f"it is elsewhere, at {self.api.base_url}"
        said = self.api.info()
        if said.get("OperatingSystem") == "Docker Desktop":
            return "its containers are in a virtual machine"
        if any("rootless" in option for option in said.get("SecurityOptions") or ()):
            return "it is rootless, and its containers have a network of their own"
        return None

    def build(self, content: Content, *, tag: str, labels: dict[str, str], on_event: OnEvent) -> str:
        """Build the image and return its id.

        Args:
            content: What enters it; the engine gets nothing else.
            tag: NAME:TAG that the engine knows it by.
            labels: What it says of itself.
            on_event: Told about each step.

        Raises:
            ImageBuildError: A base image could not be pulled or a step failed.
        """
        with _wrapped(ImageBuildError, "The image could not be built"), _context(content) as context:
            events = self.api.build(
                fileobj=context,
                custom_context=True,
                tag=tag,
                labels=labels,
                platform=content.platform,
                # Packages come over this machine's own network, with its proxies on 127.0.0.1.
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
            )
            return _built(events, on_event)

    def push(self, image: str, *, repository_uri: str, tag: str, login: Login, on_event: OnEvent) -> str:
        """Push an image to a repository and return its digest there.

        The layers go first and the manifest last: a push that breaks off leaves no tag, and the next one
        sends what is missing.

        Args:
            image: What the engine knows it by.
            repository_uri: Where to; as ECR says it, since a registry may be anywhere.
            tag: Its tag there.
            login: Goes into the request's header and nowhere else.
            on_event: Told about each layer.

        Raises:
            PushError: The registry refused, or the connection broke.
        """
        auth = {"username": login.username, "password": login.password}
        with _wrapped(PushError, f"The push to {repository_uri} broke off"):
            self.api.tag(image, repository_uri, tag)
            events = self.api.push(repository_uri, tag=tag, stream=True, decode=True, auth_config=auth)
            return _pushed(events, on_event)


def find() -> Engine | NoEngine:
    """Return the engine that DOCKER_HOST names, or that is at Docker's usual place."""
    import docker  # type: ignore[import-untyped]  # it has no types; a fifth of a second

    if os.environ.get("DOCKER_HOST", "").startswith("ssh://"):
        return NoEngine(_NO_SSH)
    try:
        docker.from_env(version="auto", timeout=PING_LIMIT_S).close()
        return Engine(docker.from_env(version="auto", timeout=SILENCE_LIMIT_S))
    except errors() as error:
        return NoEngine(f"no container engine answers ({_cause(error)})")


def errors() -> tuple[type[Exception], ...]:
    """Return what the SDK raises when an engine refuses or is gone."""
    import docker
    import requests

    return docker.errors.DockerException, requests.RequestException, OSError


def _built(events: Iterable[dict[str, Any]], on_event: OnEvent) -> str:
    """Pass a build's events on, and return the id of the image that came of it."""
    image, step = "", Event("", "")
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    for event in events:
        if "error" in event:
            raise ImageBuildError(_why_not_built(event["error"], step, lines))
        if text := event.get("stream", "").strip():
            lines.extend(text.splitlines())
            if match := _STEP.match(text):
                step = Event(f"{match[1]}/{match[2]}", match[3], is_step=True)
                on_event(step)
        elif "status" in event:
            on_event(_event(event))
        image = event.get("aux", {}).get("ID", image)
    if not image:
        raise ImageBuildError("The engine named no image at the end of the build. Nothing was pushed.")
    return image


def _why_not_built(error: str, step: Event, lines: Iterable[str]) -> str:
    if step.text.startswith("FROM ") or "--from=" in step.text:
        return (
            f"The base image of `{step.text}` could not be pulled: {_end(error)} Nothing was pushed. Check "
            "that this machine reaches the registry, or pull the image by hand, and build again."
        )
    said = "".join(f"\n    {line}" for line in lines)
    return (
        f"Step {step.part} of the Dockerfile failed, `{step.text}`: {_end(error)} Nothing was pushed. Its "
        f"last words:{said}\nMend it and run `invoke build` again."
    )


def _pushed(events: Iterable[dict[str, Any]], on_event: OnEvent) -> str:
    """Pass a push's events on, and return the digest that the registry gave."""
    digest = ""
    for event in events:
        if "error" in event:
            raise PushError(_why_not_pushed(event["error"]))
        if "status" in event:
            on_event(_event(event))
        digest = event.get("aux", {}).get("Digest", digest)
    if not digest:
        raise PushError(_why_not_pushed("the engine named no digest"))
    return digest


def _why_not_pushed(error: str) -> str:
    return (
        f"The push broke off: {_end(error)} The tag is not in the registry; the layers that arrived stay "
        "there and are not sent again. Run the same command again."
    )


def _event(event: dict[str, Any]) -> Event:
    progress = event.get("progressDetail") or {}
    return Event(
        event.get("id", ""), event["status"], progress.get("current") or 0, progress.get("total") or 0
    )


@contextlib.contextmanager
def _wrapped(kind: type[EngineError], what: str) -> Iterator[None]:
    """Turn what the SDK raises into one of ours."""
    try:
        yield
    except errors() as error:
        message = f"{what}: {_end(_cause(error))} Nothing was deployed. Run the same command again."
        raise kind(message) from error


def _cause(error: BaseException) -> str:
    """Return what an engine explained, or what lies at the bottom of the SDK's long-winded errors."""
    if explanation := getattr(error, "explanation", None):
        return str(explanation)
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return getattr(error, "strerror", None) or str(error)


def _end(sentence: str) -> str:
    return sentence.strip().rstrip(".") + "."


@contextlib.contextmanager
def _context(content: Content) -> Iterator[Any]:
    """Lend the build's context as a tar: what enters the image, with modes and times that never differ.

    Lambda's user must be able to read the files, whatever mask the working tree was checked out with; and the
    engine's cache goes by them.
    """
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            for path in content.files:
                add_file(tar, path.as_posix(), (content.root / path).read_bytes())
        file.seek(0)
        yield file
