"""The app's image in ECR: what enters it, its tag, and the repository.

An image is named by the hash of everything that enters it, so that the same content is never pushed twice
and a tag never moves.
"""

import base64
import hashlib
import io
import itertools
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

# Lambda's names for processors, and Docker's.
PLATFORMS: Final = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}

CONTENT_LABEL: Final = "patient-insight.content"
DIRTY_LABEL: Final = "patient-insight.dirty"
# On an image that was packed without an engine: it has no base, and runs with this machine's interpreter.
PACKED_LABEL: Final = "patient-insight.packed"
# Source: OCI image specification, annotations.md.
REVISION_LABEL: Final = "org.opencontainers.image.revision"

# What .dockerignore lets through, and the recipe itself.
_INPUTS = ("Dockerfile", "requirements/app.txt", "requirements/lean.py")
SOURCE: Final = "app"

# What the recipe makes of the rest: the same files for the same content.
_BUILD = re.compile(r"\bpython -m (app\.\S+) (\S+)$", re.MULTILINE)

_MUTABILITY: Final = "IMMUTABLE"
_SCANNING: Final[Any] = {"scanOnPush": True}
_UNTAGGED_DAYS = 14
_LIFECYCLE: Final[dict[str, Any]] = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "What a broken push or a deleted tag left. Nothing that runs is without a tag.",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": _UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        }
    ]
}


class NoImageError(OpsError):
    """There is no such image in the registry; nothing was changed."""


class EditedError(OpsError):
    """The working tree changed under an image that was being made; nothing was pushed."""


@dataclass(frozen=True)
class Content:
    """All that enters the image."""

    root: Path
    files: tuple[Path, ...]
    hash: str
    platform: str

    @property
    def tag(self) -> str:
        """The tag of the image that an engine builds of it."""
        return f"content-{self.hash[:16]}"


@dataclass(frozen=True)
class Image:
    """An image in a registry."""

    repository_uri: str
    digest: str

    @property
    def uri(self) -> str:
        """What Lambda is given: the image by digest."""
        return f"{self.repository_uri}@{self.digest}"


@dataclass(frozen=True)
class Login:
    """What opens a registry to a container engine."""

    username: str
    password: str = field(repr=False)


def content(root: Path, architecture: str = "x86_64") -> Content:
    """Return what enters the image built from the repository at `root` for Lambda's `architecture`.

    The hash is over names and bytes, and the processor that packages are installed for; times, owners and
    modes do not count. What the build makes of them follows from them, and does not count either.
    """
    return _content(root, PLATFORMS[architecture])


def refuse_if_edited(of: Content) -> None:
    """Do nothing when `of` is still what enters the image, whose name is for ever.

    Raises:
        EditedError: A file was edited since `of` was read.
    """
    if _content(of.root, of.platform).hash != of.hash:
        raise EditedError(
            "A file that enters the image was edited while the image was made. Nothing was pushed. Run the "
            "same command again."
        )


def _content(root: Path, platform: str) -> Content:
    made = {root / directory for _, directory in builds(root)}
    source = sorted(
        path.relative_to(root)
        for path in (root / SOURCE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and made.isdisjoint(path.parents)
    )
    files = (*map(Path, _INPUTS), *source)
    digest = hashlib.sha256(f"{platform}\0".encode())
    for path in files:
        data = (root / path).read_bytes()
        digest.update(f"{path.as_posix()}\0{len(data)}\0".encode() + data)
    return Content(root, files, digest.hexdigest(), platform)


def builds(root: Path) -> list[tuple[str, str]]:
    """Return the modules that the Dockerfile runs to build, each with the directory that it fills."""
    return _BUILD.findall((root / "Dockerfile").read_text())


def labels(of: Content, revision: str | None) -> dict[str, str]:
    """Return what an image says of its origin; the tag does not depend on it.

    Args:
        of: What enters it.
        revision: As `ops.revision.read` returns it.
    """
    known = {CONTENT_LABEL: of.hash}
    if revision is None:
        return known
    commit = revision.removesuffix("-dirty")
    return {**known, REVISION_LABEL: commit, DIRTY_LABEL: str(commit != revision).lower()}


def revision_of(labels: Mapping[str, str]) -> str | None:
    """Return the revision that an image's `labels` tell, None when they tell none."""
    if not (commit := labels.get(REVISION_LABEL)):
        return None
    return f"{commit}-dirty" if labels.get(DIRTY_LABEL) == "true" else commit


def ensure_repository(ecr: "ECRClient", *, name: str) -> str:
    """Return the URI of the repository, creating it or its policy when missing; settings stay as they are.

    Tags can't be moved, images are scanned when they are pushed, and what has no tag goes after a while.

    Only that: Lambda refuses to update a function whose *previous* image is gone, and a rollback may want one
    from long ago. No rule of ECR's knows what is live, and counting (the newest 50) would one day take what
    was rolled back to. All that we push has a tag, which can't be taken from it by another push, so a rule
    for untagged images can't reach what runs; and a page change adds one small layer to what is stored.

    A lifecycle policy that is there already, of whatever kind, is somebody's decision and is kept.

    Source: Amazon ECR API, CreateRepository and PutLifecyclePolicy.
    """
    if repository(ecr, name=name) is None:
        ecr.create_repository(
            repositoryName=name, imageTagMutability=_MUTABILITY, imageScanningConfiguration=_SCANNING
        )
    if not _has_lifecycle(ecr, name):
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps(_LIFECYCLE))
    return str(repository(ecr, name=name))


