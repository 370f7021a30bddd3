"""The "Conciliation" view: proposals, with both citations, that nobody but a named reader qualifies."""

import pytest

from app.insights.dossier import Discrepancy
from app.ui import state
from tests.app.pages import analyse, captions, open_page, report, shown

PRESCRIPTION = "Bisoprolol 5 mg : 1 cp le matin\nAmoxicilline 1 g : 1 cp x 3/j pendant 7 jours"


@pytest.fixture
def page(monkeypatch):
    """A report that is read, with its reconciliation in view."""
    monkeypatch.setenv("MODEL_PROVIDER", "local")
    page = analyse(open_page(), report("cardiologie"))
    page.session_state[state.VIEW] = "Conciliation"
    return page.run()


def opened(page):
    return page.session_state[state.WORKLIST].opened


def compare(page, prescription=PRESCRIPTION):
    page.text_area(key=state.of(state.PRESCRIPTION, opened(page))).input(prescription)
    return page.button(key=state.of(state.COMPARE, opened(page))).click().run()


def qualifications(page):
    return page.session_state[state.WORKLIST].noted(opened(page)).reconciliation.qualifications


def first_line(page):
    """The widgets that qualify the first line: its discrepancy, and the comment."""
    choice = next(group for group in page.segmented_control if group.label == "Divergence")
    comment = next(field for field in page.text_input if field.label == "Commentaire")
    return choice, comment


def test_a_prescription_is_compared_with_both_citations(page):
    body = shown(compare(page))
    assert not page.exception
    assert "Bisoprolol 2,5 mg : 1 cp le matin" in body
    assert "Bisoprolol 5 mg : 1 cp le matin" in body
    assert "dose 2,5 mg → 5 mg (×2)" in body
    assert "Nouveau" in body
    assert "ajouté par la nouvelle prescription. Est-ce voulu ?" in body


def test_nothing_is_qualified_at_first(page):
    compare(page)
    assert {group.value for group in page.segmented_control if group.label == "Divergence"} == {
        Discrepancy.UNQUALIFIED
    }
    assert qualifications(page) == {}


def test_nobody_qualifies_without_a_name(page):
    compare(page)
    first_line(page)[0].set_value(Discrepancy.INTENTIONAL).run()
    assert "nom" in page.warning[0].value
    assert qualifications(page) == {}


def test_a_named_reader_qualifies_with_a_comment_and_the_time_is_kept(page):
    compare(page)
    page.text_input(key=state.NAME).input("C. Martin, pharmacien").run()
    choice, comment = first_line(page)
    comment.input("accord du cardiologue")
    choice.set_value(Discrepancy.INTENTIONAL).run()
    assert not page.exception
    ((said),) = qualifications(page).values()
    assert (said.discrepancy, said.comment, said.by) == (
        Discrepancy.INTENTIONAL,
        "accord du cardiologue",
        "C. Martin, pharmacien",
    )
    assert any(caption.startswith("Par C. Martin, pharmacien, le ") for caption in captions(page))


def test_what_is_qualified_stays_when_another_view_is_looked_at(page):
    compare(page)
    page.text_input(key=state.NAME).input("C. Martin").run()
    first_line(page)[0].set_value(Discrepancy.INTENTIONAL).run()
    page.session_state[state.VIEW] = "Lecture"
    page.run()
    page.session_state[state.VIEW] = "Conciliation"
    page.run()
    assert not page.exception
    assert first_line(page)[0].value == Discrepancy.INTENTIONAL
    assert len(qualifications(page)) == 1


def test_the_discharge_treatment_can_be_compared_instead(page):
    page.radio(key=state.of(state.ORDERED, opened(page))).set_value("Le traitement de sortie du compte rendu")
    page.button(key=state.of(state.COMPARE, opened(page))).click().run()
    assert not page.exception
    assert "FORXIGA" in shown(page).upper()
    assert "Nouveau" in shown(page)


def test_an_empty_prescription_is_asked_for(page):
    compare(page, "  ")
    assert "nouvelle prescription" in page.error[0].value


def test_identical_lines_are_qualified_at_once_by_who_says_so(page):
    compare(page, "Bisoprolol 2,5 mg : 1 cp le matin\nLasilix 40 mg : 1 cp le matin")
    page.button(key=state.NO_DIFFERENCE).click().run()
    assert "nom" in page.warning[0].value
    page.text_input(key=state.NAME).input("C. Martin").run()
    page.button(key=state.NO_DIFFERENCE).click().run()
    assert [said.discrepancy for said in qualifications(page).values()] == [Discrepancy.NONE] * 2


def test_markup_in_a_prescription_is_shown_as_text(page):
    body = shown(compare(page, "Bisoprolol 5 mg <script>alert(1)</script> le matin"))
    assert not page.exception
    assert "<script" not in body


def test_a_comment_with_spaces_at_its_ends_is_kept_once(page):
    compare(page)
    page.text_input(key=state.NAME).input("C. Martin").run()
    first_line(page)[1].input(" accord ").run()
    assert not page.exception
    assert [said.comment for said in qualifications(page).values()] == ["accord"]


def test_the_name_stays_while_another_view_is_looked_at(page):
    compare(page)
    page.text_input(key=state.NAME).input("C. Martin").run()
    page.session_state[state.VIEW] = "Lecture"
    page.run()
    page.session_state[state.VIEW] = "Conciliation"
    page.run()
    assert page.text_input(key=state.NAME).value == "C. Martin"


def test_what_a_prescription_orders_twice_is_said(page):
    body = shown(compare(page, "Bisoprolol 5 mg : 1 cp le matin\nEliquis 5 mg matin et soir\n" * 2))
    assert not page.exception
    assert body.count("Écrit plus d&#x27;une fois") == 2


def test_nothing_is_asked_about_a_prescription_that_is_compared_whole(page):
    body = shown(compare(page))
    assert "Écrit plus" not in body
    assert "pas comparé" not in body
