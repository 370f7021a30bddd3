"""Puts the characters of a page into lines as a reader sees them: a row of a table on one line.

Characters come in the order in which they were printed, which is that of a letter. What stands on one base
line is one line here, with wide gaps for those between columns; rows of a table with drawn borders become
"| a | b |", as the rules read tables, with what was wrapped in a cell joined.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low

# In heights of the letters: a space, a gap between columns, how far superscripts leave their line and what
# stands on one line may differ.
_SPACE = 0.15
_LEAST_SPACE = 0.2
_COLUMN_GAP = 1.1
_SAME_WORDS = 0.5
# In usual spaces: text with straight margins has spaces up to twice as wide.
_WIDE_SPACES = 2.2
_SAME_BASE = 0.15
# A blank line was printed where lines are so much further apart than they usually are.
_PARAGRAPH = 1.5
_USUAL_DISTANCE = 1.3
# A band between two drawn lines that holds more lines is no row of a table.
_MAX_ROW_LINES = 6
# Borders of neighbours stand side by side.
_ONE_EDGE_POINTS = 4.0
_OVERLAP_POINTS = 2.0
_STRAIGHT_POINTS = 1.0
_SHORTEST_RULE_POINTS = 5.0
# Drawings have thousands of lines, tables have not.
_MAX_RULES = 3_000
_COLUMN = "|"
_WIDEST_GAP = 60
# What PDFium makes of the hyphen at the end of a line.
_HYPHENS = dict.fromkeys(map(ord, "\x02\ufffe\xad"), "-")
# Stands for a character of which the font does not say what it is.
UNNAMED = "□"
# Symbol and Wingdings keep their signs at places of their own: bullets, an arrow, a tick.
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "•", 0xF076: "•", 0xF0D8: "•", 0xF0E0: "→", 0xF0E8: "→", 0xF0FC: "✓"}
_LIGATURES = range(0xFB00, 0xFB07)


@dataclass(frozen=True)
class Glyph:
    """A printed character: where it begins and ends on its base line, and how high its letters may be."""

    char: str
    left: float
    right: float
    base: float
    height: float


@dataclass(frozen=True)
class Rule:
    """A line that was drawn from one point to another."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class _Piece:
    """Words printed one after the other, without a wide gap."""

    text: str
    left: float
    right: float
    base: float
    height: float


@dataclass
class _Line:
    """What stands on one base line."""

    pieces: list[_Piece]

    @property
    def base(self) -> float:
        return self.pieces[0].base

    def takes(self, piece: _Piece) -> bool:
        """Return whether `piece` stands on this line, beside what is there."""
        return abs(piece.base - self.base) <= _SAME_BASE * piece.height and all(
            piece.left >= other.right - _OVERLAP_POINTS or piece.right <= other.left + _OVERLAP_POINTS
            for other in self.pieces
        )

    def text(self, margin: float) -> str:
        """Join the pieces from left to right, as far from `margin` and from each other as they were."""
        ordered = sorted(self.pieces, key=lambda piece: piece.left)
        joined = self._gap(ordered[0].left - margin) if self._is_wide(ordered[0].left - margin) else ""
        joined += ordered[0].text
        for before, piece in pairwise(ordered):
            joined += self._gap(piece.left - before.right) + piece.text
        return joined

    def _gap(self, width: float) -> str:
        if not self._is_wide(width):
            return " "
        written = sum(piece.right - piece.left for piece in self.pieces)
        letters = sum(len(piece.text) for piece in self.pieces)
        return " " * min(max(2, round(width * letters / max(written, width / _WIDEST_GAP))), _WIDEST_GAP)

    def _is_wide(self, width: float) -> bool:
        return width > _COLUMN_GAP * self.pieces[0].height


@dataclass(frozen=True)
class _Band:
    """A row of a table with drawn borders: between two horizontal rules, cut by vertical ones."""

    bottom: float
    top: float
    edges: tuple[float, ...]


