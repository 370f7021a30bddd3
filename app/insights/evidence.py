"""Finds a citation in a report, tolerant of typography and of nothing else.

Case, accents, runs of white space, apostrophes, dashes, quotation marks and the two ways of writing µ and œ
do not count. Digits, units and words do: the search works on whole words and whole numbers, so "5 mg" is not
found in "25 mg" or "2,5 mg", nor "24" in "24/26", nor "60" in "< 60".
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.insights.models import Span

_TYPOGRAPHY = {"œ": "oe", "æ": "ae"} | dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("‐‑‒–—−", "-")
_TYPOGRAPHY |= dict.fromkeys("«»“”„", '"')
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")

# A token may not be cut: "2,5", "24/26", "1-0-1", "7 850" and "< 60" are one number each, "B12" one word.
_TOKEN = re.compile(r"(?:[<>≤≥] ?)?(?:\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,/:-]\d+)*)[^\W_]*|\w+")


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """Return `char` without case, accent or typographic variant; zero, one or a few characters."""
    if char in _INVISIBLE:
        return ""
    if char.isspace():
        return " "
    decomposed = unicodedata.normalize("NFD", char.casefold())
    # Class 1 is an overlay: it turns "=" into "≠", which is not an accent.
    base = "".join(part for part in decomposed if unicodedata.combining(part) <= 1)
    return "".join(_TYPOGRAPHY.get(part, part) for part in base)


class _Plain(dict[int, str]):
    """Folds each character once: `str.translate` asks for those it has not met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if char in "\n\t" else (fold_char(char) or " ")[0]
        return self[code]


_PLAIN = _Plain()


def plain(text: str) -> str:
    """Return `text` folded character by character, with line ends kept: offsets are those of `text`.

    What the rules read. A character that folds to several keeps the first only ("œ" is "o").
    """
    return text.translate(_PLAIN)


@dataclass(frozen=True)
class FoldedText:
    """A report ready to be searched; build it once for many citations."""

    text: str

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        """The folded text, and for each of its characters the offset it came from."""
        folded: list[str] = []
        offsets: list[int] = []
        for offset, char in enumerate(self.text):
            for part in fold_char(char):
                if part == " " and folded and folded[-1] == " ":
                    continue
                folded.append(part)
                offsets.append(offset)
        return "".join(folded), offsets

    @cached_property
    def _inside_tokens(self) -> frozenset[int]:
        """Offsets of the folded text where a citation may neither start nor end."""
        tokens = _TOKEN.finditer(self._folded[0])
        return frozenset(cut for token in tokens for cut in range(token.start() + 1, token.end()))

    def find(self, citation: str) -> Span | None:
        """Return where `citation` first stands in the text as whole words and numbers, or None."""
        return next(self.places(citation), None)

    def places(self, citation: str) -> Iterator[Span]:
        """Yield each place where `citation` stands in the text as whole words and numbers, in order."""
        needle = FoldedText(citation)._folded[0].strip()
        haystack, offsets = self._folded
        start = haystack.find(needle) if needle else -1
        while start >= 0:
            end = start + len(needle)
            if not {start, end} & self._inside_tokens:
                yield Span(start=offsets[start], end=offsets[end - 1] + 1)
            start = haystack.find(needle, start + 1)
