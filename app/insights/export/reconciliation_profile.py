"""The French extension that says what became of a medicine, and what is found of the difference.

It is `fr-medicationstatement-reconciliation-properties` 0.1.0 (draft) of Interop'Santé's "Guide
d'implémentation du médicament" (package hl7.fhir.fr.medication). Its rules, as the builds of 2025-10-23 and
2026-01-20 give them (build.fhir.org/ig/Interop-Sante/hl7.fhir.fr.medication/; repository
Interop-Sante/hl7.fhir.fr.medication: input/fsh/extensions/FrMedicationStatementReconciliationProperties.fsh
and input/fsh/codesystems/):

- `status` and `isDiscrepant` are required; `discrepancy` comes once at most, `comment` any number of times.
- each holds one `value` or more, and each value its `code`, `yesNo` or `text`, then `date` and `author`.
- an unqualified difference is `isDiscrepant` true without `discrepancy`; the codes "Pas de divergence" and
  "Divergence non qualifiée" exist and the value set leaves them out.
- an author is a reference to a PractitionerRole; we know a name, and give it as the display of one.

`type`, `outcome` and `resolution` are the pharmacist's, and left out.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from app.insights.dossier import Discrepancy, Judged, Qualification
from app.insights.export.characters import legal
from app.insights.reconcile import Status

Json = dict[str, Any]

GUIDE: Final = "https://hl7.fr/ig/fhir/medication"
URL: Final = f"{GUIDE}/StructureDefinition/fr-medicationstatement-reconciliation-properties"
STATUSES: Final = f"{GUIDE}/CodeSystem/fr-medication-reconciliation-status"
DISCREPANCIES: Final = f"{GUIDE}/CodeSystem/fr-medication-reconciliation-discrepancy"

_STATUS: Final = {
    Status.SAME: ("10000001", "Continué"),
    Status.EQUIVALENT: ("10000002", "Équivalence"),
    Status.STOPPED: ("10000003", "Arrêté"),
    Status.CHANGED: ("10000004", "Modifié"),
    Status.NEW: ("10000005", "Initié"),
}
_QUALIFIED: Final = {
    Discrepancy.INTENTIONAL: ("10000003", "Divergence intentionnelle"),
    Discrepancy.UNINTENTIONAL: ("10000004", "Divergence non-intentionnelle"),
}


def extension(one: Judged) -> Json:
    """Return the extension that says what `one` proposes, and what its reader says of it."""
    return {"url": URL, "extension": list(_properties(one))}


def _properties(one: Judged) -> Iterator[Json]:
    said = one.qualification
    yield _property("status", _code(STATUSES, *_STATUS[one.line.status]))
    yield _property("isDiscrepant", {"url": "yesNo", "valueBoolean": _is_discrepant(one)}, said)
    if one.discrepancy in _QUALIFIED:
        yield _property("discrepancy", _code(DISCREPANCIES, *_QUALIFIED[one.discrepancy]), said)
    if said and said.comment.strip():
        yield _property("comment", {"url": "text", "valueMarkdown": legal(said.comment)}, said)


def _is_discrepant(one: Judged) -> bool:
    """Return what the reader says, or else whether anything but "Continué" is proposed."""
    if one.discrepancy is Discrepancy.UNQUALIFIED:
        return one.line.status is not Status.SAME
    return one.discrepancy is not Discrepancy.NONE


def _property(url: str, value: Json, said: Qualification | None = None) -> Json:
    return {"url": url, "extension": [{"url": "value", "extension": [value, *_edition(said)]}]}


def _edition(said: Qualification | None) -> Iterator[Json]:
    if said and is_moment(said.at):
        yield {"url": "date", "valueDateTime": said.at}
    if said and said.by.strip():
        author = {"type": "PractitionerRole", "display": legal(said.by)}
        yield {"url": "author", "valueReference": author}


def is_moment(written: str) -> bool:
    """Return whether `written` is a time that FHIR takes: a date and time with seconds and an offset."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return False
    return at.tzinfo is not None and written[10:11] == "T" and written[16:17] == ":"


def _code(system: str, code: str, display: str) -> Json:
    return {"url": "code", "valueCoding": {"system": system, "code": code, "display": display}}
