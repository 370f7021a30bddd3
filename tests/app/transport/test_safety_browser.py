"""What a person sees of what keeps them safe: nothing, but for what they have asked for."""

import json

import pytest
from playwright.sync_api import expect

from tests.app.transport.tab import Tab


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def open_page(page, start, gateway, tmp_path):
    """Opens the page over two frozen instances, with `limits` on each."""

    def open_page(**limits):
        instances = start("once.py", 2, LIMITS=json.dumps(limits), ONCE_FILE=str(tmp_path / "happened"))
        api = gateway(instances, seed=3)
        page.goto(api.url)
        shows(page, "count=0 secret= files=0")
        return api

    return open_page


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def shows(page, text):
    expect(page.get_by_text(text, exact=True).first).to_be_visible()


def test_a_forgotten_session_begins_anew_with_empty_widgets(page, open_page):
    open_page()
    page.get_by_label("Secret").fill("a diagnosis")
    page.get_by_label("Secret").press("Enter")
    press(page, "Order")
    shows(page, "count=1 secret=a diagnosis files=0")
    press(page, "Forget")
    shows(page, "count=0 secret= files=0")
    expect(page.get_by_label("Secret")).to_have_value("")
    press(page, "Order")
    shows(page, "count=1 secret= files=0")


@pytest.mark.parametrize("limited", ["browser", "client"])
def test_who_is_told_to_wait_waits_and_loses_nothing(limited, page, open_page):
    api = open_page(**{limited: [0.5, 4]})
    for count in range(1, 6):
        exhaust(page, api)
        press(page, "Order")
        shows(page, f"count={count} secret= files=0")
    assert (429, "run") in [(status, operation) for _, _, status, operation in api.requests]


def exhaust(page, api):
    """Ask for all that this browser may have of both instances, beside the page."""
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    tab = Tab(int(api.url.rpartition(":")[2]), cookie=cookie)
    for _ in range(12):
        tab.post("poll")


def test_what_a_gateway_refuses_is_sent_again_later_and_not_asked_after(page, open_page):
    api = open_page()
    api.refusals = 3
    press(page, "Order")
    shows(page, "count=1 secret= files=0")
    assert [operation for _, _, status, operation in api.requests if status == 429] == ["run"] * 3


def test_a_lost_token_is_replaced_and_the_session_goes_on(page, open_page):
    open_page()
    press(page, "Order")
    shows(page, "count=1 secret= files=0")
    page.context.clear_cookies(name="_streamlit_xsrf")
    press(page, "Order")
    shows(page, "count=2 secret= files=0")


def test_a_tab_that_loads_meanwhile_takes_no_session_away(page, open_page, browser):
    api = open_page()
    press(page, "Order")
    shows(page, "count=1 secret= files=0")
    # What a tab gets that asked before the first one had its cookie, and was answered after.
    stranger = browser.new_context()
    stranger.new_page().goto(api.url)
    page.context.add_cookies([c for c in stranger.cookies() if c["name"].startswith("st-browser")])
    stranger.close()
    press(page, "Order")
    shows(page, "count=2 secret= files=0")
