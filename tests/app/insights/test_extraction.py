"""Files in, files out: one record for each report, whatever becomes of the others."""

import json

import pytest

from app.insights.__main__ import main
from tests.app.insights.documents.made import pdf, word, zipped

REPORT = """Mme Alma Vasseur, 70 ans
Motif : chute
Traitement habituel :
- Lasilix 40 mg le matin
- Kardegic 75 mg le midi
Biologie : créatinine 80 µmol/L, ASAT 2,5N
"""
KEYS = [
    *("id", "age", "sexe", "raison_hospitalisation", "antecedents_medicaux", "traitements_habituels"),
    *("traitement_sortie", "pendant_sejour", "arretes", "fonction_renale", "fonction_hepatique"),
    *("nouvelle_prescription", "conciliation"),
]


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "reports"
    home.mkdir()
    (home / "01.txt").write_text(REPORT, encoding="utf-8")
    return home


def written(out, name="01"):
    return json.loads((out / f"{name}.json").read_text(encoding="utf-8"))


def test_a_record_has_the_keys_of_the_annotated_reports_in_their_order(folder, tmp_path):
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    record = written(tmp_path / "out")
    assert list(record) == KEYS
    assert (record["id"], record["age"], record["sexe"]) == ("01", 70, "F")
    assert record["traitements_habituels"][0] == {
        "nom": "Lasilix",
        "dci": "furosémide",
        "dosage": "40 mg",
        "frequence": "le matin",
        "si_besoin": False,
        "citation": "Lasilix 40 mg le matin",
    }
    assert record["fonction_renale"][0]["valeur"] == 80
    assert record["fonction_hepatique"][0]["valeur"] == 2.5
    assert (record["nouvelle_prescription"], record["conciliation"]) == ("", [])


@pytest.mark.parametrize("beside", ["01.json", "01.prescription.txt"])
def test_a_prescription_beside_a_report_is_reconciled(folder, tmp_path, beside):
    prescription = "Furosémide 40 mg le matin\nEliquis 5 mg matin et soir"
    words = json.dumps({"nouvelle_prescription": prescription}) if beside == "01.json" else prescription
    (folder / beside).write_text(words, encoding="utf-8")
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    record = written(tmp_path / "out")
    assert record["nouvelle_prescription"] == prescription
    assert [
        (line["medicament"], line["statut"], line["avant"], line["apres"]) for line in record["conciliation"]
    ] == [
        ("furosémide", "Équivalence", "Lasilix 40 mg le matin", "Furosémide 40 mg le matin"),
        ("acide acétylsalicylique", "Arrêté", "Kardegic 75 mg le midi", None),
        ("apixaban", "Nouveau", None, "Eliquis 5 mg matin et soir"),
    ]


def test_one_failed_report_never_stops_the_others(folder, tmp_path, capsys):
    (folder / "00.txt").write_bytes(b"PK\x03\x04\x00\x01\x02" * 100)
    (folder / "02.txt").write_text(REPORT, encoding="utf-8")
    assert main([str(folder), str(tmp_path / "absent.txt"), "--out", str(tmp_path / "out")]) == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["01.json", "02.json"]
    said = capsys.readouterr()
    assert "00.txt: Ce fichier est une archive ZIP" in said.err
    assert "absent.txt: No such file" in said.err
    assert "2 of 4 reports written" in said.out


def test_an_empty_report_gives_empty_lists(folder, tmp_path):
    (folder / "01.txt").write_text(" \n", encoding="utf-8")
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    record = written(tmp_path / "out")
    assert list(record) == KEYS
    assert not any(value for key, value in record.items() if key != "id")


def test_an_annotation_is_never_overwritten(folder, capsys):
    (folder / "01.json").write_text('{"age": 99}', encoding="utf-8")
    assert main([str(folder), "--out", str(folder)]) == 1
    assert (folder / "01.json").read_text(encoding="utf-8") == '{"age": 99}'
    assert "choose another --out" in capsys.readouterr().err


def test_folders_are_walked_and_reports_of_one_name_stay_apart(folder, tmp_path):
    other = folder / "more"
    other.mkdir()
    (other / "01.txt").write_text(REPORT, encoding="utf-8")
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    assert sorted(str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*.json")) == [
        "more/01.json",
        "reports/01.json",
    ]


def test_old_encodings_are_read(folder, tmp_path):
    (folder / "01.txt").write_bytes(REPORT.encode("cp1252"))
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    assert written(tmp_path / "out")["fonction_renale"][0]["unite"] == "µmol/L"


def test_medicines_that_no_list_holds_are_said(folder, tmp_path, capsys):
    (folder / "01.txt").write_text(
        "Histoire de la maladie : ingestion de 16 cp de Doliprane 1 g.\n\nÉvolution : bonne.\n",
        encoding="utf-8",
    )
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "01.txt: in no list: Doliprane" in capsys.readouterr().err


def test_an_engine_that_is_not_there_is_said(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(folder), "--out", str(tmp_path / "out"), "--engine", "gemini"])
    assert "gemini" in capsys.readouterr().err


def test_a_folder_without_reports_is_an_error(tmp_path, capsys):
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "No report there" in capsys.readouterr().err


def test_pdf_and_word_reports_are_read_as_text_is(folder, tmp_path):
    (folder / "02.pdf").write_bytes(pdf(REPORT))
    (folder / "03.DOCX").write_bytes(word(REPORT))
    (folder / "notes.html").write_text("<b>no report</b>")
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    text, *others = (written(tmp_path / "out", name) | {"id": ""} for name in ("01", "02", "03"))
    assert others == [text, text]
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_reports_of_one_name_and_of_two_kinds_have_two_records(folder, tmp_path):
    (folder / "01.pdf").write_bytes(pdf(REPORT))
    assert main([str(folder), "--out", str(tmp_path / "out")]) == 0
    assert sorted(file.name for file in (tmp_path / "out" / "reports").iterdir()) == [
        "01.pdf.json",
        "01.txt.json",
    ]


def test_an_archive_is_read_as_the_folder_it_was(tmp_path):
    packed = {
        "jour/01.txt": REPORT.encode(),
        "jour/01.prescription.txt": b"Eliquis 5 mg matin et soir",
        "jour/02.docx": word(REPORT),
        "jour/02.json": b'{"nouvelle_prescription": "Eliquis 5 mg"}',
    }
    (tmp_path / "jour.zip").write_bytes(zipped(packed))
    assert main([str(tmp_path / "jour.zip"), "--out", str(tmp_path / "out")]) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["01.json", "02.json"]
    assert written(tmp_path / "out")["nouvelle_prescription"] == "Eliquis 5 mg matin et soir"
    assert written(tmp_path / "out", "02")["nouvelle_prescription"] == "Eliquis 5 mg"


def test_an_archive_that_cannot_be_opened_does_not_stop_the_others(folder, tmp_path, capsys):
    (tmp_path / "jour.zip").write_bytes(zipped({"01.txt": b"x"})[:-5])
    (tmp_path / "climbing.zip").write_bytes(
        zipped({"../../out.txt": REPORT.encode(), "a.png": b"\x89PNG\r\n"})
    )
    paths = [tmp_path / "jour.zip", tmp_path / "climbing.zip", folder, tmp_path / "absent.zip"]
    assert main([*map(str, paths), "--out", str(tmp_path / "out")]) == 1
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["01.json", "out.json"]
    said = capsys.readouterr()
    assert "jour.zip: Cette archive ZIP est abîmée" in said.err
    assert "a.png: Ce fichier est une image PNG" in said.err
    assert "absent.zip: No such file" in said.err
    assert "2 of 5 reports written" in said.out
