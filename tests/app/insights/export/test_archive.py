"""One ZIP of many dossiers: a safe folder for each, in order, and nothing that is missing in silence."""

import csv
import io
import json
import zipfile
from pathlib import PureWindowsPath

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.export import archive
from app.insights.export.archive import Failure
from tests.app.insights.export import dossiers
from tests.app.insights.export.dossiers import AT, NAMES


def opened(held, **options) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(archive.write(held, AT, **options)))


def test_each_dossier_has_a_folder_with_its_files():
    with opened([dossiers.compared()]) as made:
        assert made.testzip() is None
        assert made.namelist() == [
            "medicaments.csv",
            "conciliations.csv",
            "001-greffe/compte-rendu.json",
            "001-greffe/fhir.json",
            "001-greffe/fiche.pdf",
            "001-greffe/fiche.docx",
        ]
        assert json.loads(made.read("001-greffe/compte-rendu.json"))["id"] == "greffe"
        assert json.loads(made.read("001-greffe/fhir.json"))["resourceType"] == "Bundle"
        assert len(pypdfium2.PdfDocument(made.read("001-greffe/fiche.pdf"))) > 0


def test_dossiers_keep_their_order_and_those_of_one_name_stay_apart():
    held = [dossiers.dossier(name) for name in reversed(NAMES)] + [dossiers.dossier(NAMES[0])]
    with opened(held, with_sheets=False) as made:
        folders = list(dict.fromkeys(name.split("/")[0] for name in made.namelist() if "/" in name))

    assert folders == sorted(folders)
    assert [folder.split("-", 1)[1] for folder in folders] == [one.name for one in held]


def test_the_tables_hold_all_dossiers():
    with opened([dossiers.compared(name) for name in NAMES], with_sheets=False) as made:
        for name in ("medicaments.csv", "conciliations.csv"):
            rows = csv.DictReader(io.StringIO(made.read(name).decode("utf-8-sig"), newline=""), delimiter=";")
            assert {row["compte_rendu"] for row in rows} == set(NAMES)


def test_failed_reports_are_listed_with_their_reason():
    failures = [Failure("scan.pdf", "Ce PDF est une image :\naucun texte."), Failure("vide", "Rien à lire.")]
    with opened([], failures=failures) as made:
        assert made.read("echecs.txt").decode() == (
            "scan.pdf : Ce PDF est une image : aucun texte.\nvide : Rien à lire.\n"
        )
    with opened([]) as made:
        assert "echecs.txt" not in made.namelist()


def test_the_same_dossiers_give_the_same_archive():
    held = [dossiers.compared(), dossiers.dossier("lettre")]

    assert archive.write(held, AT, with_sheets=False) == archive.write(held, AT, with_sheets=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "001-etc_passwd"),
        ("C:\\temp\\a:b", "001-C__temp_a_b"),
        ("CON", "001-CON"),
        ("Mme Élise Œuvrard (2).pdf", "001-Mme_Élise_Œuvrard__2_.pdf"),
        ("...", "001"),
        ("", "001"),
        ("a" * 300, "001-" + "a" * 60),
    ],
)
def test_a_folder_is_named_safely_after_its_report(name, expected):
    assert archive.folder(1, name) == expected


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_name_makes_a_folder_that_every_system_takes(name):
    folder = archive.folder(7, name)

    assert folder.startswith("007")
    assert not set(folder) & set('/\\:*?"<>|\x00')
    assert not PureWindowsPath(folder).is_absolute()
    assert folder.isprintable()
    assert not folder.endswith((".", " "))


def test_a_hostile_name_stays_inside_the_archive():
    held = [dossiers.dossier().model_copy(update={"name": "../../x\x00\n" + dossiers.HOSTILE})]
    with opened(held) as made:
        assert all(
            not name.startswith(("/", ".")) and ".." not in name.split("/") for name in made.namelist()
        )


def test_a_dossier_that_is_both_corrected_and_compared_goes_in_every_format():
    asked = dossiers.qualified().reconciliation
    with opened([dossiers.corrected().model_copy(update={"reconciliation": asked})]) as made:
        lines = json.loads(made.read("001-greffe/compte-rendu.json"))["conciliation"]
        rows = made.read("conciliations.csv").decode("utf-8-sig").splitlines()
        statements = json.loads(made.read("001-greffe/fhir.json"))["entry"]

    # "Advagraf 7 mg" by hand, "5 mg" in the prescription; Doliprane, added by hand, is in none.
    assert next(line for line in lines if line["medicament"] == "tacrolimus")["statut"] == "Changé"
    assert next(line for line in lines if line["medicament"] == "paracétamol")["statut"] == "Arrêté"
    assert len(rows) - 1 == len(lines) == sum("extension" in entry["resource"] for entry in statements)
