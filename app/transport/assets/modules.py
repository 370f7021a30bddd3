"""The ES modules of Streamlit's bundle: what imports what, and how a module's text is made to move.

A module that arrives in a pack is run from a `blob:` URL. Nothing can be relative to that, so its text says
by other names what it imports (`streamlit/NAME`, which an import map resolves) and where it came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What packed modules call their neighbours; loader.js maps it.
PREFIX: Final = "streamlit/"
# What they call instead of `import.meta.url`; loader.js defines it.
ADDRESS_OF: Final = "__streamlitModule"

_DIRECTORY: Final = "static/js/"
_SPECIFIER: Final = re.compile(r"""(\b(?:from|import)\s*\(?\s*)(["'`])\./([\w.-]+\.js)\2""")


@dataclass(frozen=True)
class Module:
    """One file of the bundle.

    Attributes:
        source: what the file was made from, as the bundler names it.
        name: the file's name.
        imports: names of the modules that it imports at once.
        dynamic: names of those that it may import later.
        styles: names of the stylesheets that belong to it.
    """

    source: str
    name: str
    imports: tuple[str, ...]
    dynamic: tuple[str, ...]
    styles: tuple[str, ...]


class Graph:
    """The modules of a bundle by name, and the one that starts them."""

    def __init__(self, modules: Iterable[Module], entry: str) -> None:
        """Know `modules`, of which `entry` names one."""
        self.modules = {module.name: module for module in modules}
        self.entry = self.modules[entry]

    @classmethod
    def read(cls, static: Path) -> Graph:
        """The graph of the bundle in `static`, as its bundler has noted it.

        Source: Vite, `build.manifest`.

        Raises:
            LookupError: the notes are not of the form that we know.
        """
        chunks: Mapping[str, dict[str, list[str]]] = json.loads((static / "manifest.json").read_bytes())
        files = {key: str(chunk["file"]) for key, chunk in chunks.items()}
        scripts = {key for key, file in files.items() if file.startswith(_DIRECTORY) and file.endswith(".js")}

        def names(keys: Iterable[str]) -> tuple[str, ...]:
            return tuple(Path(files[key]).name for key in keys if key in scripts)

        modules = [
            Module(
                source=key,
                name=Path(files[key]).name,
                imports=names(chunk.get("imports", ())),
                dynamic=names(chunk.get("dynamicImports", ())),
                styles=tuple(Path(style).name for style in chunk.get("css", ())),
            )
            for key, chunk in chunks.items()
            if key in scripts
        ]
        return cls(modules, Path(files["index.html"]).name)

    def closure(self, *names: str) -> frozenset[str]:
        """The modules called `names` and all that have to be there before they run."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.modules[name].imports)
        return frozenset(found)


def rewrite(text: str, name: str, bundle: Iterable[str]) -> str:
    """The text of the module `name` such that it runs from anywhere.

    Args:
        text: as it is in the bundle.
        name: the module's file name.
        bundle: file names of the bundle's modules; what else the text imports is left alone.
    """
    known = frozenset(bundle)

    def moved(match: re.Match[str]) -> str:
        before, quote, imported = match.groups()
        return f"{before}{quote}{PREFIX}{imported}{quote}" if imported in known else match[0]

    return _SPECIFIER.sub(moved, text).replace("import.meta.url", f'{ADDRESS_OF}("{name}")')
