"""What code believes of an answer, and what it doesn't."""

import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.insights import lexicon
from app.insights.engines.remote import identity, labs, partial, proof
from app.insights.engines.remote.answers import (
    EMPTY,
    Answer,
    CitedAge,
    CitedHepaticTest,
    CitedRenalTest,
    CitedSex,
)
from app.insights.evidence import fold_char

TEXT = """\
Mme Odile PERRAULT, née le 17/08/1955, hospitalisée du 04/01/2024 au 29/01/2024.
Traitement habituel : Lasilix 40 mg le matin, Amlodipne 5mg 1 cp le soir.
créat 105 µmol/l, puis 88 le 25/01. GGT 3N. DFG > 90. Chaînes légères 9 840 mg/L.
À la sortie : traitement habituel inchangé.
"""


def read(**values):
    answer = Answer.model_validate({**EMPTY, **values})
    return proof.insights(answer, TEXT, lexicon.starter())


def drug(citation, name, dose=None, frequency=None, *, dci=None, as_needed=False):
    return {
        "citation": citation,
        "nom": name,
        "dci": dci,
        "dosage": dose,
        "frequence": frequency,
        "si_besoin": as_needed,
    }


LASILIX = drug("Lasilix 40 mg le matin", "Lasilix", "40 mg", "le matin")


def lab(citation, test, value, unit=None, date=None):
    return {"citation": citation, "test": test, "valeur": value, "unite": unit, "date": date}


def is_proven(**values):
    return not read(**values).unproven()


def test_a_line_that_is_carried_over_is_proven_by_the_sentence_that_says_so():
    again = LASILIX | {"citation": "traitement habituel inchangé"}
    found = read(traitements_habituels=[LASILIX], traitement_sortie=[again])
    assert not found.unproven()
    assert found.discharge[0].citation == "traitement habituel inchangé"


@pytest.mark.parametrize("change", [{"dosage": "80 mg"}, {"nom": "Eliquis"}, {"citation": "À la sortie"}])
def test_a_line_that_is_not_the_usual_one_is_not_carried_over(change):
    again = LASILIX | {"citation": "traitement habituel inchangé"} | change
    assert len(read(traitements_habituels=[LASILIX], traitement_sortie=[again]).unproven()) == 1


def test_what_is_carried_over_from_an_unproven_line_is_unproven_too():
    usual = LASILIX | {"citation": "Lasilix 40 mg matin et soir"}
    again = LASILIX | {"citation": "traitement habituel inchangé"}
    assert len(read(traitements_habituels=[usual], traitement_sortie=[again]).unproven()) == 2


def test_the_lexicon_completes_and_corrects_the_substance():
    drugs = [LASILIX | {"dci": None}, LASILIX | {"dci": "spironolactone", "frequence": None}]
    assert [found.dci for found in read(traitements_habituels=drugs).usual] == ["furosémide", "furosémide"]


def test_a_misspelt_name_is_recognised_and_flagged():
    cited = drug("Amlodipne 5mg 1 cp le soir", "Amlodipne", "5mg", "1 cp le soir")
    (found,) = read(traitements_habituels=[cited]).usual
    assert (found.dci, found.approximate, found.span is not None) == ("amlodipine", True, True)


def test_a_substance_that_only_the_model_knows_is_kept():
    cited = drug("Chaînes légères", "Chaînes légères", dci="inconnue")
    assert read(traitements_habituels=[cited]).usual[0].dci == "inconnue"


def test_an_exact_repetition_is_told_once():
    assert len(read(traitements_habituels=[LASILIX, LASILIX]).usual) == 1


@pytest.mark.parametrize(
    "cited",
    [
        lab("créat 105 µmol/l", "creatinine", 105, "µmol/l"),
        lab("puis 88 le 25/01", "creatinine", 88, "µmol/l", "25/01"),
        lab("DFG > 90", "DFG", 90),
    ],
)
def test_a_renal_value_in_its_words_is_proven(cited):
    assert is_proven(fonction_renale=[cited])


@pytest.mark.parametrize(
    "cited",
    [
        lab("créat 105 µmol/l", "creatinine", 10, "µmol/l"),
        lab("créat 105 µmol/l", "creatinine", 105, "mmol/l"),
        lab("créat 105 µmol/l", "DFG", 105, "µmol/l"),
        lab("puis 88 le 25/01", "creatinine", 25, "µmol/l"),
        lab("puis 88 le 25/01", "creatinine", 88, "µmol/l", "26/01"),
        lab("Chaînes légères 9 840 mg/L", "creatinine", 840, "mg/L"),
        lab("Chaînes légères 9 840 mg/L", "creatinine", 9840, "g/L"),
        lab("créat 106 µmol/l", "creatinine", 106, "µmol/l"),
    ],
)
def test_a_renal_value_that_is_changed_is_unproven(cited):
    assert not is_proven(fonction_renale=[cited])


