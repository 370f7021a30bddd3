"""The bundle's stylesheets: fonts taken out, so that they may come later and from a pack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FACE: Final = re.compile(r"@font-face\s*\{[^}]*\}")
_FAMILY: Final = re.compile(r"font-family:\s*([^;}]+)")
_MEDIA: Final = re.compile(r"""url\(["']?\.\./media/([^"')]+)["']?\)""")


@dataclass(frozen=True)
class FontFace:
    """One rule that declares a font.

    Attributes:
        rule: the rule's text.
        family: the font's name.
        file: the name of the font's file in `static/media`.
    """

    rule: str
    family: str
    file: str


def split_fonts(css: str, packed: tuple[str, ...]) -> tuple[str, list[FontFace]]:
    """Take out of `css` the families of the fonts whose file names begin with one of `packed`.

    A family goes as a whole: of one that has only its italics a browser would take those for all text.

    Returns:
        What remains of `css`, and the rules that were taken out.
    """
    faces = [face for rule in _FACE.findall(css) if (face := _face(rule))]
    families = {face.family for face in faces if face.file.startswith(packed)}
    taken = [face for face in faces if face.family in families]
    for face in taken:
        css = css.replace(face.rule, "")
    return css, taken


def _face(rule: str) -> FontFace | None:
    family, files = _FAMILY.search(rule), _MEDIA.findall(rule)
    if family is None or len(files) != 1:
        return None
    return FontFace(rule, family[1].strip(), files[0])
