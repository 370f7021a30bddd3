"""The JSON of a dossier is a record that the scorer judges, with its history beside it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.export import record
from app.insights.records import record as plain_record
from tests.app.insights.export import dossiers
from tests.app.insights.export.dossiers import AT, NAMES, PRESCRIPTION, REPORTS


def read(dossier, **said):
    return json.loads(record.write(dossier, AT, **said))


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_keys_of_an_annotated_report(name):
    annotated = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
    written = read(dossiers.compared(name))

    assert set(annotated) <= set(written)
    for listed in ("traitements_habituels", "fonction_renale", "conciliation"):
        for one, other in zip(annotated[listed], written[listed], strict=False):
            assert set(one) == set(other)


def test_it_is_the_record_of_what_stands_after_corrections():
    dossier = dossiers.corrected()
    expected = plain_record(dossier.name, dossier.insights())

    assert {key: value for key, value in read(dossier).items() if key in expected} == expected


def test_what_was_extracted_stays_beside_it():
    dossier = dossiers.corrected()
    written = read(dossier)

    assert written["traitements_habituels"][0]["dosage"] == "7 mg"
    assert written["extraction"]["traitements_habituels"][0]["dosage"] == "5 mg"
    assert written["corrections"] == dossier.corrections.model_dump(mode="json")


def test_it_says_what_made_it_when_and_what_was_compared():
    written = read(dossiers.compared(), lexicon="Lexique du 01/12/2025")

    assert written["moteur"] == "moteur embarqué (démonstration)"
    assert (written["lexique"], written["date"]) == ("Lexique du 01/12/2025", "2026-01-05T10:00:00+01:00")
    assert (written["base_conciliation"], written["nouvelle_prescription"]) == (
        "traitement habituel",
        PRESCRIPTION,
    )


def test_each_line_has_its_qualification_in_its_place():
    written = read(dossiers.qualified())
    said = {one["medicament"]: one for one in written["qualifications"]}

    assert [one["medicament"] for one in written["qualifications"]] == [
        one["medicament"] for one in written["conciliation"]
    ]
    assert said["mycophénolate mofétil"]["divergence"] == "intentionnelle"
    assert said["tacrolimus"] == {
        "medicament": "tacrolimus",
        "divergence": "non qualifiée",
        "commentaire": None,
        "par": None,
        "le": None,
    }


def test_no_drug_is_dropped_in_silence():
    dossier = dossiers.dossier("scan")
    written = read(dossier)

    assert [drug["nom"] for drug in written["non_classes"]] == [
        d.name for d in dossier.insights().unclassified
    ]
    assert [one["nom"] for one in written["omissions"]] == [o.name for o in dossier.case.omissions]


def test_nothing_compared_is_said_as_nothing():
    written = read(dossiers.dossier())

    assert (written["base_conciliation"], written["conciliation"], written["qualifications"]) == (
        None,
        [],
        [],
    )


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_any_text_comes_back(name, comment):
    written = read(dossiers.qualified(comment=comment).model_copy(update={"name": name}))

    assert written["id"] == name
    assert comment in [one["commentaire"] for one in written["qualifications"]]


def test_the_same_dossier_gives_the_same_bytes():
    assert record.write(dossiers.qualified(), AT) == record.write(dossiers.qualified(), AT)
