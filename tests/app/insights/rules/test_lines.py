"""One subject at a time: a few lines of report and what they say."""

import pytest

from app.insights.engines import local_engine


def extract(text):
    return local_engine().extract(text)


def labs(text):
    return [(lab.test, lab.value, lab.unit) for lab in extract(text).labs()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Créat 97 µmol/L, CRP 6", [("creatinine", 97, "µmol/L")]),
        ("DFG CKD-EPI 42 puis 65 mL/min", [("DFG", 42, "mL/min"), ("DFG", 65, "mL/min")]),
        ("ASAT/ALAT : 45/32 UI/L", [("ASAT", 45, "UI/L"), ("ALAT", 32, "UI/L")]),
        ("TGO 3N, TGP 1,5 x N", [("ASAT", 3, "N"), ("ALAT", 1.5, "N")]),
        ("ASAT et ALAT normales", [("ASAT", None, None), ("ALAT", None, None)]),
        ("clairance (Cockcroft) 58 ml/mn", [("clairance", 58, "ml/mn")]),
        ("DFG > 90", [("DFG", 90, None)]),
        ("Creat. l6O µmol/L", [("creatinine", 160, "µmol/L")]),
        ("contrôle de la créatinine à J8", []),
        ("créat 121 puis 74", [("creatinine", 121, None), ("creatinine", 74, None)]),
        ("créatinine de 180 à 95 µmol/L", [("creatinine", 180, "µmol/L"), ("creatinine", 95, "µmol/L")]),
        (
            "créat montée à 148 (vs 102 de base) puis redescendue à 110 µmol/l",
            [("creatinine", 148, "µmol/l"), ("creatinine", 102, "µmol/l"), ("creatinine", 110, "µmol/l")],
        ),
        (
            "Créat (µmol/L) : 187 à l'entrée, 132 à J3",
            [("creatinine", 187, "µmol/L"), ("creatinine", 132, "µmol/L")],
        ),
        ("créat J1 150, J3 120", [("creatinine", 150, None), ("creatinine", 120, None)]),
        ("créatinine 97, 3 culots globulaires", [("creatinine", 97, None)]),
        (
            "créatinine à 11 mg/L, Cockcroft 34 mL/min",
            [("creatinine", 11, "mg/L"), ("clairance", 34, "mL/min")],
        ),
        ("cytolyse à 10N sur les ASAT et 12N sur les ALAT", [("ASAT", 10, "N"), ("ALAT", 12, "N")]),
        ("ASAT 210 (pic) puis 60", [("ASAT", 210, None), ("ASAT", 60, None)]),
        ("créatinine le 06/03", []),
    ],
)
def test_values_and_units(text, expected):
    assert labs(text) == expected


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Mme X, 56 ans, mère décédée à 70 ans", 56),
        ("Père décédé à 54 ans.", None),
        ("Suivi depuis 10 ans", None),
        ("Né le 09/11/1957, hospitalisé le 14/10/2022", 64),
        ("nourrisson de 7 mois", 0),
        ("ENFANT NORAH D. - 7 mois - 7,9 kg", 0),
        ("AGE: 77   SEXE: F", 77),
        ("APIXABAN 5 1 MATIN ET SOIR, 6 MOIS", None),
        ("majorer l'Oxycontin de 20 à 40 mg", None),
        ("Séjour du 18/11/2024 au 28/11/2024 de Monsieur CARAYON Didier (23/05/1958)", 66),
        ("DN : 03.05.1932 / séjour : 12.10.2024", 92),
        ("Date naiss. : 28/06/1963\nHospit. : 14/01/2025 au 20/01/2025", 61),
    ],
)
def test_the_age_is_that_of_the_patient(text, years):
    age = extract(text).age
    assert (age and age.years) == years


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("Sexe : M", "M"),
        ("Interne : Mlle S. Troncy. Monsieur G. Arlempdes", "M"),
        ("Patient : Dupré Camille (F), 40 ans", "F"),
        ("Camille Dupré, 40 ans", None),
        ("patiente adressée par le Dr Roux", "F"),
        ("M. A., 70 ans, est hospitalisé.", "M"),
        ("Madame, Monsieur et cher confrère,\nVotre patient M. Abdel Roux", "M"),
        ("SERVAJEAN Odette  F  68a  72kg", "F"),
        ("Marche sur 50 m. Douleurs contrôlées.", None),
        ("Enfant : Louna M., fille, 22 mois", "F"),
        ("Accompagnée de sa fille", None),
        ("Camille D., ancienne couturière", "F"),
    ],
)
def test_the_sex_is_written_never_guessed(text, sex):
    found = extract(text).sex
    assert (found and found.value) == sex


