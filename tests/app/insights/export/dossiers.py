"""Dossiers of the invented reports, as a reader would leave them."""

from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from app.insights.case import Case, analyse
from app.insights.corrections import DRUGS, LABS, Corrections, Row, revised, rows
from app.insights.dossier import Base, Discrepancy, Dossier, Qualification, Reconciliation
from app.insights.engines import local_engine
from app.insights.models import Drug, Insights, Omission, Span

REPORTS = Path(__file__).parents[3] / "data" / "reports"
NAMES = sorted(path.stem for path in REPORTS.glob("*.txt") if not path.name.endswith(".prescription.txt"))
PRESCRIPTION = (REPORTS / "greffe.prescription.txt").read_text(encoding="utf-8")
AT = datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=1)))
HOSTILE = (
    "=HYPERLINK(\"http://x\") <script>alert('x')</script> & ]]> **gras** \x00\x0b 🙂 שלום 漢字 é µ œ ≥ → ×"
)


@cache
def case(name: str) -> Case:
    return analyse((REPORTS / f"{name}.txt").read_text(encoding="utf-8"), local_engine())


def dossier(name="greffe", **changes) -> Dossier:
    return Dossier(name=name, case=case(name), **changes)


def compared(name="greffe", prescription=PRESCRIPTION, **changes) -> Dossier:
    asked = Reconciliation(base=Base.USUAL, prescription=prescription)
    return dossier(name, reconciliation=asked, **changes)


def qualified(
    substance="mycophénolate mofétil", comment="Leucopénie", by="Dr Test", name="greffe"
) -> Dossier:
    """The transplant patient, one line of whose reconciliation is said to be intentional."""
    asked = compared(name)
    key = next(one.key for one in asked.judged() if one.line.name == substance)
    said = Qualification(
        discrepancy=Discrepancy.INTENTIONAL, comment=comment, by=by, at="2026-01-05T09:41:00+01:00"
    )
    reconciliation = asked.reconciliation.model_copy(update={"qualifications": {key: said}})
    return asked.model_copy(update={"reconciliation": reconciliation})


def corrected(name="greffe") -> Dossier:
    """The first medicine has another dose, the last value is gone, and one medicine came by hand."""
    held = case(name).insights
    drugs = list(rows(held, Corrections(), DRUGS))
    drugs[0] = drugs[0].model_copy(update={"fields": {**drugs[0].fields, "dose": "7 mg"}})
    added = {"name": "Doliprane", "dci": "paracétamol", "dose": "1 g", "frequency": "3x/j"}
    drugs.append(Row(key=None, place="usual", fields=added))
    labs = rows(held, Corrections(), LABS)[:-1]
    said = revised(held, revised(held, Corrections(), DRUGS, drugs), LABS, labs)
    return dossier(name, corrections=said)


def of_drugs(*drugs: Drug, name="essai", prescription="", omissions=()) -> Dossier:
    """A dossier whose usual treatment is `drugs`, compared with `prescription`."""
    made = Case(text="", engine_label="essai", insights=Insights(usual=drugs), omissions=tuple(omissions))
    asked = Reconciliation(base=Base.USUAL, prescription=prescription)
    return Dossier(name=name, case=made, reconciliation=asked)


def drug(name="Kardegic", **changes) -> Drug:
    said = {"dci": None, "dose": None, "frequency": None, "citation": name, "span": Span(start=0, end=1)}
    return Drug(name=name, **{**said, **changes})


def omission(name="Lasilix", dci="furosémide") -> Omission:
    return Omission(name=name, dci=dci, citation=f"{name} 40 mg", span=Span(start=0, end=7))
