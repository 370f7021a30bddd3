"""Any page over `invoke serve`, in a browser: buffered as by an HTTP API, streamed as by a Function URL."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ops.settings import ROOT

MAIN = """
import pathlib, time
import streamlit as st

st.title("First page")
if st.button("more"):
    st.session_state.count = st.session_state.get("count", 0) + 1
st.write(f"count {st.session_state.get('count', 0)}")
if st.button("tell"):
    def words():
        yield "early words, "
        while not pathlib.Path(__file__).with_name("go").exists():
            time.sleep(0.02)
        yield "late words"
    st.write_stream(words())
"""


@dataclass(frozen=True)
class Served:
    """A project that is served."""

    project: Path
    url: str


@pytest.fixture(scope="module", params=[[], ["--stream"]], ids=["buffered", "streamed"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page with a second one in pages/, over two frozen instances."""
    project = tmp_path_factory.mktemp("project")
    (project / "pages").mkdir()
    (project / "main.py").write_text(MAIN)
    (project / "pages" / "other.py").write_text("import streamlit as st\nst.title('Other page')\n")
    command = [sys.executable, "-m", "invoke", "-r", str(ROOT), "serve", "main.py", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--seed", "1", *request.param],
        cwd=project,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = re.search(r"is served at (\S+)", process.stdout.readline())
        assert url is not None
        yield Served(project, url[1])
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies."""
    fresh = browser.new_context()
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, served: Served) -> Page:
    """The first page, as a visitor sees it."""
    opened = context.new_page()
    opened.goto(served.url)
    expect(opened.get_by_role("heading", name="First page")).to_be_visible()
    return opened


def test_each_click_counts_once(page: Page) -> None:
    for count in range(1, 6):
        page.get_by_role("button", name="more").click()
        expect(page.get_by_text(f"count {count}", exact=True)).to_be_visible()


def test_words_appear_while_the_script_still_writes(page: Page, served: Served) -> None:
    page.get_by_role("button", name="tell").click()
    expect(page.get_by_text("early words")).to_be_visible()
    (served.project / "go").touch()
    expect(page.get_by_text("early words, late words")).to_be_visible()


def test_a_page_of_the_directory_is_reached_by_click_and_by_address(page: Page, served: Served) -> None:
    page.get_by_role("link", name="other").click()
    expect(page.get_by_role("heading", name="Other page")).to_be_visible()
    assert page.url == f"{served.url}/other"
    page.reload()
    expect(page.get_by_role("heading", name="Other page")).to_be_visible()
