"""The page's HTML: Streamlit's own, with our scripts in it, and the packs in place of a hundred files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from . import bundle
from .built import Built

_HERE: Final = Path(__file__).parent
_SHIMS: Final = [_HERE.parent / name for name in ("shim.js", "shim_files.js")]
_HASH_BODIES: Final = _HERE.parent / "hash_bodies.js"
_GREETING: Final = _HERE / "greeting.js"
_LOADER: Final = _HERE / "loader.js"

# What the loader does in their place.
_TAGS: Final = re.compile(
    r"""<script\ type="module"[^>]*></script>\s*
      | <link\s+rel="(?:modulepreload|stylesheet|preload)"[^>]*>\s*""",
    re.VERBOSE,
)


class UnknownIndexError(RuntimeError):
    """Streamlit's index.html is not made as we know it."""


def html(
    built: Built | None,
    packs: Sequence[str],
    host_config: Mapping[str, Any] | None,
    base_path: str,
    *,
    hash_bodies: bool,
) -> str:
    """The index for every path that is a page.

    Args:
        built: what there is to load from; None to load as Streamlit does, file by file.
        packs: kinds of packs that the page needs beside the core.
        host_config: what the page would ask the server for; None lets it ask.
        base_path: the path of the app, without slashes at its ends.
        hash_bodies: whether the page sends the hash of each body along.

    Raises:
        UnknownIndexError: there is no place for our scripts.
    """
    page = (bundle.static() / "index.html").read_text(encoding="utf-8")
    if "<head>" not in page:
        raise UnknownIndexError("Streamlit's index.html has no <head> to put the shim into.")
    # What hashes comes first: the others send through it.
    shims = [_HASH_BODIES, *_SHIMS] if hash_bodies else _SHIMS
    scripts = [shim.read_text(encoding="utf-8") for shim in shims]
    base = f"/{base_path}/" if base_path else "/"
    scripts.append(_filled(_GREETING, HOST_CONFIG=host_config, BASE_PATH=base))
    if built is not None:
        page = _TAGS.sub("", page)
        scripts.append(_filled(_LOADER, SETTINGS=_settings(built, packs)))
    # First in the head: the bundle must find the shim's WebSocket, not the browser's.
    inserted = "".join(f"<script>\n{script}</script>" for script in scripts)
    return page.replace("<head>", f"<head>{inserted}", 1)


def _settings(built: Built, packs: Sequence[str]) -> dict[str, Any]:
    return {
        "packs": [built.packs[kind] for kind in ("core", *packs)],
        "fonts": built.packs["fonts"],
        "entry": built.entry,
        "stylesheets": built.stylesheets,
    }


def _filled(script: Path, **values: object) -> str:
    """The text of `script` with each value in the place of its name."""
    text = script.read_text(encoding="utf-8")
    for name, value in values.items():
        # "</" would end the element that the script is in.
        text = text.replace(name, json.dumps(value).replace("</", "<\\/"), 1)
    return text
