"""What differs between two posologies, in the words of both."""

from collections.abc import Iterable

from app.insights.differences import Aspect, Change
from app.insights.words import factor, one_line
from app.ui.language import said, t

# Told in words of ours; doses and rhythms are in those of a report.
_IN_OUR_WORDS = {Aspect.DURATION, Aspect.FORM, Aspect.ROUTE}


def described(changes: Iterable[Change]) -> str:
    """Return changes in a line: "dose 5 mg → 10 mg (×2), rythme le matin → le soir"."""
    return ", ".join(_described(change) for change in changes)


def _described(change: Change) -> str:
    multiplied = f" ({factor(change.factor)})".replace(",", t(",")) if change.factor else ""
    in_words = said if change.aspect in _IN_OUR_WORDS else str
    before, after = (in_words(one_line(words)) or "—" for words in (change.before, change.after))
    return f"{t(change.aspect)} {before} → {after}{multiplied}"
