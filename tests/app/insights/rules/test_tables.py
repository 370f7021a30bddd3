"""Tables of medicines, in the shapes that pharmacists and wards give them."""

from app.insights.engines import local_engine


def extract(text):
    return local_engine().extract(text)


def lines(drugs):
    return [(drug.name, drug.dose, drug.frequency) for drug in drugs]


def names(drugs):
    return [drug.name for drug in drugs]


def test_nothing_may_stand_above_the_names():
    found = extract(
        "Traitement de sortie\n"
        "                     Matin   Midi   Soir   Coucher\n"
        "APIXABAN 2,5 mg cp     1       0      1       0\n"
        "MIANSERINE 10 mg cp                           1\n"
    )
    assert lines(found.discharge) == [
        ("APIXABAN", "2,5 mg", "1       0      1       0"),
        ("MIANSERINE", "10 mg", "1"),
    ]


def test_a_number_may_stand_before_the_name_and_a_remark_stops_it():
    found = extract(
        "| N° | Spécialité | Posologie domicile | Posologie sortie | Commentaire |\n"
        "|----|-----------|--------------------|------------------|-------------|\n"
        "| 1 | LASILIX (furosémide) 40 mg | 1 cp matin | 1/2 cp matin | diminué |\n"
        "| 2 | PERMIXON 160 mg | 1 gél x 2/j | - | Arrêté, SMR insuffisant |\n"
    )
    assert lines(found.usual) == [("LASILIX", "40 mg", "1 cp matin"), ("PERMIXON", "160 mg", "1 gél x 2/j")]
    assert lines(found.discharge) == [("LASILIX", "40 mg", "1/2 cp matin")]
    assert names(found.stopped) == ["PERMIXON"]


def test_a_strength_may_have_a_column_of_its_own():
    found = extract("Médicament | Dosage | Entrée | Sortie\nBisoprolol | 2,5 mg | 1 matin | 2 matin\n")
    assert lines(found.usual) == [("Bisoprolol", "2,5 mg", "1 matin")]
    assert lines(found.discharge) == [("Bisoprolol", "2,5 mg", "2 matin")]


def test_a_mark_says_that_a_posology_told_before_holds():
    found = extract(
        "Médicament | Posologie | Entrée | Sortie\n"
        "Bisoprolol 5 mg | 1 le matin | x | x\nTahor 20 mg | 1 le soir | x | arrêt\n"
    )
    assert lines(found.usual) == [("Bisoprolol", "5 mg", "1 le matin"), ("Tahor", "20 mg", "1 le soir")]
    assert lines(found.discharge) == [("Bisoprolol", "5 mg", "1 le matin")]
    assert names(found.stopped) == ["Tahor"]


def test_what_is_taken_at_home_stands_beside_what_the_ward_gives():
    found = extract(
        "BMO                            Prescription d'hospitalisation   Statut\n"
        "Kétoprofène LP 200 mg 1/j      Non prescrit                     Arrêt volontaire\n"
        "Bisoprolol 2,5 mg 1 le matin   Bisoprolol 2,5 mg 1 le matin     Poursuivi\n"
    )
    assert lines(found.usual) == [
        ("Kétoprofène LP", "200 mg", "1/j"),
        ("Bisoprolol", "2,5 mg", "1 le matin"),
    ]
    assert names(found.stopped) == ["Kétoprofène LP"]
    assert not found.discharge
    assert not found.during_stay


def test_dates_of_entry_and_leaving_side_by_side_head_no_lists():
    found = extract("Entrée : 02/05/2024      Sortie : 11/05/2024\nTahor 20 mg               Amlor 5 mg\n")
    assert not found.usual
    assert not found.discharge


def test_what_a_column_gives_on_demand_is_taken_as_needed():
    found = extract(
        "Traitements en cours\nMédicament\tMatin\tSoir\tSi besoin\nTahor 20 mg\t\t1\t\nDoliprane 1 g\t\t\tX\n"
    )
    assert [(drug.name, drug.as_needed) for drug in found.usual] == [("Tahor", False), ("Doliprane", True)]
