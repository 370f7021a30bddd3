"""What differs between two posologies, in the words of both."""

from collections.abc import Iterable
from fractions import Fraction

from app.insights.differences import Change
from app.ui.language import t


def described(changes: Iterable[Change]) -> str:
    """Return changes in a line: "dose 5 mg → 10 mg (× 2), rythme le matin → le soir"."""
    return ", ".join(_described(change) for change in changes)


def _described(change: Change) -> str:
    factor = f" (× {_number(change.factor)})" if change.factor else ""
    before, after = (" ".join(words.split()) or "—" for words in (change.before, change.after))
    return f"{t(change.aspect)} {before} → {after}{factor}"


def _number(factor: Fraction) -> str:
    """A factor as people say it: 2, 1,5, 1/3."""
    if factor.denominator in (1, 2, 4, 5, 10):
        return f"{float(factor):g}".replace(".", t(","))
    return f"{factor.numerator}/{factor.denominator}"
