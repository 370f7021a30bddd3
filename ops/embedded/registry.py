"""The account's container registry as Docker knows one: what `docker push` and `docker pull` speak.

moto's ECR knows the API alone. This joins it to the protocol behind a repository's URI, so that an image that
an engine pushed and one that went through the API lie in one store, under one set of rules: blobs are files
named by their SHA-256, everything else is in moto's backend.

Source: OCI distribution specification, "Endpoints" and "Error codes"; Amazon ECR, "Private registry
authentication".
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException
from moto.ecr.exceptions import ImageAlreadyExistsException, ImageNotFoundException
from moto.ecr.models import ECR_REPOSITORY_NAME_PATTERN, ecr_backends

from ops.embedded.answers import Environ
from ops.embedded.cloud import Cloud
from ops.embedded.deployed import ACCOUNT_ID
from ops.embedded.patches.images import LayersNotFoundError

# Source: Lambda quotas, "Container image code package size"; OCI distribution specification, "Pushing
# Manifests".
MAX_BLOB_BYTES: Final = 10 * 1024**3
MAX_MANIFEST_BYTES: Final = 4 * 1024**2

MANIFEST_TYPES: Final = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)

_CHUNK_BYTES = 1024 * 1024

_PATH = re.compile(
    rf"/v2/(?:(?P<name>{ECR_REPOSITORY_NAME_PATTERN})/(?:blobs/uploads/(?P<upload>\w*)"
    r"|blobs/(?P<blob>sha256:[0-9a-f]{64})|manifests/(?P<manifest>[\w.:-]+)|(?P<tags>tags/list)))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)

_CHALLENGE = ("WWW-Authenticate", 'Basic realm="embedded account"')


def password(access_key: str, region: str) -> str:
    """Return what a client of a region's registry shows beside the user AWS: as good as the key itself."""
    return f"{region}.{hmac.new(access_key.encode(), region.encode(), 'sha256').hexdigest()}"


@dataclass
class _Upload:
    """A blob that is on its way."""

    repository: Any
    path: Path
    hash: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    def append(self, environ: Environ) -> None:
        """Write a request's body behind what is there already.

        Raises:
            _RefusedError: The blob is too large, or the connection ended too early.
        """
        with self.path.open("ab") as file:
            for chunk in _body(environ):
                self.size += len(chunk)
                if self.size > MAX_BLOB_BYTES:
                    raise _RefusedError(413, "SIZE_INVALID", f"A blob has at most {MAX_BLOB_BYTES} bytes.")
                self.hash.update(chunk)
                file.write(chunk)


@dataclass(frozen=True)
class _Reply:
    status: str
    headers: tuple[tuple[str, str], ...] = ()
    content: "bytes | Path" = b""

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


