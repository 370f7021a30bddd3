"""What the engines make of what providers answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from app.insights.engines import ALL_SECTIONS, Section
from app.insights.models import Insights


@pytest.mark.parametrize("name", ["cardiologie", "lettre", "tableau"])
def test_a_perfect_answer_is_proven_to_the_last_item(reader, texts, name):
    found = reader.extract(texts[name])
    assert not found.unproven()
    assert found.drugs()
    for item in found.items():
        assert texts[name][item.span.start : item.span.end] == item.citation


@pytest.mark.parametrize("name", ["cardiologie", "lettre", "tableau"])
def test_a_perfect_answer_gives_what_the_annotations_say(reader, models, texts, name):
    found, gold = reader.extract(texts[name]), models.reports[texts[name]]
    assert (found.age.years, found.sex.value) == (gold["age"], gold["sexe"])
    assert found.reason.citation == gold["raison_hospitalisation"]
    assert [item.citation for item in found.history] == gold["antecedents_medicaux"]
    for drugs, name_in_gold in (
        (found.usual, "traitements_habituels"),
        (found.discharge, "traitement_sortie"),
        (found.during_stay, "pendant_sejour"),
        (found.stopped, "arretes"),
    ):
        assert [as_annotated(drug) for drug in drugs] == gold[name_in_gold]
    labs = gold["fonction_renale"] + gold["fonction_hepatique"]
    assert [(lab.test, lab.value, lab.unit, lab.date) for lab in found.labs()] == [
        (lab["test"], lab["valeur"], lab["unite"], lab["date"]) for lab in labs
    ]


def as_annotated(drug):
    return {
        "nom": drug.name,
        "dci": drug.dci,
        "dosage": drug.dose,
        "frequence": drug.frequency,
        "si_besoin": drug.as_needed,
        "citation": drug.citation,
    }


def test_the_same_words_in_two_lists_stand_in_two_places(reader, texts):
    found = reader.extract(texts["cardiologie"])
    usual, discharge = (
        next(drug for drug in drugs if drug.name == "Eliquis") for drugs in (found.usual, found.discharge)
    )
    assert usual.citation == discharge.citation
    assert usual.span.start < discharge.span.start


def test_a_drug_that_nobody_wrote_is_shown_as_unproven(reader, models, texts):
    def invent(answer):
        drug = answer["traitement_sortie"][0] | {"nom": "Morphine", "citation": "Morphine 10 mg : 1 cp"}
        return answer | {"traitement_sortie": [*answer["traitement_sortie"], drug]}

    models.edit = invent
    assert [drug.name for drug in reader.extract(texts["cardiologie"]).unproven()] == ["Morphine"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dosage", "50 mg"),
        ("dosage", "40 g"),
        ("frequence", "2 cp le matin"),
        ("nom", "Lasix"),
        ("si_besoin", True),
    ],
)
def test_a_value_that_its_citation_does_not_hold_is_shown_as_unproven(reader, models, texts, field, value):
    def change(answer):
        drugs = [
            drug | {field: value} if drug["nom"] == "Lasilix" else drug
            for drug in answer["traitements_habituels"]
        ]
        return answer | {"traitements_habituels": drugs}

    models.edit = change
    (unproven,) = reader.extract(texts["cardiologie"]).unproven()
    assert unproven.citation == "Lasilix 40 mg : 1 cp le matin"


@pytest.mark.parametrize(
    ("field", "value"),
    [("valeur", 43.0), ("unite", "mmol/L"), ("date", "03/10"), ("citation", "ASAT 52 UI/L")],
)
def test_a_result_that_its_citation_does_not_hold_is_shown_as_unproven(reader, models, texts, field, value):
    def change(answer):
        first, *others = answer["fonction_renale"]
        return answer | {"fonction_renale": [first | {field: value}, *others]}

    models.edit = change
    (unproven,) = reader.extract(texts["cardiologie"]).unproven()
    assert unproven.test == "creatinine"


def test_sections_come_in_order_and_items_before_their_section_is_complete(attentive, texts):
    steps = []
    found = attentive.extract(texts["cardiologie"], lambda found, complete: steps.append((found, complete)))
    assert steps[0] == (Insights(), frozenset())
    assert steps[-1] == (found, ALL_SECTIONS)
    counts = [len(complete) for _, complete in steps]
    assert counts == sorted(counts)
    assert len(set(counts)) == len(Section) + 1
    order = list(Section)
    assert all(complete == frozenset(order[: len(complete)]) for _, complete in steps)
    assert any(known.usual and Section.USUAL not in complete for known, complete in steps)


def test_streamed_and_plain_answers_say_the_same(reader, texts):
    for text in texts.values():
        assert reader.extract(text, lambda *_: None) == reader.extract(text)


def test_what_has_come_is_never_taken_back_or_unproven(attentive, texts):
    steps = []
    attentive.extract(texts["cardiologie"], lambda found, _: steps.append(found))
    for before, after in pairwise(steps):
        assert set(before.items()) <= set(after.items())
        assert not after.unproven()


class Cancelled(Exception):  # noqa: N818 - an order, not an error
    pass


def test_a_callback_that_raises_hangs_up_on_the_provider(reader, models, texts):
    models.piece_s = 0.05

    def cancel(_, complete):
        if complete:
            raise Cancelled

    with pytest.raises(Cancelled):
        reader.extract(texts["cardiologie"], cancel)
    waited = threading.Event()
    for _ in range(100):
        if models.hung_up:
            break
        waited.wait(0.02)
    assert models.hung_up == 1
    assert len(models.asked) == 1


def test_a_callback_that_raises_at_once_keeps_the_report_here(reader, models, texts):
    def refuse(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        reader.extract(texts["cardiologie"], refuse)
    assert models.asked == []


def test_two_engines_serve_many_threads_at_once(make, models, texts):
    models.latency_s = 0.15
    readers = [make("openai"), make("mistral")]
    jobs = [(readers[turn % 2], text) for turn in range(8) for text in texts.values()]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda job: job[0].extract(job[1]), jobs))
    assert models.most_at_once > 6
    for (_, text), insights in zip(jobs, found, strict=True):
        assert not insights.unproven()
        assert insights == readers[0].extract(text)


def test_a_reasoning_model_is_asked_as_it_wants(make, models, texts):
    assert not make("openai", model_name="gpt-5").extract(texts["lettre"]).is_empty()
    ((_, body, _),) = models.asked
    assert "temperature" not in body
