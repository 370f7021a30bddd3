import re

import pytest

from app.insights.engines import local_engine
from app.insights.engines.rules import posology
from app.insights.engines.rules.scans import readable
from app.insights.evidence import plain


def read(text):
    found = posology.read(plain(readable(text)), 0, len(text))
    words = [text[slice(*part)] if part else None for part in (found.dose, found.frequency)]
    return *words, found.as_needed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 2,5 mg : 1 cp le matin", ("2,5 mg", "1 cp le matin", False)),
        (" 7,5 mg : 0,5 cp au coucher si besoin", ("7,5 mg", "0,5 cp au coucher si besoin", True)),
        (" 1000 mg 1-0-1 (diminuée)", ("1000 mg", "1-0-1", False)),
        (" 75 µg/24 h 1 patch tous les 3 jours", ("75 µg/24 h", "1 patch tous les 3 jours", False)),
        (" 24/26 mg : 1 cp matin et soir", ("24/26 mg", "1 cp matin et soir", False)),
        (" 100 000 UI une ampoule tous les 3 mois", ("100 000 UI", "une ampoule tous les 3 mois", False)),
        (" 2 sachets matin et soir", ("2 sachets", "matin et soir", False)),
        (" en cas de gêne", (None, "en cas de gêne", True)),
        (" 500 mg x 3/j pendant 7 jours", ("500 mg", "x 3/j pendant 7 jours", False)),
        (" 4000 UI 1 inj SC/j jusqu'à J35", ("4000 UI", "1 inj SC/j jusqu'à J35", False)),
        (
            " 20 mg : 2 cp/j 3 jours, puis 1 cp/j 3 jours puis stop",
            ("20 mg", "2 cp/j 3 jours, puis 1 cp/j 3 jours puis stop", False),
        ),
        (" 40 mg par voie orale le soir", ("40 mg", "le soir", False)),
        (" 4O0 mg matin et soir", ("4O0 mg", "matin et soir", False)),
        (" est bien toléré", (None, None, False)),
    ],
)
def test_dose_and_frequency_are_read_as_written(text, expected):
    assert read(text) == expected


