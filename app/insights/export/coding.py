"""What of doses and results can be coded in LOINC and UCUM without doubt; the rest stays words.

Source: UCUM (unitsofmeasure.org); the LOINC codes are those of the value sets named beside them.
"""

import re
from fractions import Fraction
from typing import Any, Final

from app.insights import dates, words
from app.insights.dosing import understand
from app.insights.dosing.amounts import ONE
from app.insights.evidence import plain
from app.insights.export.characters import legal
from app.insights.models import Drug, Lab

Json = dict[str, Any]

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"

# A code where test and unit leave one meaning only: value sets "Creatinine Lab Results" of HL7's Clinical
# Guidelines 1.0.0, "ALT", "AST" and "Alkaline Phosphatase Lab Tests" of dQM CMS 2026, "Allowed laboratory
# test names" of HL7 Europe's PROTECT-CHILD. A filtration rate depends on its formula, a bilirubin on its
# kind: no code.
_TESTS: Final = {
    ("creatinine", "umol/L"): ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma"),
    ("creatinine", "mg/L"): ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
    ("creatinine", "mg/dL"): ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
    ("ASAT", "[IU]/L"): (
        "1920-8",
        "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
    ),
    ("ALAT", "[IU]/L"): ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
    ("GGT", "[IU]/L"): (
        "2324-2",
        "Gamma glutamyl transferase [Enzymatic activity/volume] in Serum or Plasma",
    ),
    ("PAL", "[IU]/L"): ("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma"),
}
# By the folded unit, without spaces.
_LAB_UNITS: Final = {
    "µmol/l": "umol/L",
    "μmol/l": "umol/L",
    "umol/l": "umol/L",
    "mmol/l": "mmol/L",
    "mg/l": "mg/L",
    "mg/dl": "mg/dL",
    "g/l": "g/L",
    "ml/min": "mL/min",
    "ml/mn": "mL/min",
    "ml/min/1,73m2": "mL/min/{1.73_m2}",
    "ui/l": "[IU]/L",
    "u/l": "[IU]/L",
}
_DOSE: Final = re.compile(r"\s*(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>[^\s\d]+)\s*")
# By the folded unit: its code, and how many of the units that `dosing` counts in.
_DOSE_UNITS: Final = {
    "g": ("g", 10**6),
    "mg": ("mg", 10**3),
    "µg": ("ug", 1),
    "μg": ("ug", 1),
    "mcg": ("ug", 1),
    "ui": ("[IU]", 1),
    "ml": ("mL", 1),
}
_COMPARATORS: Final = {"<": "<", ">": ">", "≤": "<=", "≥": ">="}


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    """Return a FHIR Quantity; without a `code`, its unit is words."""
    told = {"value": int(value) if value.is_integer() else value} | (
        {"unit": legal(unit)} if unit.strip() else {}
    )
    return {**told, "system": UCUM, "code": code} if code else told


def dose(drug: Drug) -> Json | None:
    """Return one intake when the dose is a single amount, and nothing says that several units are taken."""
    match = _DOSE.fullmatch(drug.dose or "")
    unit = _DOSE_UNITS.get(plain(match["unit"])) if match else None
    if match is None or unit is None:
        return None
    meant, figure = understand(drug), Fraction(match["number"].replace(",", "."))
    rhythm, one_each = meant.rhythm, meant.quantity in (None, ONE)
    if rhythm.units or rhythm.phases or not one_each or any(taken != ONE for _, taken in rhythm.moments):
        return None
    if meant.strength is None or meant.strength.numbers != (figure * unit[1],):
        return None
    return quantity(float(figure), match["unit"], unit[0])


def test(lab: Lab) -> Json:
    """Return what was measured as a CodeableConcept, coded where test and unit leave one meaning."""
    concept: Json = {"text": words.TESTS[lab.test]}
    if coded := _TESTS.get((lab.test, _unit(lab) or "")):
        concept["coding"] = [{"system": LOINC, "code": coded[0], "display": coded[1]}]
    return concept


def result(lab: Lab) -> Json:
    """Return the value of an Observation: a quantity, or words for "normal" and multiples of normal."""
    if lab.value is None or lab.unit == "N":
        return {"valueString": words.value(lab)}
    measured = quantity(lab.value, lab.unit or "", _unit(lab))
    if sign := words.comparator(lab):
        measured["comparator"] = _COMPARATORS[sign]
    return {"valueQuantity": measured}


def day(lab: Lab) -> str | None:
    """Return the day of a value when its date is a whole one: "29/01" has no year."""
    folded = plain(lab.date or "").strip()
    return next(
        (
            found.day.isoformat()
            for found in dates.find(folded)
            if (found.start, found.end) == (0, len(folded))
        ),
        None,
    )


def _unit(lab: Lab) -> str | None:
    folded = plain(lab.unit or "").replace(" ", "").replace("²", "2").replace("1.73", "1,73")
    return _LAB_UNITS.get(folded)
