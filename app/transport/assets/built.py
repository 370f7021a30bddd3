"""What was made beforehand of Streamlit's bundle, and where it lies.

In an image it lies beside this package. On a machine where people work, one copy for each release of
Streamlit (and of the maker) is kept in the user's cache. Without any, everything works, more slowly.

    built.json                      Streamlit's version, the packs' names and more: see `Built`
    static/packs/NAME.br .gz        packs, compressed; or NAME alone if that does not help
    static/js/NAME.br .gz and so on the bundle's single files, compressed, as they lie in the bundle
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from . import bundle

BESIDE: Final = Path(__file__).parent / "built"
PACKS: Final = "static/packs"
SUFFIXES: Final = {"br": ".br", "gzip": ".gz", "identity": ""}
_NOTE: Final = "built.json"
# What the result depends on, besides Streamlit.
_CHECKERS: Final = tuple(Path(__file__).parents[1] / name for name in ("compat.py", "names.py"))
_MAKERS: Final = (*Path(__file__).parent.glob("*.py"), *_CHECKERS)


@dataclass(frozen=True)
class Built:
    """One finished directory.

    Attributes:
        directory: where it lies.
        streamlit: the version that it was made of.
        checked: SHA-256 of each file of Streamlit that `compat` looked at and found good, by its path.
        allowed_origins: Streamlit's default for `client.allowedOrigins`.
        packs: file names of packs by their kind.
        entry: file name of the module that starts the page.
        stylesheets: file names of the stylesheets that it needs.
    """

    directory: Path
    streamlit: str
    checked: dict[str, str]
    allowed_origins: tuple[str, ...]
    packs: dict[str, str]
    entry: str
    stylesheets: tuple[str, ...]

    def write(self) -> None:
        """Note all this in the directory, which is finished with it."""
        noted = {name: value for name, value in asdict(self).items() if name != "directory"}
        (self.directory / _NOTE).write_text(json.dumps(noted, indent=1, sort_keys=True), encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> Built | None:
        """What `directory` holds; None when it was not built, or by another maker."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            noted = json.loads((directory / _NOTE).read_bytes())
            for name in ("allowed_origins", "stylesheets"):
                noted[name] = tuple(noted[name])
            return cls(directory=directory, **noted)
        return None

    def encoded(self, path: str) -> dict[str, bytes]:
        """The file at `path`, relative to the app's base, by its encodings; empty when it was not built."""
        places = {name: self.directory / f"{path}{suffix}" for name, suffix in SUFFIXES.items()}
        return {name: file.read_bytes() for name, file in places.items() if file.is_file()}


@cache
def find() -> Built | None:
    """What was built of the installed Streamlit; None when nothing was."""
    beside = Built.read(BESIDE)
    if beside is not None and beside.streamlit == metadata.version("streamlit"):
        return beside
    # Its name holds the version.
    return Built.read(cached())


def is_finished(directory: Path) -> bool:
    """Whether `directory` was built to the end."""
    return (directory / _NOTE).is_file()


@cache
def cached() -> Path:
    """Where this user's copy for the installed Streamlit lies, or will lie."""
    digest = hashlib.sha256(metadata.version("streamlit").encode())
    for file in (bundle.static() / "manifest.json", bundle.static() / "index.html", *sorted(_MAKERS)):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return _cache_home() / "streamlit-over-http" / digest.hexdigest()[:24]


def _cache_home() -> Path:
    # Source: XDG Base Directory Specification.
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given)
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return Path("/nonexistent")
