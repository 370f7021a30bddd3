"""A report as the rules read it: the text, its folded twin of the same length, and its segments."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypedDict

from app.insights.engines.rules.phrases import QUANTITY
from app.insights.engines.rules.scans import readable
from app.insights.evidence import plain
from app.insights.models import Span

BULLET = re.compile(r"[ \t]*(?:[-*•·→>–—o▪‣►▶➤●◆■◦✓.+]{1,2}|\d{1,2}[.)°/-]{1,2}|[a-h][.)])[ \t]+")
_LOWER_START = re.compile(r"[ \t]*(?:[a-zà-ÿœ(+]|\d[\d ]*(?:[.,]\d+)?[^\S\n]*[^\W\d]|J\d)")
# "bisoprolol 2,5 mg …" under "… 40 mg le matin": the next item of a list, not more of a sentence.
_STRENGTH = r"\d+(?:[.,]\d+)?[ \t]?(?:mg|g|µg|μg|mcg|ui|UI|ml|mL)\b"
_NEXT_MEDICINE = re.compile(rf"[ \t]*[^\W\d]{{4,}}(?:[ \t]+[^\W\d]+)?[ \t]+(?:{_STRENGTH}|:)")
_HAS_STRENGTH = re.compile(_STRENGTH)
# A line that ends so expects another: "… matin et", "… associe".
_UNFINISHED = re.compile(
    r"(?:[,;]|\b(?:et|ou|de|du|des|le|la|les|une?|au|aux|à|a|en|par|pour|sous|avec|son|sa|ses|dont|associe"
    r"|comporte|comprend))$"
)
_SENTENCE_END = re.compile(
    r"(?<!\bM)(?<!\bDr)(?<!\bPr)(?<!\bMr)(?<!\bMme)(?<!\.)[.!?](?=\s+[^a-zà-ÿ\s:]|\s*$)", re.MULTILINE
)
_UNIT_FIRST = re.compile(r"[ \t]*(?:mg|g|[µμ]g|mcg|UI|ui|mL|ml|cp|%)(?![^\W\d])")
# Two columns side by side: a wide gap before a new sentence.
_GAP = re.compile(r" {3,}(?=[A-ZÀ-Ý][a-zà-ÿ])")
# "Keppra 500 mg" and below it "1 comprimé matin et soir"; "1 comprimé de Keppra" is an item of its own.
_POSOLOGY_BELOW = re.compile(rf"[ \t]*{QUANTITY}(?!\s+d(?:e\s|'))")
_NAME_ALONE = re.compile(
    r"\W*[^\W\d][\w'-]+(?:[ \t]+(?!(?:le|la|les|matin|soir|par|si|est|a|en|x)\b)[^\W\d][\w'-]*){0,3}"
    r"(?:[ \t]+[\d.,/]+[ \t]?(?:mg|g|[µμ]g|ui|ml|%)?(?:/[\w.]+)?)?[ \t]*"
)
_TABLE = re.compile(r"[ \t]*[|+=_-]{2,}|[ \t]*\|")
# A wrapped line stops where the next word would have passed the margin, give or take a long word.
_NEAR_MARGIN = 0.75


class Quote(TypedDict):
    """The two fields every item carries."""

    citation: str
    span: Span


@dataclass(frozen=True)
class Report:
    """A report and what is computed from it once."""

    text: str

    @cached_property
    def plain(self) -> str:
        """The text without case, accents and slips of a scanner; the same offsets."""
        return plain(readable(self.text))

    @cached_property
    def lines(self) -> tuple[Span, ...]:
        """Lines without their ends."""
        return tuple(
            Span(start=m.start(), end=m.end()) for m in re.finditer(r"[^\n]*", self.text) if m.group()
        )

    @cached_property
    def segments(self) -> tuple[Span, ...]:
        """Sentences or list items: wrapped lines are joined, then cut at full stops."""
        return tuple(segment for block in self._unwrapped() for segment in self._sentences(block))

    @cached_property
    def _segment_starts(self) -> list[int]:
        return [segment.start for segment in self.segments]

    @cached_property
    def _margin(self) -> int:
        return max((line.end - line.start for line in self.lines), default=0)

    @cached_property
    def _is_capitals(self) -> bool:
        """Nothing tells the start of a sentence where all is in capitals."""
        letters = [char for char in self.text if char.isalpha()]
        return sum(char.islower() for char in letters) < len(letters) / 10

    def segment_at(self, offset: int) -> Span:
        """Return the segment that holds `offset`, or a span of that single character between segments."""
        index = bisect_right(self._segment_starts, offset) - 1
        if index >= 0 and offset < self.segments[index].end:
            return self.segments[index]
        return Span(start=offset, end=offset + 1)

    def segments_between(self, start: int, end: int) -> Iterator[Span]:
        """Yield the segments between `start` and `end`; those at the edges are cut there."""
        first = max(0, bisect_right(self._segment_starts, start) - 1)
        for segment in self.segments[first : bisect_left(self._segment_starts, end)]:
            if segment.end > start:
                yield Span(start=max(start, segment.start), end=min(end, segment.end))

    @cached_property
    def _line_ends(self) -> list[int]:
        return [line.end for line in self.lines]

    def lines_between(self, start: int, end: int) -> Iterator[Span]:
        """Yield the lines that touch `start` to `end`."""
        first = bisect_right(self._line_ends, start)
        for line in self.lines[first:]:
            if line.start >= end:
                return
            yield line

    def lines_before(self, offset: int, reach: int) -> Iterator[Span]:
        """Yield the lines that end before `offset`, nearest first, at most `reach` characters away."""
        for line in reversed(self.lines[: bisect_left(self._line_ends, offset)]):
            if offset - line.start >= reach:
                return
            yield line

    def line_at(self, offset: int) -> Span:
        """Return the line that holds `offset`."""
        return self.lines[min(bisect_left(self._line_ends, offset), len(self.lines) - 1)]

    def quote(self, start: int, end: int) -> Quote:
        """Return the words of the report from `start` to `end`, without the white space around them."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        return Quote(citation=self.text[start:end], span=Span(start=start, end=end))

    def _unwrapped(self) -> Iterator[Span]:
        block: Span | None = None
        previous: Span | None = None
        for line in self.lines:
            if block and previous and self._joins(previous, line):
                block = Span(start=block.start, end=line.end)
            else:
                if block:
                    yield block
                block = line
            previous = line
        if block:
            yield block

    def _joins(self, previous: Span, line: Span) -> bool:
        """Return whether `line` goes on with the sentence of the line before."""
        words, before = self.text[line.start : line.end], self.text[previous.start : previous.end].rstrip()
        adjacent = line.start - previous.end == 1
        if not adjacent or not words.strip() or BULLET.match(words) or _TABLE.match(words):
            return False
        if _UNFINISHED.search(before.lower()) or (before[-1:].isdigit() and _UNIT_FIRST.match(words)):
            return True
        folded = self.plain[line.start : line.end], self.plain[previous.start : previous.end]
        if _POSOLOGY_BELOW.match(folded[0]) and _NAME_ALONE.fullmatch(folded[1]):
            return True
        if _NEXT_MEDICINE.match(words) and _HAS_STRENGTH.search(before):
            return False
        first_word = words.split()[0]
        wrapped = len(before) + 1 + len(first_word) > _NEAR_MARGIN * self._margin
        return wrapped and bool(self._is_capitals or _LOWER_START.match(words))

    def _sentences(self, block: Span) -> Iterator[Span]:
        stops = [
            match.end()
            for cut in (_SENTENCE_END, _GAP)
            for match in cut.finditer(self.text, block.start, block.end)
        ]
        for start, end in pairwise((block.start, *sorted(stops), block.end)):
            if self.text[start:end].strip():
                yield Span(start=start, end=end)
