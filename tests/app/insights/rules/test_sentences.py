"""Sentences of letters that tell what is taken at home, or what a patient leaves with."""

import pytest

from app.insights.engines import local_engine

LISTED = "Eliquis 5 mg matin et soir et Bisoprolol 2,5 mg le matin"
OPENING = "Chère consœur,\n\nJ'ai pris en charge Mme Odile Roux, 70 ans, pour une chute. "
BEFORE = "Elle prenait du Tahor 20 mg le soir. L'évolution a été simple. "
USUAL = (
    "Il prenait avant son entrée …",
    "Elle prenait à domicile …",
    "Il était traité par …",
    "Elle était sous …",
    "Elle est sous … au long cours",
    "Son traitement habituel comprend …",
    "Son traitement habituel associe …",
    "Son traitement comportait …",
    "Son traitement à l'entrée comportait …",
    "Le traitement à domicile comporte …",
    "Le traitement en cours était …",
    "Le traitement suivi était …",
    "Elle bénéficiait d'un traitement par …",
    "Il bénéficie d'un traitement par …",
    "Il suit un traitement par …",
    "Il reçoit habituellement …",
    "À la maison elle prend …",
    "Au domicile il recevait …",
    "Avant l'hospitalisation, le patient était sous …",
    "Comme traitement habituel il a …",
    "Ses médicaments sont …",
    "Ses médicaments habituels sont …",
    "Elle prend tous les jours …",
    "Elle prend depuis plusieurs années …",
    "Traitée depuis 2010 par …",
    "Traité au long cours par …",
    "On relève comme traitement …",
    "Au titre des traitements : …",
    "Il est traité pour cela par …",
    "Traitement qu'elle suit depuis des années : …",
    "Elle a pour traitement …",
    "Il a comme traitement …",
    "Elle se traite par …",
    "Chez lui il prend …",
    "L'ordonnance de son médecin comporte …",
    "Son médecin lui prescrit …",
    "Elle consomme …",
    "Il s'automédique par …",
    "Il est équilibré par …",
    "Elle vit avec un traitement par …",
    "Le patient arrive avec …",
)
DISCHARGE = (
    "Il sort avec …",
    "Elle sort sous …",
    "Elle rentre à domicile avec …",
    "Il regagne son domicile avec le traitement suivant : …",
    "Elle quitte le service avec …",
    "Elle a quitté le service avec …",
    "Il repart avec …",
    "Le traitement de sortie est …",
    "Le traitement de sortie comporte …",
    "Le traitement de sortie associe …",
    "À la sortie, le traitement comporte …",
    "À la sortie, il reçoit …",
    "Son traitement de sortie comprend …",
    "L'ordonnance de sortie comporte …",
    "L'ordonnance de sortie comprend …",
    "Sortie ce jour avec …",
    "Retour à domicile avec …",
    "Retour à domicile sous …",
    "Nous la laissons sortir avec …",
    "Nous lui avons prescrit …",
    "Je lui ai prescrit …",
    "Nous proposons de poursuivre …",
    "Le patient est sorti avec …",
    "La patiente est sortie sous …",
    "Elle est transférée en SSR avec …",
    "Nous le laissons repartir sous …",
    "Il poursuivra …",
    "Le traitement à poursuivre est …",
    "À poursuivre : …",
    "Traitement au départ : …",
    "Au départ du service elle reçoit …",
    "Elle sortira avec …",
    "Il est autorisé à sortir avec …",
    "Je la laisse rentrer avec …",
    "Prescription à la sortie : …",
    "Le traitement prescrit à la sortie est …",
    "Son ordonnance comporte désormais …",
    "Le traitement final est …",
    "Au total son traitement est désormais …",
    "Le traitement devient …",
    "Il doit prendre … à la maison",
)


def names(text, listed):
    found = local_engine().extract(f"{OPENING}{text}.\n\nBien confraternellement,\n")
    return [drug.name for drug in getattr(found, listed)]


@pytest.mark.parametrize("sentence", USUAL)
def test_a_sentence_tells_what_is_taken_at_home(sentence):
    assert names(sentence.replace("…", LISTED), "usual") == ["Eliquis", "Bisoprolol"]


@pytest.mark.parametrize("sentence", DISCHARGE)
def test_a_sentence_tells_what_a_patient_leaves_with(sentence):
    text = BEFORE + sentence.replace("…", LISTED)
    assert names(text, "discharge") == ["Eliquis", "Bisoprolol"]
    assert names(text, "usual") == ["Tahor"]


@pytest.mark.parametrize(
    "sentence", ["Elle a bénéficié d'un traitement par …", "Elle a reçu …", "Nous avons instauré …"]
)
def test_a_sentence_tells_the_stay(sentence):
    assert names(sentence.replace("…", LISTED), "during_stay") == ["Eliquis", "Bisoprolol"]
