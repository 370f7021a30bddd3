"""What a reader who has chosen English meets on the page, and what is still there when they go back."""

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from app.insights.engines.choice import LOCAL_CARD
from app.jobs import environment
from app.ui import state
from app.ui.english import ENGLISH
from app.ui.language import FRENCH, IN_ENGLISH

ROOT = Path(__file__).parents[3]
REPORTS = ROOT / "tests" / "data" / "reports"
REPORT = (REPORTS / "cardiologie.txt").read_text(encoding="utf-8")
PRESCRIPTION = "Bisoprolol 10 mg : 1 cp le matin\nEliquis 2,5 mg : 1 cp matin et soir\nTahor 10 mg le soir"
# Long enough to be no word of English by chance.
_TELLING = 12
# What Streamlit's elements carry that nobody reads.
_UNREAD = {"id", "form_id", "element_id", "user_key", "hash", "js_content", "css_content", "json"}
_VOID = {"br", "hr", "img", "input", "meta", "link"}
SENTENCES = {french for french, translated in ENGLISH.items() if french != translated}
PIECES = {
    piece.strip()
    for french in SENTENCES
    for piece in re.split(r"\{\w+\}", french)
    if len(piece.strip()) >= _TELLING and piece.strip() not in " ".join(ENGLISH.values())
}


class Words(HTMLParser):
    """Collects what HTML says, less the words of the report: those are marked as French."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        is_quoted = bool(self._open and self._open[-1]) or given.get("lang") == "fr"
        self.found += [given[name] for name in ("title", "aria-label", "data-label") if given.get(name)]
        if tag not in _VOID:
            self._open.append(is_quoted)

    def handle_endtag(self, tag):
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data):
        if not (self._open and self._open[-1]):
            self.found.append(data)


def of_html(body: str) -> list[str]:
    words = Words()
    words.feed(re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL))
    return words.found


def of_json(value: object) -> Iterator[str]:
    """What a text of JSON says; the settings of a table's columns are one."""
    if isinstance(value, dict):
        yield from (words for part in value.values() for words in of_json(part))
    elif isinstance(value, list):
        yield from (words for part in value for words in of_json(part))
    elif isinstance(value, str):
        yield value


