"""Dossiers as tables for a spreadsheet: one of medicines, one of the lines of reconciliations.

CSV as a French Excel opens it at a double click: semicolons, UTF-8 with a byte order mark, lines that end in
CR LF, all cells quoted. Both have one line of headings; the columns are documented where they are declared.

A cell may come from a hostile report, and a spreadsheet runs a cell that begins with = + - @, their
full-width forms, a tab or a line end (OWASP, "CSV Injection"). Such a cell gets an apostrophe in front, which
makes it text. A plain number ("-5", "+2,5") gets none: it is worth itself, and a column of numbers stays one.
A program that reads the file takes one apostrophe away where such a sign follows it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.insights import words
from app.insights.corrections import Entry
from app.insights.dosing import route
from app.insights.dossier import Dossier, Judged, Reconciliation
from app.insights.models import Drug

MEDICINES: Final = (
    "compte_rendu",  # the name of the dossier
    "liste",  # traitement habituel, traitement de sortie, pendant le séjour, arrêté, non classé
    "medicament",  # as written
    "dci",  # by the lexicon; empty when it does not know the name
    "dose",  # as written: strength, or quantity of one intake
    "frequence",  # as written: the rest of the posology
    "voie",  # as written or as the citation tells
    "si_besoin",  # oui, non
    "citation",  # the words of the report, whatever the reader made of them; empty when added
    "retrouve",  # oui, non: whether the citation stands in the text
    "orthographe_approchee",  # oui, non
    "origine",  # extrait, corrigé, ajouté
    "extrait",  # what was extracted, in one line, when the reader corrected it
)
LINES: Final = (
    "compte_rendu",
    "avant",  # traitement habituel, traitement de sortie
    "apres",  # nouvelle prescription, traitement de sortie
    "medicament",  # DCI, or the name where the lexicon knows none
    "statut",  # proposed: Identique, Équivalence, Changé, Arrêté, Nouveau
    "posologie_avant",
    "citation_avant",
    "posologie_apres",
    "citation_apres",
    "changements",  # separated by commas: dose 5 mg → 10 mg (×2)
    "divergence",  # non qualifiée, aucune, intentionnelle, non intentionnelle
    "commentaire",
    "qualifie_par",
    "qualifie_le",  # ISO 8601
    "question",  # to the prescriber; empty when nothing is open
)
# The first character decides; white space before it is skipped by some spreadsheets.
_RUN: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def medicines(dossiers: Iterable[Dossier]) -> bytes:
    """Return a row per medicine of every list of `dossiers`, under `MEDICINES`."""
    rows = (_medicine(dossier, entry) for dossier in dossiers for entry in dossier.entries())
    return _written(MEDICINES, (row for row in rows if row))


def lines(dossiers: Iterable[Dossier]) -> bytes:
    """Return a row per line of every reconciliation of `dossiers`, under `LINES`."""
    return _written(
        LINES,
        (
            _line(dossier.name, dossier.reconciliation, one)
            for dossier in dossiers
            if dossier.reconciliation
            for one in dossier.judged()
        ),
    )


def guarded(cell: str) -> str:
    """Return `cell` so that no spreadsheet runs it."""
    return f"'{cell}" if _RUN.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _written(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _medicine(dossier: Dossier, entry: Entry) -> tuple[str, ...]:
    drug = entry.item
    if not isinstance(drug, Drug):
        return ()
    return (
        dossier.name,
        words.LISTS[entry.place],
        drug.name,
        drug.dci or "",
        drug.dose or "",
        drug.frequency or "",
        route(drug) or "",
        _yes(drug.as_needed),
        entry.proof,
        _yes(entry.was is not None and entry.was.span is not None),
        _yes(drug.approximate),
        "ajouté" if entry.is_added else "corrigé" if entry.is_corrected else "extrait",
        words.item(entry.was) if entry.was and entry.is_corrected else "",
    )


def _line(name: str, asked: Reconciliation, one: Judged) -> Iterator[str]:
    line, said = one.line, one.qualification
    yield from (name, words.before(asked), words.after(asked), line.name, line.status.value)
    for side in (line.before, line.after):
        yield from (words.posology(side), side.citation) if side else ("", "")
    yield ", ".join(map(words.change, line.changes))
    yield one.discrepancy.value
    yield from (said.comment, said.by, said.at) if said else ("", "", "")
    yield line.question or ""


def _yes(is_so: bool) -> str:
    return "oui" if is_so else "non"
