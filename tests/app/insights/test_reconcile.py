"""A treatment beside a new prescription: one line each, with what changed and both citations."""

import json
import re
from pathlib import Path

import pytest

from app.insights import reconcile
from app.insights.models import Insights
from app.insights.prescription import read_prescription

# The others are held back, so that they can still judge rules that were never fitted to them.
ANNOTATED = ("01", "02", "04", "05", "07", "09", "10", "12", "14")
SHARED = Path(__file__).parents[4] / "shared" / "data" / "reports"


def lines(before, prescription):
    new = read_prescription(prescription)
    return reconcile.compare(read_prescription(before).ordered, new.ordered, new.stopped)


def statuses(before, prescription):
    return [(line.name, line.status.value) for line in lines(before, prescription)]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("Eliquis 5 mg 1 cp matin et soir", "ELIQUIS 5 mg 1-0-1", "Identique"),
        ("Lasilix 40 mg le matin", "Furosémide Arrow 40 mg 1 cp/j", "Équivalence"),
        ("Furosémide 40 mg le matin", "Furosémide Arrow 40 mg le matin", "Identique"),
        ("Xalattan 1 goutte le soir", "Xalatan 1 goutte le soir", "Identique"),
        ("Symbicort Turbuhaler 200/6 2 bouffées", "Symbicort 200/6 2 bouffées", "Identique"),
        ("Macrogol 10 g 1 sachet le matin", "Macrogol 4000 10 g 1 sachet le matin", "Identique"),
        ("Atarax 25 mg si besoin, max 3/j", "Atarax 25 mg si besoin (max 3 par jour)", "Identique"),
        ("Doliprane 1 g si douleur", "Doliprane 1 g 1 cp en cas de douleur", "Identique"),
        ("Trimbow 2 bouff x2/j", "Trimbow 2 bouffées matin et soir", "Identique"),
        ("Augmentin 1 g x3/j jsq 09/02", "Augmentin 1 g x 3/j jusqu'au 09/02", "Identique"),
        ("Lasilix 40 mg le matin", "Lasilix 20 mg le matin", "Changé"),
        ("Lasilix 40 mg le matin", "Furosémide 40 mg matin et midi", "Changé"),
    ],
)
def test_a_medicine_that_goes_on(before, after, status):
    ((_, found),) = statuses(before, after)
    assert found == status


def test_order_and_separators_do_not_count():
    before = "Kardegic 75 mg\nTahor 40 mg le soir\nBisoprolol 2,5 mg le matin"
    after = "Bisoprolol 2,5 mg 1-0-0 ; Tahor 40 mg 0-0-1, Kardegic 75 mg - Eliquis 5 mg matin et soir"
    assert statuses(before, after) == [
        ("acide acétylsalicylique", "Identique"),
        ("atorvastatine", "Identique"),
        ("bisoprolol", "Identique"),
        ("apixaban", "Nouveau"),
    ]


@pytest.mark.parametrize(
    "after",
    ["Zyrtec arrêté", "STOP Zyrtec", "Zyrtec : arrêt", "norfloxacine 400 mg 1/j\nzyrtec : arrêté ce jour"],
)
def test_a_medicine_stopped_in_words_quotes_them(after):
    line = lines("Zyrtec 10 mg le soir", after)[0]
    assert line.status is reconcile.Status.STOPPED
    assert line.after is not None
    assert re.search("arrêt|stop", line.after.citation, re.IGNORECASE)


def test_a_medicine_that_is_not_there_any_more_is_stopped_without_words():
    (line,) = lines("Zyrtec 10 mg le soir", "")
    assert (line.status, line.after) == (reconcile.Status.STOPPED, None)


def test_the_stop_of_another_medicine_stops_only_that_one():
    assert statuses("Forxiga 10 mg le matin", "Jardiance 10 mg le matin (arrêt Forxiga)") == [
        ("dapagliflozine", "Arrêté"),
        ("empagliflozine", "Nouveau"),
    ]


@pytest.mark.parametrize("separator", ["\n", ", ", " ; ", " - "])
def test_a_stop_between_two_medicines_is_that_of_the_first(separator):
    prescription = separator.join(["Tahor 40 mg le soir", "Zyrtec arrêté", "Eliquis 5 mg matin et soir"])
    assert statuses("Zyrtec 10 mg le soir\nTahor 40 mg le soir", prescription) == [
        ("cétirizine", "Arrêté"),
        ("atorvastatine", "Identique"),
        ("apixaban", "Nouveau"),
    ]