@pytest.mark.parametrize(
    "text",
    [
        "Pas de metformine.",
        "Allergie : amoxicilline",
        "Éviter le tramadol.",
        "ATCD familiaux : mère sous Kardegic 75 mg",
    ],
)
def test_denied_family_and_allergy_are_in_no_list(text):
    assert list(extract(text).drugs()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Arrêt du gliclazide.",
        "Le gliclazide a été définitivement arrêté.",
        "Ne prend plus de gliclazide depuis 2019.",
    ],
)
def test_a_stopped_medicine_is_stopped_only(text):
    found = extract(text)
    assert [drug.dci for drug in found.stopped] == ["gliclazide"]
    assert list(found.drugs()) == list(found.stopped)


@pytest.mark.parametrize(
    ("sentence", "names", "listed"),
    [
        ("Ne pas reprendre le ramipril", ["ramipril"], "stopped"),
        ("Ne plus prendre d'Advil", ["Advil"], "stopped"),
        ("Seresta : ne pas renouveler", ["Seresta"], "stopped"),
        ("Inexium non renouvelé", ["Inexium"], "stopped"),
        ("pas de reprise du Mopral", ["Mopral"], "stopped"),
        ("nous n'avons pas réintroduit le Plavix", ["Plavix"], "stopped"),
        ("Xarelto non réintroduit", ["Xarelto"], "stopped"),
        ("Lovenox 0,4 mL en remplacement du Xarelto", ["Xarelto"], "stopped"),
        ("Relais de l'Héparine par Coumadine 2 mg", ["Héparine"], "stopped"),
        ("AINS contre-indiqués (Profenid, Voltarène)", ["Profenid", "Voltarène"], "unclassified"),
        ("Ne doit plus prendre d'Advil", ["Advil"], "stopped"),
        ("Tahor (arrêté)", ["Tahor"], "stopped"),
        ("Pas d'AINS (Profenid, Voltarène)", ["Profenid", "Voltarène"], "unclassified"),
        ("N'a jamais pris de méthotrexate", ["méthotrexate"], "unclassified"),
        ("Sa femme prend du Tahor 10 mg", ["Tahor"], "unclassified"),
        ("Reparler plus tard du Tahor", ["Tahor"], "unclassified"),
    ],
)
@pytest.mark.parametrize("heading", ["Traitement habituel :", "Traitement de sortie :"])
@pytest.mark.parametrize("bullet", ["", "- "])
def test_a_name_in_a_list_is_taken_only_if_the_words_around_it_do_not_deny_it(
    heading, bullet, sentence, names, listed
):
    found = extract(f"{heading}\n{bullet}Doliprane 1 g x 3/j\n{bullet}{sentence}\n")
    assert [drug.name for drug in getattr(found, listed)] == names
    assert not {drug.name for drug in (*found.usual, *found.discharge)} & set(names)


@pytest.mark.parametrize(
    "text", ["- Kardegic\n- Tahor", "Kardegic, Tahor", "Il prend du Kardegic et du Tahor."]
)
def test_names_alone_are_a_list(text):
    assert [d.name for d in extract(f"Traitement de sortie :\n{text}\n").discharge] == ["Kardegic", "Tahor"]


@pytest.mark.parametrize(
    ("line", "dose", "frequency"),
    [
        ("Eliquis 5 : 1-0-1", "5", "1-0-1"),
        ("Eliquis 5 1-0-1", "5", "1-0-1"),
        ("Coversyl 5 (1-0-0)", "5", "1-0-0"),
        ("Tahor 20 1 cp le soir", "20", "1 cp le soir"),
        ("Coversyl 2,5, le matin", "2,5", "le matin"),
        ("Tahor 20", "20", None),
        ("Tahor 1-0-0", None, "1-0-0"),
        ("Tahor 2019", None, None),
    ],
)
def test_a_bare_number_after_a_known_name_is_its_dose(line, dose, frequency):
    (drug,) = extract(f"Traitement de sortie :\n- {line}\n- Zorglub 12\n").discharge
    assert (drug.dose, drug.frequency) == (dose, frequency)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("ATCD : HTA, diabète, BPCO", ["HTA", "diabète", "BPCO"]),
        ("ATCD\n- Cardio : HTA, ACFA\n- Tabac 0", ["HTA", "ACFA"]),
        ("ATCD\n- Goutte, deux crises\n- HTA, diabète", ["Goutte, deux crises", "HTA", "diabète"]),
        ("Antécédents : HTA.\nConso : alcool\nMotif : chute", ["HTA"]),
        ("Aux antécédents d'HTA, de diabète et de tabagisme.", ["HTA", "diabète", "tabagisme"]),
        ("Antécédents : pas de diabète, une allergie au latex", []),
    ],
)
def test_history_is_listed_one_by_one(lines, expected):
    assert [item.citation for item in extract(f"{lines}\n").history] == expected


