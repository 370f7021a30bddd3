"""The bundle is FHIR R4 by the models of fhir.resources, and its extension is the one of Interop'Santé."""

import json
import uuid
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.dossier import Base, Discrepancy, Qualification, Reconciliation
from app.insights.export import fhir
from app.insights.models import Lab, Span
from tests.app.insights.export import dossiers
from tests.app.insights.export.dossiers import AT, NAMES

GUIDE = "https://hl7.fr/ig/fhir/medication"
# Facts of "fr-medicationstatement-reconciliation-properties" 0.1.0, build of 2025-10-23, Interop'Santé
# (repository Interop-Sante/hl7.fhir.fr.medication): property: (required, repeats, element, type of value).
PROPERTIES = {
    "status": (True, False, "code", "valueCoding"),
    "isDiscrepant": (True, False, "yesNo", "valueBoolean"),
    "discrepancy": (False, False, "code", "valueCoding"),
    "comment": (False, True, "text", "valueMarkdown"),
}
EDITION = {"date": "valueDateTime", "author": "valueReference"}
STATUSES = {
    "10000001": "Continué",
    "10000002": "Équivalence",
    "10000003": "Arrêté",
    "10000004": "Modifié",
    "10000005": "Initié",
}
# The value set holds the qualified ones only.
DISCREPANCIES = {"10000003": "Divergence intentionnelle", "10000004": "Divergence non-intentionnelle"}


def bundle(dossier) -> dict[str, Any]:
    return json.loads(fhir.write(dossier, AT))


def resources(dossier, kind) -> list[dict[str, Any]]:
    held = [entry["resource"] for entry in bundle(dossier)["entry"]]
    return [resource for resource in held if resource["resourceType"] == kind]


def medicines(dossier, category) -> dict[str, dict[str, Any]]:
    return {
        one["medicationCodeableConcept"]["text"]: one
        for one in resources(dossier, "MedicationStatement")
        if one["category"]["text"] == category
    }


def lines(dossier):
    return medicines(dossier, "ligne de conciliation")


def properties(resource) -> dict[str, Any]:
    """The values of the extension by property."""
    (extension,) = resource["extension"]
    return {
        one["url"]: next(v for k, v in one["extension"][0]["extension"][0].items() if k != "url")
        for one in extension["extension"]
    }


def one_medicine(**said):
    return next(iter(medicines(dossiers.of_drugs(dossiers.drug(**said)), "traitement habituel").values()))


# ------------------------------------------------------------- the standard


@pytest.mark.parametrize("name", NAMES)
def test_every_bundle_is_valid(name):
    for dossier in (dossiers.dossier(name), dossiers.compared(name), dossiers.compared(name, "")):
        assert Bundle.model_validate(bundle(dossier)).type == "collection"


def test_references_lead_to_resources_of_the_bundle():
    written = bundle(dossiers.qualified())
    places = [entry["fullUrl"] for entry in written["entry"]]

    def references(value):
        if isinstance(value, dict):
            yield from [value["reference"]] if "reference" in value else []
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from references(part)

    assert set(references(written)) <= set(places)
    assert len(set(places)) == len(places)
    assert all(uuid.UUID(place.removeprefix("urn:uuid:")).version == 5 for place in places)


def test_the_same_dossier_gives_the_same_bytes_and_another_report_other_identifiers():
    first, again = (fhir.write(dossiers.compared(), AT) for _ in range(2))
    other = dossiers.compared("lettre").model_copy(update={"name": "greffe"})

    assert first == again
    ids = [{entry["fullUrl"] for entry in bundle(one)["entry"]} for one in (dossiers.compared(), other)]
    assert not ids[0] & ids[1]


def test_nobody_is_named():
    (patient,) = resources(dossiers.compared(), "Patient")

    assert set(patient) == {"resourceType", "id", "gender"}
    assert patient["gender"] == "male"


