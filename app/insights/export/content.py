"""What the sheet that a pharmacist signs says, as plain values: the PDF and the DOCX draw the same.

A dossier in which something is compared gives a "fiche de conciliation des traitements médicamenteux", any
other a "bilan médicamenteux", the first half of the same work (HAS 2018, "Mettre en œuvre la conciliation des
traitements médicamenteux en établissement de santé"; SFPC 2015, "Fiche mémo"). What needs a look comes first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from app.insights import corrections, words
from app.insights.corrections import DRUGS, LABS, Entry, Place
from app.insights.dossier import Base, Dossier, Judged
from app.insights.evidence import plain
from app.insights.models import Drug, Item, Lab

NOTICE: Final = (
    "Document d'aide à la conciliation : statuts proposés par un logiciel, à valider ; "
    "ce n'est pas un avis médical ou pharmaceutique."
)
SIGNATURE: Final = "Nom, fonction, date, signature"
SIGNATORIES: Final = ("Pharmacien", "Prescripteur")
# An engine that found nothing does not prove that nothing is written.
_NOT_FOUND: Final = "non reconnu par le moteur : à vérifier dans le texte"
_NOTHING: Final = "Rien n'a été reconnu par le moteur : à vérifier dans le texte."
_OUT_OF_THE_TEXT: Final = "non retrouvé dans le texte"
_ADDED: Final = "ajouté par le lecteur"


class Style(Enum):
    """How a piece of text is set."""

    PLAIN = auto()
    STRONG = auto()
    QUOTE = auto()


@dataclass(frozen=True)
class Piece:
    """One paragraph of a cell."""

    text: str
    style: Style = Style.PLAIN


Cell = tuple[Piece, ...]


@dataclass(frozen=True)
class Column:
    """A heading, and the share of the width that its column takes."""

    title: str
    share: int


@dataclass(frozen=True)
class Table:
    """Rows under columns; every row has a cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading, then lines of a list, then a table; `is_warning` asks for a look first."""

    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    is_warning: bool = False


@dataclass(frozen=True)
class Fact:
    """A label, its value, and the words that prove it ("" when none do)."""

    label: str
    value: str
    quote: str = ""


@dataclass(frozen=True)
class Sheet:
    """All that a sheet says, from top to bottom; `source` says what made it and when."""

    title: str
    name: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    source: str


_RECONCILED: Final = (
    Column("Médicament", 36),
    Column("Avant", 48),
    Column("Après", 48),
    Column("Statut proposé", 21),
    Column("Ce qui change", 40),
    Column("Divergence", 25),
    Column("Commentaire", 37),
    Column("Qualifié par, le", 22),
)
_LISTED: Final = (
    Column("Médicament", 60),
    Column("Posologie", 80),
    Column("Citation", 95),
    Column("Remarque", 42),
)
_ELSEWHERE: Final = (Column("Liste", 36), *_LISTED)
_MEASURED: Final = (Column("Examen", 50), Column("Valeur", 50), Column("Date", 40), Column("Citation", 137))
_CORRECTED: Final = (
    Column("Élément", 46),
    Column("Extrait", 80),
    Column("Corrigé", 80),
    Column("Citation", 71),
)


def sheet(dossier: Dossier, at: datetime, lexicon: str = "") -> Sheet:
    """Return what the sheet of `dossier` says.

    Args:
        dossier: with a reconciliation, or without.
        at: when the sheet is made.
        lexicon: names the lexicon and its date, in one line; "" leaves it out.
    """
    entries, judged = dossier.entries(), dossier.judged()
    is_reconciled = dossier.reconciliation is not None
    return Sheet(
        title="Fiche de conciliation des traitements médicamenteux"
        if is_reconciled
        else "Bilan médicamenteux",
        name=words.one_line(dossier.name),
        facts=(*_patient(entries), *_compared(dossier, judged)),
        sections=(
            *_to_check(dossier, entries),
            *(_reconciled(dossier, judged, entries) if is_reconciled else _lists(entries)),
            _history(entries),
            *_functions(entries),
            *_corrections(dossier, entries),
        ),
        source=" · ".join(filter(None, (f"Moteur : {dossier.case.engine_label}", lexicon, words.day(at)))),
    )


def _patient(entries: Iterable[Entry]) -> Iterator[Fact]:
    found: dict[Place, Entry] = {
        entry.place: entry for entry in entries if entry.place in corrections.PATIENT
    }
    labels: dict[Place, str] = {Place.AGE: "Âge", Place.SEX: "Sexe", Place.REASON: "Motif d'hospitalisation"}
    for place, label in labels.items():
        entry = found.get(place)
        if entry is None:
            yield Fact(label, _NOT_FOUND)
        else:
            said = words.item(entry.item)
            yield Fact(label, said, "" if words.one_line(entry.proof) == said else _proof(entry))


def _compared(dossier: Dossier, judged: tuple[Judged, ...]) -> Iterator[Fact]:
    asked = dossier.reconciliation
    if asked is None:
        return
    yield Fact("Sources comparées", f"{words.before(asked)} → {words.after(asked)}")
    yield Fact("Lignes", _counted(line.line.status for line in judged) or "aucune")
    yield Fact("Divergences", _counted(line.discrepancy for line in judged) or "aucune")


def _counted(kinds: Iterable[str]) -> str:
    listed = list(kinds)
    return " · ".join(f"{kind} : {listed.count(kind)}" for kind in dict.fromkeys(listed))


def _to_check(dossier: Dossier, entries: tuple[Entry, ...]) -> Iterator[Section]:
    lines = (*_unproven(entries), *_omitted(dossier), *_misspelt(entries), *_unclassified(entries))
    if lines:
        yield Section("À vérifier", lines, is_warning=True)


def _unproven(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.was is not None and entry.was.span is None:
            yield f"Non retrouvé dans le texte : {words.item(entry.item)}, cité {_quoted(entry.proof)}"


def _omitted(dossier: Dossier) -> Iterator[str]:
    for omission in dossier.open_omissions():
        said = f"{words.one_line(omission.name).upper()} ({omission.dci})"
        yield f"Cité dans le texte, absent de l'extraction : {said}, {_quoted(omission.citation)}"


def _misspelt(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry.item, Drug) and entry.item.approximate:
            yield f"Orthographe approchée : {words.name(entry.item)}, lu comme {entry.item.dci or 'inconnu'}"


def _unclassified(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.place is Place.UNCLASSIFIED:
            yield f"Non classé : {words.item(entry.item)}, {_quoted(entry.proof)}"


def _reconciled(
    dossier: Dossier, judged: tuple[Judged, ...], entries: tuple[Entry, ...]
) -> Iterator[Section]:
    in_order = sorted(judged, key=lambda one: plain(one.line.name))
    if in_order:
        rows = tuple(_judged_row(one) for one in in_order)
        yield Section("Conciliation", table=Table(_RECONCILED, rows))
    else:
        yield Section("Conciliation", ("Aucun médicament à comparer.",))
    if questions := tuple(one.line.question for one in in_order if one.line.question):
        yield Section("Questions à poser", questions)
    if elsewhere := _not_compared(dossier, entries):
        rows = tuple(((Piece(words.LISTS[entry.place]),), *_listed_row(entry)) for entry in elsewhere)
        yield Section("Autres médicaments du compte rendu", table=Table(_ELSEWHERE, rows))


def _not_compared(dossier: Dossier, entries: Iterable[Entry]) -> list[Entry]:
    asked = dossier.reconciliation
    compared = {Place.DISCHARGE if asked and asked.base is Base.DISCHARGE else Place.USUAL}
    if asked and not asked.prescription.strip():
        compared.add(Place.DISCHARGE)
    return [entry for entry in _drugs(entries) if entry.place not in compared]


def _judged_row(one: Judged) -> tuple[Cell, ...]:
    line, said = one.line, one.qualification
    written = dict.fromkeys(words.one_line(drug.name) for drug in (line.before, line.after) if drug)
    names = " → ".join(written) if [plain(name) for name in written] != [plain(line.name)] else ""
    return (
        _cell(Piece(words.one_line(line.name).upper(), Style.STRONG), Piece(names)),
        _side(line.before),
        _side(line.after),
        _cell(Piece(line.status, Style.STRONG)),
        _cell(*(Piece(words.change(change)) for change in line.changes), *_unsaid(one)),
        _cell(Piece(one.discrepancy, Style.STRONG if said else Style.PLAIN)),
        _cell(Piece(said.comment if said else "")),
        _cell(Piece(said.by), Piece(words.written_day(said.at))) if said else (),
    )


def _side(drug: Drug | None) -> Cell:
    if drug is None:
        return (Piece("—"),)
    return _cell(Piece(words.posology(drug)), _quote(drug.citation))


def _unsaid(one: Judged) -> Iterator[Piece]:
    if one.line.unsaid:
        yield Piece(f"dit d'un seul côté : {', '.join(one.line.unsaid)}")


def _lists(entries: tuple[Entry, ...]) -> Iterator[Section]:
    for place in DRUGS:
        title = _TITLES[place]
        rows = tuple(_listed_row(entry) for entry in _drugs(entries) if entry.place is place)
        if rows:
            yield Section(title, table=Table(_LISTED, rows))
        elif place in (Place.USUAL, Place.DISCHARGE):
            yield Section(title, (_NOTHING,))


_TITLES: Final = {
    Place.USUAL: "Traitement habituel",
    Place.DISCHARGE: "Traitement de sortie",
    Place.DURING_STAY: "Pendant le séjour seulement",
    Place.STOPPED: "Médicaments arrêtés",
    Place.UNCLASSIFIED: "Médicaments non classés",
}


def _drugs(entries: Iterable[Entry]) -> list[Entry]:
    """Return the medicines list by list, each in alphabetical order."""
    held = [entry for entry in entries if isinstance(entry.item, Drug)]
    return sorted(held, key=lambda entry: (DRUGS.index(entry.place), plain(words.item(entry.item))))


def _listed_row(entry: Entry) -> tuple[Cell, ...]:
    drug = entry.item
    assert isinstance(drug, Drug)  # noqa: S101  # the places of DRUGS hold nothing else
    dci = drug.dci if drug.dci and plain(drug.dci) != plain(drug.name) else ""
    return (
        _cell(Piece(words.name(drug), Style.STRONG), Piece(dci)),
        _cell(Piece(words.posology(drug))),
        _cell(_quote(entry.proof)),
        _cell(Piece(_remark(entry))),
    )


def _remark(entry: Entry) -> str:
    if entry.is_added:
        return _ADDED
    assert entry.was is not None  # noqa: S101  # not added
    said = (
        "corrigé par le lecteur" if entry.is_corrected else "",
        _OUT_OF_THE_TEXT if entry.was.span is None else "",
        "orthographe approchée" if isinstance(entry.item, Drug) and entry.item.approximate else "",
    )
    return ", ".join(filter(None, said))


def _history(entries: Iterable[Entry]) -> Section:
    lines = tuple(
        words.item(entry.item) + (f" ({remark})" if (remark := _remark(entry)) else "")
        for entry in entries
        if entry.place is Place.HISTORY
    )
    return Section("Antécédents", lines or (_NOTHING,))


def _functions(entries: tuple[Entry, ...]) -> Iterator[Section]:
    titles = {Place.RENAL: "Fonction rénale", Place.HEPATIC: "Fonction hépatique"}
    for place in LABS:
        rows = tuple(_measured_row(entry) for entry in entries if entry.place is place)
        table = Table(_MEASURED, rows) if rows else None
        yield Section(titles[place], () if rows else (_NOTHING,), table)


def _measured_row(entry: Entry) -> tuple[Cell, ...]:
    lab = entry.item
    assert isinstance(lab, Lab)  # noqa: S101  # the places of LABS hold nothing else
    return (
        _cell(Piece(words.TESTS[lab.test], Style.STRONG)),
        _cell(Piece(words.value(lab))),
        _cell(Piece(lab.date or "—")),
        _cell(_quote(entry.proof), Piece(_remark(entry))),
    )


def _corrections(dossier: Dossier, entries: Iterable[Entry]) -> Iterator[Section]:
    rows = (
        *(_corrected_row(entry) for entry in entries if entry.is_corrected),
        *(_corrected_row(entry) for entry in entries if entry.is_added),
        *(_removed_row(item) for item in corrections.removed(dossier.case.insights, dossier.corrections)),
    )
    if rows:
        yield Section("Corrections du lecteur", table=Table(_CORRECTED, rows))


def _corrected_row(entry: Entry) -> tuple[Cell, ...]:
    was = words.item(entry.was) if entry.was else "—"
    moved = (
        f" ({_place(entry.was_at)} → {_place(entry.place)})"
        if entry.was_at and entry.was_at is not entry.place
        else ""
    )
    return (
        _cell(
            Piece(_place(entry.place).capitalize(), Style.STRONG),
            Piece(_ADDED if entry.is_added else "corrigé"),
        ),
        _cell(Piece(was)),
        _cell(Piece(words.item(entry.item) + moved)),
        _cell(_quote(entry.proof)),
    )


def _removed_row(item: Item) -> tuple[Cell, ...]:
    return (
        _cell(Piece("Retiré", Style.STRONG)),
        _cell(Piece(words.item(item))),
        _cell(Piece("—")),
        _cell(_quote(item.citation)),
    )


def _place(place: Place) -> str:
    names = {
        Place.AGE: "âge",
        Place.SEX: "sexe",
        Place.REASON: "motif",
        Place.HISTORY: "antécédent",
        Place.RENAL: "fonction rénale",
        Place.HEPATIC: "fonction hépatique",
    }
    return (words.LISTS | names)[place]


def _proof(entry: Entry) -> str:
    return _quoted(entry.proof) if entry.proof else f"({_ADDED})"


def _quoted(citation: str) -> str:
    return f"«\u00a0{words.one_line(citation)}\u00a0»"


def _quote(citation: str) -> Piece:
    return Piece(_quoted(citation) if citation.strip() else "", Style.QUOTE)


def _cell(*pieces: Piece) -> Cell:
    """Return the pieces that say something."""
    return tuple(piece for piece in pieces if piece.text.strip())
