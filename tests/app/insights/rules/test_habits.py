"""Habits of writing, one or two lines each: how lists are announced, doses told, medicines stopped."""

import pytest

from app.insights.engines import local_engine


def extract(text):
    return local_engine().extract(text)


def lines(drugs):
    return [(drug.name, drug.dose, drug.frequency) for drug in drugs]


def names(drugs):
    return [drug.name for drug in drugs]


def labs(text):
    return [(lab.test, lab.value, lab.unit, lab.date) for lab in extract(text).labs()]


ITEMS = "\n- Amlor 5 mg : 1 cp le matin\n- Tahor 20 mg : 1 cp le soir\n"


@pytest.mark.parametrize(
    "heading",
    [
        "Traitement de base",
        "Traitement médicamenteux",
        "Traitement pré-hospitalier",
        "Traitement à l'inclusion",
        "Traitement (source : pharmacie)",
        "Traitement général inchangé",
        "Bilan médicamenteux optimisé",
        "Traitement suivi",
        "Son traitement comprend",
        "[Traitement habituel]",
        "Patient sous",
        "Prend",
    ],
)
@pytest.mark.parametrize("mark", [" :", ""])
def test_a_heading_before_the_stay_announces_the_usual_list(heading, mark):
    found = extract(f"Motif : chute.\n\n{heading}{mark}{ITEMS}\nÉvolution : favorable.")
    assert names(found.usual) == ["Amlor", "Tahor"]


@pytest.mark.parametrize(
    "heading",
    [
        "Sortie en SSR neurologique avec",
        "Consignes de sortie",
        "Traitement actualisé",
        "Traitement actuel",
        "Traitement au décours",
        "Traitement à l'issue du séjour",
        "Plan de prise",
        "Suite du traitement",
        "A sa sortie",
        "Au retour à domicile",
        "Pour la maison",
        "Devenir : médecine, avec",
        "Traitement de sort1e",
        "Il repart avec",
        "Le traitement de sortie comporte",
    ],
)
@pytest.mark.parametrize("mark", [" :", ""])
def test_a_heading_after_the_stay_announces_the_discharge_list(heading, mark):
    found = extract(
        f"Traitement habituel :\n- Kardegic 75 mg le midi\n\nÉvolution : favorable.\n\n{heading}{mark}{ITEMS}"
    )
    assert names(found.discharge) == ["Amlor", "Tahor"]
    assert names(found.usual) == ["Kardegic"]


@pytest.mark.parametrize(
    "heading",
    [
        "Traitement chirurgical",
        "Traitement de l'OAP",
        "Traitement antibiotique",
        "Traitement reçu",
        "Traitement symptomatique",
        "Traitement dans le service",
        "Traitement et évolution",
        "[Ce qui a été fait]",
    ],
)
def test_a_heading_that_names_what_was_treated_announces_neither(heading):
    found = extract(
        f"Traitement habituel :\n- Kardegic 75 mg le midi\n\nÉvolution\n\n{heading} :\n- Rocéphine 1 g/j IV\n"
    )
    assert (names(found.usual), names(found.discharge)) == (["Kardegic"], [])
    assert names(found.during_stay) == ["Rocéphine"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Vous lui aviez prescrit du bisoprolol 2,5 mg.",
        "Elle déclare prendre du bisoprolol 2,5 mg.",
        "On note un traitement par bisoprolol 2,5 mg.",
        "Patiente de 70 ans sous bisoprolol 2,5 mg, hospitalisée pour malaise.",
        "Patiente traitée pour une HTA par bisoprolol 2,5 mg, elle est hospitalisée pour malaise.",
        "Une gêne persiste malgré le bisoprolol 2,5 mg prescrit par son médecin traitant.",
        "Prise de bisoprolol 2,5 mg en automédication.",
    ],
)
def test_a_sentence_tells_what_was_taken_before(sentence):
    assert names(extract(f"Histoire de la maladie\n{sentence}").usual) == ["bisoprolol"]


