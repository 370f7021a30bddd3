"""The page in French and in English, in a browser: what Streamlit itself says, and what stays as it is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ops.settings import ROOT

REPORT = (ROOT / "tests" / "data" / "reports" / "cardiologie.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The page, over two frozen instances."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "invoke",
            "-r",
            str(ROOT),
            "serve",
            "app/page.py",
            "--port",
            "0",
            "--seed",
            "1",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "MODEL_PROVIDER": "local"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"is served at (\S+)", process.stdout.readline())
        assert found is not None
        yield found[1]
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page as a visitor first sees it."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="fr-FR")
    opened = context.new_page()
    opened.goto(url)
    expect(opened.get_by_role("button", name="Analyser")).to_be_visible()
    yield opened
    context.close()


def speak(page: Page, language: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(language).click()


def test_the_uploader_is_called_what_it_shows_in_both_languages(page: Page) -> None:
    uploader = page.get_by_test_id("stFileUploader")
    expect(uploader.get_by_role("button", name="Parcourir", exact=True)).to_be_visible()
    expect(uploader.get_by_text("per file")).to_be_hidden()
    speak(page, "English")
    expect(uploader.get_by_role("button", name="Upload", exact=True)).to_be_visible()
    expect(uploader.get_by_text("per file")).to_be_visible()


def qualified(page: Page, number: int, words: str) -> None:
    """The line of that number is shown as qualified so."""
    choice = page.get_by_role("radiogroup", name=re.compile("^(Divergence|Discrepancy)$")).nth(number)
    expect(choice.get_by_role("radio", name=words, exact=True)).to_be_checked()


def test_what_is_chosen_is_shown_as_chosen_in_another_language(page: Page) -> None:
    page.get_by_label("Compte rendu", exact=True).fill(REPORT)
    page.get_by_role("button", name="Analyser").click()
    page.get_by_role("tab", name="Conciliation").click()
    page.get_by_text("Le traitement de sortie du compte rendu").click()
    page.get_by_role("button", name="Comparer").click()
    page.get_by_label("Qualifié par").fill("Dr A, pharmacienne")
    page.get_by_label("Qualifié par").press("Enter")
    page.get_by_role("button", name="Aucune divergence").click()
    qualified(page, 2, "aucune")

    speak(page, "English")
    expect(page.get_by_role("tab", name="Reconciliation")).to_have_attribute("aria-selected", "true")
    qualified(page, 2, "none")
    qualified(page, 0, "unqualified")
    expect(page.get_by_role("radio", name="The discharge medication of the report")).to_be_checked()

    page.get_by_role("radio", name="intentional", exact=True).first.click()
    expect(page.get_by_text("By Dr A, pharmacienne")).to_have_count(4)
    qualified(page, 0, "intentional")

    speak(page, "Français")
    qualified(page, 0, "intentionnelle")
    qualified(page, 2, "aucune")
    expect(page.get_by_role("radio", name="Le traitement de sortie du compte rendu")).to_be_checked()
    expect(page.get_by_label("Compte rendu", exact=True)).to_have_value(REPORT)


def test_corrections_stay_while_the_table_is_open_and_the_language_changes(page: Page) -> None:
    page.get_by_label("Compte rendu", exact=True).fill(REPORT)
    page.get_by_role("button", name="Analyser").click()
    page.get_by_text("Corriger", exact=True).first.click()
    page.get_by_label("Âge (années)").fill("82")
    page.get_by_label("Âge (années)").press("Enter")
    expect(page.get_by_role("button", name="Revenir à l'extraction")).to_be_visible()

    speak(page, "English")
    expect(page.get_by_label("Age (years)")).to_have_value("82")
    expect(page.get_by_role("button", name="Back to the extraction")).to_be_visible()
    speak(page, "Français")
    expect(page.get_by_label("Âge (années)")).to_have_value("82")
