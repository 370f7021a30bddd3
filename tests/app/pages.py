"""The page as tests drive it: without a browser, with jobs in threads of this process."""

from __future__ import annotations

import re
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.ui import state

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "tests" / "data" / "reports"
# Waited out by failures alone.
TIMEOUT_S = 120


def open_page() -> AppTest:
    return AppTest.from_file(str(ROOT / "app" / "page.py"), default_timeout=TIMEOUT_S).run()


def report(name: str) -> str:
    return (REPORTS / f"{name}.txt").read_text(encoding="utf-8")


def analyse(page: AppTest, text: str) -> AppTest:
    page.text_area(key=state.REPORT_TEXT).input(text)
    return page.button(key=state.ANALYSE).click().run()


def analyse_files(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, content, "application/octet-stream") for name, content in files])
    return finished(page.button(key=state.ANALYSE).click().run())


def finished(page: AppTest) -> AppTest:
    """Look again, as the page does by itself, until no analysis is under way."""
    deadline = time.monotonic() + TIMEOUT_S
    while state.WORKLIST in page.session_state and not page.session_state[state.WORKLIST].is_over:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        page.run()
    return page


def shown(page: AppTest) -> str:
    """All HTML of the page, less the script of its own that keeps the worklist."""
    protos = [element.proto for element in page.get("html")]
    return spaced("\n".join(proto.body for proto in protos if not proto.unsafe_allow_javascript))


def spaced(words: str) -> str:
    """A space that keeps a sign to its word is a space to a reader."""
    return words.replace("\u00a0", " ")


def captions(page: AppTest) -> list[str]:
    """All captions of the page as a reader sees them."""
    return [spaced(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", caption.value)) for caption in page.caption]