@pytest.mark.parametrize(
    "sentence",
    [
        "En sortie, il prendra du bisoprolol 2,5 mg.",
        "Elle continuera bisoprolol 2,5 mg.",
        "Je vous propose de poursuivre le bisoprolol 2,5 mg.",
        "La sortie est prévue sous bisoprolol 2,5 mg.",
        "Le traitement a été modifié comme suit : bisoprolol 2,5 mg.",
        "Transfert en SSR ce jour sous bisoprolol 2,5 mg.",
        "Le traitement actuel comporte bisoprolol 2,5 mg.",
        "À la sortie, on reconduit le bisoprolol 2,5 mg.",
        "À la sortie, le Kardegic est arrêté. Nous avons débuté du bisoprolol 2,5 mg.",
    ],
)
def test_a_sentence_tells_what_a_patient_leaves_with(sentence):
    found = extract(f"Il prenait du Kardegic 75 mg.\n\nL'évolution a été favorable. {sentence}")
    assert names(found.discharge) == ["bisoprolol"]


@pytest.mark.parametrize(
    ("line", "dose", "frequency"),
    [
        ("Lévothyroxine 75 γ le matin", "75 γ", "le matin"),
        ("Metformine : matin : 2, midi : 0, soir : 1", None, "matin : 2, midi : 0, soir : 1"),
        ("Humalog : 8 - 10 - 8 u", None, "8 - 10 - 8 u"),
        ("Lasilix 20 un matin sur deux", "20", "un matin sur deux"),
        ("Esidrex 25 1/2", "25", "1/2"),
        ("Doliprane 1 g 1 cp jusqu'à 3 fois/j si douleur", "1 g", "1 cp jusqu'à 3 fois/j si douleur"),
        ("Ventoline 100 µg si gêne respiratoire", "100 µg", "si gêne respiratoire"),
        ("Doliprane 1 g si douleur/fièvre", "1 g", "si douleur/fièvre"),
        ("Doliprane (si besoin)", None, "si besoin"),
        ("Cardensiel, que j'ai monté à 5 mg le matin", "5 mg", "le matin"),
        ("Amlodipine augmentée de 5 à 10 mg le matin", "10 mg", "le matin"),
        ("Bisoprolol 2,5 mg (ancien 5 mg) 1/j", "2,5 mg", "1/j"),
        ("Cortancyl 40 mg, diminuer de 5 mg jusqu'à 5 mg", "40 mg", "diminuer de 5 mg jusqu'à 5 mg"),
        ("Optimizette à débuter à J21, 1 cp/j", "1 cp", "/j"),
        ("Modopar 125 à raison d'une gélule 4 fois par jour", "125", "une gélule 4 fois par jour"),
        ("Risordan un milligramme par heure", "un milligramme par heure", None),
        ("Doliprane sirop dose 6 kg toutes les 6 h", "dose 6 kg", "toutes les 6 h"),
        ("Gaviscon 2 ml après chaque biberon", "2 ml", "après chaque biberon"),
        ("Hypnovel 1 mg/h de 22h à 7h", "1 mg/h", "de 22h à 7h"),
        ("Uvedose 100 000 UI 1 amp/mois x 3 mois", "100 000 UI", "1 amp/mois x 3 mois"),
        ("Kardegic 75 mg/j à vie", "75 mg", "/j à vie"),
        ("Previscan 3/4 - 1 en alternance", None, "3/4 - 1 en alternance"),
        ("Augmentin 1 g x 3/j du 3/2 au 10/2", "1 g", "x 3/j du 3/2 au 10/2"),
        ("Calcidose D 1 cp/j", "1 cp", "/j"),
        ("Inexium 10 mg sachet 1/j", "10 mg", "1/j"),
        ("Levothyrox 100 µg : 1 à jeun", "100 µg", "1 à jeun"),
        ("Coumadine (5 mg, trois quarts de comprimé le soir)", "5 mg", "trois quarts de comprimé le soir"),
        ("Cacit D3 (un sachet le midi)", "un sachet", "le midi"),
        ("Clamoxyl 12 g par jour en perfusion continue", "12 g", "par jour en perfusion continue"),
        ("Prozac 20 également depuis un an", "20", None),
        ("Créon 25000 (un à chaque repas)", "25000", "un à chaque repas"),
        ("Trimbow 2 bouff x2/j", "2 bouff", "x2/j"),
        ("Diamicron 60 LP 2 le matin", "60", "2 le matin"),
        ("Previscan 20 mg ¾ cp le soir", "20 mg", "¾ cp le soir"),
        ("Amlor 5 mg 1/j (matin)", "5 mg", "1/j (matin)"),
        ("Augmentin 1 g x3/j jsq 09/02", "1 g", "x3/j jsq 09/02"),
        ("Inexium 40 mg, qu'il prend à la demande", "40 mg", "à la demande"),
        ("Cordarone 200 mg, un par jour cinq jours sur sept", "200 mg", "un par jour cinq jours sur sept"),
        ("Coumadine 5 mg un jour et 4 mg le lendemain", "5 mg", "un jour et 4 mg le lendemain"),
        ("Tardyferon 80 mg : à débuter dans 15 jours, 2 par jour", "80 mg", "2 par jour"),
        ("Seresta 50 mg – ½ cp le soir, à diminuer par le médecin traitant", "50 mg", "½ cp le soir"),
        (
            "Natispray 0,30 mg (1 bouffée en cas de douleur thoracique)",
            "0,30 mg",
            "1 bouffée en cas de douleur thoracique",
        ),
    ],
)
def test_a_posology_is_read_to_its_end(line, dose, frequency):
    (drug,) = extract(f"Traitement de sortie :\n- {line}\n").discharge
    assert (drug.dose, drug.frequency) == (dose, frequency)