def mend_repository(ecr: "ECRClient", *, name: str) -> None:
    """Make the repository, or what it lacks, also where somebody has changed it.

    Source: Amazon ECR API, PutImageTagMutability and PutImageScanningConfiguration.
    """
    lacking = repository_lacks(ecr, name=name)
    ensure_repository(ecr, name=name)
    if "fixed tags" in lacking:
        ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=_MUTABILITY)
    if "scans" in lacking:
        ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration=_SCANNING)


def repository_lacks(ecr: "ECRClient", *, name: str) -> tuple[str, ...]:
    """Return what of the repository is not there or not as wanted, in the order of its making."""
    try:
        found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        return "repository", "lifecycle"
    there = {
        "lifecycle": _has_lifecycle(ecr, name),
        "fixed tags": found["imageTagMutability"] == _MUTABILITY,
        "scans": found["imageScanningConfiguration"] == _SCANNING or _is_scanned_by_the_registry(ecr),
    }
    return tuple(what for what, is_wanted in there.items() if not is_wanted)


def _has_lifecycle(ecr: "ECRClient", name: str) -> bool:
    try:
        ecr.get_lifecycle_policy(repositoryName=name)
    except ecr.exceptions.LifecyclePolicyNotFoundException:
        return False
    return True


def _is_scanned_by_the_registry(ecr: "ECRClient") -> bool:
    """Whether the enhanced scanner is on, which does not ask what a repository says."""
    return ecr.get_registry_scanning_configuration()["scanningConfiguration"]["scanType"] == "ENHANCED"


def repository(ecr: "ECRClient", *, name: str) -> str | None:
    """Return the URI of the repository, or None when it is missing."""
    try:
        return ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"]
    except ecr.exceptions.RepositoryNotFoundException:
        return None


def resolve(ecr: "ECRClient", name: str, *, tag: str | None, digest: str | None) -> tuple[Image, str]:
    """Return an image of the account's registry, given by digest or else by tag, and a tag that it has.

    Raises:
        NoImageError: It is not there.
    """
    wanted: Any = {"imageDigest": digest} if digest else {"imageTag": tag}
    uri = repository(ecr, name=name)
    try:
        found = ecr.describe_images(repositoryName=name, imageIds=[wanted])["imageDetails"][0]
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException) as error:
        raise NoImageError(
            f"There is no image {digest or tag} in the repository {name} of this account and region. Nothing "
            f"was done. `invoke releases` names those that were deployed; `invoke push` pushes the working "
            f"tree's."
        ) from error
    return Image(str(uri), found["imageDigest"]), tag or next(iter(found.get("imageTags", ())), "")


def find(ecr: "ECRClient", *, name: str, repository_uri: str, tag: str) -> Image | None:
    """Return the image that carries `tag`, or None."""
    try:
        details = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])["imageDetails"]
    except ecr.exceptions.ImageNotFoundException:
        return None
    return Image(repository_uri, details[0]["imageDigest"])


def exists(ecr: "ECRClient", image: str) -> bool:
    """Return whether the registry still has an image, given by its URI with a digest."""
    repository, _, digest = image.partition("/")[2].partition("@")
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        return False
    return True


def absent_blobs(ecr: "ECRClient", digests: Iterable[str], *, name: str) -> set[str]:
    """Return those of `digests` that the repository does not hold yet.

    Source: Amazon ECR API, BatchCheckLayerAvailability.
    """
    asked = sorted(set(digests))
    answer = ecr.batch_check_layer_availability(repositoryName=name, layerDigests=asked)
    there = {layer["layerDigest"] for layer in answer["layers"] if layer["layerAvailability"] == "AVAILABLE"}
    return set(asked) - there


def push_blob(ecr: "ECRClient", digest: str, chunks: Iterable[bytes], *, name: str) -> None:
    """Upload a blob in the parts that ECR asks for; ECR refuses what has another digest.

    Source: Amazon ECR API, UploadLayerPart and CompleteLayerUpload.
    """
    started = ecr.initiate_layer_upload(repositoryName=name)
    size, first, waiting = started["partSize"], 0, bytearray()
    for chunk in itertools.chain(chunks, [b""]):
        waiting += chunk
        while len(waiting) > size or (waiting and not chunk):
            part = bytes(waiting[:size])
            ecr.upload_layer_part(
                repositoryName=name,
                uploadId=started["uploadId"],
                partFirstByte=first,
                partLastByte=first + len(part) - 1,
                layerPartBlob=part,
            )
            first += len(part)
            del waiting[:size]
    ecr.complete_layer_upload(repositoryName=name, uploadId=started["uploadId"], layerDigests=[digest])


def login(ecr: "ECRClient") -> Login:
    """Return what opens the account's registry for the next 12 hours.

    Source: Amazon ECR API, GetAuthorizationToken.
    """
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    username, _, password = base64.b64decode(token).decode().partition(":")
    return Login(username, password)


def digest_of(data: bytes) -> str:
    """Return the name of a blob or a manifest in a registry."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def add_file(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a file that everybody may read, of no time."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    tar.addfile(member, io.BytesIO(data))