def test_multiples_of_normal_are_proven():
    assert is_proven(fonction_hepatique=[lab("GGT 3N", "GGT", 3, "N")])
    assert not is_proven(fonction_hepatique=[lab("GGT 3N", "GGT", 2, "N")])


@pytest.mark.parametrize(
    ("citation", "years", "is_right"),
    [
        ("née le 17/08/1955", 68, True),
        ("née le 17/08/1955", 67, False),
        ("âgée de 68 ans", 68, True),
        ("âgée de 68 ans", 6, False),
        ("nourrisson de 8 mois", 0, True),
        ("nourrisson de 8 mois", 8, False),
        ("enfant de 18 mois", 1, True),
        ("Age : 47", 47, True),
        ("du 04/01/2024", 4, False),
    ],
)
def test_an_age_is_what_its_words_say(citation, years, is_right):
    assert identity.proves_age(CitedAge(citation=citation, valeur=years), TEXT) is is_right


@pytest.mark.parametrize(
    ("citation", "sex", "is_right"),
    [
        ("Mme Odile PERRAULT", "F", True),
        ("Mme Odile PERRAULT", "M", False),
        ("Sexe : M", "M", True),
        ("hospitalisée", "F", True),
        ("hospitalisée", "M", False),
        ("le patient", "M", True),
        ("la patiente", "M", False),
        ("Odile", "F", False),
    ],
)
def test_a_sex_is_what_its_words_say(citation, sex, is_right):
    assert identity.proves_sex(CitedSex(citation=citation, valeur=sex)) is is_right


def test_a_growing_answer_never_says_what_its_end_unsays():
    whole = Answer.model_validate(
        {
            **EMPTY,
            "age": {"citation": "68 ans", "valeur": 68},
            "antecedents_medicaux": ["HTA", "goutte"],
            "traitements_habituels": [LASILIX, drug("Amlodipne 5mg", "Amlodipne", "5mg")],
            "fonction_renale": [lab("créat 105 µmol/l", "creatinine", 105.5, "µmol/l")],
        }
    )
    content = whole.model_dump_json()
    for end in range(len(content)):
        growing = partial.read(content[:end])
        if growing is None:
            continue
        answer, complete = growing
        for section, fields in partial.FIELDS.items():
            for name in fields:
                said, wanted = getattr(answer, name), getattr(whole, name)
                if section in complete:
                    assert said == wanted
                else:
                    assert said in (None, wanted) or said == wanted[: len(said)]


FINITE = st.floats(allow_nan=False, allow_infinity=False)
for cited in (CitedRenalTest, CitedHepaticTest):
    st.register_type_strategy(cited, st.builds(cited, valeur=st.none() | FINITE))


@given(st.from_type(Answer))
@settings(max_examples=100)
def test_any_answer_is_proven_or_shown_as_unproven(answer):
    found = proof.insights(answer, TEXT, lexicon.starter())
    for item in found.items():
        assert item.span is None or TEXT[item.span.start : item.span.end] == item.citation


# --- no changed digit, unit or word is ever believed ----------------------------------------------------

REPORTS = Path(__file__).parents[3] / "data" / "reports"
READ = [
    (path.with_suffix(".txt").read_text(encoding="utf-8"), json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(REPORTS.glob("*.json"))
]
LISTS = (
    "traitements_habituels",
    "traitement_sortie",
    "pendant_sejour",
    "arretes",
    "fonction_renale",
    "fonction_hepatique",
)
PLACES = [
    (text, name, item, field)
    for text, gold in READ
    for name in LISTS
    for item in gold[name]
    for field in ("nom", "dosage", "frequence", "valeur", "unite", "citation")
    if item.get(field)
]


def changed(value, data):
    """A value that differs in one digit, or one letter, or by one word."""
    if isinstance(value, int | float):
        return value + data.draw(st.sampled_from([-1, 1, 0.5, 9, 100]))
    at = data.draw(st.integers(0, len(value) - 1).filter(lambda at: value[at].isalnum()))
    others = "0123456789" if value[at].isdigit() else "abdefgilmnoprstu"
    letter = data.draw(
        st.sampled_from(others).filter(lambda letter: fold_char(letter) != fold_char(value[at]))
    )
    return value[:at] + letter + value[at + 1 :]


@given(st.sampled_from(PLACES), st.data())
@settings(max_examples=300)
def test_a_changed_digit_or_letter_is_never_believed(place, data):
    text, name, item, field = place
    altered = item | {field: changed(item[field], data)}
    # Another value of the same row, or a word that the citation holds as well, is a change nobody can see.
    assume(field == "citation" or str(altered[field]) not in item["citation"])
    assume(not isinstance(altered[field], float) or altered[field] not in labs._numbers(item["citation"]))
    answer = Answer.model_validate({**EMPTY, name: [altered]})
    (unproven,) = proof.insights(answer, text, lexicon.starter()).unproven()
    assert unproven.span is None