def test_what_opens_an_item_is_its_own_and_not_of_the_one_before():
    found = extract(
        "Elle prenait du Tahor 20 mg le soir, un comprimé d'Aldactazine le matin et, en cas de constipation, "
        "un sachet de Forlax."
    )
    assert lines(found.usual) == [
        ("Tahor", "20 mg", "le soir"),
        ("Aldactazine", "un comprimé", "le matin"),
        ("Forlax", "un sachet", "en cas de constipation"),
    ]
    assert [drug.as_needed for drug in found.usual] == [False, False, True]


@pytest.mark.parametrize(
    "sentence",
    [
        "On a remplacé le ramipril par le valsartan.",
        "Le ramipril est changé pour du valsartan.",
        "Le ramipril, essayé il y a deux ans, vite abandonné.",
        "Pas de ramipril ici : toux, je l'ai arrêté.",
        "Le ramipril a bien sûr été arrêté.",
        "Il avait du ramipril mais il ne le prend plus.",
        "Relais ramipril -> valsartan.",
        "Le Tahor a été arrêté, de même que le ramipril.",
        "Le ramipril, mal toléré, n'a pas été repris.",
        "Le ramipril a été diminué à 2,5 mg pendant une semaine avant d'être arrêté.",
    ],
)
def test_a_sentence_stops_a_medicine(sentence):
    found = extract(f"Traitement habituel :\n- ramipril 5 mg\n- Tahor 20 mg\n\nÉvolution :\n{sentence}")
    assert "ramipril" in names(found.stopped)


def test_a_stop_that_is_planned_is_none():
    found = extract("Traitement habituel :\n- Kardegic 160 mg/j (arrêt prévu à 36 SA)\n")
    assert (names(found.usual), names(found.stopped)) == (["Kardegic"], [])


def test_two_brands_of_one_substance_are_both_stopped_where_both_were_taken():
    found = extract(
        "Traitement habituel :\n- Durogésic 50 µg/h\n- Actiq 200 µg si accès\n\n"
        "Arrêtés pendant le séjour : Durogésic, Actiq"
    )
    assert names(found.stopped) == ["Durogésic", "Actiq"]