WHOLE = (
    "2,5 mg 1 cp le matin",
    "5 mg : 1 comprimé matin et soir",
    "40 mg, 1 cp le matin",
    "1 g 3 fois par jour si douleur",
    "1 g toutes les 6 heures si douleur sans dépasser 4 g/j",
    "500 mg 1 gél x 3/j pendant 7 jours",
    "10 mg 1/2 cp au coucher",
    "10 mg un demi-comprimé au coucher",
    "20 mg 1 cp 1 jour sur 2",
    "20 mg un jour sur deux",
    "200 mg 1 cp 5 jours sur 7",
    "200 mg 5j/7",
    "75 mg 1 sachet le midi pendant le repas",
    "4000 UI 1 injection SC par jour jusqu'au 15/03",
    "0,4 mL SC 1/j pendant 35 jours",
    "25 µg/h 1 patch tous les 3 jours",
    "75 µg/24 h 1 patch tous les 3 jours",
    "12,5 µg 1 patch à changer toutes les 72 h",
    "100 000 UI 1 ampoule tous les 3 mois",
    "80 000 UI 1 ampoule par mois",
    "70 mg 1 cp par semaine le dimanche matin à jeun",
    "15 mg le lundi",
    "2,5 mg 6 cp le mardi en une prise",
    "1 goutte matin et soir dans chaque oeil",
    "1 goutte x 4/j OD pendant 15 jours",
    "2 bouffées matin et soir",
    "100 µg 2 bouffées à la demande",
    "400/12 µg 1 inhalation matin et soir",
    "1 nébulisation x 3/j",
    "20 UI le soir au coucher",
    "10 UI le matin, 8 UI le midi, 12 UI le soir",
    "6-8-6 UI",
    "1-0-1",
    "1 – 0 – 1",
    "0-0-0-1",
    "1/2-0-1/2",
    "1-1-1 si douleur",
    "600 mg 2 gélules matin et soir aux repas",
    "1 cp matin midi et soir",
    "1 cp/j",
    "2 cp/j en 2 prises",
    "1 sachet x 3/jour avant les repas",
    "15 g 2 mesures par jour",
    "10 gouttes le soir",
    "30 gouttes au coucher si insomnie",
    "1 cuillère à soupe 3 fois par jour",
    "1 application matin et soir pendant 10 jours",
    "1 suppositoire si besoin",
    "500 mg x 2/j IV puis PO pendant 10 jours",
    "1 g/125 mg x 3/j 7 j",
    "40 mg/j 5 jours puis 20 mg/j 5 jours puis arrêt",
    "60 mg/j, décroissance de 10 mg par semaine",
    "20 mg 3 cp le matin pendant 5 jours puis 2 cp pendant 5 jours puis 1 cp pendant 5 jours puis stop",
    "7,5 mg 1 cp au coucher si besoin",
    "0,25 mg 1/2 cp matin, midi et 1 cp le soir",
    "5 mg 1 cp à 8h et 1 cp à 20h",
    "300 mg 1-1-2",
    "100 mg matin 200 mg soir",
    "50 mg x 4/j max si douleur",
    "20 mg 1 cp le soir pendant 3 semaines",
    "250 mg les lundi, mercredi et vendredi",
    "3 fois par semaine",
    "1 cp toutes les 8 heures",
    "1 cp toutes les 4 à 6 h si douleur, max 6/j",
    "500 mg/j",
    "1 mg/kg/j",
    "15 mg/kg toutes les 6 h si fièvre",
    "1 dose-poids toutes les 6 h si température > 38,5 °C",
    "40 mg SC toutes les 2 semaines",
    "300 mg IV à S0, S2, S6 puis toutes les 8 semaines",
    "150 mg IM 1 fois par mois",
    "1 amp IM/mois",
    "0,5 mg SC 1 fois par semaine",
    "2 sachets le matin si constipation",
    "1 à 2 sachets par jour",
    "1 à 2 cp si douleur, 3 fois par jour maximum",
    "10 mg 1 prise si nausées, max 3/j",
    "30 mg LP 1 gélule matin et soir",
    "80 mg 1 cp le soir au dîner",
    "1 cp le matin à jeun 30 minutes avant le petit déjeuner",
    "112,5 µg/j",
    "1000 mg 1 cp matin et soir au milieu du repas",
    "100 mg : 1 le matin",
    "1 le soir",
    "2 le matin et 1 le soir",
    "1/j",
    "x2/j",
    "x 3",
    "2x/j",
    "1x/jour",
    "1 fois/jour",
    "deux fois par jour",
    "trois fois par jour pendant dix jours",
    "matin et soir",
    "le soir",
    "si besoin",
    "SB",
    "en cas de crise d'angoisse",
    "en cas d'accès douloureux, maximum 4/j",
    "si douleurs d'épaule, trois fois par jour au maximum",
    "si crise de plus de 5 minutes",
    "lors des poussées douloureuses",
    "1 g jusqu'à 3 par jour en fonction des douleurs",
    "5 mg en interdoses",
    "2 mg à chaque selle liquide",
    "4 mg en une perfusion de 15 minutes",
    "0,5 µg 1 capsule après chaque séance de dialyse",
    "40 µg 1 fois par semaine en dialyse",
    "125 µg/j sauf dimanche 150 µg",
    "6 U midi, à adapter selon glycémies",
    "100 microg 1 cp à jeun",
    "48 MU 1 injection par jour de J6 à J12",
    "8 mg 1 matin et soir les 3 jours suivant la chimiothérapie",
    "8 mg 2 fois/jour pendant 2 jours après chaque cure",
    "1 ampoule buvable par semaine",
    "2 bouffées si gêne (4 à 6 prises/j)",
    "100 000 UI 1 ampoule tous les 15 jours (4 au total)",
    "1 inj/j jusqu'au 17.11",
    "1-0-1 puis décroissance sur 1 mois",
    "40 mg par jour puis décroissance de 5 mg par semaine",
    "25 mg x 3/j en décroissance",
    "100 mg/j jusqu'à 36 SA",
    "200 mg le 1er jour puis 100 mg/j",
    "1 /2j",
    "100 mg 21 j/28",
    "2 emplâtres/12 h",
    "1 cp/j à heure fixe",
    "1 dose-poids (18 kg) toutes les 6 h si fièvre",
    "à la demande",
)


@pytest.mark.parametrize("words", WHOLE)
def test_a_posology_is_read_to_its_end(words):
    (drug,) = local_engine().extract(f"Traitement de sortie :\n- Doliprane {words}\n").discharge
    read_words = f"{drug.dose or ''} {drug.frequency or ''}"
    # The way in may be part of neither.
    compact = [
        re.sub(r"[\s:,]|(?<= )(?:SC|IV|IM|LP)(?![a-z])", "", f" {side}") for side in (read_words, words)
    ]
    assert compact[0] == compact[1]
