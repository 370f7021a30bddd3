"""What an extraction left out: drugs that the lexicon sees in the text and that no list holds."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from app.insights.evidence import plain
from app.insights.lexicon import Lexicon, Mention
from app.insights.measured import is_result
from app.insights.models import Drug, Insights, Omission, Span

_CONTEXT_CHARS = 60
_HEAD = re.compile(r"[ \t]*(?:[-*•·→>–—▪‣]+[ \t]*|\d{1,2}[.)][ \t]+)")
_STRENGTH = re.compile(
    r"[ \t:]{0,3}\d+(?:[.,]\d+)?[ \t]?(?:[kmµμ]?g|mcg|m?ui|ml|unites?)\b(?![ \t]*/[ \t]*d?l\b)"
)


def find(text: str, insights: Insights, lexicon: Lexicon) -> tuple[Omission, ...]:
    """Return what the lists leave out, with the words around it.

    A name that heads a line or carries a dose is a prescription: each one that no item covers is listed, so
    that a usual medicine does not hide its lost discharge line. Elsewhere one mention speaks for a substance
    that no list holds. An allergy or "pas de metformine" is listed too: the reader sees why no list holds it.
    """
    lists, folded = _Lists(insights), plain(text)
    found: dict[tuple[str, str], Omission] = {}
    for mention in lexicon.mentions(text):
        if lists.cover(mention) or is_result(folded, mention.end):
            continue
        prescribed = (
            _is_prescription(folded, mention)
            and not lists.hold_unproven(text, mention)
            and not lists.hold_dose(mention, _STRENGTH.match(folded, mention.end))
        )
        if prescribed or not lists.hold(text, mention):
            omission = _omission(text, mention)
            found.setdefault((mention.dci, omission.citation if prescribed else ""), omission)
    return tuple(found.values())


class _Lists:
    """What an extraction holds: places in the text, and names."""

    def __init__(self, insights: Insights) -> None:
        spans = sorted((item.span.start, item.span.end) for item in insights.items() if item.span is not None)
        self._starts = [start for start, _ in spans]
        # How far the items that start so far reach: one look per mention, however many items there are.
        self._reaches = list(accumulate((end for _, end in spans), max))
        self._names = _names(insights.drugs())
        self._doses = {(plain(drug.dci or ""), _compact(drug.dose)) for drug in insights.drugs() if drug.dose}
        self._unproven = _names(drug for drug in insights.drugs() if drug.span is None)

    def cover(self, mention: Mention) -> bool:
        """Return whether an item quotes this very mention."""
        index = bisect_right(self._starts, mention.start) - 1
        return index >= 0 and mention.end <= self._reaches[index]

    def hold(self, text: str, mention: Mention) -> bool:
        """Return whether some list names this substance."""
        return _is_among(self._names, text, mention)

    def hold_dose(self, mention: Mention, strength: re.Match[str] | None) -> bool:
        """Return whether some list holds this substance at the very strength that follows the name."""
        return strength is not None and (plain(mention.dci), _compact(strength.group())) in self._doses

    def hold_unproven(self, text: str, mention: Mention) -> bool:
        """Return whether an item without a place, which may be this mention, names this substance."""
        return _is_among(self._unproven, text, mention)


def _names(drugs: Iterable[Drug]) -> set[str]:
    return {name for drug in drugs for name in (*_substances(drug.dci), plain(drug.name))}


def _is_among(names: set[str], text: str, mention: Mention) -> bool:
    return plain(text[mention.start : mention.end]) in names or _substances(mention.dci) <= names


def _is_prescription(folded: str, mention: Mention) -> bool:
    """Return whether the name stands first in a line, or before a strength."""
    line = folded.rfind("\n", 0, mention.start) + 1
    return bool(_HEAD.fullmatch(folded, line, mention.start) or _STRENGTH.match(folded, mention.end))


def _compact(words: str) -> str:
    return re.sub(r"[\s:]", "", plain(words))


def _substances(dci: str | None) -> set[str]:
    return {plain(part.strip()) for part in (dci or "").split("+") if part.strip()}


def _omission(text: str, mention: Mention) -> Omission:
    """Quote the line around a mention, cut at word ends when it is long."""
    start = max(text.rfind("\n", 0, mention.start) + 1, mention.start - _CONTEXT_CHARS)
    line_end = text.find("\n", mention.end)
    end = min(line_end if line_end >= 0 else len(text), mention.end + _CONTEXT_CHARS)
    while start and start < mention.start and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > mention.end and not text[end].isspace():
        end -= 1
    return Omission(
        name=text[mention.start : mention.end],
        dci=mention.dci,
        citation=text[start:end].strip(),
        span=Span(start=mention.start, end=mention.end),
    )