@pytest.mark.parametrize(
    "words",
    [
        "Reprendre le traitement habituel à l'exception du Tahor.",
        "Poursuite du traitement habituel sauf Tahor.",
        "Inchangé, arrêt du Tahor.",
        "idem sauf Tahor",
    ],
)
def test_a_list_is_taken_over_but_for_what_is_excepted(words):
    found = extract(
        "Traitement habituel :\n- Amlor 5 mg le matin\n- Tahor 20 mg le soir\n\n"
        f"Évolution : favorable.\n\nTraitement de sortie : {words}"
    )
    assert lines(found.discharge) == [("Amlor", "5 mg", "le matin")]
    assert names(found.stopped) == ["Tahor"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Son mari est traité par Xarelto 20 mg.",
        "Sa mère prend du Xarelto 20 mg.",
        "Côté familial, le père est traité par Xarelto 20 mg.",
    ],
)
def test_what_a_relative_takes_is_in_no_list_of_the_patient(sentence):
    found = extract(f"Histoire de la maladie\n{sentence}")
    assert (found.usual, found.discharge, found.during_stay, found.stopped) == ((), (), (), ())


def test_what_a_relative_says_of_the_patient_is():
    assert names(extract("Sa fille signale qu'elle prend du Stilnox 10 mg.").usual) == ["Stilnox"]


def test_a_table_keeps_its_empty_cells():
    found = extract(
        "\tAvant\tSortie\tRemarque\n"
        "Previscan 20 mg\t3/4 cp le soir\tArrêt\trelais\n"
        "Eliquis 2,5 mg\t\t1 cp matin et soir\t\n"
        "Stilnox 10 mg\t1/2 cp au coucher\n"
    )
    assert names(found.usual) == ["Previscan", "Stilnox"]
    assert names(found.discharge) == ["Eliquis"]
    assert names(found.stopped) == ["Previscan"]


def test_a_perfusion_is_not_conditional():
    (drug,) = extract("Traitement de sortie :\n- Clamoxyl 12 g par jour en perfusion continue\n").discharge
    assert not drug.as_needed


def test_lists_on_entering_and_on_leaving_may_share_a_heading():
    found = extract(
        "Traitements\n  > en entrant: Plavix 75 x1, Seroplex 5 x1\n"
        "  > en sortant: Plavix 75 x1, Seroplex 10 x1\n"
        "Commentaires: bonne tolérance.\nDurant le séjour, cystite traitée par Monuril 3 g dose unique.\n"
    )
    assert lines(found.usual) == [("Plavix", "75", "x1"), ("Seroplex", "5", "x1")]
    assert lines(found.discharge) == [("Plavix", "75", "x1"), ("Seroplex", "10", "x1")]
    assert names(found.during_stay) == ["Monuril"]


def test_a_sentence_ends_a_list_without_a_gap():
    found = extract(
        "Médicaments pris chez lui : Exforge 5/160, 1 par jour.\n"
        "Pendant son séjour il a eu du Zometa 4 mg.\n"
        "Il rentre chez lui avec Exforge 5/160 1 par jour, Mimpara 30 mg matin et soir.\n"
    )
    assert names(found.usual) == ["Exforge"]
    assert names(found.during_stay) == ["Zometa"]
    assert names(found.discharge) == ["Exforge", "Mimpara"]


def test_what_is_stopped_before_an_operation_was_taken_until_then():
    found = extract("TTT HABITUEL : Kardegic 75 (stoppé 5j avant) ; Omexel LP 0,4 1/j")
    assert names(found.usual) == ["Kardegic", "Omexel LP"]


def test_two_lists_side_by_side_have_each_their_names():
    found = extract(
        "AVANT | APRES\n"
        "Ramipril 5 mg 1-0-0 | Ramipril 2,5 mg 1-0-0\n"
        "Novorapid 6 UI avant les repas | idem\n"
        "Aricept 10 mg le soir | STOP\n"
        "| Bisoprolol 1,25 mg 1-0-0\n"
        "Pendant l'hospitalisation : Risordan 2 mg/h IVSE.\n"
    )
    assert names(found.usual) == ["Ramipril", "Novorapid", "Aricept"]
    assert [(drug.name, drug.dose) for drug in found.discharge] == [
        ("Ramipril", "2,5 mg"),
        ("Novorapid", "6 UI"),
        ("Bisoprolol", "1,25 mg"),
    ]
    assert names(found.stopped) == ["Aricept"]
    assert names(found.during_stay) == ["Risordan"]


