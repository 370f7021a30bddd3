"""The app's image in ECR: what enters it, its tag, and the repository.

An image is named by the hash of everything that enters it, so that the same content is never pushed twice
and a tag never moves. Without a container engine the app is packed into an image of one layer, without a
base: the embedded account runs it from this machine's interpreter, and the digest that Terraform deploys
is that of a real manifest all the same.
"""

import gzip
import hashlib
import io
import json
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"

# What .dockerignore lets through, and the recipe itself.
_INPUTS = ("Dockerfile", "requirements/app.txt")
_SOURCE = "app"

# What the recipe makes of the rest: the same files for the same content.
_BUILD = re.compile(r"\bpython -m (app\.\S+) (\S+)$", re.MULTILINE)
_INSTRUCTION = re.compile(r"^(ENV|WORKDIR|CMD)\s+(.+)$", re.MULTILINE)


class BuildError(OpsError):
    """What the image's build makes could not be made here; nothing was pushed."""


@dataclass(frozen=True)
class Content:
    """All that enters the image."""

    root: Path
    files: tuple[Path, ...]
    hash: str

    @property
    def tag(self) -> str:
        """The image's tag."""
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


def content(root: Path) -> Content:
    """Return what enters the image built from the repository at `root`.

    The hash is over names and bytes; times, owners and modes do not count. What the build makes of them
    follows from them, and does not count either.
    """
    made = {root / directory for _, directory in _builds(root)}
    source = sorted(
        path.relative_to(root)
        for path in (root / _SOURCE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and made.isdisjoint(path.parents)
    )
    files = (*map(Path, _INPUTS), *source)
    digest = hashlib.sha256()
    for path in files:
        data = (root / path).read_bytes()
        digest.update(f"{path.as_posix()}\0{len(data)}\0".encode() + data)
    return Content(root, files, digest.hexdigest())


def ensure_repository(ecr: "ECRClient", *, name: str) -> str:
    """Return the URI of the repository, creating it when it is missing.

    Tags can't be moved, and images are scanned when they are pushed.
    Source: Amazon ECR API, CreateRepository.
    """
    try:
        return ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"]
    except ecr.exceptions.RepositoryNotFoundException:
        created = ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
        return created["repository"]["repositoryUri"]


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


def push_packed(ecr: "ECRClient", packed: Content, *, name: str, repository_uri: str) -> Image:
    """Pack the app without a container engine and push it, blobs first, manifest last.

    Safe to repeat: blobs are named by their content.

    Args:
        ecr: Container registry.
        packed: What enters the image.
        name: Repository name.
        repository_uri: The repository's URI.

    Returns:
        The pushed image; its digest is the hash of its manifest.
    """
    layer = layer_bytes(packed)
    configuration = json.dumps(image_configuration(packed, layer), sort_keys=True).encode()
    for blob in (layer, configuration):
        _push_blob(ecr, blob, name=name)
    manifest = json.dumps(_manifest(configuration, layer), sort_keys=True)
    digest = _digest(manifest.encode())
    ecr.put_image(
        repositoryName=name,
        imageManifest=manifest,
        imageManifestMediaType=_MANIFEST_TYPE,
        imageTag=packed.tag,
    )
    return Image(repository_uri, digest)


def layer_bytes(packed: Content) -> bytes:
    """Return the app's files below the working directory as a compressed tar: same content, same bytes."""
    prefix = Path(_dockerfile(packed)["WorkingDir"].lstrip("/"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, file in _layer_files(packed):
            data = file.read_bytes()
            member = tarfile.TarInfo((prefix / path).as_posix())
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(archive.getvalue(), mtime=0)


def _layer_files(packed: Content) -> Iterator[tuple[Path, Path]]:
    """Each file of the layer: its place in the image, and where its bytes are now."""
    for path in packed.files:
        if path.parts[0] == _SOURCE:
            yield path, packed.root / path
    for module, directory in _builds(packed.root):
        built = _build(packed.root, module)
        for file in sorted(file for file in built.rglob("*") if file.is_file()):
            yield Path(directory) / file.relative_to(built), file


def _builds(root: Path) -> list[tuple[str, str]]:
    """The modules that the Dockerfile runs to build, each with the directory that it fills."""
    return _BUILD.findall((root / "Dockerfile").read_text())


def _build(root: Path, module: str) -> Path:
    """Run a build of the Dockerfile with this machine's interpreter; it keeps what it made, and says where.

    Raises:
        BuildError: It failed; nothing was made.
    """
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BuildError(
            f"`python -m {module}` failed: {reason} Nothing was pushed. "
            "Install what is locked: pip install -r requirements/dev.txt"
        )
    return Path(done.stdout.strip())


def image_configuration(packed: Content, layer: bytes) -> dict[str, Any]:
    """Return the image's configuration as the Dockerfile states it.

    Source: OCI image specification, config.md.
    """
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {**_dockerfile(packed), "Labels": {"patient-insight.content": packed.hash}},
        "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(layer))]},
    }


def _dockerfile(packed: Content) -> dict[str, Any]:
    """Read WORKDIR, ENV and CMD, the only instructions that matter without a base."""
    found = _INSTRUCTION.findall((packed.root / "Dockerfile").read_text())
    return {
        "WorkingDir": next(value for name, value in found if name == "WORKDIR"),
        "Env": [shlex.split(value)[0] for name, value in found if name == "ENV"],
        "Cmd": next(json.loads(value) for name, value in found if name == "CMD"),
    }


def _manifest(configuration: bytes, layer: bytes) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, "size": len(configuration), "digest": _digest(configuration)},
        "layers": [{"mediaType": _LAYER_TYPE, "size": len(layer), "digest": _digest(layer)}],
    }


def _push_blob(ecr: "ECRClient", blob: bytes, *, name: str) -> None:
    """Upload a blob in the parts that ECR asks for. Source: Amazon ECR API, UploadLayerPart."""
    started = ecr.initiate_layer_upload(repositoryName=name)
    part_size = started["partSize"]
    for first in range(0, len(blob), part_size):
        part = blob[first : first + part_size]
        ecr.upload_layer_part(
            repositoryName=name,
            uploadId=started["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(repositoryName=name, uploadId=started["uploadId"], layerDigests=[_digest(blob)])


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
