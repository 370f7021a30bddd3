"""A report read by a language model: agreed to, in a job of its own, while the page goes on."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ops.settings import ROOT
from tests.e2e.conftest import ARTIFACTS, Stage
from tests.fakes.llm import LanguageModels
from tests.fakes.llm_requests import KEYS

FUNCTION = "patient-insight"
REPORTS = ROOT / "tests" / "data" / "reports"
REPORT = (REPORTS / "lettre.txt").read_text()


@pytest.fixture
def models() -> Iterator[LanguageModels]:
    """A provider on this machine that takes its time."""
    gold = json.loads((REPORTS / "lettre.json").read_text())
    with LanguageModels({REPORT: gold}, latency_s=1, piece_s=0.1) as models:
        yield models


@pytest.fixture
def url(stage: Stage, models: LanguageModels) -> Iterator[str]:
    """The deployed page with OpenAI configured; afterwards as it was."""
    lambda_ = stage.clients.lambda_
    live = lambda_.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]
    configured = lambda_.get_function_configuration(FunctionName=FUNCTION)["Environment"]["Variables"]
    more = {
        "MODEL_PROVIDER": "openai",
        "OPENAI_API_KEY": KEYS["openai"],
        # Under a name that does not say that it is this machine.
        "OPENAI_BASE_URL": models.openai_url.replace("127.0.0.1", "127.1"),
    }
    lambda_.update_function_configuration(
        FunctionName=FUNCTION, Environment={"Variables": {**configured, **more}}
    )
    version = lambda_.publish_version(FunctionName=FUNCTION)["Version"]
    lambda_.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
    yield stage.url
    lambda_.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=live)
    lambda_.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": configured})
    # The newest version is what Terraform holds the function against: others deploy on this account.
    lambda_.delete_function(FunctionName=FUNCTION, Qualifier=version)


def test_a_model_reads_what_somebody_agreed_to_send(url: str, page: Page, models: LanguageModels) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="Compte rendu").fill(REPORT)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("Rien n'a été envoyé")).to_be_visible()
    assert models.asked == []
    page.get_by_role("button", name="Voir ce qui sera envoyé").click()
    expect(page.locator("mark", has_text="[NOM]").first).to_be_visible()
    page.get_by_text("J'autorise, pendant cette session").click()
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "consent.png", full_page=True)
    models.held = True
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("Analyse en cours")).to_be_visible()
    expect(page.get_by_text("Déjà lu : patient")).to_be_visible()
    expect(page.get_by_text("Texte du compte rendu")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "reading.png", full_page=True)
    models.held = False
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()
    expect(page.get_by_text("analysé par le moteur OpenAI")).to_be_visible()
    assert len(models.asked) == 1
    assert not page.locator("[data-testid=stException]").count()


def test_what_is_under_way_can_be_cancelled(url: str, page: Page, models: LanguageModels) -> None:
    models.held = True
    page.goto(url)
    page.get_by_text("J'autorise, pendant cette session").click()
    page.get_by_role("textbox", name="Compte rendu").fill(REPORT)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("Analyse en cours")).to_be_visible()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Analyse en cours")).to_be_hidden()
    expect(page.get_by_role("textbox", name="Compte rendu")).to_have_value(REPORT)
    expect(page.get_by_role("heading", name="Résultats")).to_be_hidden()
