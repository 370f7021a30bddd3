"""`python -m app.transport.assets.build [DIRECTORY]`: make of Streamlit's bundle what is served.

Into a new directory, which in an image is `app/transport/assets/built`; without one, into the user's cache,
where every process of this user finds it, unless it is there already. Same Streamlit, same bytes. Takes some
ten seconds of one processor.

Imports Streamlit, to check that the transport knows it: who finds the result need not check again.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Final

import brotli  # type: ignore[import-untyped]  # it has no types

from .. import compat
from . import built, bundle, packs
from .built import Built
from .modules import Graph

# The highest quality takes ten times as long, and is worth it for what every visitor loads.
_QUALITY_OF_PACKS: Final = 11
_QUALITY_OF_FILES: Final = 9
_WINDOW: Final = 24
_KEPT_FOR_S: Final = 7 * 24 * 3600


def ensure() -> Path:
    """Build into the user's cache, unless it is there already; return where it is.

    Several processes may do so at once: one of them wins, and no half-built directory is ever seen.

    Raises:
        compat.IncompatibleStreamlitError: the installed Streamlit is another than we know.
        OSError: no space or no permission; nothing is left behind.
    """
    target = built.cached()
    if built.is_finished(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        build(temporary)
        if not built.is_finished(target):
            temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _forget_old(target)
    return target


def _forget_old(current: Path) -> None:
    """Remove what was built of other releases, unless somebody may be using it still."""
    for directory in current.parent.iterdir():
        if directory != current and directory.stat().st_mtime < time.time() - _KEPT_FOR_S:
            shutil.rmtree(directory, ignore_errors=True)


def build(directory: Path) -> None:
    """Fill `directory`, which exists and is empty.

    Raises:
        compat.IncompatibleStreamlitError: the installed Streamlit is another than we know.
    """
    compat.check_version()
    compat.check()
    static = bundle.static()
    graph = Graph.read(static)
    made = packs.make(static)
    with ThreadPoolExecutor(max_workers=2) as pool:
        done = [pool.submit(_write_pack, directory / built.PACKS, pack) for pack in made]
        # The heaviest first, so that no processor waits for the other at the end.
        files = sorted(_files(static), key=lambda file: -file.stat().st_size)
        done += [pool.submit(_write_file, directory, static, file) for file in files]
        for one in done:
            one.result()
    Built(
        directory=directory,
        streamlit=metadata.version("streamlit"),
        checked=compat.fingerprint(),
        allowed_origins=_default_allowed_origins(),
        packs={pack.kind: pack.name for pack in made},
        entry=graph.entry.name,
        stylesheets=graph.entry.styles,
    ).write()


def _write_pack(directory: Path, pack: packs.Pack) -> None:
    _write_encoded(directory / pack.name, pack.content, _QUALITY_OF_PACKS if pack.kind != "fonts" else None)


def _write_file(directory: Path, static: Path, file: Path) -> None:
    _write_encoded(directory / file.relative_to(static), file.read_bytes(), _QUALITY_OF_FILES)


def _write_encoded(path: Path, content: bytes, quality: int | None) -> None:
    """Write `content` in each encoding, or as it is when it is compressed in itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if quality is None:
        path.write_bytes(content)
        return
    encoded = brotli.compress(content, quality=quality, lgwin=_WINDOW)
    path.with_name(f"{path.name}.br").write_bytes(encoded)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def _files(static: Path) -> list[Path]:
    return [file for file in static.rglob("*") if file.suffix in bundle.COMPRESSIBLE and file.is_file()]


def _default_allowed_origins() -> tuple[str, ...]:
    from streamlit import config

    return tuple(config._config_options_template["client.allowedOrigins"].default_val or ())


def main() -> None:
    """Build, and say where."""
    if len(sys.argv) == 1:
        print(ensure())
        return
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True)
    build(directory)
    print(directory)


if __name__ == "__main__":
    main()
