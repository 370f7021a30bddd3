"""What a visitor waits for: requests, bytes and time until the page's own content is painted.

The app's page, natively with `streamlit run` and ours as it is deployed: through the embedded account's HTTP
API, from two instances chosen by chance and frozen between requests, with sessions in DynamoDB. Each round
opens both in browsers without a cache, then once more with what the first visit left there. Every
process is warm: what a cold one takes is in the table of start-ups.
"""

import random
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page
from rich.table import Table

from benchmarks.clicks import deployed, native
from ops.settings import ROOT
from tests.chromium import chromium

ROUNDS = 10
SETTLES_MS = 1500
PAGE = ROOT / "app" / "page.py"
CONTENT = "h1"

# Notes when the page's own first content has been painted: in the frame after it was put there.
WATCH = """
const observer = new MutationObserver(() => {
  if (!document.querySelector("%s")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__paintedAt = performance.now(); }));
});
observer.observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True)
class Visit:
    """What one visit cost: requests that left the browser, bytes that came back, milliseconds."""

    requests: int
    size: int
    painted_ms: float


def run() -> Table:
    """Visit both in turn, round by round in random order."""
    visits: dict[str, list[Visit]] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        native(Path(name), PAGE) as native_url,
        deployed(Path(name), PAGE.read_text()) as our_url,
        chromium() as browser,
    ):
        urls = {"streamlit run": native_url, "deployed, ours": our_url}
        for url in urls.values():
            visit_twice(browser, url)  # warm
        for _ in range(ROUNDS):
            for kind in random.sample(list(urls), len(urls)):
                first, repeated = visit_twice(browser, urls[kind])
                visits.setdefault(f"{kind}: first visit", []).append(first)
                visits.setdefault(f"{kind}: repeated", []).append(repeated)
    return table(visits)


def visit_twice(browser: Browser, url: str) -> tuple[Visit, Visit]:
    """Open the page in a browser that has never seen it, and again in the same."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    try:
        return visit(context, url), visit(context, url)
    finally:
        context.close()


def visit(context: BrowserContext, url: str) -> Visit:
    """Open the page and count until nothing more is asked for."""
    page = context.new_page()
    page.add_init_script(WATCH % CONTENT)
    wire = Wire(context.new_cdp_session(page))
    page.goto(url)
    painted_ms = painted(page)
    page.wait_for_timeout(SETTLES_MS)
    page.close()
    return Visit(wire.requests, wire.size, painted_ms)


def painted(page: Page) -> float:
    """Milliseconds from the start of navigation until the content was painted."""
    page.wait_for_function("window.__paintedAt", timeout=60_000)
    return float(page.evaluate("window.__paintedAt"))


class Wire:
    """Counts what goes over the network, as the browser's own tools do; what its cache answers does not."""

    def __init__(self, cdp: CDPSession) -> None:
        self._asked: set[str] = set()
        self._cached: set[str] = set()
        self.size = 0
        cdp.on("Network.requestWillBeSent", self._sent)
        cdp.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.send("Network.enable")

    @property
    def requests(self) -> int:
        """Requests that left the browser."""
        return len(self._asked - self._cached)

    def _sent(self, event: dict) -> None:
        if event["request"]["url"].startswith("http"):
            self._asked.add(event["requestId"])

    def _answered(self, event: dict) -> None:
        if event["response"].get("fromDiskCache"):
            self._cached.add(event["requestId"])

    def _finished(self, event: dict) -> None:
        if event["requestId"] in self._asked:
            self.size += int(event["encodedDataLength"])


def table(visits: dict[str, list[Visit]]) -> Table:
    """Medians, and how ours compare with the native visit of the same kind."""
    title = f"Visits of the page, {ROUNDS} rounds, interleaved"
    made = Table("visit", "requests", "kB over the wire", "ms to content", "of native", title=title)
    for name, own in visits.items():
        kind = name.partition(": ")[2]
        base = statistics.median(one.painted_ms for one in visits[f"streamlit run: {kind}"])
        painted_ms = statistics.median(one.painted_ms for one in own)
        made.add_row(
            name,
            str(max(one.requests for one in own)),
            f"{max(one.size for one in own) / 1000:.0f}",
            f"{painted_ms:.0f}",
            f"{painted_ms / base:.2f}x",
        )
    return made
