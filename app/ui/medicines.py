"""Medicines as a table: capitals, alphabetical order, and the words that prove each line."""

from collections.abc import Iterable
from urllib.parse import quote_plus

from app.insights.evidence import plain
from app.insights.models import Drug
from app.ui.markup import Html, badge, citation, join, table, tag

_HEADERS = ("Médicament", "Dose", "Fréquence", "Citation")
_NOT_WRITTEN = "—"
VIDAL_SEARCH = "https://www.vidal.fr/recherche.html?query="


def medicines(caption: str, drugs: Iterable[Drug]) -> Html:
    """Return the table of one list."""
    in_order = sorted(drugs, key=lambda drug: plain(drug.name))
    return table(caption, _HEADERS, (_row(drug) for drug in in_order))


def vidal_url(drug: Drug) -> str:
    """Return the address of the Vidal search for the name as written, without line breaks."""
    return VIDAL_SEARCH + quote_plus(_one_line(drug.name).lower())


def _row(drug: Drug) -> tuple[str | Html, ...]:
    return _name(drug), _words(drug.dose), _frequency(drug), citation(drug)


def _name(drug: Drug) -> Html:
    name = _one_line(drug.name).upper()
    link = tag(
        "a",
        "Vidal",
        href=vidal_url(drug),
        target="_blank",
        rel="noopener noreferrer",
        title=f"Chercher {name} dans le Vidal",
    )
    approximate = [" ", badge("orthographe approchée", "warning")] if drug.approximate else []
    substance = drug.dci or "hors lexique"
    return join(
        [tag("span", name, class_="name"), *approximate, tag("span", substance, " · ", link, class_="dci")]
    )


def _frequency(drug: Drug) -> Html:
    needed = [" ", badge("si besoin")] if drug.as_needed else []
    return join([_words(drug.frequency), *needed])


def _words(words: str | None) -> str:
    return _one_line(words) if words else _NOT_WRITTEN


def _one_line(words: str) -> str:
    """A scan may break a name ("kéta-" / "mine") or a posology over two lines."""
    return " ".join(words.replace("-\n", "").split())
