"""Correcting in place: what a reader changes stands beside what was extracted."""

import pytest

from app.ui import state
from tests.app.pages import analyse, open_page, report, shown


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("MODEL_PROVIDER", "local")
    return analyse(open_page(), report("cardiologie"))


def opened(page):
    return page.session_state[state.WORKLIST].opened


def switch(page, subject):
    toggle = page.toggle(key=state.of(state.CORRECTING, subject, opened(page)))
    return toggle.set_value(not toggle.value).run()


def corrections(page):
    return page.session_state[state.WORKLIST].noted(opened(page)).corrections


@pytest.mark.parametrize("subject", ["patient", "history", "drugs", "labs"])
def test_editing_without_a_change_corrects_nothing(page, subject):
    switch(page, subject)
    assert not page.exception
    assert corrections(page).is_empty()
    switch(page, subject)
    assert not page.exception
    assert corrections(page).is_empty()


def test_a_corrected_age_is_shown_with_what_was_extracted(page):
    switch(page, "patient")
    age = next(field for field in page.number_input if field.label.startswith("Âge"))
    age.set_value(82).run()
    switch(page, "patient")
    body = shown(page)
    assert not page.exception
    assert "82 ans" in body
    assert "extrait : 81 ans" in body
    assert page.session_state[state.CASE].insights.age.years == 81


def test_corrections_can_be_taken_back(page):
    switch(page, "patient")
    next(field for field in page.number_input if field.label.startswith("Âge")).set_value(82).run()
    page.button(key=state.of(state.RESTORE, "patient", opened(page))).click().run()
    assert not page.exception
    assert corrections(page).is_empty()
    assert next(field for field in page.number_input if field.label.startswith("Âge")).value == 81


def test_what_is_emptied_is_taken_out_and_said_to_be(page):
    switch(page, "patient")
    next(field for field in page.text_area if field.label.startswith("Motif")).input("").run()
    switch(page, "patient")
    assert corrections(page).removed == ("reason/0",)
    assert any(caption.value.startswith("Retiré par vous") for caption in page.caption)
