"""Compares what a patient takes with a new prescription, line by line: a proposal for a pharmacist to judge.

Statuses and their words are those of the French reconciliation profile (Interop'Santé). Questions ask what
was meant; nothing here advises, and no discrepancy is qualified: that is the reader's to do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.insights import differences
from app.insights.differences import Aspect, Change
from app.insights.evidence import plain
from app.insights.lexicon import is_one_slip_apart
from app.insights.models import Drug, Insights


class Status(StrEnum):
    """What becomes of a medicine; the values are shown to readers."""

    SAME = "Identique"
    EQUIVALENT = "Équivalence"
    CHANGED = "Changé"
    STOPPED = "Arrêté"
    NEW = "Nouveau"


class Against(StrEnum):
    """What a treatment is compared with: a prescription, or the discharge treatment of the report itself."""

    PRESCRIPTION = "prescription"
    DISCHARGE = "sortie"


# What a name may be written with or without: its release, its device.
_VITAMIN = re.compile(r"^vit\.?\s")
_NOT_OF_A_NAME = re.compile(
    r"\s+(?:l\.?p\.?|respimat|ell?ipta|turbuhaler|diskus|breezhaler|autohaler|nexthaler|flexpen|solostar"
    r"|kwikpen|lyoc|3350|4000)$|-\n"
)
# What to ask: whole sentences, one per case, so that another language needs no grammar of this one.
_STOPPED_IN_WORDS = {
    Against.PRESCRIPTION: "{name} : la nouvelle prescription l'écrit comme arrêté. Est-ce voulu ?",
    Against.DISCHARGE: "{name} : le compte rendu l'écrit comme arrêté. Est-ce voulu ?",
}
_ABSENT = {
    Against.PRESCRIPTION: "{name} : absent de la nouvelle prescription. Est-ce voulu ?",
    Against.DISCHARGE: "{name} : absent du traitement de sortie. Est-ce voulu ?",
}
_ADDED = {
    Against.PRESCRIPTION: "{name} : ajouté par la nouvelle prescription. Est-ce voulu ?",
    Against.DISCHARGE: "{name} : ajouté au traitement de sortie. Est-ce voulu ?",
}
_CHANGED = "{name} : différence d'une liste à l'autre ({aspects}). Est-elle voulue ?"
_UNSAID = "{name} : précision écrite d'un seul côté ({aspects}). Est-elle à compléter ?"


@dataclass(frozen=True)
class Line:
    """One medicine before and after, each with its citation; None where it isn't.

    For a medicine stopped in so many words, `after` quotes them. `unsaid` names what only one side tells.
    `against` is the list that `after` is from.
    """

    status: Status
    name: str
    before: Drug | None
    after: Drug | None
    changes: tuple[Change, ...] = ()
    unsaid: tuple[Aspect, ...] = ()
    against: Against = Against.PRESCRIPTION

    @property
    def question(self) -> str | None:
        """Return what to ask the prescriber, in French, or None when nothing is open."""
        return _question(self)


def base(insights: Insights) -> tuple[Drug, ...]:
    """Return what a new prescription is compared with by default: discharge, else usual less stopped."""
    return insights.discharge or without_stopped(insights)


def without_stopped(insights: Insights) -> tuple[Drug, ...]:
    """Return the usual medicines that the report doesn't stop."""
    stopped = {_substance(drug) for drug in insights.stopped}
    return tuple(drug for drug in insights.usual if _substance(drug) not in stopped)


def compare(
    before: Sequence[Drug],
    ordered: Sequence[Drug],
    stopped: Sequence[Drug] = (),
    *,
    against: Against = Against.PRESCRIPTION,
) -> tuple[Line, ...]:
    """Return a line per medicine of `before`, in its order, then what `ordered` adds.

    `stopped` are the medicines that the prescription, or the report, ends in words; `against` tells which of
    the two `ordered` is, for the questions to name it.
    """
    pairs = dict(_pairs(before, ordered))
    taken = set(pairs.values())
    lines = [
        _kept(drug, ordered[pairs[i]]) if i in pairs else _ended(drug, stopped)
        for i, drug in enumerate(before)
    ]
    new = (drug for j, drug in enumerate(ordered) if j not in taken)
    lines += [Line(Status.NEW, _name(drug), None, drug) for drug in new]
    return tuple(replace(line, against=against) for line in lines)


def _pairs(before: Sequence[Drug], ordered: Sequence[Drug]) -> Iterator[tuple[int, int]]:
    """Pair each medicine with the nearest one of its substance: same name first, then fewest changes."""
    near = sorted(
        (not _same_name(old, new), len(differences.changes(old, new)), i, j)
        for i, old in enumerate(before)
        for j, new in enumerate(ordered)
        if _same_substance(old, new)
    )
    left, right = set(), set()
    for _, _, i, j in near:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            yield i, j


def _kept(old: Drug, new: Drug) -> Line:
    found = differences.changes(old, new)
    status = Status.CHANGED if found else Status.SAME if _same_name(old, new) else Status.EQUIVALENT
    return Line(status, _name(old), old, new, found, differences.unsaid(old, new))


def _ended(drug: Drug, stopped: Iterable[Drug]) -> Line:
    said = next((other for other in stopped if _same_substance(drug, other)), None)
    return Line(Status.STOPPED, _name(drug), drug, said)


def _name(drug: Drug) -> str:
    return drug.dci or drug.name


def _substance(drug: Drug) -> str:
    return plain(_name(drug))


def _same_substance(left: Drug, right: Drug) -> bool:
    return _substance(left) == _substance(right)


def _same_name(left: Drug, right: Drug) -> bool:
    """Return whether both write one name; a slip of one letter, or "LP", makes no other name."""
    names = [_bare(drug.name) for drug in (left, right)]
    return names[0] == names[1] or is_one_slip_apart(names[0], names[1])


def _bare(name: str) -> str:
    whole = _VITAMIN.sub("vitamine ", _NOT_OF_A_NAME.sub("", plain(name)))
    return re.sub(r"\s+", " ", whole).strip()


def _question(line: Line) -> str | None:
    aspects = line.unsaid if line.status in (Status.SAME, Status.EQUIVALENT) else ()
    aspects = tuple(change.aspect for change in line.changes) or aspects
    template = _template(line)
    return template.format(name=line.name.upper(), aspects=", ".join(aspects)) if template else None


def _template(line: Line) -> str | None:
    if line.status is Status.STOPPED:
        return (_STOPPED_IN_WORDS if line.after else _ABSENT)[line.against]
    if line.status is Status.NEW:
        return _ADDED[line.against]
    if line.status is Status.CHANGED:
        return _CHANGED
    return _UNSAID if line.unsaid else None
