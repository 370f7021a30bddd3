"""Images in registries elsewhere, read as `docker pull` reads them, without an engine and without a login.

Source: OCI distribution specification, "Pulling manifests" and "Pulling blobs"; Docker, "Token authentication
specification", which Amazon ECR Public follows.
"""

import functools
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ops.errors import OpsError
from ops.images import digest_of

if TYPE_CHECKING:
    from requests import Response, Session

_INDEX_TYPES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# What Lambda runs. Source: AWS Lambda, "Create a Lambda function using a container image", requirements.
_IMAGE_TYPES: Final = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)

_REFERENCE = re.compile(
    r"(?P<registry>[\w.-]+\.[\w.-]+(?::\d+)?|localhost(?::\d+)?)/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')

_SMALL_BYTES = 4 * 1024**2
_CHUNK_BYTES = 1024 * 1024
_CONNECT_S, _SILENCE_S = 5, 60
# A registry asks for patience by 429: ECR Public gives whoever has no login one pull a second.
_TRIES = 5
_TRY_AGAIN = (429, 500, 502, 503, 504)


class RegistryError(OpsError):
    """A registry elsewhere has no such image, or none that can be read; nothing was deployed."""


@dataclass(frozen=True)
class Reference:
    """What names an image; with a digest, its tag says nothing.

    Attributes:
        registry: HOST or HOST:PORT.
        name: The repository.
        tag: Its tag, None without one.
        digest: Its digest, None without one.
    """

    registry: str
    name: str
    tag: str | None
    digest: str | None

    @property
    def wanted(self) -> str:
        """What a registry is asked for."""
        return self.digest or str(self.tag)

    @property
    def tagged(self) -> str:
        """What it is called by its tag."""
        return f"{self.registry}/{self.name}:{self.tag}"

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.registry}/{self.name}@{self.digest}" if self.digest else self.tagged


@dataclass(frozen=True)
class Blob:
    """A part of an image."""

    digest: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """An image for one processor, as its registry wrote it down.

    Attributes:
        text: Byte for byte, since its hash is the image's digest.
        media_type: What it calls itself.
        digest: The image's digest.
        blobs: What it is made of: how to run it, and the layers of its files.
        labels: What it says of its origin.
    """

    text: str
    media_type: str
    digest: str
    blobs: tuple[Blob, ...]
    labels: Mapping[str, str]


def parse(uri: str) -> Reference:
    """Return what an image's URI says.

    Raises:
        RegistryError: It names no image; nothing was done.
    """
    found = _REFERENCE.fullmatch(uri)
    if not found or not (found["tag"] or found["digest"]):
        raise RegistryError(
            f"{uri!r} names no image. Nothing was done. An image is REGISTRY/NAME:TAG or "
            f"REGISTRY/NAME@sha256:DIGEST, such as public.ecr.aws/lambda/python:3.13."
        )
    return Reference(found["registry"], found["name"], found["tag"], found["digest"])


