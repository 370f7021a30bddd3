"""A browser for tests and measurements: the system's Chromium, headless and quiet."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

FEATURES_OFF = [
    # The address bar's popup is two pages of its own, which each window would load though nobody sees them:
    # most of what opening a window costs.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    # What Playwright turns off by the same switch, of which Chromium knows the last one only.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "PaintHolding"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "ThirdPartyStoragePartitioning"),
    *("LensOverlay", "MediaRouter", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    *("PreconnectToSearch", "AvoidCorsURLLoaderRestartOnRedirect"),
]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--disable-quic",
    # A browser that calls home would wait for an answer.
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that is measured while another is in front must not be slowed down.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]


class NoChromiumError(RuntimeError):
    """There is no Chromium on PATH, and CHROMIUM names none."""

    def __init__(self) -> None:
        super().__init__("No Chromium on PATH: apt-get install chromium, or name one in CHROMIUM.")


@contextlib.contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Lend a browser, started with `flags` besides ours.

    Raises:
        NoChromiumError: There is none.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise NoChromiumError
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        yield browser
        browser.close()