def test_a_heading_may_ask():
    found = extract(
        "1/ Pourquoi cette hospitalisation ?\nRectorragies.\n\n"
        "2/ Quels sont les antécédents ?\nmigraine, HTA.\n\n"
        "3/ Que prenait-elle ?\nLasilix 40 : un comprimé et demi le matin.\n\n"
        "4/ Que s'est-il passé ?\nFerinject 1000 mg.\n\n"
        "5/ Avec quoi repart-elle ?\nLasilix 40 : inchangé.\nTardyferon 80 mg, 2 par jour.\n"
    )
    assert found.reason is not None
    assert found.reason.citation == "Rectorragies"
    assert [item.citation for item in found.history] == ["migraine", "HTA"]
    assert lines(found.usual) == [("Lasilix", "40", "un comprimé et demi le matin")]
    assert names(found.during_stay) == ["Ferinject"]
    assert lines(found.discharge) == [
        ("Lasilix", "40", "un comprimé et demi le matin"),
        ("Tardyferon", "80 mg", "2 par jour"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "À la sortie, on reconduit l'amlodipine et la metformine aux mêmes doses.",
        "Traitement de sortie :\n1. amlodipine : poursuivre\n2. metformine : poursuivre",
        "À la sortie, poursuite de l'amlodipine. La metformine est maintenue.",
        "Traitement de sortie\nTraitement personnel à poursuivre.",
    ],
)
def test_what_goes_on_keeps_its_posology(words):
    usual = [("amlodipine", "5 mg", "le matin"), ("metformine", "850 mg", "matin et soir")]
    found = extract(
        "Elle prend de l'amlodipine 5 mg le matin. Elle est également sous metformine 850 mg matin et soir."
        f"\n\nL'évolution a été favorable.\n\n{words}"
    )
    assert lines(found.usual) == usual
    assert lines(found.discharge) == usual


def test_a_colon_between_a_medicine_and_its_posology_ends_no_heading():
    found = extract("Il est traité par Modopar 125 : 1 gélule à 8h. Il reçoit aussi Xarelto 15 mg le soir.")
    assert names(found.usual) == ["Modopar", "Xarelto"]


@pytest.mark.parametrize(
    "words",
    [
        "Motif : Adressée par les urgences pour chute",
        "Motif = chute",
        "Admission pour : chute",
        "INTERVENTION POUR : chute",
        "Pbm : chute",
    ],
)
def test_why_the_patient_came_is_announced_in_many_ways(words):
    reason = extract(words).reason
    assert reason is not None
    assert reason.citation == "chute"


def test_an_identity_copied_with_tabs_names_its_parts():
    found = extract("Motif d'entrée\tFracture du col\nAntécédents\tHTA ; ostéoporose\nSortie\t18/10/2024\n")
    assert found.reason is not None
    assert found.reason.citation == "Fracture du col"
    assert [item.citation for item in found.history] == ["HTA", "ostéoporose"]


def test_what_is_added_goes_on_with_the_list():
    found = extract(
        "Traitement habituel :\n- Amlor 5 mg le matin\n\nÉvolution : favorable.\n\n"
        "Poursuite du traitement habituel. On ajoute Lasilix 20 mg le matin."
    )
    assert sorted(names(found.discharge)) == ["Amlor", "Lasilix"]


def test_neither_a_share_nor_a_pump_is_a_medicine():
    found = extract("Traitement de sortie :\nMorphine 3 mg/h, bolus 3 mg /10 min\nFEVG 52 %\n")
    assert lines(found.discharge) == [("Morphine", "3 mg/h", "bolus 3 mg /10 min")]


