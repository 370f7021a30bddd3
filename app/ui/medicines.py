"""Medicines as a table: capitals, alphabetical order, and the words that prove each line."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote_plus

from app.insights.corrections import Entry
from app.insights.dosing import route
from app.insights.evidence import plain
from app.insights.models import Drug
from app.ui.language import t
from app.ui.markup import Html, badge, join, table, tag
from app.ui.proof import corrected, item_id, proof

_NOT_WRITTEN = "—"
VIDAL_SEARCH = "https://www.vidal.fr/recherche.html?query="


def medicines(caption: str, drugs: Iterable[Entry], course: Mapping[Drug, str]) -> Html:
    """Return the table of one list; `course` says what becomes of some of the medicines."""
    headers = (t("Médicament"), t("Dose"), t("Voie"), t("Fréquence"), t("Citation"))
    in_order = sorted(drugs, key=lambda entry: plain(_drug(entry).name))
    rows = ((item_id(entry.key), _cells(entry, course.get(_drug(entry), ""))) for entry in in_order)
    return table(caption, headers, rows, "medicines")


def one_line(words: str) -> str:
    """Return words without line ends: a scan may break a name ("kéta-" / "mine") or a posology."""
    return " ".join(words.replace("-\n", "").split())


def posology(drug: Drug) -> str:
    """Return dose, route and frequency in one line."""
    parts = (drug.dose, drug.frequency, t("si besoin") if drug.as_needed else None)
    return ", ".join(one_line(part) for part in parts if part) or _NOT_WRITTEN


def vidal_url(drug: Drug) -> str:
    """Return the address of the Vidal search for the name as written, without line breaks."""
    return VIDAL_SEARCH + quote_plus(one_line(drug.name).lower())


def _drug(entry: Entry) -> Drug:
    assert isinstance(entry.item, Drug)  # noqa: S101 - lists of medicines hold nothing else
    return entry.item


def _cells(entry: Entry, becomes: str) -> tuple[str | Html, ...]:
    drug = _drug(entry)
    return (
        _name(entry, becomes),
        _words(drug.dose),
        t(route(drug) or _NOT_WRITTEN),
        _frequency(drug),
        proof(entry),
    )


def _name(entry: Entry, becomes: str) -> Html:
    drug = _drug(entry)
    name = one_line(drug.name).upper()
    link = tag(
        "a",
        "Vidal",
        href=vidal_url(drug),
        target="_blank",
        rel="noopener noreferrer",
        title=t("Chercher {name} dans le Vidal", name=name),
    )
    notes = [
        *([" ", badge(t("orthographe approchée"), "warning")] if drug.approximate else []),
        *([" ", badge(becomes)] if becomes else []),
        corrected(entry, _extracted(entry)),
    ]
    substance = drug.dci or t("hors lexique")
    return join([tag("span", name, class_="name"), *notes, tag("span", substance, " · ", link, class_="dci")])


def _extracted(entry: Entry) -> str:
    return f"{one_line(entry.was.name)}, {posology(entry.was)}" if isinstance(entry.was, Drug) else ""


def _frequency(drug: Drug) -> Html:
    needed = [" ", badge(t("si besoin"))] if drug.as_needed else []
    return join([_words(drug.frequency), *needed])


def _words(words: str | None) -> str | Html:
    return tag("span", one_line(words), lang="fr") if words else _NOT_WRITTEN
