"""The images that ours starts from, as the Dockerfile names them: by tag, and by digest once pinned.

A tag says nothing of what it holds, so with tags alone a patched base leaves the Dockerfile, the hash of the
content and the image's tag as they are, and nothing is ever built of it. Pinned, it is a change of the
repository like any other: seen in a review, the same on each machine, and another image. A registry is asked
when somebody pins, never in a build or a deployment that finds its image.

Source: Docker, "Dockerfile reference", FROM: with a digest, the tag is for readers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ops import registries
from ops.registries import Reference, RegistryError, Source

# What is pulled from a registry; a stage of the build, or `scratch`, has neither host nor tag.
_BASE: Final = re.compile(r"^(?P<verb>FROM |COPY --from=)(?P<uri>\S+/\S+[:@]\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """A base that its registry was asked about.

    Attributes:
        base: As the Dockerfile named it.
        digest: What its tag holds now, for all processors.
    """

    base: Reference
    digest: str

    @property
    def is_new(self) -> bool:
        """Whether the Dockerfile named something else."""
        return self.base.digest != self.digest


def named(dockerfile: str) -> Iterator[Reference]:
    """Yield the bases that a Dockerfile names, in its order.

    Raises:
        RegistryError: It names something that is no image.
    """
    yield from (registries.parse(base["uri"]) for base in _BASE.finditer(dockerfile))


def tagged(root: Path) -> list[Reference]:
    """Return the bases of the repository at `root` that can be pinned: those with a tag.

    Raises:
        RegistryError: As `named`.
    """
    return [base for base in named((root / "Dockerfile").read_text(encoding="utf-8")) if base.tag]


def pin(root: Path) -> tuple[Pin, ...]:
    """Pin the bases of the repository at `root` to what their tags hold now; one without a tag stays.

    Raises:
        RegistryError: One can't be read; the Dockerfile is as it was.
    """
    try:
        pins = tuple(Pin(base, Source(replace(base, digest=None)).digest()) for base in tagged(root))
    except RegistryError as error:
        raise RegistryError(f"{error} The Dockerfile is as it was.") from error
    place = root / "Dockerfile"
    digests = {pin.base: pin.digest for pin in pins}
    place.write_text(pinned(place.read_text(encoding="utf-8"), digests), encoding="utf-8")
    return pins


def pinned(dockerfile: str, digests: Mapping[Reference, str]) -> str:
    """Return a Dockerfile whose bases have these digests behind their tags."""

    def written(base: re.Match[str]) -> str:
        digest = digests.get(registries.parse(base["uri"]))
        return f"{base['verb']}{base['uri'].partition('@')[0]}@{digest}" if digest else base[0]

    return _BASE.sub(written, dockerfile)