def test_a_dose_by_body_surface_is_given_here():
    found = extract("Protocole : Endoxan 750 mg/m² J1, Oncovin 1,4 mg/m² J1")
    assert names(found.during_stay) == ["Endoxan", "Oncovin"]
    assert found.reason is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "bili T/D 34/21 µmol/L",
            [("bilirubine", 34, "µmol/L", None), ("bilirubine", 21, "µmol/L", None)],
        ),
        (
            "bilirubine totale 14 µmol/L, conjuguée 6",
            [("bilirubine", 14, "µmol/L", None), ("bilirubine", 6, "µmol/L", None)],
        ),
        ("Cl Cr (Cockcroft) 38 mL/min", [("clairance", 38, "mL/min", None)]),
        ("créatinine à 134 micromoles par litre", [("creatinine", 134, "micromoles par litre", None)]),
        (
            "créat 310/112 µmol/L",
            [("creatinine", 310, "µmol/L", None), ("creatinine", 112, "µmol/L", None)],
        ),
        (
            "Créat J1 132 / J3 98 µmol/L",
            [("creatinine", 132, "µmol/L", "J1"), ("creatinine", 98, "µmol/L", "J3")],
        ),
        ("ASAT pic à 310", [("ASAT", 310, None, None)]),
        ("créatinine 142 µmol/L (119 en mars)", [("creatinine", 142, "µmol/L", None)]),
        (
            "La créatinine, à 132 µmol/L à l'entrée, est redescendue à 84 µmol/L",
            [("creatinine", 132, "µmol/L", "l'entrée"), ("creatinine", 84, "µmol/L", None)],
        ),
        ("Créatinine normale à 70 µmol/L", [("creatinine", 70, "µmol/L", None)]),
        ("Cr 81 µmol/l", [("creatinine", 81, "µmol/l", None)]),
        ("Les ASAT étaient à 96 UI/L", [("ASAT", 96, "UI/L", None)]),
        ("DFG supérieur à 90 mL/min", [("DFG", 90, "mL/min", None)]),
        ("créatinine 06/03 : 88", [("creatinine", 88, None, "06/03")]),
        (
            "Créatinine pré-op : 58 µmol/L, post-op : 66",
            [("creatinine", 58, "µmol/L", None), ("creatinine", 66, "µmol/L", "post-op")],
        ),
        ("la bilirubine totale étant normale", [("bilirubine", None, None, None)]),
        (
            "ALAT 14 N à J1, 6 N à J4 puis 2 N",
            [("ALAT", 14, "N", "J1"), ("ALAT", 6, "N", "J4"), ("ALAT", 2, "N", None)],
        ),
        (
            "ASAT : 58, 98 puis 51 UI/L",
            [("ASAT", 58, "UI/L", None), ("ASAT", 98, "UI/L", None), ("ASAT", 51, "UI/L", None)],
        ),
        (
            "créatinine à 156 µmol/L contre 98 habituellement ; elle était à 110 µmol/L",
            [
                ("creatinine", 156, "µmol/L", None),
                ("creatinine", 98, "µmol/L", None),
                ("creatinine", 110, "µmol/L", None),
            ],
        ),
        (
            "créatinine à 152 µmol/l (DFG à 44 ml/min), contre 148 l'an passé",
            [
                ("creatinine", 152, "µmol/l", None),
                ("creatinine", 148, "µmol/l", None),
                ("DFG", 44, "ml/min", None),
            ],
        ),
    ],
)
def test_a_value_is_read_with_what_goes_on_from_it(text, expected):
    found = labs(text)
    assert found[: len(expected)] == expected


