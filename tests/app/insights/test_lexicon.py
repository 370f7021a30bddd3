import gzip
import logging
from datetime import date
from pathlib import Path

import pytest

from app.insights import lexicon_file
from app.insights.lexicon import Lexicon, current, load, source, starter
from app.insights.lexicon_file import DamagedLexiconError, Source

ADDED = {
    "zorglax": "zorglipine",
    "zorglipine": "zorglipine",
    "kardegic": "zorglipine",
    "l'blurbex": "bé + cé",
}
BDPM = Source("Base de données publique des médicaments", date(2025, 2, 28), 4, 2)


@pytest.fixture
def full(tmp_path):
    """A file of a full lexicon."""
    path = tmp_path / "lexicon.tsv.gz"
    lexicon_file.write(path, ADDED, BDPM)
    return path


def names(text):
    return [(text[m.start : m.end], m.dci, m.approximate) for m in starter().mentions(text)]


def test_brands_and_substances_are_found_whatever_their_case_and_accents():
    assert names("SPECIAFOLDINE puis Furosemide") == [
        ("SPECIAFOLDINE", "acide folique", False),
        ("Furosemide", "furosémide", False),
    ]


def test_the_longest_name_wins():
    assert names("Dafalgan codéine") == [("Dafalgan codéine", "codéine + paracétamol", False)]


def test_a_name_inside_a_word_is_not_a_name():
    assert names("Carbamazepinemie infratherapeutique, lithiémie") == []


def test_a_name_broken_by_the_end_of_a_line_is_one_name():
    assert names("analgésie par kéta-\nmine") == [("kéta-\nmine", "kétamine", False)]


def test_a_misspelt_name_before_a_dose_is_flagged():
    assert names("Amlodipne 5mg, Inexuim 20 mg") == [
        ("Amlodipne", "amlodipine", True),
        ("Inexuim", "ésoméprazole", True),
    ]


def test_spelling_is_not_forgiven_away_from_a_dose():
    assert names("le Taloxe reste au vestiaire, Amlodipne aussi") == []


def test_two_substances_one_letter_away_are_left_alone():
    lexicon = Lexicon({"alphaline": "un", "alphamine": "deux"})
    assert list(lexicon.mentions("alphabine 5 mg")) == []


@pytest.mark.parametrize(
    ("name", "dci"), [("eliquis", "apixaban"), ("Trelegy Ellipta", None), ("zorglub", None)]
)
def test_a_name_gives_its_substance(name, dci):
    found = starter().dci(name)
    assert found == dci if dci else name != "zorglub" or found is None


def test_a_prefix_may_be_written_apart():
    assert starter().dci("Co-Aprovel") == starter().dci("Coaprovel")


def test_a_name_of_two_words_may_go_on_in_the_next_line():
    assert names("Dafalgan\ncodéine 1 cp") == [("Dafalgan\ncodéine", "codéine + paracétamol", False)]


def test_two_substances_make_one_medicine_in_either_order():
    assert starter().combination("valsartan", "amlodipine") == starter().combination(
        "amlodipine", "valsartan"
    )
    assert starter().combination("amlodipine", "zorglub") is None


def test_a_file_gives_back_what_was_written(full):
    assert lexicon_file.read(full) == (ADDED, BDPM)


def test_nothing_but_the_file_is_left_where_it_was_written(full):
    assert list(full.parent.iterdir()) == [full]


def test_the_full_lexicon_is_added_to_the_starter_which_keeps_its_names(full):
    lexicon, _ = load(full)
    assert lexicon.dci("Zorglax") == "zorglipine"
    assert lexicon.dci("Kardegic") == starter().dci("Kardegic")
    assert len(lexicon) == len(starter()) + 3


def test_spelling_is_forgiven_in_names_of_the_starter_only(full):
    lexicon, _ = load(full)
    text = "Zorglxa 5 mg, Zorglipne 5 mg, Amlodipne 5 mg"
    assert [(m.dci, m.approximate) for m in lexicon.mentions(text)] == [("amlodipine", True)]


def test_a_reader_is_told_which_lexicon_is_in_use_from_when_and_how_much_it_holds(full, tmp_path):
    lexicon, origin = load(full)
    assert origin.label == (
        "Base de données publique des médicaments (données du 28/02/2025) et lexique de départ : "
        f"{len(lexicon)} noms, {len(lexicon.substances())} substances"
    )
    own, origin = load(tmp_path / "nowhere")
    assert origin.label == f"Lexique de départ : {len(own)} noms, {len(own.substances())} substances"


def test_the_page_about_lexicons_says_how_much_the_starter_holds():
    page = Path(__file__).parents[3].joinpath("docs", "lexicon.md").read_text(encoding="utf-8")
    assert f"| {len(starter()):,} | {len(starter().substances()):,} |" in page


def test_the_lexicon_in_use_is_read_once():
    assert current() is current()
    assert source().names == len(current())


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def spoil(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(bytes(content))


def lose_a_line(path):
    path.write_bytes(gzip.compress(b"".join(gzip.decompress(path.read_bytes()).splitlines(True)[:-1])))


def replace(path):
    path.write_bytes(gzip.compress(b"something else\n"))


def misdate(path):
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"2025-02-28", b"2025-02-31")))


def encode(path):
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).decode().encode("cp1252")))


@pytest.mark.parametrize("damage", [cut, spoil, lose_a_line, replace, misdate, encode])
def test_instead_of_a_damaged_lexicon_the_starter_is_used_and_the_log_says_so(full, caplog, damage):
    damage(full)
    with pytest.raises(DamagedLexiconError):
        lexicon_file.read(full)
    with caplog.at_level(logging.WARNING):
        lexicon, origin = load(full)
    assert (len(lexicon), origin.day) == (len(starter()), None)
    assert "the starter is used instead" in caplog.text
