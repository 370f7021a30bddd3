"""The app as an image without a base, packed without a container engine.

One layer holds what the Dockerfile builds and another the app's files, and nothing else: the embedded account
unpacks them and runs them with this machine's interpreter, and the digest that Terraform deploys is that of a
real manifest all the same. It has a tag of its own kind, so that an image that an engine built is never taken
for one of these.
"""

import gzip
import io
import json
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.errors import OpsError
from ops.images import (
    CONTENT_LABEL,
    PACKED_LABEL,
    SOURCE,
    Content,
    Image,
    absent_blobs,
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

    Safe to repeat: blobs are named by their content, and those that are there are not sent again.

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
    layers = layers_of(packed)
    refuse_if_edited(packed)
    configuration = json.dumps(image_configuration(packed, layers), sort_keys=True).encode()
    blobs = {digest_of(blob): blob for blob in (*layers, configuration)}
    for digest in absent_blobs(ecr, blobs, name=name):
        push_blob(ecr, digest, [blobs[digest]], name=name)
    manifest = json.dumps(_manifest(configuration, layers), sort_keys=True)
    digest = digest_of(manifest.encode())
    ecr.put_image(
        repositoryName=name,
        imageManifest=manifest,
        imageManifestMediaType=_MANIFEST_TYPE,
        imageTag=tag(packed),
    )
    return Image(repository_uri, digest)


def layers_of(packed: Content) -> list[bytes]:
    """Return the image's layers as gzipped tars, what changes more often last: same content, same bytes.

    Raises:
        BuildError: What the image's build makes could not be made.
    """
    place = Path(_dockerfile(packed)["WorkingDir"].lstrip("/"))
    own = [(path, packed.root / path) for path in packed.files if path.parts[0] == SOURCE]
    return [_layer(place, files) for files in (_built(packed), own) if files]


def _built(packed: Content) -> list[tuple[Path, Path]]:
    """Return each file that the Dockerfile builds: its place in the image, and where its bytes are now."""
    return [
        (Path(directory) / file.relative_to(made), file)
        for module, directory in builds(packed.root)
        for made in [_build(packed.root, module)]
        for file in sorted(file for file in made.rglob("*") if file.is_file())
    ]


def _layer(place: Path, files: Iterable[tuple[Path, Path]]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, file in files:
            add_file(tar, (place / path).as_posix(), file.read_bytes())
    # What weighs is compressed already (the prebuilt assets), and all of it stays on this machine.
    return gzip.compress(archive.getvalue(), compresslevel=0, mtime=0)


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


def image_configuration(packed: Content, layers: list[bytes]) -> dict[str, Any]:
    """Return the image's configuration as the Dockerfile states it.

    Source: OCI image specification, config.md.
    """
    return {
        "architecture": packed.platform.removeprefix("linux/"),
        "os": "linux",
        "config": {**_dockerfile(packed), "Labels": {CONTENT_LABEL: packed.hash, PACKED_LABEL: "true"}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(layer)) for layer in layers]},
    }


def _dockerfile(packed: Content) -> dict[str, Any]:
    """Read WORKDIR, ENV and CMD, the only instructions that matter without a base."""
    found = _INSTRUCTION.findall((packed.root / "Dockerfile").read_text())
    return {
        "WorkingDir": next(value for name, value in found if name == "WORKDIR"),
        "Env": [shlex.split(value)[0] for name, value in found if name == "ENV"],
        "Cmd": next(json.loads(value) for name, value in found if name == "CMD"),
    }


def _manifest(configuration: bytes, layers: list[bytes]) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "config": {"mediaType": _CONFIG_TYPE, "size": len(configuration), "digest": digest_of(configuration)},
        "layers": [
            {"mediaType": _LAYER_TYPE, "size": len(layer), "digest": digest_of(layer)} for layer in layers
        ],
    }
