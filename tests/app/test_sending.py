"""A report that goes to a language model: what is said, agreed to, shown on the way, and come back."""

import json
import time

import pytest

from app import worklists
from app.insights.documents import Upload
from app.insights.engines.choice import LOCAL_CARD
from app.jobs import environment
from app.ui import state
from tests.app.pages import REPORTS, analyse, finished, open_page, shown, spaced
from tests.fakes.llm import LanguageModels
from tests.fakes.llm_requests import KEYS

NAMES = ("cardiologie", "lettre")
TEXTS = {name: (REPORTS / f"{name}.txt").read_text(encoding="utf-8") for name in NAMES}
GOLD = {TEXTS[name]: json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}
# This machine under a name that does not say so: a server in a cloud, as far as the page can tell.
ELSEWHERE = "127.1"


@pytest.fixture
def models():
    with LanguageModels(GOLD) as models:
        yield models


@pytest.fixture
def page(models, monkeypatch):
    """The page with OpenAI as its engine, and jobs in threads."""
    monkeypatch.setenv("MODEL_PROVIDER", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["openai"])
    monkeypatch.setenv("OPENAI_BASE_URL", models.openai_url.replace("127.0.0.1", ELSEWHERE))
    for made in (environment.jobs, environment.vault, environment.seal):
        made.cache_clear()
    return open_page()


def agree(page):
    (consent,) = [box for box in page.checkbox if box.label.startswith("J'autorise")]
    return consent.check().run()


def test_the_page_says_who_gets_the_text_and_where(page):
    assert not page.exception
    assert ELSEWHERE in page.warning[0].value
    assert page.checkbox(key=state.REDUCED).value is True


def test_nothing_is_sent_before_somebody_agrees(page, models):
    analyse(page, TEXTS["cardiologie"])
    assert "Rien n'a été envoyé" in page.error[0].value
    assert page.text_area(key=state.REPORT_TEXT).value == TEXTS["cardiologie"]
    assert models.asked == []


def test_the_embedded_engine_can_be_chosen_and_sends_nothing(page, models):
    page.radio(key=state.ENGINE).set_value(LOCAL_CARD).run()
    analyse(page, TEXTS["cardiologie"])
    assert "BISOPROLOL" in shown(page)
    assert models.asked == []


def test_who_agrees_gets_what_the_model_found(page, models):
    finished(analyse(agree(page), TEXTS["cardiologie"]))
    assert not page.exception
    assert "BISOPROLOL" in shown(page)
    assert "OpenAI" in " ".join(caption.value for caption in page.caption)
    assert len(models.asked) == 1


def test_the_preview_is_exactly_what_is_sent(page, models):
    page.text_area(key=state.REPORT_TEXT).input(TEXTS["lettre"])
    page.button(key=state.PREVIEW).click().run()
    body = shown(page)
    assert "[NOM]" in body
    assert models.asked == []
    finished(analyse(agree(page), TEXTS["lettre"]))
    sent = json.dumps(models.asked[0][1], ensure_ascii=False)
    assert "[NOM]" in sent


def test_consent_is_asked_once(page, models):
    finished(analyse(agree(page), TEXTS["cardiologie"]))
    page.button(key=state.NEW_CASE).click().run()
    finished(analyse(page, TEXTS["lettre"]))
    assert len(models.asked) == 2


def test_a_failure_is_said_and_the_text_stays(page, models):
    models.faults.append("key")
    finished(analyse(agree(page), TEXTS["cardiologie"]))
    assert not page.exception
    assert "clé" in page.error[0].value
    assert page.text_area(key=state.REPORT_TEXT).value == TEXTS["cardiologie"]
    assert state.CASE not in page.session_state


def test_an_analysis_can_be_cancelled(page, models):
    models.held = True
    analyse(agree(page), TEXTS["cardiologie"])
    assert "Analyse en cours" in " ".join(info.value for info in page.info)
    page.button(key=state.CANCEL).click().run()
    assert not page.exception
    assert "annulée" in page.info[0].value
    assert state.CASE not in page.session_state


def test_a_new_case_ends_what_is_under_way(page, models):
    models.held = True
    analyse(agree(page), TEXTS["cardiologie"])
    job_id = page.session_state[state.WORKLIST].reports[0].id
    page.button(key=state.NEW_CASE).click().run()
    assert state.WORKLIST not in page.session_state
    assert environment.jobs().look(job_id) is None


@pytest.mark.usefixtures("page")
def test_who_comes_back_in_another_session_agrees_again_before_anything_more_is_sent(models):
    other = open_page()
    other.session_state[state.WORKLIST] = worklists.begun(
        environment.jobs(),
        [Upload("a.txt", TEXTS["lettre"].encode())],
        key="another",
        engine="openai",
        is_reduced=False,
    )
    other.run()
    assert not other.exception
    assert "Rien n'a été envoyé" in " ".join(warning.value for warning in other.warning)
    assert models.asked == []
    finished(agree(other))
    assert len(models.asked) == 1


def test_consent_outlives_a_look_at_another_engine(page, models):
    agree(page)
    engines = page.radio(key=state.ENGINE)
    cloud = engines.value
    engines.set_value(LOCAL_CARD).run()
    page.radio(key=state.ENGINE).set_value(cloud).run()
    finished(analyse(page, TEXTS["cardiologie"]))
    assert len(models.asked) == 1


def test_sections_are_shown_as_they_come(page, models):
    models.held = True
    analyse(agree(page), TEXTS["cardiologie"])
    deadline = time.monotonic() + 60
    while "Déjà lu : " not in (said := spaced(" ".join(info.value for info in page.info))):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        page.run()
    assert "patient" in said
    body = shown(page)
    assert "81 ans" in body
    assert "Amlodipine 5 mg" in body, "the text is there to be read meanwhile"
    assert state.CASE not in page.session_state
    models.held = False
    assert "BISOPROLOL" in shown(finished(page))