def test_a_list_that_begins_beside_its_heading_ends_with_its_paragraph():
    found = extract(
        "À la maison il avait : Amlor 10 le matin, Kardegic 75.\n\n"
        "Ici Lasilix IV 40 mg x2 pendant 48h.\n\nIl sort avec :\nAmlor 10 mg 1 le matin\n"
    )
    assert [drug.name for drug in found.usual] == ["Amlor", "Kardegic"]
    assert [drug.name for drug in found.during_stay] == ["Lasilix"]
    assert [drug.name for drug in found.discharge] == ["Amlor"]


def test_a_stop_does_not_reach_back_over_another_medicine():
    found = extract("ttt : Micropakine LP 250 mg x2 ; Zarontin arrêté en mai.\n")
    assert [drug.name for drug in found.usual] == ["Micropakine LP"]
    assert [drug.name for drug in found.stopped] == ["Zarontin"]


def test_a_stop_said_of_several_stops_each():
    found = extract("Évolution : l'irbésartan et l'amlodipine ont été interrompus.\n")
    assert [drug.dci for drug in found.stopped] == ["irbésartan", "amlodipine"]


def test_a_zero_of_a_plan_denies_nothing():
    found = extract("Traitement de sortie : Lepticur 10 mg 1-0-0, Nicopatch 21 mg 1/j")
    assert [drug.name for drug in found.discharge] == ["Lepticur", "Nicopatch"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("traitement habituel inchangé.", ["Amlor", "Plavix"]),
        ("reprise de son traitement habituel hormis le Plavix.", ["Amlor"]),
        ("Lovenox 4000 UI/j, le reste sans changement.", ["Lovenox", "Amlor", "Plavix"]),
        ("idem maison + Lovenox 4000 UI/j", ["Lovenox", "Amlor", "Plavix"]),
        ("Amlor inchangé ; arrêt du Plavix", ["Amlor"]),
    ],
)
def test_what_goes_on_is_taken_over_with_its_posology(words, names):
    found = extract(
        f"Traitement habituel : Amlor 10 mg le matin, Plavix 75 mg/j.\n\nTraitement de sortie : {words}\n"
    )
    assert [drug.name for drug in found.discharge] == names
    assert all(drug.dose for drug in found.discharge)


def test_a_part_for_what_is_stopped_within_the_discharge_list():
    found = extract(
        "Traitement de sortie\nPoursuivis :\n- Amlor 5 mg le matin\nArrêtés :\n- Plavix : saignement\n"
    )
    assert [drug.name for drug in found.discharge] == ["Amlor"]
    assert [drug.name for drug in found.stopped] == ["Plavix"]


@pytest.mark.parametrize(
    ("words", "name", "dci"),
    [
        (
            "irbésartan/hydrochlorothiazide 300/25 mg 1/j",
            "irbésartan/hydrochlorothiazide",
            "irbésartan + hydrochlorothiazide",
        ),
        ("Lasilix (furosémide) 40 mg le matin", "Lasilix", "furosémide"),
        ("périndopril indapamide 4/1,25 mg 1/j", "périndopril indapamide", "périndopril + indapamide"),
        ("Calcium-vitamine D3 1 sachet/j", "Calcium-vitamine D3", "calcium + colécalciférol"),
        ("insuline Lantus 20 UI le soir", "Lantus", "insuline glargine"),
    ],
)
def test_two_names_of_one_medicine_are_one_line(words, name, dci):
    (drug,) = extract(f"Traitement habituel : {words}").usual
    assert (drug.name, drug.dci) == (name, dci)
    assert drug.dose


