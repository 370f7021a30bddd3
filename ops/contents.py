"""What enters the image, as a bill of materials: its bases, and the packages that its lock names.

Source: CycloneDX 1.6, JSON reference; package URL specification, types pypi and docker.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops import bases, images

_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def bill(root: Path) -> dict[str, Any]:
    """Return the bill of what the repository at `root` builds; the same content has the same one."""
    content = images.content(root)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # Not random: the same content has the same bill. Whoever attests to one demands it.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content.hash)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "patient-insight", "version": content.hash}
        },
        "components": [*_bases((root / "Dockerfile").read_text()), *_packages(_lock(root))],
    }


def _lock(root: Path) -> str:
    return (root / "requirements" / "app.txt").read_text()


def _bases(dockerfile: str) -> Iterator[dict[str, str]]:
    for base in bases.named(dockerfile):
        url = f"pkg:docker/{base.name}@{base.wanted.replace(':', '%3A')}?repository_url={base.registry}"
        name = f"{base.registry}/{base.name}"
        yield {"type": "container", "name": name, "version": base.wanted, "purl": url}


def _packages(lock: str) -> Iterator[dict[str, str]]:
    for pin in _PIN.finditer(lock):
        url = f"pkg:pypi/{pin['name']}@{pin['version']}"
        yield {"type": "library", "name": pin["name"], "version": pin["version"], "purl": url}