class _RefusedError(Exception):
    """The registry says no; nothing was stored."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        content = {"errors": [{"code": code, "message": message, "detail": None}]}
        self.reply = _Reply(
            f"{status} {code}", (("Content-Type", "application/json"), *headers), json.dumps(content).encode()
        )


class Registry:
    """Answers the registry's paths below /v2/. Used by many threads."""

    def __init__(self, cloud: Cloud, layers: Path, *, access_key: str) -> None:
        """Serve the repositories of `cloud`.

        Args:
            cloud: The account's services.
            layers: Directory of the blobs, one file per SHA-256; half of one that was left is removed.
            access_key: The account's; see `password`.
        """
        self._cloud = cloud
        self._layers = layers
        self._access_key = access_key
        self._arriving = layers / "arriving"
        self._uploads: dict[str, _Upload] = {}
        shutil.rmtree(self._arriving, ignore_errors=True)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes] | None:
        """Answer a request, or return None when its path is none of the registry's."""
        match = _PATH.fullmatch(environ["PATH_INFO"])
        if not match:
            return None
        try:
            reply = self._reply(environ, match)
        except _RefusedError as error:
            # What is left of the body would be taken for the next request.
            reply = _Reply(
                error.reply.status, (*error.reply.headers, ("Connection", "close")), error.reply.content
            )
        start_response(
            reply.status,
            [
                ("Docker-Distribution-Api-Version", "registry/2.0"),
                ("Content-Length", str(reply.size)),
                *reply.headers,
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else _pieces(reply.content)

    def _reply(self, environ: Environ, path: re.Match[str]) -> _Reply:
        region = self._region(environ)
        if path["name"] is None:
            return _Reply("200 OK")
        repository = self._repository(region, path["name"])
        method = environ["REQUEST_METHOD"]
        reading = method in ("GET", "HEAD")
        if path["blob"] and reading:
            return self._blob(repository, path["blob"])
        if path["manifest"] and reading:
            return self._manifest(repository, path["manifest"])
        if path["manifest"] and method == "PUT":
            return self._put_manifest(region, repository, path["manifest"], environ)
        if path["tags"] and reading:
            return self._tags(repository)
        if path["upload"] is not None:
            return self._upload(repository, path["upload"], method, environ)
        raise _RefusedError(405, "UNSUPPORTED", f"This registry knows no {method} here.")

    def _region(self, environ: Environ) -> str:
        """Return the region whose token the request shows.

        Raises:
            _RefusedError: It shows none, or one that is not this account's.
        """
        kind, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        shown = ""
        if kind.lower() == "basic":
            with contextlib.suppress(binascii.Error, UnicodeDecodeError):
                shown = base64.b64decode(encoded).decode().removeprefix("AWS:")
        region = shown.partition(".")[0]
        if not hmac.compare_digest(shown.encode(), password(self._access_key, region).encode()):
            message = "Log in as AWS with the password of this account's ECR GetAuthorizationToken."
            raise _RefusedError(401, "UNAUTHORIZED", message, _CHALLENGE)
        return region

    def _repository(self, region: str, name: str) -> Any:
        with self._cloud.lock:
            found = ecr_backends[ACCOUNT_ID][region].repositories.get(name)
        if found is None:
            message = f"The repository with name '{name}' does not exist in the registry of {region}."
            raise _RefusedError(404, "NAME_UNKNOWN", message)
        return found

    def _blob(self, repository: Any, digest: str) -> _Reply:
        path = self._layers / digest.removeprefix("sha256:")
        if digest not in repository.layers or not path.is_file():
            raise _RefusedError(404, "BLOB_UNKNOWN", f"{repository.name} holds no {digest}.")
        return _Reply(
            "200 OK",
            (("Content-Type", "application/octet-stream"), ("Docker-Content-Digest", digest)),
            path,
        )

    def _manifest(self, repository: Any, reference: str) -> _Reply:
        is_digest = _DIGEST.fullmatch(reference)
        with self._cloud.lock:
            try:
                image = repository._get_image(*((None, reference) if is_digest else (reference, None)))
            except ImageNotFoundException as error:
                raise _RefusedError(404, "MANIFEST_UNKNOWN", str(error.message)) from error
        return _Reply(
            "200 OK",
            (
                ("Content-Type", image.image_manifest_media_type),
                ("Docker-Content-Digest", image.image_digest),
            ),
            image.image_manifest.encode(),
        )

    def _tags(self, repository: Any) -> _Reply:
        with self._cloud.lock:
            tags = sorted(tag for image in repository.images for tag in image.image_tags)
        content = json.dumps({"name": repository.name, "tags": tags}).encode()
        return _Reply("200 OK", (("Content-Type", "application/json"),), content)

    def _put_manifest(self, region: str, repository: Any, reference: str, environ: Environ) -> _Reply:
        manifest, media_type = _manifest_text(environ), environ.get("CONTENT_TYPE", "")
        if media_type not in MANIFEST_TYPES:
            message = (
                f"Lambda runs single images only, and {media_type or 'no type'} is none: see --platform."
            )
            raise _RefusedError(400, "MANIFEST_INVALID", message)
        digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
        tag = None if _DIGEST.fullmatch(reference) else reference
        if tag is None and reference != digest:
            raise _RefusedError(400, "DIGEST_INVALID", f"The manifest's digest is {digest}.")
        if tag is not None and not _TAG.fullmatch(tag):
            raise _RefusedError(400, "TAG_INVALID", f"{tag!r} is no tag.")
        with self._cloud.lock:
            if not any(_is_known(image, digest, tag) for image in repository.images):
                self._store(ecr_backends[ACCOUNT_ID][region], repository.name, manifest, media_type, tag)
        self._cloud.changed()
        location = ("Location", f"/v2/{repository.name}/manifests/{digest}")
        return _Reply("201 Created", (location, ("Docker-Content-Digest", digest)))

    def _store(self, backend: Any, name: str, manifest: str, media_type: str, tag: str | None) -> None:
        try:
            backend.put_image(name, manifest, tag, media_type)
        except LayersNotFoundError as error:
            raise _RefusedError(400, "MANIFEST_BLOB_UNKNOWN", str(error.message)) from error
        except ImageAlreadyExistsException as error:
            # The words and the code that ECR has for it.
            message = (
                f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten "
                "because the tag is immutable."
            )
            raise _RefusedError(400, "TAG_INVALID", message) from error
        except ServiceException as error:
            raise _RefusedError(400, "MANIFEST_INVALID", str(error.message)) from error

    def _upload(self, repository: Any, identity: str, method: str, environ: Environ) -> _Reply:
        """Begin, continue or complete the upload of a blob."""
        if method == "POST" and not identity:
            identity = secrets.token_hex(16)
            self._arriving.mkdir(parents=True, exist_ok=True)
            self._uploads[identity] = _Upload(repository, self._arriving / identity)
            return _progress(identity, self._uploads[identity])
        # Whoever works on an upload has it alone, and puts it back only when it is whole so far.
        upload = self._uploads.pop(identity, None)
        if upload is None or upload.repository is not repository:
            raise _RefusedError(404, "BLOB_UPLOAD_UNKNOWN", "There is no such upload: begin anew.")
        try:
            if method in ("PATCH", "PUT"):
                upload.append(environ)
            if method == "PUT":
                return self._complete(upload, _query_digest(environ))
        except BaseException:
            upload.path.unlink(missing_ok=True)
            raise
        if method == "DELETE":
            upload.path.unlink(missing_ok=True)
            return _Reply("204 No Content")
        self._uploads[identity] = upload
        return _progress(identity, upload)

    def _complete(self, upload: _Upload, digest: str) -> _Reply:
        actual = upload.hash.hexdigest()
        if digest != f"sha256:{actual}":
            raise _RefusedError(400, "DIGEST_INVALID", f"The blob's digest is sha256:{actual}, not {digest}.")
        upload.path.replace(self._layers / actual)
        with self._cloud.lock:
            upload.repository.layers[digest] = upload.size
        self._cloud.changed()
        location = ("Location", f"/v2/{upload.repository.name}/blobs/{digest}")
        return _Reply("201 Created", (location, ("Docker-Content-Digest", digest)))


def _is_known(image: Any, digest: str, tag: str | None) -> bool:
    """Whether a manifest is here already under this name: pushing it again changes nothing."""
    return image.image_digest == digest and (tag is None or tag in image.image_tags)


def _progress(identity: str, upload: _Upload) -> _Reply:
    return _Reply(
        "202 Accepted",
        (
            ("Location", f"/v2/{upload.repository.name}/blobs/uploads/{identity}"),
            ("Docker-Upload-UUID", identity),
            ("Range", f"0-{max(upload.size - 1, 0)}"),
        ),
    )


def _query_digest(environ: Environ) -> str:
    return str(parse_qs(environ.get("QUERY_STRING", "")).get("digest", ["none"])[0])


def _manifest_text(environ: Environ) -> str:
    body = b""
    for chunk in _body(environ):
        body += chunk
        if len(body) > MAX_MANIFEST_BYTES:
            raise _RefusedError(413, "SIZE_INVALID", f"A manifest has at most {MAX_MANIFEST_BYTES} bytes.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _RefusedError(400, "MANIFEST_INVALID", "The manifest is no text.") from error


def _body(environ: Environ) -> Iterator[bytes]:
    """Yield a request's body in pieces.

    Raises:
        _RefusedError: The connection ended before it did.
    """
    stream = environ["wsgi.input"]
    is_chunked = bool(environ.get("wsgi.input_terminated"))
    left = MAX_BLOB_BYTES + 1 if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    try:
        while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk
    except (OSError, ValueError) as error:  # werkzeug's words for a chunk that is cut short
        raise _RefusedError(400, "BLOB_UPLOAD_INVALID", "The body was cut short.") from error
    if left and not is_chunked:
        raise _RefusedError(400, "BLOB_UPLOAD_INVALID", "The body was cut short.")


def _pieces(content: "bytes | Path") -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
