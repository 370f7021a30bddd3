"""A dossier as a FHIR R4 Bundle (type collection): the patient, the medicines, the renal and hepatic values.

Each medicine of each list is a MedicationStatement, and so is each line of a reconciliation: it is
`derivedFrom` the medicines on its two sides and carries the French extension (`reconciliation_profile`). No
profile is claimed: those of the French guide refer to a `fr-core-patient` and to coded medicines, and we have
neither identity nor codes.

Only what is certain is coded; everything is there in the words of the report. The age, which the resource
Patient can only hold as a date of birth, is an Observation (LOINC 30525-0 "Age", HL7 value set
LOINCObservationActContextAgeDefinitionCode). Identifiers are made from the dossier (UUID version 5): the
same dossier gives the same bundle.

Source: hl7.org/fhir/R4 (Bundle, Patient, MedicationStatement, Dosage, Observation); UCUM for units.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.insights import words
from app.insights.corrections import LABS, Entry, Place
from app.insights.dosing import route
from app.insights.dossier import Dossier, Judged
from app.insights.export import coding, reconciliation_profile
from app.insights.export.characters import legal
from app.insights.models import Age, Drug, Lab, SexMention
from app.insights.prescription import read_prescription
from app.insights.reconcile import Status

Json = dict[str, Any]

_NAMESPACE: Final = uuid.UUID("1d2f6a0e-52f3-4c0b-9d59-3f0b8b7c6e51")
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/medication-statement-category"
_OBSERVED: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_GENDERS: Final = {"F": "female", "M": "male"}

# What each list says of a medicine, and where it is taken ("community" is at home).
_STATUS: Final = {
    Place.USUAL: "active",
    Place.DISCHARGE: "active",
    Place.DURING_STAY: "completed",
    Place.STOPPED: "stopped",
    Place.UNCLASSIFIED: "unknown",
}
_TAKEN: Final = {Place.USUAL: "community", Place.DISCHARGE: "community", Place.DURING_STAY: "inpatient"}


def write(dossier: Dossier, at: datetime) -> bytes:
    """Return the bundle of `dossier` as JSON in UTF-8; `at` has an offset."""
    return (json.dumps(bundle(dossier, at), ensure_ascii=False, indent=1) + "\n").encode()


def bundle(dossier: Dossier, at: datetime) -> Json:
    """Return the bundle of `dossier`, gathered at `at`, which has an offset."""
    names = _Names(dossier)
    resources = [_patient(dossier, names), *_age(dossier, names), *_medicines(dossier, names)]
    resources += _reconciled(dossier, names)
    resources += (_lab(entry, names) for entry in dossier.entries() if entry.place in LABS)
    return {
        "resourceType": "Bundle",
        "id": names.id("bundle"),
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": f"urn:uuid:{held['id']}", "resource": held} for held in resources],
    }


@dataclass(frozen=True)
class _Names:
    """Names the resources of one dossier."""

    dossier: Dossier

    def id(self, key: str) -> str:
        """Return the identifier of what `key` names, the same in every process."""
        text = hashlib.sha256(self.dossier.case.text.encode()).hexdigest()
        return str(uuid.uuid5(_NAMESPACE, f"{self.dossier.name}\n{text}\n{key}"))

    def reference(self, key: str) -> Json:
        """Return a reference to it."""
        return {"reference": f"urn:uuid:{self.id(key)}"}

    @property
    def patient(self) -> Json:
        """Return a reference to the patient."""
        return {**self.reference("patient"), "type": "Patient"}


def _patient(dossier: Dossier, names: _Names) -> Json:
    sexes = (entry.item.value for entry in dossier.entries() if isinstance(entry.item, SexMention))
    gender = next((_GENDERS[sex] for sex in sexes), "unknown")
    return {"resourceType": "Patient", "id": names.id("patient"), "gender": gender}


def _age(dossier: Dossier, names: _Names) -> Iterator[Json]:
    for entry in dossier.entries():
        if isinstance(entry.item, Age):
            yield {
                "resourceType": "Observation",
                "id": names.id(entry.key),
                "status": "unknown",
                "code": {
                    "coding": [{"system": coding.LOINC, "code": "30525-0", "display": "Age"}],
                    "text": "Âge",
                },
                "subject": names.patient,
                "valueQuantity": coding.quantity(float(entry.item.years), "ans", "a"),
                **_notes(entry.proof),
            }


def _medicines(dossier: Dossier, names: _Names) -> Iterator[Json]:
    for entry in dossier.entries():
        if isinstance(entry.item, Drug):
            yield {
                **_statement(entry.item, names, entry.key, _STATUS[entry.place]),
                "category": _category(entry.place),
                **_notes(entry.proof, *_remarks(entry)),
            }


def _statement(drug: Drug, names: _Names, key: str, status: str) -> Json:
    return {
        "resourceType": "MedicationStatement",
        "id": names.id(key),
        "status": status,
        "medicationCodeableConcept": _concept(drug),
        "subject": names.patient,
        **_dosage(drug),
    }


def _concept(drug: Drug) -> Json:
    """Return the name as written, and the substance, without a code, when the spelling is sure."""
    concept: Json = {"text": _said(drug.name)}
    if drug.dci and not drug.approximate:
        concept["coding"] = [{"display": legal(drug.dci)}]
    return concept


def _category(place: Place) -> Json:
    category: Json = {"text": words.LISTS[place]}
    if place in _TAKEN:
        category["coding"] = [{"system": _CATEGORIES, "code": _TAKEN[place]}]
    return category


def _remarks(entry: Entry) -> Iterator[str]:
    if entry.was is None:
        yield "Ajouté par le lecteur."
        return
    if entry.was.span is None:
        yield "Citation non retrouvée dans le texte."
    if entry.is_corrected:
        yield f"Corrigé par le lecteur ; extrait : {words.item(entry.was)}"


def _notes(citation: str, *remarks: str) -> Json:
    quoted = [f"Citation : « {citation} »"] if citation.strip() else []
    notes = [{"text": legal(note)} for note in (*quoted, *remarks)]
    return {"note": notes} if notes else {}


def _dosage(drug: Drug) -> Json:
    """Return the posology as written, and of its meaning what leaves no doubt."""
    written = " ".join(part for part in (drug.dose, drug.frequency) if part and part.strip())
    way, dose = route(drug), coding.dose(drug)
    dosage: Json = {"text": legal(written)} if written else {}
    if drug.as_needed:
        dosage["asNeededBoolean"] = True
    if way and way.strip():
        dosage["route"] = {"text": legal(way)}
    if dose:
        dosage["doseAndRate"] = [{"doseQuantity": dose}]
    return {"dosage": [dosage]} if dosage else {}


def _reconciled(dossier: Dossier, names: _Names) -> Iterator[Json]:
    """Yield what is compared and stands in no list of the report, then each line with both its sides."""
    keys = {entry.item: entry.key for entry in reversed(dossier.entries()) if isinstance(entry.item, Drug)}
    asked = dossier.reconciliation
    if asked and asked.prescription.strip():
        read = read_prescription(asked.prescription)
        ordered = {drug: f"ordered/{number}" for number, drug in enumerate(read.ordered)}
        stopped = {drug: f"order-stopped/{number}" for number, drug in enumerate(read.stopped)}
        yield from (_ordered(drug, names, key, "active") for drug, key in ordered.items())
        yield from (_ordered(drug, names, key, "stopped") for drug, key in stopped.items())
        after = {**stopped, **ordered}
    else:
        after = keys
    for number, one in enumerate(dossier.judged()):
        yield _line(one, names, f"line/{number}", (keys, after))


def _ordered(drug: Drug, names: _Names, key: str, status: str) -> Json:
    """Return a medicine of the new prescription."""
    category = {"category": {"text": "nouvelle prescription"}}
    return {**_statement(drug, names, key, status), **category, **_notes(drug.citation)}


def _line(one: Judged, names: _Names, key: str, keys: tuple[dict[Drug, str], dict[Drug, str]]) -> Json:
    """Return a line of the reconciliation: what is taken from now on, or what no longer is."""
    line = one.line
    drug = line.before if line.status is Status.STOPPED else line.after
    assert drug is not None  # noqa: S101  # a line has the side that its status speaks of
    sides = zip((line.before, line.after), keys, strict=True)
    return {
        **_statement(drug, names, key, "stopped" if line.status is Status.STOPPED else "active"),
        "extension": [reconciliation_profile.extension(one)],
        "category": {"text": "ligne de conciliation"},
        "derivedFrom": [names.reference(of[side]) for side, of in sides if side is not None],
    }


def _lab(entry: Entry, names: _Names) -> Json:
    lab = entry.item
    assert isinstance(lab, Lab)  # noqa: S101  # the places of LABS hold nothing else
    day = coding.day(lab)
    undated = [f"Date écrite : {lab.date}"] if lab.date and not day else []
    return {
        "resourceType": "Observation",
        "id": names.id(entry.key),
        "status": "unknown",
        "category": [{"coding": [{"system": _OBSERVED, "code": "laboratory"}]}],
        "code": coding.test(lab),
        "subject": names.patient,
        **({"effectiveDateTime": day} if day else {}),
        **coding.result(lab),
        **_notes(entry.proof, *undated, *_remarks(entry)),
    }


def _said(text: str) -> str:
    """Return `text`, or what says that there is none: FHIR has no empty string."""
    return legal(text) if text.strip() else "non précisé"
