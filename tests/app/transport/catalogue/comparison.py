"""Runs a page natively and over HTTP, and compares what both show."""

import os
import queue
import threading
from concurrent.futures import Future

from tests.app.transport.catalogue.forks import Forks
from tests.app.transport.catalogue.servers import native, over_http
from tests.app.transport.catalogue.tab import Tab
from tests.chromium import chromium

# Most of a comparison is waiting for a page to be quiet.
WORKERS = int(os.environ.get("CATALOGUE_WORKERS", "2"))
NATIVE_ATTEMPTS = 3
# How much longer a page must be quiet the second time.
PATIENCE = 5
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
VIEWPORT = {"width": 1200, "height": 1600}


class Comparisons:
    """Compares `wanted`, a list of (case, seed), in threads with a browser each."""

    def __init__(self, wanted):
        self._results = {(case.name, seed): Future() for case, seed in wanted}
        self._queue = queue.SimpleQueue()
        for one in wanted:
            self._queue.put(one)
        self._threads = [threading.Thread(target=self._work) for _ in range(min(WORKERS, len(wanted)))]
        self._closed = False

    def __enter__(self):
        self._forks = Forks()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._closed = True
        for thread in self._threads:
            thread.join()
        self._forks.close()

    def check(self, case, seed):
        """Return when both sides of the page show the same, else raise what came of it."""
        self._results[case.name, seed].result()

    def _work(self):
        with chromium(*FAKE_DEVICES) as browser:
            while not self._closed:
                try:
                    case, seed = self._queue.get_nowait()
                except queue.Empty:
                    return
                try:
                    compare(case, seed, browser, self._forks)
                except BaseException as error:  # noqa: BLE001 - the test that asks for it raises it
                    self._results[case.name, seed].set_exception(error)
                else:
                    self._results[case.name, seed].set_result(None)


def compare(case, seed, browser, forks):
    """Drive the page natively and then over HTTP.

    On a busy machine a page may be looked at before it is quiet, natively too. So what differs is a fault
    only if the page natively shows and reports the same to somebody who waits longer; if not, the second
    time counts.

    Raises:
        Differs: something was seen natively and not over HTTP.
    """
    oracle = drive_natively(case, browser, forks)
    try:
        drive_compared(case, seed, browser, forks, oracle)
    except Exception:
        again = drive_natively(case, browser, forks, patience=PATIENCE)
        if again.seen == oracle.seen and set(again.errors) <= set(oracle.errors):
            raise
        drive_compared(case, seed, browser, forks, again)


def drive_natively(case, browser, forks, attempts=NATIVE_ATTEMPTS, patience=1):
    """A tab that went through all of the case natively, and waited `patience` times as long as is usual."""
    try:
        with native(case, forks) as side:
            tab = drive(case, side, browser, patience=patience)
        assert case.sees in tab.text, f"natively {case.name} does not show “{case.sees}”:\n{tab.text}"
    except Exception:
        if attempts == 1:
            raise
        return drive_natively(case, browser, forks, attempts - 1, PATIENCE)
    return tab


def drive_compared(case, seed, browser, forks, oracle):
    """Go through all of the case over HTTP, and see what `oracle` saw."""
    again = native(case, forks) if os.environ.get("CATALOGUE_ROUTING") == "native" else None
    with again or over_http(case, forks, seed=seed) as side:
        drive(case, side, browser, oracle)


def drive(case, side, browser, oracle=None, patience=1):
    """A tab that went through all of the case."""
    context = browser.new_context(**{"viewport": VIEWPORT, **case.browser})
    context.set_default_timeout(60_000)
    try:
        expected = oracle.seen if oracle else None
        tab = Tab(context.new_page(), side, case, expected=expected, patience=patience)
        tab.open(case.start)
        case.act(tab)
        if oracle:
            new = [error for error in tab.errors if error not in oracle.errors]
            assert not new, f"{case.name}: the browser's console says {new}"
    except Exception as error:
        error.add_note(f"It came {'over HTTP' if oracle else 'natively'}.")
        raise
    else:
        return tab
    finally:
        context.close()
