"""The app as an image without a base, packed without a container engine.

One layer holds the app's files, and nothing else: the embedded account unpacks it and runs it with this
machine's interpreter, and the digest that Terraform deploys is that of a real manifest all the same. It has a
tag of its own kind, so that an image that an engine built is never taken for one of these.
"""

import gzip
import io
import json
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import OpsError
from ops.images import (
    CONTENT_LABEL,
    SOURCE,
    Content,
    Image,
    add_file,
    builds,
    digest_of,
    push_blob,
    refuse_if_edited,
)

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"

_INSTRUCTION = re.compile(r"^(ENV|WORKDIR|CMD)\s+(.+)$", re.MULTILINE)


class BuildError(OpsError):
    """What the image's build makes could not be made here; nothing was pushed."""


def tag(packed: Content) -> str:
    """Return the tag of what is packed without an engine."""
    return f"packed-{packed.hash[:16]}"


def is_packed(tag: str) -> bool:
    """Whether an image of this tag was packed without an engine."""
    return tag.startswith("packed-")


def push(ecr: "ECRClient", packed: Content, *, name: str, repository_uri: str) -> Image:
    """Pack the app and push it, blobs first, manifest last.

    Safe to repeat: blobs are named by their content.

    Args:
        ecr: Container registry.
        packed: What enters the image.
        name: Repository name.
        repository_uri: The repository's URI.

    Returns:
        The pushed image; its digest is the hash of its manifest.

    Raises:
        BuildError: What the image's build makes could not be made; nothing was pushed.
        EditedError: The working tree changed meanwhile; nothing was pushed.
    """
    layer = layer_bytes(packed)
    refuse_if_edited(packed)
    configuration = json.dumps(image_configuration(packed, layer), sort_keys=True).encode()
    for blob in (layer, configuration):
        push_blob(ecr, digest_of(blob), [blob], name=name)
    manifest = json.dumps(_manifest(configuration, layer), sort_keys=True)
    digest = digest_of(manifest.encode())
    ecr.put_image(
        repositoryName=name,
        imageManifest=manifest,
        imageManifestMediaType=_MANIFEST_TYPE,
        imageTag=tag(packed),
    )
    return Image(repository_uri, digest)


def layer_bytes(packed: Content) -> bytes:
    """Return the app's files below the working directory as a gzipped tar: same content, same bytes."""
    prefix = Path(_dockerfile(packed)["WorkingDir"].lstrip("/"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, file in _layer_files(packed):
            add_file(tar, (prefix / path).as_posix(), file.read_bytes())
    # What weighs is compressed already (the prebuilt assets), and all of it stays on this machine.
    return gzip.compress(archive.getvalue(), compresslevel=0, mtime=0)


def _layer_files(packed: Content) -> Iterator[tuple[Path, Path]]:
    """Each file of the layer: its place in the image, and where its bytes are now."""
    for path in packed.files:
        if path.parts[0] == SOURCE:
            yield path, packed.root / path
    for module, directory in builds(packed.root):
        built = _build(packed.root, module)
        for file in sorted(file for file in built.rglob("*") if file.is_file()):
            yield Path(directory) / file.relative_to(built), file


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
        "architecture": packed.platform.removeprefix("linux/"),
        "os": "linux",
        "config": {**_dockerfile(packed), "Labels": {CONTENT_LABEL: packed.hash}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(layer))]},
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
        "config": {"mediaType": _CONFIG_TYPE, "size": len(configuration), "digest": digest_of(configuration)},
        "layers": [{"mediaType": _LAYER_TYPE, "size": len(layer), "digest": digest_of(layer)}],
    }