def test_an_unknown_sex_is_unknown_and_an_age_is_an_observation():
    (patient,) = resources(dossiers.of_drugs(), "Patient")
    age = resources(dossiers.dossier(), "Observation")[0]

    assert patient["gender"] == "unknown"
    assert age["code"]["coding"] == [{"system": "http://loinc.org", "code": "30525-0", "display": "Age"}]
    assert (age["valueQuantity"]["value"], age["valueQuantity"]["code"]) == (41, "a")


# ------------------------------------------------------------- medicines


def test_each_list_has_its_status():
    stay = dossiers.dossier("cardiologie")
    said = {
        (one["category"]["text"], one["status"])
        for name in NAMES
        for one in resources(dossiers.dossier(name), "MedicationStatement")
    }

    assert said == {
        ("traitement habituel", "active"),
        ("traitement de sortie", "active"),
        ("pendant le séjour", "completed"),
        ("arrêté", "stopped"),
        ("non classé", "unknown"),
    }
    assert len(resources(stay, "MedicationStatement")) == len(list(stay.insights().drugs()))


def test_a_medicine_is_told_in_the_words_of_the_report():
    one = medicines(dossiers.dossier(), "traitement habituel")["Cellcept"]

    assert one["medicationCodeableConcept"]["coding"] == [{"display": "mycophénolate mofétil"}]
    assert one["dosage"][0]["text"] == "500 mg 2x/j"
    assert one["note"] == [{"text": "Citation : « Cellcept 500 mg 2x/j »"}]


@pytest.mark.parametrize(
    ("dose", "frequency", "expected"),
    [
        ("2,5 mg", "matin et soir", (2.5, "mg", "mg")),
        ("75 µg", "1/j", (75, "µg", "ug")),
        ("1 g", "1 cp x3/j", (1, "g", "g")),
        ("20 UI", "le soir", (20, "UI", "[IU]")),
    ],
)
def test_a_dose_that_leaves_no_doubt_is_a_quantity(dose, frequency, expected):
    quantity = one_medicine(dose=dose, frequency=frequency)["dosage"][0]["doseAndRate"][0]["doseQuantity"]

    assert (quantity["value"], quantity["unit"], quantity["code"]) == expected
    assert quantity["system"] == "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("dose", "frequency"),
    [
        ("500 mg", "2 cp matin et soir"),
        ("500 mg", "2-0-1"),
        ("500 mg", "2 cp/j"),
        ("75", "1/j"),
        ("75 µg/24 h", "tous les 3 jours"),
        ("24/26 mg", "1-0-1"),
        ("100 UI/mL", "le soir"),
        ("2 sachets", "par jour"),
        (None, "1/j"),
    ],
)
def test_a_dose_that_leaves_a_doubt_is_words_only(dose, frequency):
    dosage = one_medicine(dose=dose, frequency=frequency)["dosage"][0]

    assert "doseAndRate" not in dosage
    assert dosage["text"] == " ".join(filter(None, (dose, frequency)))


def test_way_in_and_condition_are_told_when_they_are_written():
    dosage = one_medicine(citation="Morphine 5 mg SC", dose="5 mg", as_needed=True)["dosage"][0]

    assert dosage["route"] == {"text": "sous-cutanée"}
    assert dosage["asNeededBoolean"] is True
    assert "asNeededBoolean" not in one_medicine(dose="5 mg")["dosage"][0]


def test_a_medicine_without_posology_or_sure_spelling_says_no_more():
    one = one_medicine(approximate=True, dci="acide acétylsalicylique", span=None)

    assert "dosage" not in one
    assert one["medicationCodeableConcept"] == {"text": "Kardegic"}
    assert {"text": "Citation non retrouvée dans le texte."} in one["note"]


def test_corrections_are_noted():
    held = medicines(dossiers.corrected(), "traitement habituel")

    assert {"text": "Corrigé par le lecteur ; extrait : ADVAGRAF 5 mg 1x/j"} in held["Advagraf"]["note"]
    assert held["Doliprane"]["note"] == [{"text": "Ajouté par le lecteur."}]


# ------------------------------------------------------------- the French extension


def every_line():
    for name in NAMES:
        for dossier in (dossiers.compared(name), dossiers.compared(name, "")):
            yield from (one for one in resources(dossier, "MedicationStatement") if "extension" in one)
    yield from lines(dossiers.qualified()).values()