def of_message(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name in _UNREAD:
            continue
        for part in value if isinstance(value, Iterable) and not isinstance(value, (str, bytes)) else [value]:
            if isinstance(part, Message):
                yield from of_message(part)
            elif isinstance(part, str) and part.startswith("{"):
                yield from of_json(json.loads(part))
            elif isinstance(part, str):
                yield from of_html(part) if field.name == "body" and "<" in part else [part]


def said(page: AppTest) -> list[str]:
    """All that the page says in words of its own."""
    typed = {area.value for area in page.text_area} | {REPORT, PRESCRIPTION}
    protos = [proto for one in page if isinstance(proto := getattr(one, "proto", None), Message)]
    labels = [tab.label for tab in page.tabs]
    found = [words for proto in protos for words in of_message(proto)]
    return [words.strip() for words in labels + found if words.strip() and words not in typed]


def assert_in_english(page: AppTest) -> None:
    assert not page.exception
    words = said(page)
    assert [one for one in words if one.strip(" .:()0123456789") in SENTENCES] == []
    assert [(piece, one) for one in words for piece in PIECES if piece in one] == []


@pytest.fixture
def french(monkeypatch) -> AppTest:
    monkeypatch.setenv("MODEL_PROVIDER", "local")
    environment.jobs.cache_clear()
    return AppTest.from_file(str(ROOT / "app" / "page.py"), default_timeout=60).run()


@pytest.fixture
def page(french) -> AppTest:
    return speak(french, IN_ENGLISH)


def speak(page: AppTest, language: str) -> AppTest:
    return page.segmented_control(key=state.LANGUAGE).set_value(language).run()


def analyse(page: AppTest, text: str) -> AppTest:
    page.text_area(key=state.REPORT_TEXT).input(text)
    return page.button(key=state.ANALYSE).click().run()


def only(page: AppTest) -> str:
    """The id of the only report."""
    return page.session_state[state.WORKLIST].reports[0].id


def view(page: AppTest, label: str) -> AppTest:
    page.session_state[state.VIEW] = label
    return page.run()


def compare(page: AppTest) -> AppTest:
    report = only(page)
    page.text_area(key=state.of(state.PRESCRIPTION, report)).input(PRESCRIPTION)
    return page.button(key=state.of(state.COMPARE, report)).click().run()


def correct(page: AppTest) -> AppTest:
    for subject in ("patient", "history", "drugs", "labs"):
        page.toggle(key=state.of(state.CORRECTING, subject, only(page))).set_value(True)
    return page.run()


def notes(page: AppTest) -> object:
    return page.session_state[state.WORKLIST].noted(only(page))


def lists_of(page: AppTest) -> set[str]:
    """The lists that medicines are in, as the table to correct calls them."""
    return {row for editor in page.data_editor for row in editor.value.get("list", [])}


def test_the_test_notices_french(french):
    with pytest.raises(AssertionError):
        assert_in_english(french)


def test_the_first_sight_is_in_english(page):
    assert_in_english(page)
    assert page.button(key=state.ANALYSE).label == "Analyse"


def test_an_analysis_is_in_english(page):
    analyse(page, REPORT)
    assert_in_english(page)
    assert "Usual medication (7)" in said(page)
    opening = "Pasted text, read by the built-in engine (demonstration). Starter lexicon: "
    assert any(words.startswith(opening) for words in said(page))
    assert "2 × ULN" in said(page)


def test_a_reconciliation_is_in_english(page):
    view(analyse(page, REPORT), "Reconciliation")
    compare(page)
    assert_in_english(page)
    assert "BISOPROLOL: differs from one list to the other (dose). Is this intended?" in said(page)
    assert "unqualified" in said(page)


def test_the_exports_are_offered_in_english(page):
    view(analyse(page, REPORT), "Export")
    assert_in_english(page)
    assert "CSV of the medicines" in said(page)


def test_the_tables_to_correct_are_in_english(page):
    correct(analyse(page, REPORT))
    assert_in_english(page)
    assert {"List", "INN", "As needed", "Unit"} <= set(said(page))
    assert {"Usual medication", "Discharge medication"} <= lists_of(page)


@pytest.mark.parametrize("text", ["", "x" * 100_001, "\x00\x01\x02\x03\x04\x05", "Une recette de cuisine."])
def test_what_cannot_be_read_is_said_in_english(page, text):
    analyse(page, text)
    assert_in_english(page)
    assert page.error or page.warning


def test_several_reports_are_in_english(page):
    files = [(f"{name}.txt", (REPORTS / f"{name}.txt").read_bytes(), "text/plain") for name in NAMES]
    page.file_uploader[0].set_value(files)
    analyse(page, REPORT)
    page.selectbox(key=f"{state.OPEN} en").set_value(page.session_state[state.WORKLIST].reports[1].id).run()
    assert_in_english(page)
    assert {"Report", "Status", "Medicines", "To check", "read"} <= set(said(page))


NAMES = ("cardiologie", "lettre")


def test_a_missing_key_is_said_in_english(monkeypatch):
    monkeypatch.setenv("MODEL_PROVIDER", "openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    page = AppTest.from_file(str(ROOT / "app" / "page.py"), default_timeout=60).run()
    assert_in_english(speak(page, IN_ENGLISH))
    assert "OPENAI_API_KEY is not set" in page.warning[0].value


def test_what_is_said_before_a_text_leaves_is_in_english(monkeypatch):
    monkeypatch.setenv("MODEL_PROVIDER", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    page = AppTest.from_file(str(ROOT / "app" / "page.py"), default_timeout=60).run()
    analyse(speak(page, IN_ENGLISH), REPORT)
    assert_in_english(page)
    assert page.error[0].value.startswith("Nothing was sent")


def test_the_chosen_engine_stays_chosen_in_another_language(monkeypatch):
    monkeypatch.setenv("MODEL_PROVIDER", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    page = AppTest.from_file(str(ROOT / "app" / "page.py"), default_timeout=60).run()
    page.radio(key=state.ENGINE).set_value(LOCAL_CARD).run()
    speak(page, IN_ENGLISH)
    assert page.radio(key=f"{state.ENGINE} en").value.name == "local"
    speak(page, FRENCH)
    assert page.radio(key=state.ENGINE).value.name == "local"


def test_a_reader_who_goes_back_finds_text_results_corrections_and_notes(french):
    page = correct(analyse(french, REPORT))
    report = only(page)
    age = next(field for field in page.number_input if field.label == "Âge (années)")
    age.set_value(82).run()
    view(page, "Conciliation")
    compare(page)
    page.text_input(key=state.NAME).input("Dr A, pharmacienne").run()
    first = next(box for box in page.segmented_control if box.label == "Divergence")
    first.set_value("intentionnelle").run()
    before = notes(page)
    assert before.corrections.changed
    assert before.reconciliation.qualifications

    speak(page, IN_ENGLISH)
    assert_in_english(page)
    assert notes(page) == before
    assert page.session_state[state.VIEW] == "Reconciliation"
    assert next(box for box in page.segmented_control if box.label == "Discrepancy").value == "intentionnelle"
    correct(view(page, "Reading"))
    assert_in_english(page)
    assert notes(page) == before
    assert next(field for field in page.number_input if field.label == "Age (years)").value == 82

    speak(page, FRENCH)
    assert notes(page) == before
    assert only(page) == report
    assert page.text_area(key=state.REPORT_TEXT).value == REPORT
    assert {"Âge (années)", "Traitements habituels"} <= {*said(page), *lists_of(page)}