@pytest.mark.parametrize(
    "prescription",
    [
        "Augmenter Bisoprolol à 5 mg le matin",
        "BISOPROLOL EG 5 mg cp pell séc : 1 comprimé le matin pendant 1 mois",
        "Médicament | Posologie\nBisoprolol 5 mg | 1-0-0",
        "1/ Bisoprolol 5 : 1-0-0",
    ],
)
def test_a_changed_dose_is_seen_whoever_writes_the_prescription(prescription):
    (line,) = lines("Bisoprolol 2,5 mg : 1 cp le matin", prescription)
    assert [(change.aspect.value, change.factor) for change in line.changes] == [("dose", 2)]


def test_a_medicine_that_an_arrow_replaces_is_stopped():
    assert statuses("Kardegic 75 mg le midi", "Kardegic => Plavix 75 mg/j") == [
        ("acide acétylsalicylique", "Arrêté"),
        ("clopidogrel", "Nouveau"),
    ]


def test_two_medicines_of_one_substance_find_each_its_own():
    before = "Oxycontin LP 10 mg matin et soir\nOxynormoro 5 mg si douleur"
    after = "Oxynormoro 5 mg si douleur\nOxycontin LP 20 mg matin et soir"
    assert [(line.before.name, line.status.value) for line in lines(before, after)] == [
        ("Oxycontin LP", "Changé"),
        ("Oxynormoro", "Identique"),
    ]


def test_both_sides_are_quoted():
    (line,) = lines("- Lasilix 40 mg : 1 cp le matin", "furosemide 20mg 1cp matin")
    assert (line.before.citation, line.after.citation) == (
        "Lasilix 40 mg : 1 cp le matin",
        "furosemide 20mg 1cp matin",
    )


def test_questions_ask_and_never_advise():
    found = lines("Lasilix 40 mg le matin\nTahor 20 mg le soir", "Lasilix 80 mg le matin\nPlavix 75 mg")
    for line in found:
        assert line.question is not None
        assert line.question.endswith("?")
        assert not re.search(r"\b(?:faut|devez|devrait|recommand|conseill|contre-indiq)", line.question)


def test_a_question_names_what_differs_whatever_its_number():
    one, several, unsaid = lines(
        "Lasilix 40 mg le matin\nTahor 20 mg le soir\nKardegic 75 mg le midi",
        "Lasilix 80 mg le matin\nTahor 10 mg le matin\nKardegic 75 mg",
    )
    assert one.question == "FUROSÉMIDE : différence d'une liste à l'autre (dose). Est-elle voulue ?"
    assert (
        several.question
        == "ATORVASTATINE : différence d'une liste à l'autre (dose, rythme). Est-elle voulue ?"
    )
    assert unsaid.question == (
        "ACIDE ACÉTYLSALICYLIQUE : précision écrite d'un seul côté (rythme). Est-elle à compléter ?"
    )


@pytest.mark.parametrize(
    ("against", "named"),
    [
        (reconcile.Against.PRESCRIPTION, "nouvelle prescription"),
        (reconcile.Against.DISCHARGE, "traitement de sortie"),
    ],
)
def test_a_question_names_the_list_that_leaves_out_or_adds(against, named):
    before, after = (read_prescription(text).ordered for text in ("Lasilix 40 mg", "Tahor 20 mg"))
    for line in reconcile.compare(before, after, against=against):
        assert line.question is not None
        assert named in line.question


def test_a_stop_in_words_is_that_of_the_report_when_its_own_discharge_is_compared():
    old = read_prescription("Lasilix 40 mg").ordered
    (line,) = reconcile.compare(old, (), old, against=reconcile.Against.DISCHARGE)
    assert line.question == "FUROSÉMIDE : le compte rendu l'écrit comme arrêté. Est-ce voulu ?"


def test_the_base_is_the_discharge_list_or_else_what_is_usual_and_not_stopped():
    usual, stopped = (
        read_prescription("Tahor 20 mg\nPlavix 75 mg").ordered,
        read_prescription("STOP Plavix").stopped,
    )
    discharge = read_prescription("Eliquis 5 mg").ordered
    assert reconcile.base(Insights(usual=usual, discharge=discharge)) == discharge
    assert [drug.name for drug in reconcile.base(Insights(usual=usual, stopped=stopped))] == ["Tahor"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the annotated reports are not beside this repository")
@pytest.mark.parametrize("name", ANNOTATED)
def test_annotated_statuses(name):
    gold = json.loads((SHARED / f"{name}.json").read_text(encoding="utf-8"))
    base = gold["traitement_sortie"] or [
        drug
        for drug in gold["traitements_habituels"]
        if drug["dci"] not in {stopped["dci"] for stopped in gold["arretes"]}
    ]
    before = "\n".join(
        drug["citation"].replace("\n", " ") for drug in base if drug["dosage"] or drug["frequence"]
    )
    if not gold["conciliation"] or len(base) != len(read_prescription(before).ordered):
        pytest.skip("its base is not a list of whole lines")
    found = sorted(status for _, status in statuses(before, gold["nouvelle_prescription"]))
    assert found == sorted(line["statut"] for line in gold["conciliation"])
