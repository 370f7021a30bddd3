"""A browser tab as a person uses it, who looks at the page after each action."""

import re
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

OBSERVE = Path(__file__).with_name("observe.js")
# How long a page must not change: less is enough when it is known what it will show.
QUIET_MS = {True: 80, False: 200}
TIMEOUT_MS = 20_000


class Differs(AssertionError):  # noqa: N818 - reads as the sentence that it is
    """The page over HTTP shows something else than the native one."""


class Tab:
    """Acts on a page, and keeps in `seen` what it shows after each action.

    Given what was `expected` at each look, a tab waits for just that, and raises `Differs` when it does not
    come. `killing` is called before the action in the middle. With more `patience`, the page must be quiet
    for that many times longer.
    """

    def __init__(self, page, side, case, *, expected=None, patience=1):
        self.page = page
        self.side = side
        self.case = case
        self.seen = []
        self.errors = []
        self._expected = expected
        self._patience = patience
        page.add_init_script(path=OBSERVE)
        page.on("pageerror", lambda error: self.errors.append(_anonymous(str(error))))
        page.on("console", self._note)

    def _note(self, message):
        if message.type == "error":
            self.errors.append(_anonymous(message.text))

    # --- looking ----------------------------------------------------------------------------------

    def look(self, after, quiet_ms=0):
        """Wait until the page is quiet, and compare or keep what it shows."""
        index = len(self.seen)
        if self._expected is not None and index == len(self._expected) // 2:
            self.side.kill()
        expected = self._expected[index][1] if self._expected is not None else None
        what = {
            "expected": expected,
            "quiet": self._patience * (quiet_ms or QUIET_MS[expected is not None]),
            "timeout": TIMEOUT_MS,
        }
        seen = self.page.evaluate("(what) => window.catalogue.settle(what)", what)
        self.seen.append((after, seen))
        if expected is not None and seen != expected:
            state = self.page.get_by_test_id("stApp").get_attribute("data-test-script-state")
            raise Differs(f"{_difference(self.case.name, after, expected, seen)}\nThe script is {state}.")

    @contextmanager
    def acting(self, description, quiet_ms=0):
        """Around any action: the page is looked at when it is done."""
        yield self.page
        self.look(description, quiet_ms)

    def shows(self, text):
        """Wait for a text, or a pattern of one, that need not stay."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=TIMEOUT_MS)

    # --- acting -----------------------------------------------------------------------------------

    def open(self, path="/"):
        with self.acting(f"open {path}"):
            self.page.goto(self.side.url + self.case.base + path)
            expect(self.page.get_by_test_id("stApp")).to_be_visible(timeout=TIMEOUT_MS)

    def reload(self):
        with self.acting("reload"):
            self.page.reload()
            expect(self.page.get_by_test_id("stApp")).to_be_visible(timeout=TIMEOUT_MS)

    def back(self):
        with self.acting("back"):
            self.page.go_back()

    def forward(self):
        with self.acting("forward"):
            self.page.go_forward()

    def visit(self, title):
        """Go to another page of the app, by its link in the navigation."""
        with self.acting(f"visit {title}"):
            self.page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()

    def press(self, name, times=1, every_ms=0, quiet_ms=0):
        """Press a button, maybe several `times` before looking."""
        with self.acting(f"press {name} x{times}", quiet_ms):
            button = self.page.get_by_role("button", name=name, exact=True).first
            for _ in range(times):
                button.click()
                self.page.wait_for_timeout(every_ms)

    def tick(self, label):
        with self.acting(f"tick {label}"):
            self.page.get_by_text(label, exact=True).first.click()

    def fill(self, label, text, key="Enter"):
        """Replace what a field holds, and press `key` ("" for none)."""
        with self.acting(f"fill {label} with {text}"):
            self.write(label, text, key)

    def write(self, label, text, key=""):
        """As `fill`, without a look."""
        box = self.page.get_by_label(label, exact=True).first
        box.fill(text)
        if key:
            box.press(key)

    def choose(self, label, option):
        """Choose from a list that opens."""
        with self.acting(f"choose {option} in {label}"):
            self.page.get_by_label(label).first.click()
            self.page.get_by_role("option", name=option, exact=True).click()

    def choose_many(self, label, *options):
        """Choose from a list that stays open until it is left."""
        self.page.get_by_label(label, exact=True).first.click()
        for option in options:
            with self.acting(f"choose {option} in {label}"):
                self.page.get_by_role("option", name=option, exact=True).click()
        with self.acting(f"leave {label}"):
            self.page.keyboard.press("Escape")

    def push(self, label, key):
        """Press a key in the control with this label."""
        with self.acting(f"push {key} in {label}"):
            self.page.get_by_label(label).first.press(key)

    def put(self, *files, into=0):
        """Give files, as (name, bytes), to the file input with this index."""
        payload = [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
        # Natively, nothing says that a file is still on its way.
        with self.acting(f"put {[name for name, _ in files]}", quiet_ms=600):
            self.page.locator("input[type=file]").nth(into).set_input_files(payload)

    def download(self, name):
        """Press a button and keep the content of what it downloads among what was seen."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=name, exact=True).click()
        got = {"file": download.value.suggested_filename, "text": download.value.path().read_text()}
        self._keep(f"download {name}", got)
        self.look(f"after download {name}")

    def _keep(self, what, got):
        index = len(self.seen)
        self.seen.append((what, got))
        if self._expected is not None and self._expected[index][1] != got:
            raise Differs(_difference(self.case.name, what, self._expected[index][1], got))

    @property
    def text(self):
        """All that was seen last."""
        return "\n".join(self.seen[-1][1].get("text", []))


def _anonymous(message):
    """An error without what differs from server to server."""
    return re.sub(r"127\.0\.0\.1:\d+|[0-9a-f]{12,}", "…", message)


def _difference(name, after, expected, seen):
    import difflib
    import json

    lines = [json.dumps(one, indent=1, ensure_ascii=False).splitlines() for one in (expected, seen)]
    diff = difflib.unified_diff(*lines, "native", "over HTTP", lineterm="", n=2)
    return "\n".join([f"{name}: after “{after}” the page differs", *diff])
