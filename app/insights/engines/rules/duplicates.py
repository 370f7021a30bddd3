"""Tells when two lines speak of one medicine, so that a list holds it once."""

import re
from collections.abc import Iterable, Iterator

from app.insights.dosing import forms
from app.insights.evidence import plain
from app.insights.models import Drug


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
        (drug.dose is None or _compact(drug.dose) == _compact(other.dose)) and _vein(drug) <= _vein(other)
        for other in same
    )


def _vein(drug: Drug) -> bool:
    return forms.route(plain(drug.citation)) == "intraveineuse"


def _compact(words: str | None) -> str:
    return re.sub(r"\s", "", plain(words or ""))


def once(drugs: Iterator[Drug] | list[Drug]) -> Iterator[Drug]:
    """Keep one of equal lines: same substance, dose and frequency; a bare name adds nothing to a posology."""
    kept: list[Drug] = []
    for drug in drugs:
        same = [other for other in kept if _substance(other) == _substance(drug)]
        bare = not drug.dose and not drug.frequency
        if not any(
            bare
            or (_compact(o.dose), _compact(o.frequency)) == (_compact(drug.dose), _compact(drug.frequency))
            for o in same
        ):
            kept.append(drug)
    yield from kept


def one_per_substance(drugs: Iterator[Drug], apart: frozenset[str] = frozenset()) -> Iterator[Drug]:
    """Keep the first line of each substance; names of `apart`, as a patch and a tablet, are told apart."""
    kept: list[Drug] = []
    for drug in drugs:
        same = [other for other in kept if same_substance(drug, [other])]
        names = {plain(other.name) for other in (drug, *same)}
        if not same or (len(names) > len(same) and names <= apart):
            kept.append(drug)
    yield from kept
