"""Which files of the bundle travel together, and the bytes that they become.

A page of Streamlit is a hundred small files, each of which has to be asked for before the next is known.
In packs they come at once, and compress better together.

Layout of a pack: length of the header (4 bytes, big-endian), header (JSON), contents one after another.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import modules, styles
from .modules import Graph

# An element comes with the core if it brings no more than this many bytes of its own...
_SMALL_BYTES: Final = 45_000
# ...and is not of a kind that few pages show.
_RARE: Final = (
    "Audio",
    "Balloons",
    "CameraInput",
    "ComponentInstance",
    "Feedback",
    "iframeResizer",
    "Pagination",
    "Snow",
    "Video",
)
# Tables of data and all that they draw themselves with.
_TABLE: Final = "DataFrame."
# The fonts that nearly every page shows. The others are loaded by those that do.
_FONTS: Final = ("SourceSansVF-Upright.", "MaterialSymbols-Rounded.")


@dataclass(frozen=True)
class Pack:
    """Files that travel together.

    Attributes:
        kind: what is in it: core, table or fonts.
        content: its bytes.
    """

    kind: str
    content: bytes

    @property
    def name(self) -> str:
        """Its file name, which follows from its content."""
        return f"{self.kind}.{hashlib.sha256(self.content).hexdigest()[:16]}.pack"


def make(static: Path) -> list[Pack]:
    """The packs of the bundle in the directory `static`.

    Raises:
        LookupError: the bundle is not made as we know it.
    """
    graph = Graph.read(static)
    core = core_modules(graph, lambda name: (static / "static" / "js" / name).stat().st_size)
    table = graph.closure(*(name for name in graph.modules if name.startswith(_TABLE))) - core
    css, faces = styles.split_fonts(_style(static, *graph.entry.styles), _FONTS)
    return [
        _scripts("core", static, graph, core, css),
        _scripts("table", static, graph, table, _style(static, *_styles_of(graph, table))),
        _fonts(static, faces),
    ]


def core_modules(graph: Graph, size: Any) -> frozenset[str]:
    """What every page needs, and the small elements that many pages show.

    Args:
        graph: the bundle.
        size: answers the bytes of the module of a name.
    """
    core = graph.closure(graph.entry.name)
    found = set(core)
    for name in graph.entry.dynamic:
        own = graph.closure(name) - core
        is_rare = Path(graph.modules[name].source).name.startswith(_RARE)
        if not is_rare and sum(map(size, own)) <= _SMALL_BYTES:
            found |= own
    return frozenset(found)


def assemble(kind: str, header: dict[str, Any], contents: Iterable[bytes]) -> Pack:
    """A pack of `contents`, which `header` tells apart."""
    head = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    return Pack(kind, b"".join((struct.pack(">I", len(head)), head, *contents)))


def _scripts(kind: str, static: Path, graph: Graph, names: frozenset[str], css: str) -> Pack:
    texts = {name: _script(static, graph, name) for name in sorted(names)}
    header = {"modules": [[name, len(text)] for name, text in texts.items()], "css": len(css.encode())}
    header["styles"] = sorted(_styles_of(graph, names))
    return assemble(kind, header, (*texts.values(), css.encode()))


def _script(static: Path, graph: Graph, name: str) -> bytes:
    text = (static / "static" / "js" / name).read_text(encoding="utf-8")
    return modules.rewrite(text, name, graph.modules).encode()


def _style(static: Path, *names: str) -> str:
    return "\n".join((static / "static" / "css" / name).read_text(encoding="utf-8") for name in names)


def _styles_of(graph: Graph, names: frozenset[str]) -> list[str]:
    return sorted({style for name in names for style in graph.modules[name].styles})


def _fonts(static: Path, faces: list[styles.FontFace]) -> Pack:
    contents = [
        (static / "static" / "media" / face.file).read_bytes() if face.file.startswith(_FONTS) else b""
        for face in faces
    ]
    header = {
        "faces": [[face.rule, face.file, len(font)] for face, font in zip(faces, contents, strict=True)]
    }
    return assemble("fonts", header, contents)
