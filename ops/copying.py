"""An image that lies elsewhere, copied into the stage's own registry: Lambda runs none from anywhere else.

Blob by blob, and its manifest as it is: the digest stays, which an engine's pull and push would change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops import images
from ops.engine import Event, OnEvent
from ops.images import Image
from ops.registries import Blob, Manifest, Source

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@dataclass(frozen=True)
class Copy:
    """An image in the stage's registry that came from another.

    Attributes:
        image: Where it is now, by the digest that it had there.
        tag: Its tag here.
        is_new: It was not here before.
        revision: Git's revision that it says it was built from, with `-dirty`; None when it says none.
    """

    image: Image
    tag: str
    is_new: bool
    revision: str | None


def tag(digest: str) -> str:
    """Return the tag of a copy. One without a tag would be deleted after a while."""
    return f"copied-{digest.removeprefix('sha256:')[:16]}"


def copy(
    ecr: "ECRClient", source: Source, *, name: str, repository_uri: str, platform: str, on_event: OnEvent
) -> Copy:
    """Copy an image into a repository of the account, unless it is there.

    Safe to repeat after any failure: blobs that arrived are not sent again, and the manifest comes last.

    Args:
        ecr: Container registry.
        source: Where it is.
        name: The repository that it goes to.
        repository_uri: The repository's URI.
        platform: The processor, in Docker's word: an index of images has one for each.
        on_event: Told about each layer.

    Raises:
        RegistryError: There is no such image, or it can't be read; the tag is not in the registry.
    """
    manifest = source.manifest(platform)
    found = images.find(ecr, name=name, repository_uri=repository_uri, tag=tag(manifest.digest))
    if found is None:
        for blob in _missing(ecr, manifest, name=name):
            images.push_blob(ecr, blob.digest, _told(source, blob, on_event), name=name)
        ecr.put_image(
            repositoryName=name,
            imageManifest=manifest.text,
            imageManifestMediaType=manifest.media_type,
            imageTag=tag(manifest.digest),
        )
    return Copy(
        Image(repository_uri, manifest.digest),
        tag(manifest.digest),
        found is None,
        images.revision_of(manifest.labels),
    )


def _missing(ecr: "ECRClient", manifest: Manifest, *, name: str) -> Iterable[Blob]:
    """Return the blobs that the registry does not have yet."""
    absent = images.absent_blobs(ecr, (blob.digest for blob in manifest.blobs), name=name)
    return {blob.digest: blob for blob in manifest.blobs if blob.digest in absent}.values()


def _told(source: Source, blob: Blob, on_event: OnEvent) -> Iterator[bytes]:
    done = 0
    for chunk in source.blob(blob):
        done += len(chunk)
        on_event(Event(blob.digest.removeprefix("sha256:")[:12], "Copying", done, blob.size))
        yield chunk
