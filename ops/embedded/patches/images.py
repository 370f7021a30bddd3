"""What moto's ECR lacks: the bytes of images, and a registry that serves them."""

import base64
import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr import models as ecr_models
from moto.ecr import responses as ecr_responses
from moto.ecr.exceptions import InvalidParameterException

from ops.images import Login

# What is patched, untyped: that a method may be replaced is the point.
_ECRBackend: Any = ecr_models.ECRBackend
_ECRImage: Any = ecr_models.Image
_ECRRepository: Any = ecr_models.Repository
_ECRResponse: Any = ecr_responses.ECRResponse


class LayersNotFoundError(ServiceException):
    """A manifest names blobs that the repository does not hold."""

    code = "LayersNotFoundException"


def layers_keep_their_bytes(directory: Path) -> None:
    """A completed layer upload is kept as `directory`/<sha256>, because the Lambda host runs code from it.

    moto keeps a layer's digest and size and drops its bytes.
    """
    complete = _ECRBackend.complete_layer_upload

    def complete_layer_upload(
        self: Any,
        repository_name: str,
        upload_id: str,
        layer_digests: list[str],
        registry_id: str | None = None,
    ) -> dict[str, Any]:
        upload = self._get_repository(repository_name, registry_id).uploads.get(upload_id)
        blob = bytes(upload.layer_parts) if upload else b""
        answer: dict[str, Any] = complete(self, repository_name, upload_id, layer_digests, registry_id)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / answer["layerDigest"].removeprefix("sha256:")).write_bytes(blob)
        return answer

    _ECRBackend.complete_layer_upload = complete_layer_upload


def images_have_all_their_blobs() -> None:
    """An image is stored only when its blobs are there, and its digest is the SHA-256 of its manifest.

    moto takes any manifest, and makes up a digest when the caller gives none.
    Source: Amazon ECR API, PutImage; OCI distribution specification, "Pushing Manifests".
    """
    put = _ECRBackend.put_image

    def put_image(
        self: Any,
        repository_name: str,
        image_manifest: str,
        image_tag: str | None,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> Any:
        repository = self._get_repository(repository_name)
        missing = sorted(_blobs(image_manifest).keys() - repository.layers.keys())
        if missing:
            raise LayersNotFoundError(
                f"The repository '{repository_name}' holds no {', '.join(missing)}: push blobs first."
            )
        digest = "sha256:" + hashlib.sha256(image_manifest.encode()).hexdigest()
        return put(self, repository_name, image_manifest, image_tag, image_manifest_mediatype, digest)

    _ECRBackend.put_image = put_image


def image_size_is_that_of_its_blobs() -> None:
    """An image is as large as its configuration and compressed layers together.

    moto answers with the size of the configuration.
    Source: Amazon ECR API, ImageDetail, imageSizeInBytes.
    """
    _ECRImage.get_image_size_in_bytes = lambda self: sum(_blobs(self.image_manifest).values())


def repositories_are_on_this_machine(registry: Callable[[str], tuple[str, Login]]) -> None:
    """A repository's URI is where our registry serves it (`registry.py`).

    moto's leads to AWS. Computed, not kept: the account may come back on another port.
    """

    def uri(self: Any) -> str:
        address, _ = registry(self.region_name)
        return f"{address}/{self.name}"

    _ECRRepository.uri = property(uri, lambda *_: None)


def registry_has_a_password(registry: Callable[[str], tuple[str, Login]]) -> None:
    """GetAuthorizationToken's token opens our registry, and expires in 12 hours.

    moto's is known to everybody, leads to AWS and expired in 2015. Ours goes on after its time.
    Source: Amazon ECR API, GetAuthorizationToken.
    """

    def get_authorization_token(self: Any) -> ActionResult:
        address, login = registry(self.region)
        data = {
            "authorizationToken": base64.b64encode(f"{login.username}:{login.password}".encode()).decode(),
            "expiresAt": datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=12),
            "proxyEndpoint": f"http://{address}",
        }
        return ActionResult({"authorizationData": [data]})

    _ECRResponse.get_authorization_token = get_authorization_token


def _blobs(manifest: str) -> dict[str, int]:
    """Return the size of each blob that a manifest names, by digest.

    Raises:
        InvalidParameterException: It is no image's manifest.
    """
    try:
        content = json.loads(manifest)
        return {blob["digest"]: int(blob["size"]) for blob in (content["config"], *content["layers"])}
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidParameterException("The manifest is not that of an image.") from error