class Source:
    """One image in a registry elsewhere."""

    def __init__(self, reference: Reference) -> None:
        """Read the image that `reference` names; nothing is asked yet."""
        self.reference = reference
        scheme = "http" if _is_here(reference.registry) else "https"
        self._base = f"{scheme}://{reference.registry}/v2/{reference.name}"

    def digest(self) -> str:
        """Return what the reference means now: of an index of images, the index itself.

        Raises:
            RegistryError: There is no such image, or it can't be read.
        """
        return digest_of(self._document(self.reference.wanted)[0])

    def manifest(self, platform: str) -> Manifest:
        """Return the image for a processor: of an index of images, the one that is for it.

        Args:
            platform: Docker's word, such as linux/amd64.

        Raises:
            RegistryError: There is none, or it can't be read.
        """
        data, media_type = self._document(self.reference.wanted)
        if media_type in _INDEX_TYPES:
            data, media_type = self._document(self._of_index(json.loads(data), platform))
        if media_type not in _IMAGE_TYPES:
            raise self._error(f"is of a kind that Lambda does not run ({media_type})")
        try:
            content = json.loads(data)
            blobs = [Blob(said["digest"], said["size"]) for said in (content["config"], *content["layers"])]
            # Source: OCI image specification, config.md.
            says = json.loads(b"".join(self.blob(blobs[0])))
            made_for = f"{says['os']}/{says['architecture']}"
            labels = says.get("config", {}).get("Labels") or {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._error("says of itself what can't be read") from error
        if made_for != platform:
            raise self._error(f"is for {made_for}, not {platform}")
        return Manifest(data.decode(), media_type, digest_of(data), tuple(blobs), labels)

    def blob(self, blob: Blob) -> Iterator[bytes]:
        """Yield a blob's bytes in pieces; whoever writes them down checks the digest.

        Raises:
            RegistryError: The registry has none of that size, or the connection broke.
        """
        size = 0
        with self._asked(f"blobs/{blob.digest}", {}) as answer:
            for chunk in self._pieces(answer):
                size += len(chunk)
                yield chunk
        if size != blob.size:
            raise self._error(f"has {size} bytes of {blob.digest} where {blob.size} are promised")

    def _document(self, wanted: str) -> tuple[bytes, str]:
        accepted = {"Accept": ", ".join((*_IMAGE_TYPES, *_INDEX_TYPES))}
        with self._asked(f"manifests/{wanted}", accepted) as answer:
            data = b""
            for chunk in self._pieces(answer):
                data += chunk
                if len(data) > _SMALL_BYTES:
                    raise self._error("has a manifest of more than 4 MB")
            media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if wanted.startswith("sha256:") and digest_of(data) != wanted:
            raise self._error(f"came with another content than {wanted}: somebody changed it on its way")
        return data, media_type

    def _of_index(self, index: Mapping[str, Any], platform: str) -> str:
        offered = {
            f"{entry['platform'].get('os')}/{entry['platform'].get('architecture')}": str(entry["digest"])
            for entry in reversed(index.get("manifests", []))
            if "platform" in entry
        }
        if platform not in offered:
            known = sorted(name for name in offered if "unknown" not in name)  # signatures and the like
            raise self._error(f"is for {', '.join(known) or 'nothing'}, not {platform}")
        return offered[platform]

    def _asked(self, path: str, headers: Mapping[str, str]) -> "Response":
        answer = self._get(f"{self._base}/{path}", headers=headers)
        if answer.status_code == 401:
            self._session.headers["Authorization"] = self._token(answer)
            answer = self._get(f"{self._base}/{path}", headers=headers)
        if answer.status_code in (401, 403):
            raise self._closed()
        if answer.status_code == 404:
            raise self._error("is not there")
        if answer.status_code != 200:
            raise self._error(f"is refused with status {answer.status_code}")
        return answer

    def _token(self, refused: "Response") -> str:
        """Return what opens the repository to everybody, from where the registry says."""
        kind, _, rest = refused.headers.get("WWW-Authenticate", "").partition(" ")
        said = dict(_CHALLENGE.findall(rest))
        place = urlsplit(realm := said.pop("realm", ""))
        if kind.lower() != "bearer" or not (place.scheme == "https" or _is_here(place.netloc)):
            raise self._closed()
        answer = self._get(realm, params=said)
        try:
            given = answer.json()
            return f"Bearer {given.get('token') or given['access_token']}"
        except (ValueError, KeyError) as error:
            raise self._error(f"has a registry that gives no token (status {answer.status_code})") from error

    def _get(self, url: str, **more: Any) -> "Response":
        import requests

        try:
            return self._session.get(url, stream=True, timeout=(_CONNECT_S, _SILENCE_S), **more)
        except requests.RequestException as error:
            raise self._error(f"can't be reached ({_reason(error)})") from error

    @functools.cached_property
    def _session(self) -> "Session":
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3 import Retry

        session = requests.Session()
        retries = Retry(
            _TRIES, connect=1, backoff_factor=0.5, status_forcelist=_TRY_AGAIN, raise_on_status=False
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retries))
        return session

    def _pieces(self, answer: "Response") -> Iterator[bytes]:
        import requests

        try:
            yield from answer.iter_content(_CHUNK_BYTES)
        except requests.RequestException as error:
            raise self._error(f"broke off ({_reason(error)})") from error

    def _closed(self) -> RegistryError:
        return self._error(
            "is given to nobody without a login", "Pull it with a container engine that has one, and push it"
        )

    def _error(self, what: str, advice: str = "Check its name and try again") -> RegistryError:
        return RegistryError(
            f"The image {self.reference} {what}. Nothing was deployed; what was copied by then is kept. "
            f"{advice}."
        )


def _is_here(registry: str) -> bool:
    """Whether a registry is on this machine, where engines speak plain HTTP too."""
    host = registry.rpartition(":")[0] or registry
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: BaseException) -> str:
    """Return what is at the bottom of a failure: around it stand names and addresses of objects alone."""
    while below := error.__cause__ or error.__context__:
        error = below
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
