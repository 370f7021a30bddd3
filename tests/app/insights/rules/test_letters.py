"""Letters that tell in sentences why a patient came and what he or she had before."""

import pytest

from app.insights.engines import local_engine

HAD = "une hypertension artérielle, un diabète de type 2 et une appendicectomie"
HISTORY = (
    "Ses antécédents comportent …",
    "Ses antécédents sont marqués par …",
    "Dans ses antécédents, on retrouve …",
    "Elle a comme antécédents …",
    "Elle n'a pour antécédents que …",
    "Elle est suivie depuis 2010 pour …",
    "Connue pour …",
    "Son passé médical est marqué par …",
    "Pour rappel, …",
    "Sur le plan des antécédents : …",
    "Comorbidités : …",
)
REASON = (
    "a été hospitalisée du 3 au 9 mars pour …",
    "nous a été adressée pour …",
    "a été adressée par son médecin traitant devant …",
    "a séjourné dans notre service en raison de …",
    "a été hospitalisée dans les suites de …",
    "s'est présentée aux urgences pour …",
    "nous est confiée pour …",
)


@pytest.mark.parametrize("sentence", HISTORY)
def test_a_sentence_tells_what_she_had(sentence):
    text = f"Madame Odile Roux, 70 ans, a été vue le 3 mars. {sentence.replace('…', HAD)}.\n\nElle va bien.\n"
    assert [item.citation for item in local_engine().extract(text).history] == [
        "hypertension artérielle",
        "diabète de type 2",
        "appendicectomie",
    ]


@pytest.mark.parametrize("sentence", REASON)
def test_a_sentence_tells_why_she_came(sentence):
    text = f"Madame Odile Roux, 70 ans, {sentence.replace('…', 'une pneumopathie du lobe moyen')}.\n"
    reason = local_engine().extract(text).reason
    assert reason is not None
    assert reason.citation == "pneumopathie du lobe moyen"


@pytest.mark.parametrize(
    "sentence",
    [
        "Il n'y a pas d'antécédent d'épilepsie.",
        "Sa sœur est suivie pour un diabète.",
        "Tante maternelle atteinte de sclérose en plaques.",
    ],
)
def test_what_is_denied_or_of_the_family_is_no_history(sentence):
    assert local_engine().extract(f"Madame Odile Roux, 70 ans. {sentence}\n").history == ()
