"""What leaves when identifiers are reduced, what stays, and how results come back to the original."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights import privacy
from app.insights.engines import local_engine
from app.insights.models import Span

REPORTS = Path(__file__).parents[2] / "data" / "reports"

IDENTITY = """\
CHU de Valmondiers - Tél. 02 61 91 30 40 - secretariat.cardio@chu-valmondiers.example
IPP : 8001234567   NDA n° 24-0098123   NIR : 1 55 08 75 123 456 78
Nom : ARLEMPDES    Prénom : Gonzague   Sexe : M     Age : 68 ans
Patient : M. ARLEMPDES Gonzague, né le 17/08/1955, hospitalisé du 04/01/2024 au 29/01/2024
Adresse : 3 bis impasse du Lavoir, 44998 La Chapelle-Verdure
Médecin traitant : Dr Quitterie Malaubier (+33 2 61 91 30 41)
"""
SECRETS = (
    *("ARLEMPDES", "Gonzague", "Malaubier", "Quitterie", "02 61 91 30 40", "2 61 91 30 41", "8001234567"),
    *("24-0098123", "1 55 08 75", "17/08/1955", "Lavoir", "44998", "Chapelle", "secretariat.cardio"),
)


def test_what_identifies_is_replaced_by_what_it_is():
    assert privacy.reduce(IDENTITY).text == (
        "CHU de Valmondiers - Tél. [TÉLÉPHONE] - [ADRESSE ÉLECTRONIQUE]\n"
        "IPP : [NUMÉRO DE DOSSIER]   NDA n° [NUMÉRO DE DOSSIER]   NIR : [NUMÉRO DE SÉCURITÉ SOCIALE]\n"
        "Nom : [NOM]    Prénom : [NOM]   Sexe : M     Age : 68 ans\n"
        "Patient : M. [NOM], né le [DATE DE NAISSANCE : 68 ans], hospitalisé du 04/01/2024 au 29/01/2024\n"
        "Adresse : [ADRESSE], [ADRESSE]\n"
        "Médecin traitant : Dr [NOM] ([TÉLÉPHONE])\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "L'IPP est stoppé. IPP 40 mg le soir.",
        "Patient : Homme de 70 ans",
        "Fragmine 10000 UI matin et soir, 12500 UI le soir",
        "Plaquettes 15000, 25000 Plaquettes au contrôle",
        "Sexe : M     Age : 47 ans",
        "ne prend plus de Kardegic depuis 2019",
        "1,5 place de la chimiothérapie, 3 cours de rééducation",
        "Le patient est sorti le 29/01/2024.",
        "Creat 98 102 115 120 131",
        "M. prend Eliquis",
    ],
)
def test_what_identifies_nobody_stays(text):
    assert privacy.reduce(text).text == text


@pytest.mark.parametrize(
    ("text", "reduced"),
    [
        ("M DUPONT Jean, 70 ans", "M [NOM], 70 ans"),
        ("Signé électroniquement par Hermine CASTELVAUX", "Signé électroniquement par [NOM]"),
        ("Dr. J.-M. DE LA TOUR (06.12.34.56.78)", "Dr. [NOM] ([TÉLÉPHONE])"),
        ("née(e) le 3 mars 1950", "née(e) le [DATE DE NAISSANCE]"),
        ("DDN: 12.03.40, vue le 14/05/2023", "DDN: [DATE DE NAISSANCE : 83 ans], vue le 14/05/2023"),
        ("Secrétariat 0261913040", "Secrétariat [TÉLÉPHONE]"),
        ("Dossier n° 123456789", "Dossier n° [NUMÉRO DE DOSSIER]"),
    ],
)
def test_habits_of_writing(text, reduced):
    assert privacy.reduce(text).text == reduced


def test_a_name_is_replaced_wherever_it_comes_back():
    reduced = privacy.reduce(
        "L'enfant Anouk VERSINI-LABORDE, 6 ans.\nAnouk a été admise ; Versini-Laborde."
    ).text
    assert reduced == "L'enfant [NOM], 6 ans.\n[NOM] a été admise ; [NOM]."


def test_a_birth_date_without_a_later_date_gives_no_age():
    assert privacy.reduce("née le 17/08/1955").text == "née le [DATE DE NAISSANCE]"


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.json")), ids=lambda path: path.stem)
def test_all_that_is_annotated_survives(path):
    reduced = privacy.reduce(path.with_suffix(".txt").read_text(encoding="utf-8")).text
    gold = json.loads(path.read_text(encoding="utf-8"))
    lists = [value for key, value in gold.items() if isinstance(value, list) and key != "conciliation"]
    items = [item for value in lists for item in value]
    assert items
    for item in items:
        assert (item if isinstance(item, str) else item["citation"]) in reduced


DRUGS = st.sampled_from(
    ["Lasilix", "Eliquis", "bisoprolol", "Kardegic", "LEVOTHYROX", "Doliprane", "Fragmine"]
)
DOSES = st.builds(
    "{} {}".format,
    st.one_of(st.integers(1, 30000), st.sampled_from(["2,5", "0.25", "100 000", "1/2"])),
    st.sampled_from(["mg", "g", "µg", "UI", "ml", "cp"]),
)
DAYS = st.builds("{:02}/{:02}/{}".format, st.integers(1, 28), st.integers(1, 12), st.integers(2020, 2026))
LABS = st.builds(
    "{} {} {} le {}".format,
    st.sampled_from(["Créatinine", "DFG CKD-EPI", "ASAT", "PAL", "Plaquettes"]),
    st.one_of(st.integers(1, 99999), st.floats(0.1, 900).map(lambda value: f"{value:.1f}".replace(".", ","))),
    st.sampled_from(["µmol/L", "mL/min", "UI/L", "N"]),
    DAYS,
)
DRUG_LINES = st.builds(
    "{1}{0[0]} {0[1]}{2}".format,
    st.tuples(DRUGS, DOSES),
    st.sampled_from(["", "- ", "Mis sous ", "Arrêt de "]),
    st.sampled_from([" : 1 cp le matin", " matin et soir", ""]),
)
LINES = st.one_of(DRUG_LINES, LABS, st.builds("{} puis {}".format, LABS, LABS))
PEOPLE = st.sampled_from(
    [
        "Mme Odile PERRUCHON, née le 12/03/1940",
        "Dr Baudouin Lestrigant",
        "vu par le Pr A. Vautrelle ce jour",
        "Interne : Mlle S. Troncy",
        "Tél 05 36 49 77 02",
        "12 allée des Charmes, 71999 Saint-Évrard",
        "IPP 80012345",
    ]
)


@given(st.lists(st.tuples(st.one_of(st.just(""), PEOPLE), LINES), max_size=12), st.sampled_from(" \n"))
@settings(max_examples=300)
def test_medicines_doses_days_and_results_always_survive(lines, gap):
    text = "\n".join(f"{person}{gap}{line}" for person, line in lines)
    reduced = privacy.reduce(text).text
    for _, line in lines:
        # "Dr X Mis sous…" on one line: the small word is lost with the name, what matters is not.
        assert line.removeprefix("Mis ") in reduced
    for secret in ("PERRUCHON", "Lestrigant", "Vautrelle", "Troncy", "49 77", "Charmes", "80012345"):
        assert secret not in reduced


@given(st.lists(st.one_of(LINES, PEOPLE), min_size=1, max_size=8), st.data())
@settings(max_examples=200)
def test_places_come_back_to_the_words_they_were_found_in(lines, data):
    reduction = privacy.reduce("\n".join(lines))
    start = data.draw(st.integers(0, len(reduction.text) - 1))
    end = data.draw(st.integers(start + 1, len(reduction.text)))
    back = reduction.origin(Span(start=start, end=end))
    touched = [span for span in reduction.placeholders if span.start < end and start < span.end]
    if touched:
        # A placeholder comes back as all the words that it stands for.
        assert privacy.reduce(reduction.original).origin(touched[0]).start >= back.start
    else:
        assert reduction.original[back.start : back.end] == reduction.text[start:end]


def test_placeholders_stand_where_the_preview_marks_them():
    reduction = privacy.reduce(IDENTITY)
    marked = [reduction.text[span.start : span.end] for span in reduction.placeholders]
    assert marked == [one.placeholder for one in reduction.identifiers]


def test_no_secret_is_sent_and_results_quote_the_original():
    class Spy:
        """The rules, and what they were given."""

        name = label = provider = model = region = ""
        is_cloud = True

        def extract(self, text, on_progress=None):
            self.seen = text
            return local_engine().extract(text, on_progress)

    spy, steps = Spy(), []
    text = f"{IDENTITY}Traitement habituel :\n- Lasilix 40 mg : 1 cp le matin\n"
    found = privacy.ReducingEngine(spy).extract(text, lambda found, _: steps.append(found))
    assert not [secret for secret in SECRETS if secret in spy.seen]
    assert steps[-1] == found
    assert [drug.name for drug in found.usual] == ["Lasilix"]
    assert (found.age.years, found.sex.value) == (68, "M")
    for item in found.items():
        assert text[item.span.start : item.span.end] == item.citation


def test_an_age_that_only_a_birth_date_proves_is_found_in_the_original():
    text = "Mme Ludmila OSTREVANT, née le 12/05/1950\nHospitalisée du 08/06/2024 au 14/06/2024\n"
    reduction = privacy.reduce(text)
    place = reduction.text.index("[DATE")
    span = reduction.origin(Span(start=place, end=reduction.text.index("]", place) + 1))
    assert text[span.start : span.end] == "12/05/1950"
    assert "74 ans" in reduction.text