def test_a_value_at_discharge_begins_no_list():
    found = extract(
        "Traitement habituel :\n- Kardegic 75 mg\n\n"
        "Biologie : Créatininémie à J3 : 168 µmol/L ; sortie : 118 µmol/L.\n"
        "Prémédication par Polaramine 5 mg.\n"
    )
    assert [lab.value for lab in found.renal] == [168, 118]
    assert found.discharge == ()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Madame X, soixante-dix-neuf ans, est sortie ce jour.", 79),
        ("Madame X, quatre-vingt-un ans, est sortie ce jour.", 81),
        ("Monsieur X, vingt et un ans, est sorti ce jour.", 21),
        ("MR X / 59 a / Hospit du 20/05/24", 59),
        ("Monsieur X, 66 ans. HTA depuis l'âge de 35 ans.", 66),
    ],
)
def test_an_age_may_be_written_in_words(text, years):
    age = extract(text).age
    assert age is not None
    assert age.years == years


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Antécédents : HTA · diabète · AVC 2015", ["HTA", "diabète", "AVC 2015"]),
        (
            "Antécédents : - Cardio-vasculaires : HTA, ACFA\n  - Neurologiques : AVC 2016\n",
            ["HTA", "ACFA", "AVC 2016"],
        ),
        ("ATCD : HTA - diabète - AVC 2015", ["HTA", "diabète", "AVC 2015"]),
        ("Vous la suivez pour une BPCO et un SAOS.", ["BPCO", "SAOS"]),
        ("Comme tu le sais elle a une BPCO et un SAOS.", ["BPCO", "SAOS"]),
        ("Elle a bénéficié d'une thyroïdectomie en 1998.", ["thyroïdectomie en 1998"]),
        ("Cette patiente diabétique et hypertendue est venue.", ["diabétique et hypertendue"]),
        ("Elle a été traitée pour une cystite par fosfomycine 3 g.", []),
        ("Histoire médicale\nHTA\nCholécystectomie\n", ["HTA", "Cholécystectomie"]),
        ("AP : HTA, DMLA", ["HTA", "DMLA"]),
        ("ATCD : HTA, anxiété / allergie acariens, aspirine", ["HTA", "anxiété"]),
        ("Terrain : HTA, ø allergie, ø ATCD coronarien", ["HTA"]),
        (
            "Antécédents : diabète de type 2, compliqué d'une rétinopathie, HTA",
            ["diabète de type 2, compliqué d'une rétinopathie", "HTA"],
        ),
        (
            "Terrain : IRCT, dialysée depuis 2019 ; HTA ; diverticulose",
            ["IRCT, dialysée depuis 2019", "HTA", "diverticulose"],
        ),
        (
            "Antécédents : née à 31 SA, bronchiolites, opérée d'un strabisme en 2022.",
            ["née à 31 SA", "bronchiolites", "opérée d'un strabisme en 2022"],
        ),
        ("FACTEURS DE RISQUE\n- Tabac\n- Hérédité coronarienne\n- Surpoids\n", ["Tabac", "Surpoids"]),
        (
            "ATCD\ncardio : RAC serré\nrein : IRC stade 3b\nchir : hernie\n",
            ["RAC serré", "IRC stade 3b", "hernie"],
        ),
        ("Antécédents : Migraine. Éthylisme - Tabac 40 PA.", ["Migraine", "Éthylisme", "Tabac 40 PA"]),
        ("ANTECEDENTS : HTA. DIABETE.\nAMPUTATION EN 2020.\n", ["HTA", "DIABETE", "AMPUTATION EN 2020"]),
        ("ATCD : HTA\nAllergie : 0\nTabac : sevré 2015\n", ["HTA", "Tabac : sevré 2015"]),
        (
            "Elle est suivie pour une polyarthrite rhumatoïde.\n\nAntécédents : HTA, goutte",
            ["polyarthrite rhumatoïde", "HTA", "goutte"],
        ),
        ("Elle est suivie pour une goutte.\n\nAntécédents : HTA, goutte", ["HTA", "goutte"]),
    ],
)
def test_a_history_is_told_in_many_ways(text, expected):
    assert [item.citation for item in extract(text).history] == expected


@pytest.mark.parametrize(
    ("line", "dose", "frequency"),
    [
        ("Dafalgan 1 g effervescent : 1 toutes les 6 heures", "1 g", "1 toutes les 6 heures"),
        ("Natispray 0,30 1 bouffée SL si douleur", "0,30", "1 bouffée SL si douleur"),
        ("Zophren 8 mg les jours de chimiothérapie", "8 mg", "les jours de chimiothérapie"),
        ("Doliprane 1 g : 1 cp si douleur, 3 par jour au plus", "1 g", "1 cp si douleur, 3 par jour au plus"),
        ("Un-Alfa 0,25 1 x 3/sem après HD", "0,25", "1 x 3/sem après HD"),
        ("Lovenox 0,4 en début de séance", "0,4", "en début de séance"),
        ("Kayexalate 1 c. mesure les jours sans dialyse", "1 c. mesure", "les jours sans dialyse"),
        ("Symbicort 400/12 (1 bouffée x 2/j)", "400/12", "1 bouffée x 2/j"),
        ("Fumafer poudre, 1 dose de 1 mg/kg/j le matin", "1 mg/kg/j", "le matin"),
    ],
)
def test_a_posology_may_be_told_so(line, dose, frequency):
    (drug,) = extract(f"Traitement habituel\n- {line}\n").usual
    assert (drug.dose, drug.frequency) == (dose, frequency)


