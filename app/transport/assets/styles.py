"""The bundle's stylesheets: fonts taken out, so that they may come later and from a pack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FACE: Final = re.compile(r"@font-face\s*\{[^}]*\}")
_MEDIA: Final = re.compile(r"""url\(["']?\.\./media/([^"')]+)["']?\)""")


@dataclass(frozen=True)
class FontFace:
    """One rule that declares a font.

    Attributes:
        rule: the rule's text.
        file: the name of the font's file in `static/media`.
    """

    rule: str
    file: str


def split_fonts(css: str, packed: tuple[str, ...]) -> tuple[str, list[FontFace]]:
    """`css` without the rules for fonts whose file names begin with one of `packed`, and those rules."""
    faces: list[FontFace] = []

    def take(match: re.Match[str]) -> str:
        files = _MEDIA.findall(match[0])
        if len(files) != 1 or not files[0].startswith(packed):
            return match[0]
        faces.append(FontFace(match[0], files[0]))
        return ""

    return _FACE.sub(take, css), faces
