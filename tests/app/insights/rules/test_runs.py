"""Lists of medicines under words that no rule knows: their density and their place tell what they are."""

import pytest

from app.insights.engines import local_engine
from app.insights.models import Drug, Insights

BEFORE = "Eliquis 5 mg matin et soir\nTahor 20 mg le soir\nLasilix 40 mg le matin\n"
AFTER = "Eliquis 5 mg matin et soir\nTahor 20 mg le soir\nLasilix 20 mg le matin\n"
STORY = "CE QUI A CHANGÉ\nSurveillance simple, sans incident.\n"


def _read(text: str) -> Insights:
    return local_engine().extract(text)


def _lines(drugs: tuple[Drug, ...]) -> list[tuple[str, str | None]]:
    return [(drug.name, drug.dose) for drug in drugs]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("SUR LE PILULIER DE LA FILLE", "DANS LE SAC DU DÉPART"),
        ("Pharmacopée d'arrivée :", "Pharmacopée de fin :"),
        ("-- Boîtes apportées --", "-- Boîtes rendues --"),
    ],
)
def test_headings_that_no_rule_knows_stand_over_the_two_lists(first: str, last: str) -> None:
    found = _read(f"Mme X, 70 ans\n\n{first}\n{BEFORE}\n{STORY}\n{last}\n{AFTER}")

    assert _lines(found.usual) == [("Eliquis", "5 mg"), ("Tahor", "20 mg"), ("Lasilix", "40 mg")]
    assert _lines(found.discharge) == [("Eliquis", "5 mg"), ("Tahor", "20 mg"), ("Lasilix", "20 mg")]


def test_a_letter_may_name_its_first_list_in_words_of_its_own() -> None:
    found = _read(
        "Son pilulier contenait jusqu'ici ceci : Eliquis 5 mg matin et soir ; Tahor 20 mg le soir ; "
        "Lasilix 40 mg le matin.\n\nLes suites sont simples.\n\nTraitement de sortie : Eliquis 5 mg matin et "
        "soir, Tahor 20 mg le soir."
    )

    assert _lines(found.usual) == [("Eliquis", "5 mg"), ("Tahor", "20 mg"), ("Lasilix", "40 mg")]


def test_what_is_given_into_a_vein_is_no_usual_list() -> None:
    found = _read(
        "Au SMUR : Aspégic 250 mg IV, morphine 3 mg IV, furosémide 40 mg IV.\n\nTraitement de sortie\n"
        "- Kardegic 75 mg le midi\n- Tahor 80 mg le soir\n"
    )

    assert found.usual == ()


def test_medicines_of_the_stay_that_share_none_with_the_usual_list_are_no_discharge() -> None:
    found = _read(
        f"Traitement habituel\n{BEFORE}\nÉvolution\nAmoxicilline 1 g x 3/j, paracétamol 1 g x 4/j, "
        "ondansétron 4 mg x 3/j.\n"
    )

    assert found.discharge == ()


def test_a_heading_in_the_style_of_the_others_ends_a_list() -> None:
    found = _read(
        "A. MOTIF\nChute\n\nB. ANTÉCÉDENTS\nHTA\n\nC. TRAITEMENT HABITUEL\nEliquis 5 mg matin et soir\n\n"
        "D. AUTOUR DU LIT\nOxycodone 5 mg x 4/j pendant 3 jours.\n\nE. TRAITEMENT DE SORTIE\n"
        "Eliquis 5 mg matin et soir\n"
    )

    assert _lines(found.usual) == [("Eliquis", "5 mg")]


def test_a_numbered_list_has_no_headings_of_its_own() -> None:
    found = _read(
        "1. Motif\nChute\n2. Antécédents\nHTA\n3. Traitement habituel\n1. Eliquis matin et soir\n"
        "2. Tahor le soir\n"
    )

    assert [drug.name for drug in found.usual] == ["Eliquis", "Tahor"]


def test_minutes_of_a_meeting_are_no_report() -> None:
    found = _read(
        "Présents : M. Gaudefroy, Mme Ancelin.\n\nAntécédents du litige : dégât des eaux de 2019, réglé.\n"
        "Traitement des charpentes : 2 passages par an, le matin.\n"
    )

    assert found.history == ()
    assert found.usual == found.discharge == ()


@pytest.mark.parametrize(
    "listed",
    [
        "▪ Ce qu'elle a eu\nMaladie de Parkinson (2015)\nHypertension\nCancer du sein opéré en 2001\n",
        "Déjà vu pour > HTA / diabète de type 2 / BPCO\n",
        "Dossier : BPCO sous O2 nocturne, HTA, zona 2021.\n",
    ],
)
def test_diseases_that_follow_each_other_are_the_history(listed: str) -> None:
    found = _read(f"Mme X, 84 ans\nMotif : chute\n\n{listed}\nÉvolution : bonne.\n")

    assert len(found.history) == 3


def test_one_disease_among_other_words_is_no_list() -> None:
    found = _read("Mme X, 84 ans\n\nBon appétit, marche avec une canne, HTA à surveiller, sort ce jour.\n")

    assert found.history == ()


def test_a_bullet_that_stands_before_headings_only_ends_a_list() -> None:
    found = _read(
        "▪ Motif\nChute\n▪ Traitement habituel\nTahor 20 mg le soir\n▪ Ce qui reste à faire\n"
        "Avant toute introduction de Plavix 75 mg, revoir le cardiologue.\n"
    )

    assert _lines(found.usual) == [("Tahor", "20 mg")]
