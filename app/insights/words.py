"""How items are said in French, in one line: what the page and all exports share.

Medicines are written as in the report; only their names are put in capitals where a person reads them.
"""

import re
from datetime import datetime
from fractions import Fraction
from typing import Final

from app.insights.corrections import Place
from app.insights.differences import Change
from app.insights.dosing import route
from app.insights.dossier import Base, Reconciliation
from app.insights.models import Age, Drug, Item, Lab, SexMention

LISTS: Final = {
    Place.USUAL: "traitement habituel",
    Place.DISCHARGE: "traitement de sortie",
    Place.DURING_STAY: "pendant le séjour",
    Place.STOPPED: "arrêté",
    Place.UNCLASSIFIED: "non classé",
}
SEXES: Final = {"F": "Femme", "M": "Homme"}
TESTS: Final = {
    "creatinine": "Créatinine",
    "DFG": "DFG",
    "clairance": "Clairance",
    "uree": "Urée",
    "ASAT": "ASAT",
    "ALAT": "ALAT",
    "GGT": "GGT",
    "PAL": "PAL",
    "bilirubine": "Bilirubine",
}
_BASES: Final = {Base.USUAL: LISTS[Place.USUAL], Base.DISCHARGE: LISTS[Place.DISCHARGE]}


def one_line(text: str | None) -> str:
    """Return `text` with each run of white space as one space; "" for None."""
    return " ".join((text or "").split())


def name(drug: Drug) -> str:
    """Return the name as written, in capitals."""
    return one_line(drug.name).upper()


def posology(drug: Drug) -> str:
    """Return dose, frequency, way in and condition of `drug`, as far as they are told."""
    way = route(drug)
    said = f"{drug.dose or ''} {drug.frequency or ''}"
    condition = "(si besoin)" if drug.as_needed and "si besoin" not in said.lower() else ""
    return one_line(f"{said} {f'voie {way}' if way else ''} {condition}")


def value(lab: Lab) -> str:
    """Return what was measured with its unit: "> 90 mL/min", "3 × N", "normal (sans valeur)"."""
    if lab.value is None:
        return "normal (sans valeur)"
    figure = one_line(f"{comparator(lab)} {lab.value:g}").replace(".", ",")
    return f"{figure} × N" if lab.unit == "N" else one_line(f"{figure} {lab.unit or ''}")


def comparator(lab: Lab) -> str:
    """Return the sign that the citation writes before the value ("DFG > 90"), or ""."""
    figure = re.escape(f"{lab.value:g}").replace(r"\.", "[.,]")
    match = re.search(rf"([<>≤≥])\s*{figure}(?![\d.,]*\d)", lab.citation)
    return match[1] if match else ""


def item(said: Item) -> str:
    """Return any item in one line, without its citation."""
    if isinstance(said, Drug):
        return one_line(f"{name(said)} {posology(said)}")
    if isinstance(said, Lab):
        dated = f" ({said.date})" if said.date else ""
        return one_line(f"{TESTS[said.test]} {value(said)}{dated}")
    if isinstance(said, Age):
        return age(said)
    return SEXES[said.value] if isinstance(said, SexMention) else one_line(said.citation)


def age(said: Age) -> str:
    """Return an age in years: "moins de 1 an", "1 an", "41 ans"."""
    return "moins de 1 an" if said.years == 0 else f"{said.years} an{'s' if said.years > 1 else ''}"


def change(found: Change) -> str:
    """Return what changed: "dose 5 mg → 10 mg (×2)"."""
    multiplied = f" ({factor(found.factor)})" if found.factor else ""
    return one_line(f"{found.aspect} {found.before or '—'} → {found.after or '—'}{multiplied}")


def factor(ratio: Fraction) -> str:
    """Return "×2", "÷2" or, where neither is whole, "×1,5"."""
    if ratio.numerator == 1 and ratio.denominator > 1:
        return f"÷{ratio.denominator}"
    return "×" + f"{float(ratio):.4g}".replace(".", ",")


def before(compared: Reconciliation) -> str:
    """Return the name of what a prescription is compared with."""
    return _BASES[compared.base]


def after(compared: Reconciliation) -> str:
    """Return the name of what is compared with it."""
    return "nouvelle prescription" if compared.prescription.strip() else LISTS[Place.DISCHARGE]


def day(at: datetime) -> str:
    """Return "05/01/2026 à 10:00", by the clock that `at` was told with."""
    return f"{at:%d/%m/%Y à %H:%M}"


def written_day(at: str) -> str:
    """Return the ISO 8601 time `at` as a reader writes it; anything else as it is."""
    try:
        return day(datetime.fromisoformat(at))
    except ValueError:
        return at
