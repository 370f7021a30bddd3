"""The demo page in Chromium, over instances that freeze after each request and are chosen at random."""

import re

import pytest
from playwright.sync_api import expect

from tests.app.transport.stored import stored


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 1600})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def demo(page, start, gateway):
    """Opens the demo page over `count` frozen instances."""

    def demo(count, seed):
        api = gateway(start("demo.py", count), seed=seed)
        page.goto(api.url)
        shows(page, "count: 0")
        return api

    return demo


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def shows(page, text):
    expect(page.get_by_text(text, exact=True).first).to_be_visible()


def downloaded(page, name):
    with page.expect_download() as download:
        press(page, name)
    return download.value.path().read_text()


def test_every_kind_of_interaction_works_on_whichever_instance_gets_it(page, demo, tmp_path):
    api = demo(2, 1)

    for count in range(1, 5):
        press(page, "Add one")
        shows(page, f"count: {count}")
    for calls in range(1, 4):
        press(page, "Callback")
        shows(page, f"callbacks: {5 * calls}")
    for bought in range(1, 4):
        press(page, "Buy")
        shows(page, f"cart: {bought}")
    for number in range(6, 9):
        page.get_by_test_id("stNumberInputStepUp").click()
        shows(page, f"early number: {number}")
    for _ in range(3):
        runs = int(re.search(r"fragment runs: (\d+)", page.inner_text("body"))[1])
        press(page, "Fragment")
        shows(page, f"fragment runs: {runs + 1}")

    page.get_by_label("Text").fill("Grüße")
    page.get_by_label("Text").press("Control+Enter")
    shows(page, "echo: GRÜSSE")
    page.get_by_label("Name").fill("Ada")
    press(page, "Submit")
    shows(page, "form: Ada")
    press(page, "Ask")
    page.get_by_label("Answer").fill("yes")
    page.get_by_label("Answer").press("Enter")
    press(page, "OK")
    shows(page, "answered: yes")

    for _ in range(2):
        assert downloaded(page, "Download") == "count=4"
        assert downloaded(page, "Deferred") == "deferred=4"

    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 300_000)
    page.set_input_files("input[type=file]", file)
    shows(page, "upload: a.bin 300000")
    for count in range(5, 8):
        press(page, "Add one")
        shows(page, f"count: {count}")
    shows(page, "upload: a.bin 300000")

    page.get_by_test_id("stSidebarNav").get_by_text("Second").click()
    shows(page, "count there: 7")
    page.get_by_test_id("stSidebarNav").get_by_text("Main").click()
    shows(page, "cart: 3")

    assert all(instance.served > 20 for instance in api.instances)
    assert {status for *_, status, _ in api.requests} <= {200, 204, 206, 304}
    assert page.locator("[data-testid=stException]").count() == 0


def test_fast_clicks_all_count(page, demo):
    demo(2, 3)
    button = page.get_by_role("button", name="Add one", exact=True)
    for _ in range(6):
        button.click(no_wait_after=True)
    shows(page, "count: 6")


def test_a_slow_run_shows_its_progress_and_makes_way_for_a_click(page, demo):
    demo(3, 4)
    press(page, "Slow")
    expect(page.get_by_text(re.compile(r"step [1-7]"))).to_be_visible()
    press(page, "Add one")
    shows(page, "count: 1")
    shows(page, "slow: 0")


def test_a_session_survives_the_death_of_idle_and_busy_instances(page, demo):
    api = demo(3, 5)
    press(page, "Buy")
    shows(page, "cart: 1")
    api.kill_idle()
    press(page, "Slow")
    expect(page.get_by_text(re.compile(r"step [1-7]"))).to_be_visible()
    assert api.kill_busy()
    shows(page, "slow: 1")
    press(page, "Buy")
    shows(page, "cart: 2")


def test_a_session_that_is_gone_from_the_store_begins_anew(page, start, gateway, tmp_path):
    api = gateway(start("demo.py", 2, store=tmp_path), seed=7)
    page.goto(api.url)
    press(page, "Add one")
    shows(page, "count: 1")
    # What a run has made of the session may be shown before it is written.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    for record in stored(tmp_path):
        record.unlink()
    press(page, "Buy")
    shows(page, "cart: 1")
    shows(page, "count: 0")
    press(page, "Add one")
    shows(page, "count: 1")


def test_a_run_longer_than_the_gateway_waits_still_arrives(page, start, gateway):
    api = gateway(start("demo.py", 2), seed=6, timeout_s=1.5)
    page.goto(api.url)
    shows(page, "count: 0")
    press(page, "Slow")
    shows(page, "slow: 1")
    assert 503 in {status for *_, status, _ in api.requests}


def test_a_browser_that_lost_its_cookie_loses_its_session_and_no_click(page, demo):
    demo(2, 8)
    press(page, "Add one")
    shows(page, "count: 1")
    page.context.clear_cookies()
    press(page, "Buy")
    shows(page, "cart: 1")
    press(page, "Buy")
    shows(page, "cart: 2")


def test_what_is_too_large_to_send_is_said(page, demo):
    demo(1, 9)
    page.get_by_label("Text").fill("x" * 4_800_000)
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="Too large to send")).to_be_visible()
    # The page sends it again whenever it has connected anew, and the next notice takes the place of this one.
    assert page.evaluate("""() => {
        const notice = document.querySelector("body > [role=alert]");
        const { x, y, width, height } = notice.getBoundingClientRect();
        document.elementFromPoint(x + width / 2, y + height / 2).click();
        return !notice.isConnected;
    }""")
