"""Who the patient is, why they came, what they had before, and how kidney and liver do."""

import re
from collections.abc import Iterable

from app.insights.models import Insights, Item, Lab, Statement
from app.ui.markup import Html, citation, join, table, tag

_SEX = {"F": "Femme", "M": "Homme"}
_TESTS = {"creatinine": "Créatinine", "uree": "Urée", "clairance": "Clairance", "bilirubine": "Bilirubine"}
_HEADERS = ("Examen", "Valeur", "Date", "Citation")
# An engine that found nothing does not prove that nothing is written.
NOT_FOUND = "non reconnu par le moteur : à vérifier dans le texte"


def identity(insights: Insights) -> Html:
    """Return age, sex and reason for admission, each with its citation."""
    age, sex, reason = insights.age, insights.sex, insights.reason
    facts = (
        _fact("Âge", _years(age.years) if age else None, age),
        _fact("Sexe", _SEX[sex.value] if sex else None, sex),
        _fact(
            "Motif d'hospitalisation",
            " ".join(reason.citation.split()) if reason else None,
            reason,
            quote=False,
        ),
    )
    return tag("dl", *facts, class_="facts")


def history(caption: str, statements: Iterable[Statement]) -> Html:
    """Return the medical history as a list; each line is its own citation."""
    lines = (
        tag("li", " ".join(item.citation.split()) if item.span else citation(item)) for item in statements
    )
    return join([tag("p", caption, class_="caption"), tag("ul", *lines, class_="statements")])


def labs(caption: str, values: Iterable[Lab]) -> Html:
    """Return renal or hepatic values in the order of the text."""
    return table(caption, _HEADERS, (_lab_row(lab) for lab in values))


def _lab_row(lab: Lab) -> tuple[str | Html, ...]:
    return _TESTS.get(lab.test, lab.test), _value(lab), lab.date or "—", citation(lab)


def _value(lab: Lab) -> str:
    if lab.value is None:
        return "normal (sans valeur)"
    number = _comparator(lab) + f"{lab.value:g}".replace(".", ",")
    return f"{number} × N" if lab.unit == "N" else " ".join(filter(None, (number, lab.unit)))


def _comparator(lab: Lab) -> str:
    """Return the sign that the citation writes before the value: "DFG > 90"."""
    number = re.escape(f"{lab.value:g}").replace(r"\.", "[.,]")
    match = re.search(rf"([<>≤≥])\s*{number}(?![\d.,]*\d)", lab.citation)
    return f"{match[1]} " if match else ""


def _years(years: int) -> str:
    return "moins d'un an" if years == 0 else f"{years} an" if years == 1 else f"{years} ans"


def _fact(label: str, value: str | None, item: Item | None, *, quote: bool = True) -> Html:
    if item is None or value is None:
        return tag("div", tag("dt", label), tag("dd", NOT_FOUND, class_="absent"))
    proof = [citation(item)] if quote or item.span is None else []
    return tag(
        "div", tag("dt", label), tag("dd", tag("strong", value), *(join([" ", part]) for part in proof))
    )
