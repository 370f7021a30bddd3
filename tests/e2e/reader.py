"""What a reader does on the page, in a browser, and the reports that they do it with."""

import io
import zipfile
from collections.abc import Sequence
from typing import Final

from playwright.sync_api import FilePayload, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotSeenError

from ops.settings import ROOT

REPORTS: Final = ROOT / "tests/data/reports"
LONG_MS: Final = 60_000
PRESCRIPTION: Final = "Bisoprolol 5 mg : 1 cp le matin\nAmoxicilline 1 g : 1 cp x 3/j pendant 7 jours"


def report(name: str) -> str:
    return (REPORTS / f"{name}.txt").read_text(encoding="utf-8")


def as_zip(*names: str) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.txt", report(name))
    return into.getvalue()


def upload(page: Page, url: str, *files: tuple[str, bytes]) -> None:
    """Open the page, drop the files and have them read."""
    page.goto(url)
    given: Sequence[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files
    ]
    page.locator("input[type=file]").set_input_files(given)
    expect(page.get_by_test_id("stFileChip")).to_have_count(len(files), timeout=LONG_MS)
    page.get_by_role("button", name="Analyser").click()


def analyse(page: Page, url: str, text: str) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="Compte rendu").fill(text)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible(timeout=LONG_MS)


def table_of(page: Page, caption: str) -> Locator:
    return page.locator("table", has=page.locator("caption", has_text=caption))


def in_sight(element: Locator) -> bool:
    """Whether the element lies in what is seen of its scrolling box and of the window."""
    return bool(
        element.evaluate(
            """element => {
                const box = element.getBoundingClientRect();
                const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return element.contains(at) || (at !== null && at.contains(element));
            }"""
        )
    )


def write_in_first_row(page: Page, grid: Locator, text: str, *, column: int) -> None:
    """Open a cell of the first row of a table, and write `text` over what it holds; Enter is the caller's."""
    editor = page.locator("#portal .gdg-input")
    # A table that is still being laid out takes a click for another one's, and Enter for nothing.
    for _ in range(10):
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 150, box["y"] + 52)
        for key in (*["ArrowRight"] * column, "Enter"):
            page.keyboard.press(key)
        try:
            editor.wait_for(timeout=2000)
            break
        except NotSeenError:
            page.keyboard.press("Escape")
    editor.press("ControlOrMeta+a")
    editor.press_sequentially(text, delay=20)