@dataclass
class _Block:
    """A line, or the lines in one band."""

    band: _Band | None
    lines: list[_Line] = field(default_factory=list)

    @property
    def first_base(self) -> float:
        return max(line.base for line in self.lines)

    @property
    def last_base(self) -> float:
        return min(line.base for line in self.lines)

    def add(self, piece: _Piece) -> None:
        """Put `piece` on the line it stands on, which may be a new one."""
        line = next((line for line in reversed(self.lines) if line.takes(piece)), None)
        if line:
            line.pieces.append(piece)
        else:
            self.lines.append(_Line([piece]))

    def text(self, margin: float) -> str:
        """Return the row of a table in one line; anything else as it stands."""
        if self.band is None or len(self.lines) > _MAX_ROW_LINES:
            return "\n".join(line.text(margin) for line in self.lines)
        cells: list[list[str]] = [[] for _ in self.band.edges[1:]]
        for line in sorted(self.lines, key=lambda line: -line.base):
            for piece in sorted(line.pieces, key=lambda piece: piece.left):
                # A piece begins in its cell, and may end over the border.
                column = bisect_right(self.band.edges, piece.left + _OVERLAP_POINTS) - 1
                cells[min(max(column, 0), len(cells) - 1)].append(piece.text)
        return f"{_COLUMN} {f' {_COLUMN} '.join(' '.join(cell) for cell in cells)} {_COLUMN}"


