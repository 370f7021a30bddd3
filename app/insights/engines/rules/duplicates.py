"""Tells when two lines speak of one medicine, so that a list holds it once."""

import re
from collections.abc import Iterable, Iterator

from app.insights.dosing import forms
from app.insights.evidence import plain
from app.insights.models import Drug

# "21 mg" and "21 mg/24 h" of one patch
_DAILY = re.compile(r"/(?:24h|j|jour)$")


def _substance(drug: Drug) -> str:
    return drug.dci or plain(drug.name)


def same_substance(drug: Drug, others: Iterable[Drug]) -> bool:
    """Return whether one of `others` is the same substance, or the same name when the lexicon knows none."""
    return any(_substance(drug) == _substance(other) for other in others)


def is_held(drug: Drug, usual: tuple[Drug, ...], discharge: tuple[Drug, ...]) -> bool:
    """A medicine of the stay isn't repeated when it is usual, or goes on after discharge, at that dose.

    Into a vein it is another thing than by mouth, whatever the dose.
    """
    same = [other for other in (*usual, *discharge) if _substance(other) == _substance(drug)]
    return any(
        (drug.dose is None or _same_dose(drug.dose, other.dose)) and _vein(drug) <= _vein(other)
        for other in same
    )


def _same_dose(one: str, other: str | None) -> bool:
    """Return whether two doses are the same, also where one leaves out its unit: "Tahor 40", "40 mg"."""
    one, other = (_DAILY.sub("", _compact(dose)) for dose in (one, other))
    return (
        one == other
        or (one.isdecimal() and other == f"{one}mg")
        or (other.isdecimal() and one == f"{other}mg")
    )


def _vein(drug: Drug) -> bool:
    return forms.route(plain(drug.citation)) == "intraveineuse"


def _compact(words: str | None) -> str:
    return re.sub(r"\s", "", plain(words or ""))


def once(drugs: Iterator[Drug] | list[Drug]) -> Iterator[Drug]:
    """Keep one of equal lines, the one that tells more: a bare name adds nothing to a posology."""
    kept: list[Drug] = []
    for drug in drugs:
        same = [(i, other) for i, other in enumerate(kept) if _substance(other) == _substance(drug)]
        if any(_adds_nothing(drug, other) for _, other in same):
            continue
        told_less = next((i for i, other in same if _adds_nothing(other, drug)), None)
        if told_less is None:
            kept.append(drug)
        else:
            kept[told_less] = drug
    yield from kept


def _adds_nothing(drug: Drug, other: Drug) -> bool:
    """Return whether `other` says all that `drug` says: its dose, and its frequency if it has one."""
    if not drug.dose and not drug.frequency:
        return True
    same_dose = _compact(drug.dose) == _compact(other.dose)
    return same_dose and (not drug.frequency or _compact(drug.frequency) == _compact(other.frequency))


def one_per_substance(drugs: Iterator[Drug], apart: frozenset[str] = frozenset()) -> Iterator[Drug]:
    """Keep the first line of each substance; names of `apart`, as a patch and a tablet, are told apart."""
    kept: list[Drug] = []
    for drug in drugs:
        same = [other for other in kept if same_substance(drug, [other])]
        names = {plain(other.name) for other in (drug, *same)}
        if not same or (len(names) > len(same) and names <= apart):
            kept.append(drug)
    yield from kept
