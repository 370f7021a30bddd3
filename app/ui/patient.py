"""Who the patient is, why they came, what they had before, and how kidney and liver do."""

import re
from collections.abc import Iterable

from app.insights.corrections import Entry, Place
from app.insights.models import Age, Item, Lab, SexMention
from app.insights.words import SEXES, TESTS, comparator, one_line
from app.ui.language import t
from app.ui.markup import Html, join, table, tag
from app.ui.proof import citation, corrected, item_id, proof

# An engine that found nothing does not prove that nothing is written.
NOT_FOUND = "non reconnu par le moteur : à vérifier dans le texte"


def identity(entries: Iterable[Entry], missing: str = "") -> Html:
    """Return age, sex and reason for admission, each with its citation, or `missing` for what isn't there."""
    by_place = {entry.place: entry for entry in entries}
    labels = {Place.AGE: t("Âge"), Place.SEX: t("Sexe"), Place.REASON: t("Motif d'hospitalisation")}
    facts = (_fact(label, by_place.get(place), missing) for place, label in labels.items())
    return tag("dl", *facts, class_="facts")


def history(entries: Iterable[Entry]) -> Html:
    """Return the medical history as a list; each line is its own citation."""
    lines = (tag("li", _statement(entry), id=item_id(entry.key)) for entry in entries)
    return tag("ul", *lines, class_="statements")


def labs(caption: str, entries: Iterable[Entry]) -> Html:
    """Return renal or hepatic values in the order of the text."""
    headers = (t("Examen"), t("Valeur"), t("Date"), t("Citation"))
    return table(caption, headers, ((item_id(entry.key), _lab_cells(entry)) for entry in entries), "labs")


def words(item: Item) -> str:
    """Return what an item says, in a few words."""
    if isinstance(item, Age):
        return _years(item.years)
    if isinstance(item, SexMention):
        return t(SEXES[item.value])
    if isinstance(item, Lab):
        return f"{t(TESTS[item.test])} {_value(item)}"
    return one_line(item.citation)


def _statement(entry: Entry) -> Html:
    if entry.was == entry.item and entry.was is not None:
        return citation(entry.was, entry.key)
    return join([words(entry.item), corrected(entry, entry.proof), " ", proof(entry)])


def _lab_cells(entry: Entry) -> tuple[str | Html, ...]:
    lab = entry.item
    assert isinstance(lab, Lab)  # noqa: S101 - lists of values hold nothing else
    was = f"{_value(entry.was)} {entry.was.date or ''}" if isinstance(entry.was, Lab) else ""
    return join([t(TESTS[lab.test]), corrected(entry, was)]), _value(lab), lab.date or "—", proof(entry)


def _value(lab: Lab) -> str:
    if lab.value is None:
        return t("normal (sans valeur)")
    number = one_line(f"{comparator(lab)} {lab.value:g}").replace(".", t(","))
    return t("{number} × N", number=number) if lab.unit == "N" else f"{number} {_unit(lab.unit)}".strip()


def _unit(written: str | None) -> str:
    """Return a unit in the language in use: "UI/L", "mL/min/1,73 m²"."""
    return re.sub(r"\bUI(?=/)", t("UI"), written or "").replace(",", t(","))


def _years(years: int) -> str:
    if years == 0:
        return t("moins d'un an")
    return t("1 an") if years == 1 else t("{years} ans", years=years)


def _fact(label: str, entry: Entry | None, missing: str) -> Html:
    if entry is None:
        return tag("div", tag("dt", label), tag("dd", missing or t(NOT_FOUND), class_="absent"))
    is_own_proof = entry.place is Place.REASON and entry.was == entry.item
    shown = citation(entry.item, entry.key) if is_own_proof else words(entry.item)
    note = corrected(entry, words(entry.was)) if entry.was else Html("")
    rest = [] if is_own_proof else [note, " ", proof(entry)]
    return tag("div", tag("dt", label), tag("dd", tag("strong", shown), *rest), id=item_id(entry.key))
