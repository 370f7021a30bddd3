"""One report as plain data: the shape of the annotated reports, so that one scorer judges any engine.

The keys are French because pharmacists annotate in them. What the rules could not put in a list
(`Insights.unclassified`) has no key there: whoever writes records says it beside them.
"""

from collections.abc import Iterable
from typing import Any

from app.insights.models import Drug, Insights, Lab
from app.insights.reconcile import Line

Record = dict[str, Any]


def record(name: str, insights: Insights, prescription: str = "", lines: Iterable[Line] = ()) -> Record:
    """Return the record of report `name`; `lines` compare its medicines with `prescription`."""
    return {
        "id": name,
        "age": insights.age.years if insights.age else None,
        "sexe": insights.sex.value if insights.sex else None,
        "raison_hospitalisation": insights.reason.citation if insights.reason else None,
        "antecedents_medicaux": [statement.citation for statement in insights.history],
        "traitements_habituels": [_drug(drug) for drug in insights.usual],
        "traitement_sortie": [_drug(drug) for drug in insights.discharge],
        "pendant_sejour": [_drug(drug) for drug in insights.during_stay],
        "arretes": [_drug(drug) for drug in insights.stopped],
        "fonction_renale": [_lab(lab) for lab in insights.renal],
        "fonction_hepatique": [_lab(lab) for lab in insights.hepatic],
        "nouvelle_prescription": prescription,
        "conciliation": [_line(line) for line in lines],
    }


def _drug(drug: Drug) -> Record:
    return {
        "nom": drug.name,
        "dci": drug.dci,
        "dosage": drug.dose,
        "frequence": drug.frequency,
        "si_besoin": drug.as_needed,
        "citation": drug.citation,
    }


def _lab(lab: Lab) -> Record:
    value = int(lab.value) if lab.value is not None and lab.value.is_integer() else lab.value
    return {
        "test": lab.test,
        "valeur": value,
        "unite": lab.unit,
        "date": lab.date,
        "citation": lab.citation,
    }


def _line(line: Line) -> Record:
    return {
        "medicament": line.name,
        "statut": line.status.value,
        "avant": line.before.citation if line.before else None,
        "apres": line.after.citation if line.after else None,
    }
