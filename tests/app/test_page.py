"""What a reader meets on the page, path by path."""

import os
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import state
from tests.app.pages import analyse, open_page, report, shown, spaced

REPORT = report("cardiologie")


@pytest.fixture
def provider() -> Iterator[None]:
    """Put back the provider that a test sets."""
    before = os.environ.get("MODEL_PROVIDER")
    os.environ["MODEL_PROVIDER"] = "local"
    yield
    os.environ.pop("MODEL_PROVIDER")
    if before is not None:
        os.environ["MODEL_PROVIDER"] = before


@pytest.fixture
def page(provider: None) -> AppTest:  # noqa: ARG001  # sets the environment that the page reads
    return open_page()


def test_the_first_page_asks_for_a_report_and_says_what_the_engine_is_worth(page):
    assert not page.exception
    assert "démonstration" in page.info[0].value
    assert state.CASE not in page.session_state


def test_a_report_shows_its_medicines_in_capitals_with_their_citations(page):
    analyse(page, REPORT)
    assert not page.exception
    body = shown(page)
    assert "BISOPROLOL" in body
    assert "Bisoprolol 2,5 mg : 1 cp le matin" in body
    assert "https://www.vidal.fr/recherche.html?query=eliquis" in body
    assert body.index(">AMLODIPINE<") < body.index(">BISOPROLOL<") < body.index(">LEVOTHYROX<")


def test_identity_and_labs_are_shown(page):
    body = shown(analyse(page, REPORT))
    assert "81 ans" in body
    assert "Femme" in body
    assert "142 µmol/L" in body
    assert "2 × N" in body


def test_a_drug_that_no_list_holds_comes_first(page):
    body = shown(analyse(page, REPORT))
    assert body.index("absent de l&#x27;extraction") < body.index("BISOPROLOL")
    assert "PÉNICILLINE" in body


def test_markup_in_a_report_is_shown_as_text(page):
    hostile = 'Traitement habituel\n- Eliquis <img src=x onerror="alert(1)"> 5 mg\n<script>alert(2)</script>'
    body = shown(analyse(page, hostile))
    assert not page.exception
    assert "<script" not in body
    assert "<img" not in body
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in body


def test_an_empty_field_is_said_to_be_empty(page):
    analyse(page, "  ")
    assert "vide" in page.error[0].value


def test_a_text_too_long_is_refused_and_kept(page):
    text = "a" * 100_001
    analyse(page, text)
    assert "au plus" in page.error[0].value
    assert page.text_area(key=state.REPORT_TEXT).value == text


def test_a_recipe_is_said_not_to_be_a_report(page):
    analyse(page, "Étaler la pâte, ajouter le sucre et cuire 35 minutes.")
    assert "Rien de médical" in page.warning[0].value


def test_emoji_and_other_scripts_do_no_harm(page):
    analyse(page, "💊 דוח רפואי — Traitement habituel : Eliquis 5 mg matin et soir 😀")
    assert not page.exception
    assert "ELIQUIS" in shown(page)


def test_a_new_case_forgets_text_and_results(page):
    analyse(page, REPORT)
    page.button(key=state.NEW_CASE).click().run()
    assert page.text_area(key=state.REPORT_TEXT).value == ""
    assert state.CASE not in page.session_state
    assert "BISOPROLOL" not in shown(page)


def test_a_text_refused_can_be_cleared(page):
    analyse(page, "a" * 100_001)
    page.button(key=state.NEW_CASE).click().run()
    assert page.text_area(key=state.REPORT_TEXT).value == ""
    assert not page.error


def test_a_new_case_is_forgotten_even_when_the_callback_of_its_button_was_lost(page):
    analyse(page, REPORT)
    # What a click leaves when the session that knew the callback is gone.
    page.session_state[state.FORGET] = True
    page.run()
    assert not page.exception
    assert page.text_area(key=state.REPORT_TEXT).value == ""
    assert state.CASE not in page.session_state
    assert "BISOPROLOL" not in shown(page)


def test_an_empty_list_is_said_to_be_what_the_engine_did_not_recognise(page):
    analyse(page, "Traitement habituel : Eliquis 5 mg matin et soir")
    assert "Traitement de sortie : non reconnu par le moteur : à vérifier dans le texte." in [
        spaced(caption.value) for caption in page.caption
    ]
    assert "non retrouvé" not in shown(page)


def test_a_value_keeps_the_comparator_of_its_citation(page):
    assert "&gt; 90" in shown(analyse(page, "Biologie : DFG > 90 mL/min")).split('data-label="Date"')[0]


@pytest.mark.usefixtures("provider")
def test_a_provider_without_an_engine_leaves_the_embedded_one():
    os.environ["MODEL_PROVIDER"] = "openai"
    page = open_page()
    assert "MODEL_PROVIDER=local" in page.warning[0].value
    assert "BISOPROLOL" in shown(analyse(page, REPORT))