def test_every_extension_has_the_structure_of_the_guide():
    for resource in every_line():
        (extension,) = resource["extension"]
        assert (
            extension["url"]
            == f"{GUIDE}/StructureDefinition/fr-medicationstatement-reconciliation-properties"
        )
        urls = [one["url"] for one in extension["extension"]]
        assert [url for url, (required, *_) in PROPERTIES.items() if required and url not in urls] == []
        assert [url for url in urls if urls.count(url) > 1 and not PROPERTIES[url][1]] == []
        for one in extension["extension"]:
            assert set(one) == {"url", "extension"}
            for value in one["extension"]:
                _required, _repeats, element, kind = PROPERTIES[one["url"]]
                assert (set(value), value["url"]) == ({"url", "extension"}, "value")
                first, *edition = value["extension"]
                assert set(first) == {"url", kind}
                assert first["url"] == element
                assert all(set(part) == {"url", EDITION[part["url"]]} for part in edition)


def test_every_code_is_of_the_guide():
    for resource in every_line():
        said = properties(resource)
        assert said["status"]["system"] == f"{GUIDE}/CodeSystem/fr-medication-reconciliation-status"
        assert STATUSES[said["status"]["code"]] == said["status"]["display"]
        if found := said.get("discrepancy"):
            assert found["system"] == f"{GUIDE}/CodeSystem/fr-medication-reconciliation-discrepancy"
            assert DISCREPANCIES[found["code"]] == found["display"]


def test_each_proposed_status_has_the_word_of_the_profile():
    said = {name: properties(one)["status"]["display"] for name, one in lines(dossiers.compared()).items()}

    assert said["Advagraf"] == "Continué"
    assert said["Cellcept"] == "Modifié"
    assert said["Amlodipine"] == "Équivalence"
    assert said["Zyloric"] == "Arrêté"
    assert said["Wellvone"] == "Initié"


def test_an_unqualified_difference_is_discrepant_and_no_more():
    said = {name: properties(one) for name, one in lines(dossiers.compared()).items()}

    assert "discrepancy" not in said["Cellcept"]
    assert (said["Cellcept"]["isDiscrepant"], said["Advagraf"]["isDiscrepant"]) == (True, False)


@pytest.mark.parametrize(
    ("discrepancy", "is_discrepant", "code"),
    [
        (Discrepancy.NONE, False, None),
        (Discrepancy.INTENTIONAL, True, "10000003"),
        (Discrepancy.UNINTENTIONAL, True, "10000004"),
        (Discrepancy.UNQUALIFIED, True, None),
    ],
)
def test_what_the_reader_says_is_what_is_written(discrepancy, is_discrepant, code):
    dossier = dossiers.qualified()
    ((key, said),) = dossier.reconciliation.qualifications.items()
    told = {key: said.model_copy(update={"discrepancy": discrepancy})}
    asked = dossier.reconciliation.model_copy(update={"qualifications": told})
    written = properties(lines(dossier.model_copy(update={"reconciliation": asked}))["Cellcept"])

    assert written["isDiscrepant"] is is_discrepant
    assert written.get("discrepancy", {}).get("code") == code
    assert written["comment"] == "Leucopénie"


def test_who_said_so_and_when_stand_with_it():
    (extension,) = lines(dossiers.qualified())["Cellcept"]["extension"]
    said = next(one for one in extension["extension"] if one["url"] == "discrepancy")

    assert said["extension"][0]["extension"][1:] == [
        {"url": "date", "valueDateTime": "2026-01-05T09:41:00+01:00"},
        {"url": "author", "valueReference": {"type": "PractitionerRole", "display": "Dr Test"}},
    ]


def test_a_time_that_fhir_does_not_take_is_left_out():
    dossier = dossiers.qualified()
    ((key, said),) = dossier.reconciliation.qualifications.items()
    vague = Qualification(**{**said.model_dump(), "at": "hier"})
    asked = Reconciliation(base=Base.USUAL, prescription=dossiers.PRESCRIPTION, qualifications={key: vague})

    assert "hier" not in json.dumps(bundle(dossier.model_copy(update={"reconciliation": asked})))


