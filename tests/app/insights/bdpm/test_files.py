"""The files of the database as they come: zipped or not, in either encoding, whole or not."""

import pytest

from app.insights.bdpm import files
from app.insights.bdpm.__main__ import main


@pytest.fixture
def folder(published, tmp_path):
    published.add("ZORGLAX 5 mg, comprimé", ("BÉSILATE DE ZORGLIPINE", "SA", 1), ("ZORGLIPINE", "FT", 1))
    published.add("KRITAM 5 mg, comprimé", "BLURBOSTATINE ÉTHÉRÉE")
    return published.write(tmp_path / "bdpm")


def substances(folder):
    return [medicine.substances() for medicine in files.read(folder)]


EXPECTED = [("ZORGLIPINE",), ("BLURBOSTATINE ÉTHÉRÉE",)]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\t\r\n", "\n\n"])
def test_files_are_read_as_they_are_published(published, tmp_path, zipped, encoding, end):
    published.add("ZORGLAX 5 mg, comprimé", ("BÉSILATE DE ZORGLIPINE", "SA", 1), ("ZORGLIPINE", "FT", 1))
    published.add("KRITAM 5 mg, comprimé", "BLURBOSTATINE ÉTHÉRÉE")
    written = published.write(tmp_path / "bdpm", zipped=zipped, encoding=encoding, end=end)
    assert substances(written) == EXPECTED


def test_names_of_files_may_be_in_any_case(folder):
    for path in tuple(folder.iterdir()):
        path.rename(folder / path.name.upper())
    assert substances(folder) == EXPECTED


def test_marks_of_another_encoding_are_apostrophes(published, tmp_path):
    published.add("ZORGLAX, comprimé", "SULFATE D\x92ATROPINE")
    assert substances(published.write(tmp_path / "bdpm")) == [("SULFATE D'ATROPINE",)]


def remove(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:40])


def empty(path):
    path.write_bytes(b"\r\n")


def replace(path):
    path.write_bytes(b"Drug;Dose\r\naspirin;5\r\n")


def zip_badly(path):
    path.with_name(path.name + ".gz").write_bytes(b"\x1f\x8b\x08\x00 not zipped")
    path.unlink()


def double(path):
    path.with_name(path.name + ".gz").write_bytes(b"")


@pytest.mark.parametrize("damage", [remove, cut, empty, replace, zip_badly, double])
@pytest.mark.parametrize("name", ["CIS_bdpm.txt", "CIS_COMPO_bdpm.txt"])
def test_a_file_that_is_not_whole_leaves_the_lexicon_as_it_was(folder, tmp_path, capsys, damage, name):
    damage(folder / name)
    out = tmp_path / "lexicon.tsv.gz"
    out.write_bytes(b"as it was")

    assert main([str(folder), "--out", str(out)]) == 1

    assert out.read_bytes() == b"as it was"
    said = capsys.readouterr().err
    assert name in said
    assert "The lexicon in use is unchanged" in said
    assert "invoke lexicon --from" in said


def test_compositions_that_end_early_are_refused(published, folder):
    for _ in range(8):
        published.add("TAMVEX, comprimé")
    with pytest.raises(files.UnusableFileError, match="cut short"):
        files.read(published.write(folder))


def test_medicines_that_end_early_are_refused(published, folder):
    for _ in range(8):
        published.add("TAMVEX, comprimé", "ZORGLIPINE")
        published.medicines.pop()
    with pytest.raises(files.UnusableFileError, match="cut short"):
        files.read(published.write(folder))


def test_a_folder_that_is_none_is_said(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_what_was_built_is_said_with_its_day(folder, tmp_path, capsys):
    assert main([str(folder), "--out", str(tmp_path / "out.gz"), "--date", "2025-03-01"]) == 0
    assert "Base de données publique des médicaments, 2025-03-01: 4 names" in capsys.readouterr().out


def test_the_file_of_classes_may_be_missing_and_that_is_said(folder, tmp_path, capsys):
    (folder / "CIS_MITM.txt").unlink()
    assert main([str(folder), "--out", str(tmp_path / "out.gz")]) == 0
    assert "Without CIS_MITM.txt" in capsys.readouterr().out


def test_a_day_that_is_none_is_said(folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(folder), "--out", str(tmp_path / "out.gz"), "--date", "2025-13-01"])
    assert "is unchanged" in capsys.readouterr().err