class _Grid:
    """The borders of the tables of a page."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        known = rules if len(rules) <= _MAX_RULES else ()
        self._upright = _aligned(
            (rule.x0, min(rule.y0, rule.y1), max(rule.y0, rule.y1))
            for rule in known
            if abs(rule.x1 - rule.x0) <= _STRAIGHT_POINTS and abs(rule.y1 - rule.y0) >= _SHORTEST_RULE_POINTS
        )
        self._level = _aligned(
            (rule.y0, min(rule.x0, rule.x1), max(rule.x0, rule.x1))
            for rule in known
            if abs(rule.y1 - rule.y0) <= _STRAIGHT_POINTS and abs(rule.x1 - rule.x0) >= _SHORTEST_RULE_POINTS
        )

    def divides(self, before: Glyph, glyph: Glyph) -> bool:
        """Return whether a vertical rule stands between two characters."""
        y = glyph.base + glyph.height / 4
        left, right = before.right - _OVERLAP_POINTS, glyph.left + _OVERLAP_POINTS
        return any(low <= y <= high and left <= at <= right for at, low, high in self._upright)

    def band_at(self, x: float, y: float) -> _Band | None:
        """Return the row of a table of two columns or more that holds the point."""
        edges = tuple(sorted({at for at, low, high in self._upright if low <= y <= high}))
        if len(edges) < 3 or not edges[0] <= x <= edges[-1]:
            return None
        crossing = [at for at, low, high in self._level if low <= x <= high]
        above, below = [at for at in crossing if at > y], [at for at in crossing if at <= y]
        if not above or not below:
            return None
        return _Band(max(below), min(above), edges)


def page_text(glyphs: Iterable[Glyph | None], rules: Sequence[Rule] = ()) -> str:
    """Return the text of a page; None stands for the end of a line in the order of printing."""
    grid = _Grid(rules)
    blocks: list[_Block] = []
    bands: dict[_Band, _Block] = {}
    for piece in _pieces(glyphs, grid):
        band = grid.band_at((piece.left + piece.right) / 2, piece.base + piece.height / 4)
        block = bands.get(band) if band else _line_of(piece, blocks)
        if block is None:
            block = _Block(band)
            blocks.append(block)
            if band:
                bands[band] = block
        block.add(piece)
    return "\n".join(_with_blank_lines(blocks))


def _line_of(piece: _Piece, blocks: list[_Block]) -> _Block | None:
    """Return the line on which `piece` stands; the last ones are the likeliest."""
    return next((held for held in reversed(blocks) if not held.band and held.lines[0].takes(piece)), None)


def _pieces(glyphs: Iterable[Glyph | None], grid: _Grid) -> Iterator[_Piece]:
    """Yield words and the gaps between them.

    PDFium tells of several spaces as of one, and programs print gaps without any: only places count.
    """
    printed = [glyph for glyph in glyphs if glyph and not glyph.char.isspace()]
    usual = _usual_gap(printed)
    held: list[Glyph] = []
    chars: list[str] = []
    for glyph in printed:
        gap = _distance(held[-1], glyph) if held else 0.0
        is_word = gap > _SPACE * glyph.height
        if held and (_is_apart(held[-1], glyph, gap) or (is_word and grid.divides(held[-1], glyph))):
            yield _piece(held, chars)
            held, chars = [], []
        elif is_word:
            # Two columns near each other: two spaces, since one would make a sentence of them.
            chars.append("  " if gap > _WIDE_SPACES * max(usual, _LEAST_SPACE * glyph.height) else " ")
        held.append(glyph)
        chars.append(glyph.char)
    if held:
        yield _piece(held, chars)


def _usual_gap(glyphs: Sequence[Glyph]) -> float:
    """Return the width of most spaces of a page."""
    gaps = [
        gap
        for before, glyph in pairwise(glyphs)
        if _SPACE * glyph.height < (gap := _distance(before, glyph)) and not _is_apart(before, glyph, gap)
    ]
    return median_low(gaps) if gaps else _COLUMN_GAP


def _distance(before: Glyph, glyph: Glyph) -> float:
    """Return the gap between two characters, whichever direction is written."""
    return max(glyph.left - before.right, before.left - glyph.right, 0.0)


def _is_apart(before: Glyph, glyph: Glyph, gap: float) -> bool:
    height = max(before.height, glyph.height)
    return gap > _COLUMN_GAP * height or abs(glyph.base - before.base) > _SAME_WORDS * height


def _piece(glyphs: list[Glyph], chars: list[str]) -> _Piece:
    # The base of most: a piece may begin or end with a superscript.
    return _Piece(
        text=_readable("".join(chars)),
        left=min(glyph.left for glyph in glyphs),
        right=max(glyph.right for glyph in glyphs),
        base=median_low(glyph.base for glyph in glyphs),
        height=median_low(glyph.height for glyph in glyphs),
    )


def _readable(text: str) -> str:
    """Spell out ligatures, and write the hyphens that PDFium marks."""
    return "".join(
        unicodedata.normalize("NFKC", char) if ord(char) in _LIGATURES else char
        for char in text.translate(_HYPHENS | _SYMBOLS)
    )


def _aligned(rules: Iterable[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return rules (position, from, to) with those of one border at one position."""
    aligned: list[tuple[float, float, float]] = []
    for at, low, high in sorted(rules):
        border = aligned[-1][0] if aligned and at - aligned[-1][0] <= _ONE_EDGE_POINTS else at
        aligned.append((border, low, high))
    return aligned


def _with_blank_lines(blocks: list[_Block]) -> Iterator[str]:
    usual = _usual_distance(blocks)
    margin = min((piece.left for block in blocks for line in block.lines for piece in line.pieces), default=0)
    for before, block in pairwise([None, *blocks]):
        if before and block and not (before.band and block.band):
            distance = before.last_base - block.first_base
            if distance < -usual / 2 or distance > _PARAGRAPH * usual:
                yield ""
        if block:
            yield block.text(margin)


def _usual_distance(blocks: list[_Block]) -> float:
    """Return how far apart the lines of most text are."""
    heights = [block.lines[0].pieces[0].height for block in blocks] or [0.0]
    distances = [
        before.last_base - block.first_base
        for before, block in pairwise(blocks)
        if before.band is block.band is None
        and 0 < before.last_base - block.first_base < 2 * median_low(heights)
    ]
    return median_low(distances) if distances else _USUAL_DISTANCE * median_low(heights)