@pytest.mark.parametrize(
    "sentence",
    [
        "Stilnox a été retiré.",
        "Nous avons progressivement sevré le Stilnox.",
        "Fin du Stilnox.",
        "Le Stilnox, mal toléré (vertiges), avait été abandonné en 2022.",
        "Imovane et Stilnox non repris.",
        "Stilnox : terminé depuis mars 2023.",
    ],
)
def test_a_stop_may_be_told_so(sentence):
    assert "Stilnox" in names(extract(f"Évolution\nFavorable. {sentence}\n").stopped)


def test_an_unknown_name_that_a_list_stops_is_stopped():
    found = extract("Traitement habituel\nTahor 20 mg le soir\nZorglubine 120 mg : arrêté en janvier 2023\n")
    assert (names(found.usual), names(found.stopped)) == (["Tahor"], ["Zorglubine"])


def test_how_long_it_is_taken_stands_after_the_moments_of_a_table():
    found = extract(
        "Traitement de sortie\n                 Matin   Midi   Soir\n"
        "Tavanic 500 mg     1       0      1     jusqu'au 21.11\n"
    )
    assert found.discharge[0].frequency == "1       0      1     jusqu'au 21.11"


def test_headings_may_end_with_an_angle():
    found = extract("+ Motif > chute\n+ Ttt au domicile > Tahor 20 mg (1 soir)\n")
    assert (found.reason.citation, names(found.usual)) == ("chute", ["Tahor"])


def test_a_long_title_ends_with_a_full_stop():
    found = extract(
        "Motif. Chute.\n\nTraitement suivi à l'arrivée du service de chirurgie. Tahor 20 mg le soir.\n\n"
        "Traitement prescrit à la fin du séjour. Tahor 40 mg le soir.\n"
    )
    assert [drug.dose for drug in (*found.usual, *found.discharge)] == ["20 mg", "40 mg"]


def test_prescriptions_in_force_on_arrival_are_usual():
    found = extract("Ordonnance en cours à l'arrivée\nTahor 20 mg le soir\n")
    assert (names(found.usual), names(found.discharge)) == (["Tahor"], [])


@pytest.mark.parametrize(
    ("text", "sex"),
    [("LEFEBVRE Norbert (H, 77 a)", "M"), ("Étudiante en droit.", "F"), ("Amené par les pompiers.", "M")],
)
def test_sex_may_be_told_so(text, sex):
    assert extract(text).sex.value == sex


def test_age_may_be_reckoned_to_an_admission():
    assert extract("Né le : 19/06/2019\nAdmission : 03/10/2023\n").age.years == 4


def test_values_may_follow_each_other_with_their_days_alone():
    assert [value for _, value, _, _ in labs("créat 168 (20/09) 201 (23/09) 155 (27/09)")] == [168, 201, 155]


def test_what_follows_an_allergy_and_a_full_stop_is_history():
    found = extract(
        "Antécédents\nAsthme. Allergie aux protéines d'œuf. Frénotomie. Chez le père : lithiase.\n"
    )
    assert [item.citation for item in found.history] == ["Asthme", "Frénotomie"]


@pytest.mark.parametrize("label", ["Pb médicaux connus", "Ses maladies", "Histoire personnelle"])
def test_history_may_be_announced_so(label):
    assert len(extract(f"Objet du séjour : chute\n{label} : BPCO, RTU prostate 2018, zona.\n").history) == 3


def test_a_letter_may_tell_the_only_treatment():
    found = extract(
        "Son seul traitement était du Subutex 8 mg par jour.\n\nIl sort sous Tahor 20 mg le soir."
    )
    assert (names(found.usual), names(found.discharge)) == (["Subutex"], ["Tahor"])
