"""The page's HTML: Streamlit's own, with our scripts in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from . import bundle

_SHIMS: Final = [Path(__file__).parents[1] / name for name in ("shim.js", "shim_files.js")]


@cache
def html() -> str:
    """The index for every path that is a page.

    Raises:
        RuntimeError: Streamlit's index is not what we know.
    """
    page = (bundle.static() / "index.html").read_text(encoding="utf-8")
    if "<head>" not in page:
        raise RuntimeError("Streamlit's index.html has no <head> to put the shim into.")
    scripts = "".join(f"<script>\n{shim.read_text(encoding='utf-8')}</script>" for shim in _SHIMS)
    # First in the head: the bundle must find the shim's WebSocket, not the browser's.
    return page.replace("<head>", f"<head>{scripts}", 1)
