"""Where Streamlit keeps what the browser loads, found without importing Streamlit."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

# What Streamlit's bundle is made of; other files of it need no type of ours.
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


# What is not compressed in itself.
COMPRESSIBLE: Final = frozenset({".css", ".js", ".json", ".svg"})


class NoStreamlitError(RuntimeError):
    """Streamlit is not installed, or not as a package of files."""


@cache
def package() -> Path:
    """The directory of the package `streamlit`.

    Raises:
        NoStreamlitError: there is none.
    """
    # Of a top-level package, this reads the file's place and runs nothing of it.
    spec = importlib.util.find_spec("streamlit")
    if spec is None or spec.origin is None:
        raise NoStreamlitError("Streamlit is not installed: pip install streamlit")
    return Path(spec.origin).parent


@cache
def static() -> Path:
    """The directory of what the browser loads; `index.html` is in it.

    Raises:
        NoStreamlitError: Streamlit is not installed.
    """
    return package() / "static"


def file(path: str) -> Path | None:
    """The file of the bundle at `path`, relative to the app's base; None when there is none of that name."""
    found = static() / path
    if not is_plain(path) or found.suffix not in TYPES or not found.is_file():
        return None
    return found


def is_plain(path: str) -> bool:
    """Whether `path` is made of names that mean nothing special to any file system."""
    return not (".." in path or "\\" in path or "//" in path or "\0" in path or path.startswith(("/", "~")))
