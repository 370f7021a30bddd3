"""Two posologies mean the same, or the aspect in which they differ is named."""

from fractions import Fraction

import pytest

from app.insights import differences
from app.insights.prescription import read_prescription


def drug(line):
    (found,) = read_prescription(line).ordered
    return found


def aspects(before, after):
    return [change.aspect.value for change in differences.changes(drug(before), drug(after))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Eliquis 5 mg 1 cp matin et soir", "Eliquis 5 mg 1-0-1"),
        ("Eliquis 5 mg 1 cp matin et soir", "Eliquis 5 : 2 fois par jour"),
        ("Eliquis 5 mg 1 cp matin et soir", "Eliquis 5 mg 1 cp /12h"),
        ("Eliquis 5 mg 1 cp matin et soir", "Eliquis 5 mg 2x/j"),
        ("Bisoprolol 5 mg 1 – 0 – 0", "Bisoprolol 5 mg 1 cp le matin"),
        ("Macrogol 10 g 1       0      1       0", "Macrogol 10 g 1 sachet matin et soir"),
        ("Sotalol 80 mg 1 cp | X | | X", "Sotalol 80 mg 1 cp matin et soir"),
        ("Eliquis 5 mg 1 | 0 | 1", "Eliquis 5 mg 1-0-1"),
        ("Levothyrox 100 microg le matin", "Levothyrox 100 µg le matin"),
        ("Circadin 2 mg le soir", "Circadin LP 2 mg le soir"),
        ("Bisoprolol 10 mg : 1/2 - 0 - 0", "Bisoprolol 5 mg 1 cp le matin"),
        ("Valium 5 mg 1/2-0-1", "Valium 5 mg ½ cp le matin et 1 cp le soir"),
        ("Lasilix 40 mg un demi-comprimé le matin", "Lasilix 20 mg 1 cp/j"),
        ("Lasilix 20 mg x 1 cp", "Lasilix 20 mg"),
        ("Coumadine 2 mg 1 cp et demi le soir", "Coumadine 2 mg 1,5 cp le soir"),
        ("Levothyrox 75 µg le matin", "Levothyrox 0,075 mg 1 cp/j"),
        ("Levothyrox 75 le matin", "Levothyrox 75 µg le matin"),
        ("Doliprane 1 g x 3/j", "Doliprane 500 mg 2 cp 3 fois par jour"),
        ("Doliprane 1 g si douleur, max 4/j", "Doliprane 1000 mg toutes les 6 heures si besoin"),
        ("Prednisone 20 mg 2 cp/j", "Prednisone 40 mg le matin"),
        ("Seresta 10 mg 1 cp le matin et 2 cp au coucher", "Seresta 10 mg 1-0-2"),
        ("Lantus 20 UI le soir", "Insuline Lantus 0-0-20 UI"),
        ("Novorapid 6 UI matin, 8 UI midi, 6 UI soir", "Novorapid 6-8-6 UI"),
        ("Durogesic 25 µg/h 1 patch tous les 3 jours", "Durogesic 25 µg/h 1 patch/72 h"),
        ("Amiodarone 200 mg 1 cp 1 jour sur 2", "Amiodarone 200 mg un jour sur deux"),
        ("Fosamax 70 mg 1 cp le dimanche", "Fosamax 70 1 cp par semaine"),
        ("Humira 40 mg toutes les 2 semaines", "Humira 40 mg 1 injection tous les 15 jours"),
        ("Uvedose 100 000 UI 1 ampoule tous les 3 mois", "Uvedose 100000 UI une ampoule par trimestre"),
        ("Metformine 1000 mg matin midi et soir", "Metformine 1 g aux 3 repas"),
        ("Augmentin 1 g/125 mg x 3/j", "Augmentin 1 g x 3/j"),
        ("Lovenox 4000 UI/j", "Lovenox 0,4 mL 1 inj/j"),
        ("Ventoline 2 bouffées à la demande", "Ventoline 100 µg 2 bouffées si besoin"),
        ("Xalatan 1 goutte le soir dans les 2 yeux", "Xalatan collyre 1 goutte ODG le soir"),
        ("Josir LP 0,4 mg le soir", "Tamsulosine 0,4 mg le soir"),
        ("Solupred 20 mg 2 cp/j 3 jours puis 1 cp/j 3 jours", "Solupred 20 mg 2 cp/j 3 j puis 1 cp/j 3 j"),
        ("Kardegic 75 mg 1 sachet le midi", "Kardegic 75 mg"),
        ("Kayexalate 15 g lundi, mercredi, vendredi", "Kayexalate 15 g x 3/semaine"),
        ("Kayexalate 15 g (1 mesure) par jour", "Kayexalate 15 g tous les jours"),
        ("Durogesic 50 µg/h 1 patch/72h", "Durogesic 50 1 patch tous les 3 jours"),
        ("Trinitrine patch 10 mg de 8h à 20h", "Trinitrine patch 10 mg 1/j"),
        ("Metformine 500 mg MMS", "Metformine 500 mg 1-1-1"),
        ("Imovane 7,5 mg 1/2 cp au coucher", "Imovane 3,75 mg 1 cp au coucher"),
    ],
)
def test_one_posology_written_in_two_ways_does_not_differ(before, after):
    assert aspects(before, after) == []
    assert aspects(after, before) == []


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("Eliquis 5 mg 1-0-1", "Eliquis 2,5 mg 1-0-1", ["dose"]),
        ("Entresto 24/26 mg 1-0-1", "Entresto 49/51 mg 1-0-1", ["dose"]),
        ("Levothyrox 75 le matin", "Levothyrox 100 µg le matin", ["dose"]),
        ("Movicol 1 à 2 sachets par jour", "Movicol 1 sachet par jour", ["dose"]),
        (
            "Doliprane 1 g si douleur max 3/j",
            "Paracétamol 500 mg, 1 à 2 cp si douleur, max 4/jour",
            ["dose", "rythme"],
        ),
        ("Novorapid 6-8-6 UI", "Novorapid 8-8-6 UI", ["dose"]),
        ("Doliprane 1 g 4x/j", "Doliprane 1 g 3x/j", ["rythme"]),
        ("Doliprane 1 g x 3/j", "Doliprane 1 g si douleur", ["rythme"]),
        ("Inexium 40 mg matin", "Inexium 40 mg soir", ["rythme"]),
        ("Méthotrexate 10 mg le lundi", "Méthotrexate 10 mg par jour", ["rythme"]),
        ("Amiodarone 200 mg 1 cp 5 jours sur 7", "Amiodarone 200 mg 1 cp/j", ["rythme"]),
        ("Kayexalate 15 g 1 jour sur 2", "Kayexalate 15 g tous les jours", ["rythme"]),
        ("Seresta 10 mg 1-1-2", "Seresta 10 mg 1-0-2", ["rythme"]),
        ("Kayexalate 15 g les jours sans dialyse", "Kayexalate 15 g par jour", ["rythme"]),
        ("Zymad 80 000 UI/mois", "Zymad 80 000 UI tous les 3 mois", ["rythme"]),
        ("Doliprane 1 g si douleur max 3/j", "Doliprane 1 g si douleur max 4/j", ["rythme"]),
        ("Symbicort 200/6 1 bouffée matin et soir", "Symbicort 400/12 1 bouffée matin et soir", ["dose"]),
        ("Dépakine chrono 500 mg 2/j", "Dépakine 500 mg 2/j", ["forme"]),
        ("Augmentin 1 g x 3/j 7 jours", "Augmentin 1 g x 3/j pendant 5 jours", ["durée"]),
        ("Tramadol LP 100 mg matin et soir", "Tramadol 100 mg matin et soir", ["forme"]),
        ("Trinitrine 10 mg 1 patch le matin", "Trinitrine 10 mg 1 cp le matin", ["forme"]),
        ("Furosémide 40 mg IV", "Furosémide 40 mg PO", ["voie"]),
    ],
)
def test_what_differs_is_named(before, after, changed):
    assert aspects(before, after) == changed


def test_a_changed_dose_says_by_how_much():
    (change,) = differences.changes(drug("Bisoprolol 5 mg le matin"), drug("Bisoprolol 10 mg le matin"))
    assert (change.before, change.after, change.factor) == ("5 mg", "10 mg", 2)


def test_a_changed_number_of_tablets_is_a_changed_dose():
    (change,) = differences.changes(
        drug("Lasilix 40 mg 1 cp le matin"), drug("Lasilix 40 mg 1/2 cp le matin")
    )
    assert (change.before, change.after) == ("40 mg 1 cp le matin", "40 mg 1/2 cp le matin")
    assert change.factor == Fraction(1, 2)


def test_units_that_cannot_be_compared_give_no_factor():
    (change,) = differences.changes(drug("Zorgl 5 mg le soir"), drug("Zorgl 5 UI le soir"))
    assert (change.aspect, change.factor) == ("dose", None)


def test_what_one_side_leaves_open_is_a_question_not_a_change():
    assert [a.value for a in differences.unsaid(drug("Kardegic 75 mg le midi"), drug("Kardegic 75 mg"))] == [
        "rythme"
    ]
