"""Headings that hospitals write over the two lists, each in four shapes."""

import pytest

from app.insights.engines import local_engine

SHAPES = (
    "{}\n- Eliquis 5 mg matin et soir\n",
    "{} :\n- Eliquis 5 mg matin et soir\n",
    "{} : Eliquis 5 mg matin et soir\n",
    "III. {}\n\nEliquis 5 mg matin et soir\n",
)
BEFORE = "Traitement habituel\nTahor 20 mg le soir\n\nÉvolution\nbonne\n\n"
USUAL = (
    "Traitement habituel",
    "Traitements habituels",
    "TRAITEMENT HABITUEL",
    "Traitement à l'entrée",
    "Traitement d'entrée",
    "Traitement à l'admission",
    "Traitement à domicile",
    "Traitement personnel",
    "Traitement en cours",
    "Traitement actuel",
    "Traitement au long cours",
    "Traitement de fond",
    "Traitement antérieur",
    "Traitements pris à domicile",
    "Traitement avant hospitalisation",
    "TTT habituel",
    "TTT perso",
    "TTT entrée",
    "Ttt E",
    "ttt à l'entrée",
    "ttt en cours",
    "tt habituel",
    "trt habituel",
    "Trt au domicile",
    "Médicaments à l'entrée",
    "Médicaments habituels",
    "Médicaments pris au domicile",
    "Médication habituelle",
    "Ordonnance habituelle",
    "Ordonnance d'entrée",
    "Prescriptions habituelles",
    "Traitement médicamenteux à l'entrée",
    "Traitement médical habituel",
    "Prend à domicile",
    "Prend habituellement",
    "Il prend",
    "Elle prend à la maison",
    "Chez elle",
    "Chez lui",
    "Son traitement",
    "Traitement usuel",
    "Traitement chronique",
    "Thérapeutique habituelle",
    "Thérapeutiques à l'admission",
    "Bilan médicamenteux d'entrée",
    "Bilan médicamenteux optimisé (BMO)",
    "Conciliation médicamenteuse d'entrée",
    "Liste des médicaments à l'admission",
    "Traitement pris par le patient",
    "Traitement initial",
    "Traitement connu",
    "Traitements antérieurs à l'hospitalisation",
    "Traitement avant l'admission",
    "Traitement ambulatoire",
    "Traitement ville",
    "Trt ville",
    "Médocs",
    "Meds",
    "Traitement quotidien",
    "Traitement du patient",
    "TRAITEMENT PREHOSPITALIER",
    "Traitement",
    "Traitements",
    "Médicaments",
    "TTT",
)
DISCHARGE = (
    "Traitement de sortie",
    "Traitement à la sortie",
    "TRAITEMENT DE SORTIE",
    "Traitement sortie",
    "Ttt sortie",
    "TTT S",
    "ttt de sortie",
    "tt sortie",
    "Trt de sortie",
    "Ordonnance de sortie",
    "Ordonnance",
    "Ordonnance remise au patient",
    "Prescription de sortie",
    "Prescriptions à la sortie",
    "Médicaments à la sortie",
    "Médicaments de sortie",
    "Sortie avec",
    "Sort avec",
    "Sort sous",
    "Sortie sous",
    "Retour à domicile avec",
    "RAD avec",
    "Traitement au retour",
    "Traitement à poursuivre",
    "Traitement à poursuivre à domicile",
    "Traitement de relais",
    "Traitement prescrit à la sortie",
    "Traitement prescrit",
    "Thérapeutique de sortie",
    "Traitement médicamenteux de sortie",
    "Traitement médicamenteux à la sortie",
    "Conduite à tenir",
    "CAT",
    "Traitement proposé",
    "Traitement conseillé",
    "Traitement retenu",
    "Traitement actuel à la sortie",
    "Liste des médicaments à la sortie",
    "Bilan médicamenteux de sortie",
    "Conciliation de sortie",
    "Traitement final",
    "Traitement définitif",
    "Prescription",
    "Prescriptions",
    "Traitement de fin de séjour",
    "Traitement ce jour",
    "Ordonnance faite",
    "A la sortie",
    "À poursuivre",
    "Ordo",
    "Ordo sortie",
    "Traitement pour le domicile",
    "Traitement pour la maison",
    "Traitement à suivre",
    "Modifications thérapeutiques",
)


def names(text, listed):
    found = local_engine().extract(f"Motif : chute\n\n{text}\nConclusion : ok\n")
    return [drug.name for drug in getattr(found, listed)]


@pytest.mark.parametrize("heading", USUAL)
def test_a_heading_opens_the_usual_list(heading):
    for shape in SHAPES:
        assert names(shape.format(heading), "usual") == ["Eliquis"]


@pytest.mark.parametrize("heading", DISCHARGE)
def test_a_heading_opens_the_discharge_list(heading):
    for shape in SHAPES:
        assert names(BEFORE + shape.format(heading), "discharge") == ["Eliquis"]
