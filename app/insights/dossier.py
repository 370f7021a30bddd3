"""One report, what was found in it, and what its reader has said: corrections and qualified discrepancies.

This is what is signed and exported. The app proposes statuses and leaves every discrepancy "non qualifiée":
qualifying is the pharmacist's or the prescriber's, by name (HAS 2018, SFPC 2015).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from app.insights import corrections, reconcile
from app.insights.case import Case
from app.insights.corrections import Corrections, Entry
from app.insights.evidence import plain
from app.insights.models import Drug, Insights, Omission
from app.insights.prescription import Prescription, read_prescription, unread
from app.insights.reconcile import Line


class Base(StrEnum):
    """What a new prescription is compared with."""

    USUAL = "usual"
    DISCHARGE = "discharge"


class Discrepancy(StrEnum):
    """What a difference is found to be; words of the French reconciliation profile (Interop'Santé)."""

    UNQUALIFIED = "non qualifiée"
    NONE = "aucune"
    INTENTIONAL = "intentionnelle"
    UNINTENTIONAL = "non intentionnelle"


class Qualification(BaseModel):
    """What `by` says of one discrepancy; `at` is an ISO 8601 date and time with its offset."""

    model_config = ConfigDict(frozen=True)

    discrepancy: Discrepancy
    comment: str
    by: str
    at: str


class Reconciliation(BaseModel):
    """What is compared with what, and what has been said of it.

    An empty `prescription` stands for the discharge treatment of the report itself. `qualifications` are
    kept by `Judged.key`: a line that changes is another line, and has to be qualified anew.
    """

    model_config = ConfigDict(frozen=True)

    base: Base
    prescription: str = ""
    qualifications: dict[str, Qualification] = {}


@dataclass(frozen=True)
class Judged:
    """A proposed line, and what the reader says of its discrepancy (None: not qualified).

    `key` names this very line, its status and both sides of it; of equal lines, each has its own.
    """

    key: str
    line: Line
    qualification: Qualification | None

    @property
    def discrepancy(self) -> Discrepancy:
        """What the difference is found to be."""
        return self.qualification.discrepancy if self.qualification else Discrepancy.UNQUALIFIED


class Dossier(BaseModel):
    """A report by the name that its reader knows it by, its extraction, and what its reader has said."""

    model_config = ConfigDict(frozen=True)

    name: str
    case: Case
    corrections: Corrections = Corrections()
    reconciliation: Reconciliation | None = None

    def insights(self) -> Insights:
        """Return what stands once the corrections are made."""
        return corrections.corrected(self.case.insights, self.corrections)

    def entries(self) -> tuple[Entry, ...]:
        """Return what stands, each with what was extracted."""
        return corrections.entries(self.case.insights, self.corrections)

    def judged(self) -> tuple[Judged, ...]:
        """Return the lines of the reconciliation; none before something is compared."""
        if self.reconciliation is None:
            return ()
        said = self.reconciliation.qualifications
        lines = _lines(self.insights(), self.reconciliation)
        return tuple(Judged(key, line, said.get(key)) for key, line in zip(_keys(lines), lines, strict=True))

    def prescribed(self) -> tuple[Prescription, tuple[Omission, ...]] | None:
        """Return the pasted prescription as it was read, and what it names that was not; None without one."""
        if self.reconciliation is None or not (text := self.reconciliation.prescription.strip()):
            return None
        read = read_prescription(text)
        return read, unread(text, read)

    def open_omissions(self) -> tuple[Omission, ...]:
        """Return the omissions that the reader has not made good by adding the medicine."""
        added = {
            plain(written)
            for entry in self.entries()
            if entry.is_added and isinstance(entry.item, Drug)
            for written in (entry.item.name, entry.item.dci)
            if written
        }
        return tuple(
            omission
            for omission in self.case.omissions
            if not {plain(omission.name), plain(omission.dci)} & added
        )


def _keys(lines: Iterable[Line]) -> Iterator[str]:
    """What names each line by all that it says: short, and the same in every process."""
    seen: Counter[str] = Counter()
    for line in lines:
        key = _key(line)
        yield key if not seen[key] else f"{key}/{seen[key] + 1}"
        seen[key] += 1


def _key(line: Line) -> str:
    sides = [side.model_dump(exclude={"span"}) if side else None for side in (line.before, line.after)]
    written = json.dumps([line.status, sides], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:20]


def _lines(insights: Insights, reconciliation: Reconciliation) -> tuple[Line, ...]:
    before = _before(insights, reconciliation.base)
    if not reconciliation.prescription.strip():
        return reconcile.compare(
            before, insights.discharge, insights.stopped, against=reconcile.Against.DISCHARGE
        )
    ordered = read_prescription(reconciliation.prescription)
    return reconcile.compare(before, ordered.ordered, ordered.stopped)


def _before(insights: Insights, base: Base) -> tuple[Drug, ...]:
    return insights.discharge if base is Base.DISCHARGE else insights.usual
