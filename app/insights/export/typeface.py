"""The typeface of the PDF: what it draws, how wide, and how a text breaks into lines.

`fonts/` holds DejaVu Sans 2.37 (Debian's fonts-dejavu-core), regular and bold, cut down with fontTools to
Latin, Greek, punctuation, arrows, common mathematics and boxes, without hints and layout tables:
`pyftsubset DejaVuSans.ttf --unicodes=… --no-hinting --layout-features= --no-glyph-names --drop-tables+=MATH`.
Its licence is beside it. fpdf2 embeds the glyphs that a document uses, no more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from app.insights.export.characters import printable

_FONTS: Final = Path(__file__).with_name("fonts")
_MM_PER_POINT: Final = 25.4 / 72


@dataclass(frozen=True)
class Face:
    """One weight: its file, and the advance of each character as a share of the size."""

    file: Path
    advances: Mapping[int, float]

    def width_mm(self, text: str, size_points: float) -> float:
        """Return how wide printable `text` is drawn."""
        return sum(self.advances.get(ord(char), 0) for char in text) * size_points * _MM_PER_POINT

    def lines(self, text: str, width_mm: float, size_points: float) -> Iterator[str]:
        """Yield `text` as printable lines no wider than `width_mm`; a word that is wider is cut."""
        for paragraph in printable(text, self.advances).split("\n"):
            yield from self._wrapped(paragraph, width_mm, size_points)

    def _wrapped(self, paragraph: str, width_mm: float, size_points: float) -> Iterator[str]:
        line = ""
        # Not `split()`: a no-break space holds « and » to their words.
        for word in filter(None, paragraph.split(" ")):
            longer = f"{line} {word}" if line else word
            if self.width_mm(longer, size_points) <= width_mm:
                line = longer
                continue
            if line:
                yield line
            *whole, line = self._cut(word, width_mm, size_points)
            yield from whole
        yield line

    def _cut(self, word: str, width_mm: float, size_points: float) -> Iterator[str]:
        piece, used = "", 0.0
        for char in word:
            wide = self.width_mm(char, size_points)
            if piece and used + wide > width_mm:
                yield piece
                piece, used = "", 0.0
            piece, used = piece + char, used + wide
        yield piece


@lru_cache(maxsize=1)
def regular() -> Face:
    """Return the regular weight; read once per process."""
    return _face("DejaVuSans.ttf")


@lru_cache(maxsize=1)
def bold() -> Face:
    """Return the bold weight; read once per process."""
    return _face("DejaVuSans-Bold.ttf")


def _face(name: str) -> Face:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # heavy: only when a sheet is made

    with TTFont(_FONTS / name) as font:
        em, widths = font["head"].unitsPerEm, font["hmtx"]
        advances = {code: widths[glyph][0] / em for code, glyph in font.getBestCmap().items()}
    return Face(_FONTS / name, advances)
