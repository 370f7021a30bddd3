"""What changes between home and leaving: arrows, lists of changes, and what goes on from the usual list."""

import pytest

from app.insights.engines import local_engine

USUAL = "Traitement habituel\n- Tahor 20 mg : 1 cp le soir\n- Amlor 5 mg : 1 cp le matin\n\n"


def extract(text):
    return local_engine().extract(text)


def lines(drugs):
    return [(drug.name, drug.dose, drug.frequency) for drug in drugs]


def names(drugs):
    return [drug.name for drug in drugs]


@pytest.mark.parametrize(
    ("line", "dose", "frequency"),
    [
        ("Amlor 10 mg → 5 mg : 1 cp le soir", "5 mg", "1 cp le soir"),
        ("Amlor 10 mg -> 5 mg le soir", "5 mg", "le soir"),
        ("Amlor 10 mg : 1-0-0 → 0-0-1", "10 mg", "0-0-1"),
        ("Amlor 10 mg : 1-0-0 → inchangé", "10 mg", "1-0-0"),
        ("Amlor 10 mg → inchangé : 1 gél le matin", "10 mg", "1 gél le matin"),
        ("Amlor 5 mg/j augmenté à 10 mg/j", "10 mg", "/j"),
        ("Amlor → 5 mg le soir", "5 mg", "le soir"),
        ("Amlor 5 mg le soir, à augmenter à 10 mg", "5 mg", "le soir"),
    ],
)
def test_a_patient_leaves_with_what_an_arrow_leads_to(line, dose, frequency):
    found = extract(f"{USUAL}Traitement de sortie\n- {line}\n")
    assert lines(found.discharge) == [("Amlor", dose, frequency)]


def test_before_the_stay_an_arrow_changes_nothing():
    assert lines(extract("Traitement habituel\n- Amlor 10 mg → 5 mg\n").usual) == [("Amlor", "10 mg", None)]


@pytest.mark.parametrize(
    "heading",
    [
        "Synthèse des modifications thérapeutiques",
        "Modifications du traitement",
        "A. Médicaments poursuivis sans modification",
        "B. Médicaments dont la posologie a changé",
        "Nouveaux médicaments",
        "Ajouts :",
        "TTT A DONNER A PARTIR DU 17.09 :",
        "Traitements en cours à la fin de prise en charge (transfert en USP)",
        "Ce que la patiente doit prendre maintenant",
        "Prises médicamenteuses au départ",
    ],
)
def test_a_list_of_changes_is_what_a_patient_leaves_with(heading):
    assert names(extract(f"{USUAL}{heading}\n- Eliquis 5 mg 1-0-1\n").discharge) == ["Eliquis"]


@pytest.mark.parametrize("heading", ["MODIFICATIONS PENDANT LE SEJOUR", "Conduite tenue :", "Evol :"])
def test_changes_of_the_stay_are_not(heading):
    found = extract(f"{USUAL}{heading}\n- Lasilix 125 mg/j IV 3 jours\n")
    assert names(found.during_stay) == ["Lasilix"]
    assert not found.discharge


def test_what_was_done_here_is_no_discharge_list_where_one_follows():
    found = extract(
        f"{USUAL}CAT : paracétamol 1 g IV x1\n\nSortie : Eliquis 5 mg 1-0-1, Tahor 20 mg le soir\n"
    )
    assert names(found.discharge) == ["Eliquis", "Tahor"]
    assert names(found.during_stay) == ["paracétamol"]


def test_where_a_heading_lists_the_discharge_the_story_adds_nothing():
    found = extract(
        f"{USUAL}Évolution\nCéfazoline 2 g après chaque dialyse, à poursuivre jusqu'au 19/06.\n\n"
        "Traitement de sortie\n- Tahor 20 mg le soir\n- Amlor 5 mg le matin\n"
    )
    assert names(found.discharge) == ["Tahor", "Amlor"]
    assert names(found.during_stay) == ["Céfazoline"]


@pytest.mark.parametrize(
    "words",
    [
        "Traitement inchangé, avec ajout de :\n- Eliquis 5 mg matin et soir\n",
        "Traitement de sortie : traitement habituel, en ajoutant Eliquis 5 mg matin et soir.\n",
        "Prescriptions de sortie\n1) Eliquis 5 mg : 1 cp matin et soir\n+ reprise du traitement habituel\n",
        "Propositions thérapeutiques\n- Débuter Eliquis 5 mg matin et soir\n- Reste du traitement inchangé\n",
        "Bien à vous, j'ajoute Eliquis 5 mg matin et soir. Le reste est inchangé.\n",
    ],
)
def test_what_goes_on_is_joined_by_what_is_added(words):
    assert sorted(names(extract(f"{USUAL}Évolution\nbonne\n\n{words}").discharge)) == [
        "Amlor",
        "Eliquis",
        "Tahor",
    ]


def test_an_infinitive_stops_the_medicine_that_follows_it():
    found = extract(f"{USUAL}Nous proposons de réduire Tahor à 10 mg/j, d'interrompre Amlor.\n")
    assert lines(found.discharge) == [("Tahor", "10 mg", "/j")]
    assert names(found.stopped) == ["Amlor"]


