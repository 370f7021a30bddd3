"""Hands the places of a report out to citations."""

from collections import Counter
from collections.abc import Hashable

from app.insights.evidence import FoldedText, plain
from app.insights.models import Span


class Places:
    """The places of one report, for one extraction."""

    def __init__(self, text: str) -> None:
        """Prepare `text` for many searches."""
        self.text = text
        self._folded = FoldedText(text)
        self._known: dict[str, tuple[Span, ...]] = {}
        self._asked: Counter[tuple[str, Hashable]] = Counter()

    def next(self, citation: str, of: Hashable = None) -> Span | None:
        """Return where `citation` stands; asked again for the same, its next place, or the last one.

        Args:
            citation: Words of the report.
            of: What they prove. Values of one row share its words and its place; the same value cited twice
                stands in two rows.
        """
        spans = self._spans(citation)
        # Two places of the same words may break their lines elsewhere.
        words = " ".join(plain(citation).split())
        turn = self._asked[words, of]
        self._asked[words, of] += 1
        return spans[min(turn, len(spans) - 1)] if spans else None

    def holds(self, words: str) -> bool:
        """Return whether `words` stand anywhere in the report."""
        return bool(self._spans(words))

    def _spans(self, citation: str) -> tuple[Span, ...]:
        if citation not in self._known:
            self._known[citation] = tuple(self._folded.places(citation))
        return self._known[citation]