def test_a_line_is_derived_from_the_medicines_on_its_two_sides():
    dossier = dossiers.compared()
    places = {f"urn:uuid:{one['id']}": one for one in resources(dossier, "MedicationStatement")}
    said = {
        name: [places[side["reference"]]["category"]["text"] for side in one["derivedFrom"]]
        for name, one in lines(dossier).items()
    }

    assert said["Cellcept"] == ["traitement habituel", "nouvelle prescription"]
    assert said["Wellvone"] == ["nouvelle prescription"]
    assert said["Bactrim"] == ["traitement habituel"]
    stopped = places[lines(dossier)["Zyloric"]["derivedFrom"][1]["reference"]]
    assert stopped["status"] == lines(dossier)["Zyloric"]["status"] == "stopped"


# ------------------------------------------------------------- values


def observed(**said):
    lab = Lab(**{"citation": "x", "span": Span(start=0, end=1), "unit": None, **said})
    case = dossiers.case("greffe")
    found = case.insights.model_copy(update={"renal": (lab,), "hepatic": ()})
    dossier = dossiers.dossier().model_copy(update={"case": case.model_copy(update={"insights": found})})
    Bundle.model_validate(bundle(dossier))
    return resources(dossier, "Observation")[-1]


def test_a_value_is_coded_where_test_and_unit_leave_one_meaning():
    creatinine = observed(test="creatinine", value=151, unit="µmol/L")

    assert creatinine["code"]["coding"][0]["code"] == "14682-9"
    assert creatinine["valueQuantity"] == {
        "value": 151,
        "unit": "µmol/L",
        "system": "http://unitsofmeasure.org",
        "code": "umol/L",
    }


@pytest.mark.parametrize(
    ("test", "unit"), [("creatinine", None), ("DFG", "mL/min"), ("bilirubine", "µmol/L"), ("ASAT", None)]
)
def test_a_value_that_may_mean_several_things_has_no_code(test, unit):
    assert "coding" not in observed(test=test, value=20, unit=unit)["code"]


def test_a_unit_that_is_not_known_stays_words():
    value = observed(test="creatinine", value=1.5, unit="pmol/L")["valueQuantity"]

    assert value == {"value": 1.5, "unit": "pmol/L"}


def test_what_is_no_number_is_words():
    assert observed(test="ASAT", value=None)["valueString"] == "normal (sans valeur)"
    assert observed(test="ASAT", value=3, unit="N")["valueString"] == "3 × N"


def test_a_limit_is_a_comparator():
    assert observed(test="DFG", value=90, citation="DFG > 90")["valueQuantity"]["comparator"] == ">"


def test_only_a_whole_date_is_a_date():
    assert observed(test="DFG", value=49, date="03/01/2026")["effectiveDateTime"] == "2026-01-03"
    undated = observed(test="DFG", value=49, date="J9")
    assert "effectiveDateTime" not in undated
    assert {"text": "Date écrite : J9"} in undated["note"]


# ------------------------------------------------------------- any text


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_text_breaks_a_bundle(name, dose, comment):
    drug = dossiers.drug(name, dose=dose, frequency=comment, dci=dose, citation=comment, route=name)
    Bundle.model_validate(bundle(dossiers.of_drugs(drug, name=comment)))
    Bundle.model_validate(bundle(dossiers.qualified(comment=comment, by=dose)))


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])).filter(str.strip))
def test_names_and_comments_come_back(text):
    assert one_medicine(name=text)["medicationCodeableConcept"]["text"] == text
    assert properties(lines(dossiers.qualified(comment=text))["Cellcept"])["comment"] == text


@pytest.mark.parametrize("nothing", ["\x85", "\u00a0", "\u2028\u2029", " "])
def test_words_of_white_space_alone_break_no_bundle(nothing):
    drug = dossiers.drug(
        nothing, dose=nothing, frequency=nothing, dci=nothing, citation=nothing, route=nothing
    )
    Bundle.model_validate(bundle(dossiers.of_drugs(drug, name=nothing)))
