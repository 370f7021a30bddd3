"""A report as the rules read it: the text, its folded twin of the same length, and its segments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from app.insights.evidence import plain
from app.insights.models import Span

_BULLET = re.compile(r"[ \t]*(?:[-*•·→>–—o▪‣]|\d{1,2}[.)])[ \t]+")
_CONTINUES = re.compile(r"[ \t]*(?:[a-zà-ÿœ(+]|\d+(?:[.,]\d+)?[ \t]*[^\W\d]|x ?\d)")
_SENTENCE_END = re.compile(r"(?<!\bm)(?<!\bdr)(?<!\bpr)(?<!\bmr)(?<!\bmme)[.!?](?=\s|$)")
_RULE = re.compile(r"[ \t]*[|+=_-]{2,}|[ \t]*\|")


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
        """The text without case and accents; the same offsets."""
        return plain(self.text)

    @cached_property
    def lines(self) -> tuple[Span, ...]:
        """Lines without their ends."""
        return tuple(
            Span(start=m.start(), end=m.end()) for m in re.finditer(r"[^\n]*", self.text) if m.group()
        )

    @cached_property
    def segments(self) -> tuple[Span, ...]:
        """Sentences, or list items: lines joined where a scan or a letter wrapped them, then cut at full stops."""
        return tuple(segment for block in self._unwrapped() for segment in self._sentences(block))

    def segment_at(self, offset: int) -> Span:
        """Return the segment that holds `offset`, or a span of that single character between segments."""
        inside = (segment for segment in self.segments if segment.start <= offset < segment.end)
        return next(inside, Span(start=offset, end=offset + 1))

    def quote(self, start: int, end: int) -> Quote:
        """Return the words of the report from `start` to `end`, without the white space around them."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        return Quote(citation=self.text[start:end], span=Span(start=start, end=end))

    def _unwrapped(self) -> Iterator[Span]:
        start: int | None = None
        end = 0
        for line in self.lines:
            if start is not None and not self._joins(end, line):
                yield Span(start=start, end=end)
                start = None
            start = line.start if start is None else start
            end = line.end
        if start is not None:
            yield Span(start=start, end=end)

    def _joins(self, previous_end: int, line: Span) -> bool:
        """Return whether `line` goes on with the sentence that ended the line before."""
        words = self.text[line.start : line.end]
        adjacent = self.text[previous_end : line.start].count("\n") == 1
        if not adjacent or not words.strip() or _BULLET.match(words) or _RULE.match(words):
            return False
        return bool(_CONTINUES.match(words)) or self.text[:previous_end].endswith(",")

    def _sentences(self, block: Span) -> Iterator[Span]:
        start = block.start
        for stop in _SENTENCE_END.finditer(self.plain, block.start, block.end):
            yield Span(start=start, end=stop.end())
            start = stop.end()
        if self.text[start : block.end].strip():
            yield Span(start=start, end=block.end)
