"""A tab whose connection is cut, as Streamlit's own end-to-end tests cut it."""

import re
import time

import pytest
from playwright.sync_api import expect

DISCONNECT = "window.streamlitDebug.disconnectWebsocket()"
SHUTDOWN = "window.streamlitDebug.shutdownRuntime()"
DEBUGGED = '{"global.e2eTest": true}'


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, start, gateway):
    """Opens the page over two frozen instances with these Streamlit options."""

    def opened(options, seed):
        api = gateway(start("reconnect.py", 2, PAGE_OPTIONS=options), seed=seed)
        page.goto(api.url)
        expect(page.get_by_text("count: 0")).to_be_visible()
        page.evaluate("""() => {
            window.seen = [];
            const app = document.querySelector("[data-testid=stApp]");
            const note = () => window.seen.push(app.dataset.testConnectionState);
            new MutationObserver(note).observe(app, { attributes: true });
        }""")
        return api

    return opened


def settled(page):
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def test_a_session_outlives_its_connections(page, opened):
    opened(DEBUGGED, seed=1)
    for count in range(1, 9):
        page.get_by_role("button", name="Add one").click()
        settled(page)
        expect(page.get_by_text(f"count: {count}", exact=True)).to_be_visible()
        page.evaluate(DISCONNECT)
        page.wait_for_function("window.seen.includes('CONNECTING')")
        page.evaluate("window.seen.length = 0")
        settled(page)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_was_cut_off_is_stopped_and_done_again(page, opened, seed):
    opened(DEBUGGED, seed)
    page.get_by_text("Slow").click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "running")
    page.wait_for_timeout(500)
    page.evaluate(DISCONNECT)
    page.wait_for_function("window.seen.includes('CONNECTING')")
    settled(page)
    expect(page.get_by_text("attempts: 2", exact=True)).to_be_visible()


def test_a_connection_that_is_cut_while_it_waits_for_the_one_before_is_waited_for_too(page, opened):
    opened(DEBUGGED, seed=5)
    page.evaluate("""() => {
        const fetch = window.fetch;
        window.runs = { underWay: 0, most: 0, all: 0 };
        window.fetch = async (address, options) => {
            if (options?.headers?.["X-St-Http"] !== "run") return fetch(address, options);
            window.runs.all += 1;
            window.runs.most = Math.max(window.runs.most, ++window.runs.underWay);
            try {
                return await fetch(address, options);
            } finally {
                window.runs.underWay -= 1;
            }
        };
    }""")
    page.get_by_text("Slow").click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "running")
    page.evaluate("window.seen.length = 0")
    for cuts in (1, 2):
        page.evaluate(DISCONNECT)
        page.wait_for_function(f"window.seen.filter((state) => state === 'CONNECTED').length >= {cuts}")
    settled(page)  # three runs of three seconds, one after another
    assert page.evaluate("window.runs.all") >= 3
    assert page.evaluate("window.runs.most") == 1


def test_a_server_that_was_shut_down_stays_away(page, opened):
    opened(DEBUGGED, seed=3)
    page.evaluate(SHUTDOWN)
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-connection-state", re.compile("PINGING_SERVER|CONNECTING")
    )
    page.wait_for_timeout(1500)
    assert "CONNECTED" not in page.evaluate("window.seen.slice(1)")


def test_without_the_option_nobody_cuts_the_connection(page, opened):
    opened("{}", seed=4)
    page.evaluate(DISCONNECT)
    page.get_by_role("button", name="Add one").click()
    expect(page.get_by_text("count: 1", exact=True)).to_be_visible()
    assert "CONNECTING" not in page.evaluate("window.seen")


def test_a_tab_that_goes_away_stops_its_script(page, opened):
    api = opened("{}", seed=1)
    page.get_by_text("Slow").click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "running")
    page.goto("about:blank")
    # The browser sends it after the page, and nobody there waits for the answer.
    wait_until(lambda: "follow" in [operation for *_, operation in api.requests])


def wait_until(is_so, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
