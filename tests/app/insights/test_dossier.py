"""What a reader signs: proposals stay unqualified until somebody says something of them."""

from pathlib import Path

from app.insights.case import analyse
from app.insights.corrections import DRUGS, Corrections, Row, revised, rows
from app.insights.dossier import Base, Discrepancy, Dossier, Qualification, Reconciliation
from app.insights.engines import local_engine
from app.insights.reconcile import Status

REPORT = Path(__file__).parents[2] / "data" / "reports" / "cardiologie.txt"
CASE = analyse(REPORT.read_text(encoding="utf-8"), local_engine())
PRESCRIPTION = "Bisoprolol 5 mg : 1 cp le matin\nAmoxicilline 1 g : 1 cp x 3/j pendant 7 jours"
SAID = Qualification(
    discrepancy=Discrepancy.INTENTIONAL, comment="HTA", by="Dr Test", at="2026-01-05T10:00:00+01:00"
)


def dossier(**changes):
    return Dossier(name="cardiologie", case=CASE, **changes)


def test_nothing_is_compared_before_it_is_asked_for():
    assert dossier().judged() == ()


def test_every_discrepancy_is_unqualified_at_first():
    judged = dossier(reconciliation=Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)).judged()
    assert {line.discrepancy for line in judged} == {Discrepancy.UNQUALIFIED}
    assert {"bisoprolol", "amoxicilline"} <= {judged.line.name for judged in judged}


def test_what_is_said_of_a_line_stays_with_it_and_with_no_other():
    asked = Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)
    key = next(one.key for one in dossier(reconciliation=asked).judged() if one.line.name == "bisoprolol")
    said = asked.model_copy(update={"qualifications": {key: SAID}})
    lines = {one.line.name: one for one in dossier(reconciliation=said).judged()}
    assert lines["bisoprolol"].qualification == SAID
    assert lines["amoxicilline"].discrepancy is Discrepancy.UNQUALIFIED


def test_a_line_that_changes_has_to_be_qualified_anew():
    asked = Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)
    key = next(one.key for one in dossier(reconciliation=asked).judged() if one.line.name == "bisoprolol")
    other = PRESCRIPTION.replace("5 mg", "10 mg", 1)
    said = Reconciliation(base=Base.USUAL, prescription=other, qualifications={key: SAID})
    lines = {one.line.name: one for one in dossier(reconciliation=said).judged()}
    assert lines["bisoprolol"].discrepancy is Discrepancy.UNQUALIFIED


def test_without_a_prescription_the_discharge_treatment_is_compared():
    lines = dossier(reconciliation=Reconciliation(base=Base.USUAL)).judged()
    after = [one.line.after for one in lines if one.line.status is not Status.STOPPED]
    assert after
    assert set(after) <= set(CASE.insights.discharge)


def test_what_the_reader_corrects_is_what_is_compared():
    before = rows(CASE.insights, Corrections(), DRUGS)
    changed = [
        row.model_copy(update={"fields": {**row.fields, "dose": "5 mg"}})
        if row.place == "usual" and row.fields["dci"] == "bisoprolol"
        else row
        for row in before
    ]
    made = revised(CASE.insights, Corrections(), DRUGS, changed)
    asked = Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)
    status = {one.line.name: one.line.status for one in dossier(reconciliation=asked).judged()}
    now = {one.line.name: one.line.status for one in dossier(corrections=made, reconciliation=asked).judged()}
    assert (status["bisoprolol"], now["bisoprolol"]) == (Status.CHANGED, Status.SAME)


def test_a_dossier_survives_the_store():
    asked = Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)
    key = dossier(reconciliation=asked).judged()[0].key
    whole = dossier(reconciliation=asked.model_copy(update={"qualifications": {key: SAID}}))
    assert Dossier.model_validate_json(whole.model_dump_json()) == whole
    assert [one.key for one in Dossier.model_validate_json(whole.model_dump_json()).judged()] == [
        one.key for one in whole.judged()
    ]


def test_equal_lines_are_told_apart():
    row = Row(key=None, place="usual", fields={"name": "Eau", "dci": None, "dose": None, "frequency": None})
    before = rows(CASE.insights, Corrections(), DRUGS)
    made = revised(CASE.insights, Corrections(), DRUGS, [*before, row, row])
    judged = dossier(
        corrections=made, reconciliation=Reconciliation(base=Base.USUAL, prescription=PRESCRIPTION)
    ).judged()
    assert len({one.key for one in judged}) == len(judged)


def test_an_added_medicine_makes_good_what_was_left_out():
    left_out = dossier().open_omissions()
    assert left_out
    row = Row(
        key=None,
        place="usual",
        fields={"name": left_out[0].name, "dci": None, "dose": None, "frequency": None},
    )
    made = revised(CASE.insights, Corrections(), DRUGS, [*rows(CASE.insights, Corrections(), DRUGS), row])
    assert left_out[0] not in dossier(corrections=made).open_omissions()
