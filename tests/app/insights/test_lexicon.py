import pytest

from app.insights.lexicon import Lexicon, starter


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
