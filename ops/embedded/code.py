"""The code of an image, unpacked: where a function runs from when no container engine is there.

`ops/packing.py` packs the app into an image; here its layers are unpacked, once per image, into a directory
that is never changed afterwards. An old version of a function thus runs its old code.
"""

import compileall
import gzip
import io
import json
import shutil
import tarfile
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded.deployed import Image
from ops.images import PACKED_LABEL


@dataclass(frozen=True)
class Code:
    """What to run: a directory, a command and the image's own environment."""

    directory: Path
    command: tuple[str, ...]
    environment: dict[str, str]


class CodeStore:
    """Unpacks images into directories of the account's home."""

    def __init__(self, layers: Path, directory: Path) -> None:
        """Unpack into `directory` the layers whose bytes are in `layers`, each named by its SHA-256."""
        self._layers = layers
        self._directory = directory
        self._unpacking = threading.Lock()

    def unpack(self, image: Image) -> Code:
        """Return the image's code, unpacking it when it is not there yet.

        Raises:
            LookupError: A layer's bytes are not here, or are no layer of ours: the image was not packed on
                this machine.
            OSError: No space or no permission; no half-unpacked directory stays.
        """
        configuration = self._configuration(image)
        target = self._directory / image.configuration.removeprefix("sha256:")[:32]
        with self._unpacking:
            if not target.exists():
                self._unpack_into(target, image.layers)
        return Code(
            directory=target / configuration["WorkingDir"].lstrip("/"),
            command=tuple(configuration["Cmd"]),
            environment=self.environment(image),
        )

    def is_packed(self, image: Image) -> bool:
        """Whether an image is one of `ops/packing.py`: it says so, or has one layer, as the first ones did.

        Raises:
            LookupError: Its configuration is not here.
        """
        return len(image.layers) == 1 or PACKED_LABEL in (self._configuration(image).get("Labels") or {})

    def environment(self, image: Image) -> dict[str, str]:
        """Return the variables that the image itself sets.

        Raises:
            LookupError: Its configuration is not here.
        """
        return dict(entry.split("=", 1) for entry in self._configuration(image).get("Env") or ())

    def _configuration(self, image: Image) -> dict[str, Any]:
        return dict(json.loads(self._blob(image.configuration))["config"])

    def _unpack_into(self, target: Path, layers: tuple[str, ...]) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=self._directory))
        try:
            for digest in layers:
                with tarfile.open(fileobj=io.BytesIO(gzip.decompress(self._blob(digest)))) as layer:
                    _extract(layer, temporary)
            # As the image's build does: Lambda's file system is read-only, so bytecode must be there.
            compileall.compile_dir(temporary, quiet=2, stripdir=str(temporary))
            temporary.rename(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def _blob(self, digest: str) -> bytes:
        path = self._layers / digest.removeprefix("sha256:")
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise LookupError(f"the bytes of layer {digest} are not in this account") from error


def _extract(layer: tarfile.TarFile, directory: Path) -> None:
    """Write a layer's files; one that is no plain file, or lies elsewhere, is refused.

    By hand, since `extractall` knows how to refuse only from Python 3.11.4 on.
    """
    for member in layer:
        path = directory / member.name
        content = layer.extractfile(member) if member.isfile() else None
        if content is None or not path.resolve().is_relative_to(directory.resolve()):
            raise LookupError(f"the layer holds {member.name!r}, which is no file of the image")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read())
