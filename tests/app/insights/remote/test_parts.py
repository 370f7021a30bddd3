"""Long reports: parts that overlap, asked together, and put together without doubles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.engines import EngineError, FailureKind
from app.insights.engines.remote import merging, parts
from app.insights.models import Drug, Insights, Lab, Span, Statement

FILLER = "Le patient est resté stable, sans plainte particulière, au fauteuil dans la journée.\n"


@pytest.fixture
def long(models, texts):
    """A report of several parts: the text of another, with many pages between its chapters."""
    text = texts["cardiologie"]
    for heading in ("Biologie\n", "Traitement de sortie\n", "Suivi\n"):
        text = text.replace(f"\n{heading}", f"\n{FILLER * 160}\n{heading}")
    models.reports[text] = models.reports[texts["cardiologie"]]
    return text


def written(found):
    return [item.model_dump(exclude={"span"}) for item in found.items()]


@pytest.mark.parametrize("on_progress", [None, lambda *_: None], ids=["plain", "streamed"])
def test_a_long_report_is_read_in_parts_and_tells_each_thing_once(reader, models, texts, long, on_progress):
    short = reader.extract(texts["cardiologie"])
    models.asked.clear()
    found = reader.extract(long, on_progress)
    assert len(models.asked) == len(parts.split(long)) > 2
    assert written(found) == written(short)
    for item in found.items():
        assert long[item.span.start : item.span.end] == item.citation


def test_parts_are_asked_together(reader, models, long):
    models.latency_s = 0.3
    reader.extract(long)
    assert 2 < models.most_at_once <= 4


def test_items_of_an_overlap_are_read_twice_and_told_once(reader, models):
    lines = [f"Avlocardyl {dose} mg : 1 cp le matin" for dose in range(10, 900)]
    text = "Traitement habituel\n" + "\n".join(lines)
    gold = {
        "traitements_habituels": [
            {
                "nom": "Avlocardyl",
                "dci": None,
                "dosage": line.split(" : ")[0].removeprefix("Avlocardyl "),
                "frequence": "1 cp le matin",
                "si_besoin": False,
                "citation": line,
            }
            for line in lines
        ]
    }
    models.reports[text] = gold | {"antecedents_medicaux": []}
    found = reader.extract(text)
    asked = "".join(body["messages"][1]["content"] for _, body, _ in models.asked)
    assert sum(asked.count(f"{line}\n") for line in lines) > len(lines) + 10
    assert [drug.citation for drug in found.usual] == lines
    assert {drug.dci for drug in found.usual} == {"propranolol"}


def test_a_section_is_complete_when_each_part_has_told_it(attentive, long):
    steps = []
    attentive.extract(long, lambda _, complete: steps.append(complete))
    assert len(set(map(len, steps))) > 2
    assert [len(complete) for complete in steps] == sorted(len(complete) for complete in steps)


def test_one_part_that_fails_fails_the_report(reader, models, long):
    # The last to be asked: no request of this test arrives in the next one.
    models.faults.extend([None] * (len(parts.split(long)) - 1) + ["length"])
    with pytest.raises(EngineError) as caught:
        reader.extract(long)
    assert caught.value.kind == FailureKind.TRUNCATED


def test_a_callback_that_raises_stops_all_parts(reader, models, long):
    models.piece_s = 0.05
    heard = []

    def cancel(_, complete):
        heard.append(complete)
        if len(heard) > 4:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        reader.extract(long, cancel)
    assert len(heard) == 5


@given(st.text(st.sampled_from("abcdé \n"), max_size=900), st.integers(60, 200), st.integers(0, 25))
def test_parts_overlap_and_hold_every_character(text, size, overlap):
    found = parts.split(text, size=size, overlap=overlap)
    assert all(len(part.text) <= size and text.startswith(part.text, part.start) for part in found)
    reached = 0
    for part in found:
        assert part.start <= reached
        reached = part.start + len(part.text)
    assert reached == len(text)


def test_parts_begin_at_lines():
    text = FILLER * 600
    assert all(part.start % len(FILLER) == 0 for part in parts.split(text))


def drug(start, end, name="Solupred", **values):
    values = {"dci": None, "dose": None, "frequency": None, "citation": "x" * (end - start)} | values
    return Drug(name=name, span=Span(start=start, end=end), **values)


def test_the_longer_reading_of_an_item_that_an_edge_has_cut_is_kept():
    cut, whole = drug(0, 20, frequency="2 cp"), drug(0, 40, frequency="2 cp puis 1 cp")
    merged = merging.merged([Insights(discharge=(cut,)), Insights(discharge=(whole,))])
    assert merged.discharge == (whole,)


def test_an_item_stays_in_the_list_of_the_part_that_saw_the_heading():
    merged = merging.merged([Insights(usual=(drug(0, 20),)), Insights(discharge=(drug(0, 30),))])
    assert merged == Insights(usual=(drug(0, 30),))


@pytest.mark.parametrize(
    "second",
    [
        Insights(),
        Insights(usual=(drug(0, 20),), stopped=(drug(0, 30),)),
        Insights(stopped=(drug(0, 30),)),
        Insights(usual=(drug(0, 20),)),
    ],
)
def test_a_usual_medicine_that_its_line_stops_stays_in_both_lists(second):
    first = Insights(usual=(drug(0, 20),), stopped=(drug(0, 30),))
    assert merging.merged([first, second]) == first


def test_a_stop_that_only_one_part_saw_is_no_second_stop():
    both = Insights(usual=(drug(0, 20),), stopped=(drug(0, 30),))
    assert merging.merged([Insights(stopped=(drug(0, 30),)), both]) == both


def test_two_drugs_of_one_line_and_one_drug_in_two_places_stay_two():
    first = Insights(usual=(drug(0, 20), drug(0, 20, name="Kardegic")))
    merged = merging.merged([first, Insights(discharge=(drug(50, 70),))])
    assert len(list(merged.drugs())) == 3


def test_values_of_one_row_stay_apart_and_equal_readings_are_one():
    row = Span(start=0, end=30)
    values = [Lab(test="DFG", value=value, unit=None, citation="row", span=row) for value in (31, 43)]
    merged = merging.merged([Insights(renal=tuple(values)), Insights(renal=(values[1],))])
    assert merged.renal == tuple(values)


def test_unproven_items_are_told_once():
    lost = Statement(citation="nowhere", span=None)
    assert merging.merged([Insights(history=(lost,)), Insights(history=(lost,))]).history == (lost,)


def test_a_proven_reason_comes_before_an_unproven_one():
    lost, found = Statement(citation="a", span=None), Statement(citation="b", span=Span(start=3, end=4))
    assert merging.merged([Insights(reason=lost), Insights(reason=found)]).reason == found
