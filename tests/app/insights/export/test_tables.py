"""Tables open in a spreadsheet as they are, and run nothing."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.export import tables
from tests.app.insights.export import dossiers
from tests.app.insights.export.dossiers import NAMES


def read(file: bytes) -> list[dict[str, str]]:
    text = file.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True))


def unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and tables.guarded(cell[1:]) == cell else cell


def test_excel_is_told_the_encoding_and_finds_semicolons():
    file = tables.medicines([dossiers.dossier()])

    assert file.startswith(b'\xef\xbb\xbf"compte_rendu";"liste";')
    assert file.endswith(b"\r\n")


def test_each_medicine_of_each_list_of_each_report_is_a_row():
    held = [dossiers.dossier(name) for name in NAMES]
    rows = read(tables.medicines(held))

    expected = [(one.name, drug.name) for one in held for drug in one.insights().drugs()]
    assert [(row["compte_rendu"], unguarded(row["medicament"])) for row in rows] == expected
    assert tuple(rows[0]) == tables.MEDICINES


def test_a_row_tells_what_was_extracted_and_what_was_made_of_it():
    rows = {row["medicament"]: row for row in read(tables.medicines([dossiers.corrected()]))}

    assert rows["Advagraf"]["dose"] == "7 mg" or rows["Advagraf"]["origine"] == "extrait"
    changed = next(
        row for row in read(tables.medicines([dossiers.corrected()])) if row["origine"] == "corrigé"
    )
    assert (changed["dose"], changed["extrait"]) == ("7 mg", "ADVAGRAF 5 mg 1x/j")
    assert (changed["citation"], changed["retrouve"]) == ("Advagraf 5 mg 1x/j", "oui")
    assert (rows["Doliprane"]["origine"], rows["Doliprane"]["retrouve"]) == ("ajouté", "non")


def test_a_line_tells_both_sides_the_status_and_what_is_said_of_it():
    rows = {row["medicament"]: row for row in read(tables.lines([dossiers.qualified(), dossiers.dossier()]))}
    line = rows["mycophénolate mofétil"]

    assert tuple(line) == tables.LINES
    assert (line["avant"], line["apres"]) == ("traitement habituel", "nouvelle prescription")
    assert (line["statut"], line["changements"]) == ("Changé", "dose 500 mg → 250 mg (÷2)")
    assert (line["divergence"], line["commentaire"]) == ("intentionnelle", "Leucopénie")
    assert (line["qualifie_par"], line["qualifie_le"]) == ("Dr Test", "2026-01-05T09:41:00+01:00")
    assert rows["atovaquone"]["citation_avant"] == ""


def test_nothing_to_tell_is_a_line_of_headings():
    assert read(tables.lines([dossiers.dossier()])) == []


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "- Kardegic 75"]
)
def test_what_a_spreadsheet_would_run_is_made_text(cell):
    assert tables.guarded(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["-5", "+2,5", "-0.5", "12", "Kardegic", "l'un", "'déjà", "1-0-1", "", "2 cp"]
)
def test_numbers_and_words_stay_as_they_are(cell):
    assert tables.guarded(cell) == cell


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_comes_back_and_none_is_run(name, dose, comment):
    drug = dossiers.drug(name, dose=dose, citation=comment)
    (row,) = read(tables.medicines([dossiers.of_drugs(drug, name=comment)]))

    said = (row["medicament"], row["dose"], row["citation"], row["compte_rendu"])
    assert tuple(map(unguarded, said)) == (name, dose, comment, comment)
    assert not any(cell.lstrip(" ").startswith(("=", "@", "\t", "\r", "\n")) for cell in row.values())