def test_a_table_of_moments():
    found = extract(
        "Traitement de sortie\n| Médicament | Matin | Midi | Soir |\n|---|---|---|---|\n"
        "| Eliquis 5 mg | 1 | | 1 |\n| Tahor 40 mg | | | 1 |\n"
    )
    assert [(drug.name, drug.dose, drug.frequency) for drug in found.discharge] == [
        ("Eliquis", "5 mg", "1 | | 1"),
        ("Tahor", "40 mg", "1"),
    ]


def test_what_goes_into_a_vein_in_the_stay_is_no_repetition_of_the_tablet():
    found = extract("Évolution : Lasilix IV 40 mg x 2/j.\n\nTraitement de sortie : Lasilix 40 mg le matin")
    assert [drug.name for drug in found.during_stay] == ["Lasilix"]


@pytest.mark.parametrize("line", ["Créatinine 9 mg/L", "potassium 4,2 mmol/L", "Hémoglobine : 9,5 g/dL"])
def test_a_result_in_a_list_of_medicines_is_no_medicine(line):
    found = extract(f"Traitement de sortie :\n- Tahor 20 mg\n- {line}\n")
    assert [drug.name for drug in found.drugs()] == ["Tahor"]


@pytest.mark.parametrize(
    ("heading", "listed"),
    [
        ("CAT à la sortie", "discharge"),
        ("CAT à la sortie :", "discharge"),
        ("Prend chez lui :", "usual"),
        ("Autres traitements :", "usual"),
        ("III - TRAITEMENT A L'ENTREE", "usual"),
        ("► Ttt hab. (EHPAD)", "usual"),
        ("## Traitements habituels", "usual"),
        ("TRAlTEMENT HABITUEL :", "usual"),
        ("A l'arrivée, la patiente avait le traitement suivant :", "usual"),
        ("Elle rejoint son domicile. Traitement à poursuivre :", "discharge"),
        ("Ordonnance remise à la patiente :", "discharge"),
        ("Sortie avec :", "discharge"),
        ("Prescriptions post-opératoires :", "discharge"),
        ("Prend chez elle :", "usual"),
        ("À domicile :", "usual"),
    ],
)
def test_headings_in_other_words_open_their_list(heading, listed):
    assert [drug.name for drug in getattr(extract(f"{heading}\n- Tahor 20 mg\n"), listed)] == ["Tahor"]


@pytest.mark.parametrize("words", ["Ne pas arrêter le Plavix 75 mg", "Sans arrêt du Plavix 75 mg"])
def test_what_must_not_be_stopped_is_not_stopped(words):
    found = extract(f"Traitement de sortie :\n- {words}\n")
    assert [drug.name for drug in found.discharge] == ["Plavix"]
    assert not found.stopped


def test_a_bare_name_at_discharge_does_not_erase_a_stop():
    found = extract("Évolution :\nArrêt du ramipril.\n\nTraitement de sortie :\n- ramipril\n")
    assert [drug.name for drug in found.stopped] == ["ramipril"]


@pytest.mark.parametrize(
    "line",
    [
        "Eliquis" + " ," * 100,
        "Arrêt" + " ," * 100 + " Eliquis",
        "Eliquis " + "le " * 60,
        "Eliquis " + "(" * 190,
        "Eliquis " + "définitivement " * 14,
    ],
)
def test_lines_made_to_exhaust_the_rules_are_read_in_the_time_of_others(line):
    """No clock here: a rule that tries every way of sharing out these runs takes minutes."""
    assert all(drug.name == "Eliquis" for drug in extract(f"{line}\n" * 500).drugs())


def test_a_medicine_the_lexicon_does_not_know_is_kept_in_its_list():
    (drug,) = extract("Traitement habituel :\n- Zorglubine 10 mg 1 cp le soir\n").usual
    assert (drug.name, drug.dci, drug.dose) == ("Zorglubine", None, "10 mg")
    (drug,) = extract("Traitement habituel :\n- Kepra solution 500 mg 2x/j\n").usual
    assert (drug.name, drug.dci, drug.dose) == ("Kepra", None, "500 mg")


def test_an_unchanged_treatment_is_repeated_with_that_sentence_as_proof():
    found = extract("Traitement habituel : Eliquis 5 mg matin et soir.\n\nTraitement de sortie : inchangé.\n")
    (drug,) = found.discharge
    assert (drug.dci, drug.dose) == ("apixaban", "5 mg")
    assert "inchangé" in drug.citation
