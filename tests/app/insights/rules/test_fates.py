"""What a sentence says of a medicine: stopped, given, or neither."""

import pytest

from app.insights.engines import local_engine

STOPPED = (
    "Arrêt du ramipril",
    "arrêt ramipril",
    "Stop ramipril",
    "ramipril stoppé",
    "ramipril : arrêt",
    "ramipril arrêté le 12/03",
    "Le ramipril a été arrêté",
    "Le ramipril a donc été remplacé par l'amlodipine",
    "Le ramipril a finalement été arrêté",
    "Le ramipril est arrêté en raison d'une hyperkaliémie",
    "Nous avons arrêté le ramipril",
    "Nous avons décidé d'arrêter le ramipril",
    "Nous avons dû interrompre le ramipril",
    "On arrête le ramipril",
    "Le ramipril a dû être interrompu",
    "Le ramipril, mal toléré, a été arrêté",
    "Le ramipril n'a pas été repris",
    "Le ramipril n'est pas repris à la sortie",
    "ramipril non repris",
    "Le ramipril a été remplacé par l'amlodipine",
    "Remplacement du ramipril par l'amlodipine",
    "Le ramipril est relayé par l'amlodipine",
    "Switch du ramipril pour l'amlodipine",
    "Le ramipril est suspendu",
    "suspension du ramipril",
    "Le ramipril est mis en pause",
    "Ne prend plus de ramipril depuis 2019",
    "Il ne prend plus le ramipril",
    "Elle a cessé le ramipril",
    "Elle a arrêté d'elle-même le ramipril",
    "ramipril (arrêté en 2020 pour toux)",
    "Le ramipril avait été arrêté en 2020",
    "sevrage du ramipril",
    "Suppression du ramipril",
    "Le ramipril a été supprimé",
    "déprescription du ramipril",
    "éviction du ramipril",
    "Le traitement par ramipril a été interrompu",
    "L'arrêt du ramipril a permis une amélioration",
    "Après arrêt du ramipril, la créatinine s'améliore",
    "Le ramipril est définitivement arrêté",
    "ramipril STOP",
    "retrait du ramipril",
)
GIVEN = (
    "Le ramipril est poursuivi",
    "Le ramipril est maintenu",
    "Le ramipril a été augmenté à 5 mg",
    "Introduction du ramipril",
    "Reprise du ramipril",
    "ramipril repris le 12",
    "Le ramipril a été réintroduit",
    "sous ramipril",
    "traité par ramipril",
    "Le ramipril a été arrêté puis repris",
    "suspension puis reprise du ramipril",
)
NEITHER = (
    "Pas de ramipril",
    "Allergie au ramipril",
    "intolérance au ramipril (toux)",
    "Éviter le ramipril",
    "Le ramipril est contre-indiqué",
    "ne pas donner de ramipril",
    "jamais de ramipril",
    "Le ramipril sera introduit en ville",
    "Ramipril à discuter",
    "Son mari prend du ramipril",
    "à réintroduire : ramipril par le MT",
    "Reprise du ramipril à discuter par le médecin traitant",
)


def lists(sentence):
    found = local_engine().extract(f"Évolution dans le service :\n{sentence}.\n")
    return {
        name for name in ("during_stay", "stopped") if "ramipril" in [d.dci for d in getattr(found, name)]
    }


@pytest.mark.parametrize("sentence", STOPPED)
def test_it_is_stopped(sentence):
    assert "stopped" in lists(sentence)


@pytest.mark.parametrize("sentence", GIVEN)
def test_it_goes_on(sentence):
    assert "stopped" not in lists(sentence)


@pytest.mark.parametrize("sentence", NEITHER)
def test_it_is_neither_given_nor_stopped(sentence):
    assert lists(sentence) == set()