def test_what_is_suspended_and_taken_up_again_is_not_stopped():
    found = extract(f"{USUAL}Évolution\nLe choc a fait suspendre Tahor et Amlor, repris le 18/05.\n")
    assert not found.stopped


def test_what_failed_in_the_past_is_stopped_and_was_not_given_here():
    found = extract("Évolution\nÉchec de deux lignes (sertraline 200 mg, puis venlafaxine 225 mg).\n")
    assert names(found.stopped) == ["sertraline", "venlafaxine"]
    assert not found.during_stay


def test_what_is_taken_up_again_later_is_not_yet_in_the_list():
    found = extract(
        f"{USUAL}Traitement de sortie\n- Eliquis 5 mg 1-0-1\n"
        "- Tahor et Amlor : reprise à la fin de l'antibiothérapie\n"
    )
    assert names(found.discharge) == ["Eliquis"]


def test_an_arrow_may_lead_to_the_end_of_a_medicine():
    found = extract("Traitement habituel\n- Inexium non compatible avec la sonde -> arrêté en septembre\n")
    assert names(found.stopped) == ["Inexium"]
    assert not found.usual


@pytest.mark.parametrize(
    "line",
    [
        "Pilulier",
        "Plan de prise remis à la famille pour le retour",
        "Médicaments que prendra M. X à la maison, validés par le pharmacien :",
        "Voici ce qu'il faudra lui donner comme médicaments jusqu'à la consultation :",
    ],
)
def test_medicines_below_a_line_in_words_of_its_own_are_a_list(line):
    items = "- Eliquis 5 mg : 1-0-1\n- Bisoprolol 5 mg le matin\n"
    found = extract(f"{USUAL}Évolution\nbonne\n\n{line}\n{items}")
    assert names(found.discharge) == ["Eliquis", "Bisoprolol"]


def test_what_such_a_line_gives_against_an_infection_is_not():
    items = "- Eliquis 5 mg : 1-0-1\n- Rocephine 1 g/j 5 jours\n"
    assert not extract(f"{USUAL}Évolution\nbonne\n\nAntibiothérapie prise :\n{items}").discharge


def test_a_list_beside_its_heading_ends_with_its_last_full_stop():
    found = extract(
        "Traitement habituel : Tahor 20 mg le soir, Amlor 5 mg le matin.\n"
        "CPRE le 03/03. Antibiothérapie par Tazocilline 4 g x 3/j.\n"
    )
    assert names(found.usual) == ["Tahor", "Amlor"]
    assert names(found.during_stay) == ["Tazocilline"]


def test_a_condition_below_it_goes_on_with_it():
    found = extract("Traitement de fond : Tahor 20 mg le soir.\nEn cas de crise : Buccolam 7,5 mg.\n")
    assert names(found.usual) == ["Tahor", "Buccolam"]


def test_what_ends_with_the_stay_was_given_there():
    found = extract("Évolution\nNovorapid selon protocole pendant 5 jours, arrêtée à la sortie.\n")
    assert names(found.during_stay) == ["Novorapid"]


def test_what_was_taken_by_the_way_is_not_taken_over():
    found = extract(
        f"{USUAL}HDM : automédication par Cortancyl 20 mg/j 3 jours.\n\nTraitement de sortie : idem entrée\n"
    )
    assert names(found.usual) == ["Tahor", "Amlor", "Cortancyl"]
    assert names(found.discharge) == ["Tahor", "Amlor"]


def test_a_posology_may_stand_below_its_medicine():
    found = extract(
        "Traitement de sortie :\nKeppra 500 mg\n  1 comprimé matin et soir\nJasmine\n1 comprimé/j\n"
    )
    assert lines(found.discharge) == [
        ("Keppra", "500 mg", "1 comprimé matin et soir"),
        ("Jasmine", "1 comprimé", "/j"),
    ]


def test_what_a_medicine_is_for_may_stand_before_its_posology():
    found = extract(
        "Traitement habituel\n- Tahor 20 mg (cholestérol) : 1 cp le soir\n- Lexomil (un quart le soir)\n"
    )
    assert lines(found.usual) == [("Tahor", "20 mg", "1 cp le soir"), ("Lexomil", None, "un quart le soir")]


def test_a_quantity_before_a_name_belongs_to_the_name():
    found = extract(
        "Traitement actuel :\n1 cp de Kardegic 75 le midi\n1 ampoule d'Uvédose 100 000 par trimestre\n"
    )
    assert lines(found.usual) == [("Kardegic", "75", "le midi"), ("Uvédose", "100 000", "par trimestre")]


def test_a_condition_may_open_a_line():
    (drug,) = extract("Traitement habituel\n- En cas de crise de plus de 5 minutes : Buccolam 7,5 mg\n").usual
    assert (drug.dose, drug.frequency) == ("7,5 mg", "En cas de crise de plus de 5 minutes")
    assert drug.as_needed
