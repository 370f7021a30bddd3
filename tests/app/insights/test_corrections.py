"""What a reader corrects: laid over the extraction, never into it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.case import analyse
from app.insights.corrections import (
    DRUGS,
    LABS,
    Corrections,
    Place,
    Row,
    corrected,
    entries,
    keyed,
    removed,
    revised,
    rows,
)
from app.insights.engines import local_engine
from app.insights.models import Insights

REPORT = Path(__file__).parents[2] / "data" / "reports" / "cardiologie.txt"
INSIGHTS = analyse(REPORT.read_text(encoding="utf-8"), local_engine()).insights
KEYS = [key for key, _, _ in keyed(INSIGHTS)]


def edit(corrections: Corrections, key: str, **fields: object) -> Corrections:
    """What a reader does who changes some cells of one row."""
    places = DRUGS if key.split("/")[0] in set(DRUGS) else (Place(key.split("/")[0]),)
    before = rows(INSIGHTS, corrections, places)
    after = [
        row.model_copy(update={"fields": row.fields | fields}) if row.key == key else row for row in before
    ]
    return revised(INSIGHTS, corrections, places, after)


@pytest.mark.parametrize("places", [DRUGS, LABS, (Place.HISTORY,), (Place.AGE,)])
def test_rows_left_as_they_are_correct_nothing(places):
    assert revised(INSIGHTS, Corrections(), places, rows(INSIGHTS, Corrections(), places)).is_empty()


def test_a_changed_dose_stands_beside_the_words_that_were_extracted():
    made = edit(Corrections(), "usual/0", dose="10 mg")
    entry = next(entry for entry in entries(INSIGHTS, made) if entry.key == "usual/0")
    assert entry.is_corrected
    assert entry.item.dose == "10 mg"
    assert entry.was == INSIGHTS.usual[0]
    assert entry.proof == INSIGHTS.usual[0].citation


def test_a_change_taken_back_is_no_correction():
    made = edit(Corrections(), "usual/0", dose="10 mg")
    assert edit(made, "usual/0", dose=INSIGHTS.usual[0].dose).is_empty()


def test_a_medicine_can_be_moved_to_another_list():
    before = rows(INSIGHTS, Corrections(), DRUGS)
    after = [
        row.model_copy(update={"place": Place.STOPPED}) if row.key == "usual/1" else row for row in before
    ]
    made = revised(INSIGHTS, Corrections(), DRUGS, after)
    assert INSIGHTS.usual[1] in corrected(INSIGHTS, made).stopped
    assert INSIGHTS.usual[1] not in corrected(INSIGHTS, made).usual


def test_what_is_taken_out_is_known_and_can_come_back():
    before = rows(INSIGHTS, Corrections(), DRUGS)
    made = revised(INSIGHTS, Corrections(), DRUGS, before[1:])
    assert removed(INSIGHTS, made) == (INSIGHTS.usual[0],)
    assert revised(INSIGHTS, made, DRUGS, before).is_empty()


def test_what_is_added_has_no_proof():
    row = Row(
        key=None,
        place=Place.USUAL,
        fields={"name": "Kardégic", "dci": None, "dose": "75 mg", "frequency": None},
    )
    made = revised(INSIGHTS, Corrections(), DRUGS, (*rows(INSIGHTS, Corrections(), DRUGS), row))
    added = [entry for entry in entries(INSIGHTS, made) if entry.is_added]
    assert [(entry.item.name, entry.proof, entry.item.span) for entry in added] == [("Kardégic", "", None)]
    assert corrected(INSIGHTS, made).usual[-1].name == "Kardégic"


def test_what_was_added_may_be_edited_further():
    row = Row(
        key=None, place=Place.USUAL, fields={"name": "Kardegic", "dci": None, "dose": None, "frequency": None}
    )
    made = revised(INSIGHTS, Corrections(), DRUGS, (*rows(INSIGHTS, Corrections(), DRUGS), row))
    again = edit(made, "usual/+0", dose="160 mg")
    assert [entry.item.dose for entry in entries(INSIGHTS, again) if entry.is_added] == ["160 mg"]


def test_correcting_one_place_leaves_the_corrections_of_others():
    made = edit(edit(Corrections(), "usual/0", dose="10 mg"), "age/0", years=82)
    now = corrected(INSIGHTS, made)
    assert (now.usual[0].dose, now.age.years) == ("10 mg", 82)


@given(
    st.sets(st.sampled_from(KEYS)),
    st.dictionaries(st.sampled_from([key for key in KEYS if key.startswith("usual")]), st.text(max_size=5)),
)
def test_corrections_survive_the_store_and_never_touch_the_extraction(taken_out, doses):
    before = INSIGHTS.model_dump_json()
    made = Corrections()
    for places in (DRUGS, LABS, (Place.HISTORY,), (Place.AGE, Place.SEX, Place.REASON)):
        left = [row for row in rows(INSIGHTS, made, places) if row.key not in taken_out]
        made = revised(INSIGHTS, made, places, left)
    for key in doses.keys() - taken_out:
        made = edit(made, key, dose=doses[key])
    assert Corrections.model_validate_json(made.model_dump_json()) == made
    assert set(made.removed) == taken_out
    assert len(entries(INSIGHTS, made)) == len(KEYS) - len(taken_out)
    assert Insights.model_validate_json(before) == INSIGHTS
    again = Insights.model_validate_json(corrected(INSIGHTS, made).model_dump_json())
    assert again == corrected(INSIGHTS, made)
