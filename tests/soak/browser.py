"""A tab in a real browser: what a reader sees, and what the console says."""

import random
import re
from collections.abc import Callable
from typing import Final

from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.chromium import chromium
from tests.soak.journal import Journal
from tests.soak.pace import Pace
from tests.soak.users import Case

_FAILED: Final = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_LOADS: Final = 10
_SEEN_WITHIN_MS: Final = 120_000


class Reader:
    """Reads one report after another in a window of its own."""

    def __init__(
        self, index: int, url: str, journal: Journal, pace: Pace, seed: int, cases: Callable[[str], Case]
    ) -> None:
        self.name = f"browser {index}"
        self._index, self._url = index, url
        self._journal, self._pace, self._cases = journal, pace, cases
        self._random = random.Random(f"{seed} browser {index}")  # noqa: S311 - chance that can be repeated
        self._number = 0

    def live(self) -> None:
        """Read until it is over; what goes wrong is noted."""
        with chromium() as browser:
            while not self._journal.over.is_set():
                try:
                    self._read_once(browser)
                except (AssertionError, BrowserError) as error:
                    self._journal.violate(self.name, "seen", f"report {self._number}: {error}"[:2000])

    def _read_once(self, browser: Browser) -> None:
        context = browser.new_context(locale="fr-FR", viewport={"width": 1400, "height": 1000})
        try:
            page = context.new_page()
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self._journal.violate(self.name, "console", str(error)))
            self._open(page)
            self._read(page)
            self._compare(page)
            self._journal.count("reports read in a browser")
        finally:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        """A refused request is judged with all others; any other error is one of the page's."""
        if message.type != "error":
            return
        if found := _FAILED.match(message.text):
            self._journal.request("browser's request", int(found[1]), 0.0)
        else:
            self._journal.violate(self.name, "console", message.text[:500])

    def _open(self, page: Page) -> None:
        """Load the page, again where a gateway's error stands in its place."""
        for _ in range(_LOADS):
            page.goto(self._url)
            field = page.get_by_role("textbox", name="Compte rendu")
            try:
                field.wait_for(timeout=20_000)
            except BrowserError:
                self._journal.count("loaded again in a browser")
                continue
            return
        raise AssertionError(f"the page does not load in {_LOADS} attempts: {page.content()[:300]}")

    def _read(self, page: Page) -> None:
        self._number += 1
        case = self._cases(f"zq{900 + self._index:03d}c{self._number:04d}z")
        page.get_by_text("J'autorise, pendant cette session").click()
        page.get_by_role("textbox", name="Compte rendu").fill(case.text)
        page.get_by_role("button", name="Analyser").click()
        results = page.get_by_role("heading", name="Résultats")
        again = page.get_by_role("button", name="Relancer")
        for _ in range(_LOADS):
            expect(results.or_(again)).to_be_visible(timeout=_SEEN_WITHIN_MS)
            if results.is_visible():
                break
            self._journal.say(self.name, page.get_by_role("alert").all_inner_texts()[-1])
            self._think()
            again.click()
            expect(again).to_be_hidden(timeout=_SEEN_WITHIN_MS)
        expect(page.get_by_text(case.mark).first).to_be_visible(timeout=_SEEN_WITHIN_MS)
        self._think()

    def _compare(self, page: Page) -> None:
        page.get_by_role("tab", name="Conciliation").click()
        field = page.get_by_role("textbox", name="Nouvelle prescription")
        field.fill(f"Bisoprolol {self._random.choice((1, 2, 5))} mg : 1 cp le matin")
        page.get_by_role("button", name="Comparer").click()
        expect(page.get_by_role("textbox", name="Qualifié par")).to_be_visible(timeout=_SEEN_WITHIN_MS)
        # The shim's own words, when an action is lost.
        expect(page.locator("div[role=alert]", has_text="dernière action est perdue")).to_have_count(0)
        self._think()

    def _think(self) -> None:
        self._journal.pause(self._random.uniform(3, 10) * self._pace.factor)
