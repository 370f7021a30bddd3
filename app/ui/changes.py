"""What differs between two posologies, in the words of both."""

from collections.abc import Iterable
from fractions import Fraction

from app.insights.differences import Aspect, Change
from app.ui.language import said, t

# Told in words of ours; doses and rhythms are in those of a report.
_IN_OUR_WORDS = {Aspect.DURATION, Aspect.FORM, Aspect.ROUTE}


def described(changes: Iterable[Change]) -> str:
    """Return changes in a line: "dose 5 mg → 10 mg (× 2), rythme le matin → le soir"."""
    return ", ".join(_described(change) for change in changes)


def _described(change: Change) -> str:
    factor = f" (× {_number(change.factor)})" if change.factor else ""
    in_words = said if change.aspect in _IN_OUR_WORDS else str
    before, after = (in_words(" ".join(words.split())) or "—" for words in (change.before, change.after))
    return f"{t(change.aspect)} {before} → {after}{factor}"


def _number(factor: Fraction) -> str:
    """A factor as people say it: 2, 1,5, 1/3."""
    if factor.denominator in (1, 2, 4, 5, 10):
        return f"{float(factor):g}".replace(".", t(","))
    return f"{factor.numerator}/{factor.denominator}"
