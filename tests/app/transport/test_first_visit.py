"""How a page loads in Chromium: what it asks for, and what it does when something is missing."""

import json

import pytest
from playwright.sync_api import expect

from app.transport.assets import build
from tests.app.transport.gateway import start_instance, wait_healthy

LOADED_FONTS = "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
# Where the font of icons is missing, an icon is a word, and so wider than high.
ICON_SHAPE = "(icon) => icon.getBoundingClientRect().width / icon.getBoundingClientRect().height"


@pytest.fixture(scope="module", autouse=True)
def _built():
    build.ensure()


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 1600})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def api(start, gateway):
    """The page of elements, below a base path, over two frozen instances."""
    options = {"PAGE_OPTIONS": json.dumps({"server.baseUrlPath": "some/where"})}
    return gateway(start("elements.py", 2, health="/some/where/_stcore/health", **options))


def open_elements(context, api):
    """The page, all of it shown, and what went wrong meanwhile."""
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{api.url}/some/where/")
    for part in ("stDataFrame", "stTable", "stSlider", "stCode"):
        expect(page.get_by_test_id(part)).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()
    return page, wrong


def works(page):
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_text("size: 1", exact=True)).to_be_visible()
    assert page.locator("[data-testid=stException]").count() == 0


def has_its_fonts(page):
    page.wait_for_function(f"{LOADED_FONTS}.includes('Material Symbols Rounded')")
    page.wait_for_function(f"{LOADED_FONTS}.includes('Source Sans')")
    assert page.get_by_test_id("stIconMaterial").first.evaluate(ICON_SHAPE) == pytest.approx(1, abs=0.2)
    expect(page.get_by_test_id("stIconMaterial").first).to_be_visible()


def test_our_page_needs_few_requests_and_fewer_when_it_is_seen_again(context, gateway, tmp_path):
    instance = start_instance(["-m", "app"], {}, tmp_path / "output")
    wait_healthy(instance)
    api = gateway([instance])
    counts = []
    for _ in ("first", "again"):
        before = len(api.requests)
        page = context.new_page()
        page.goto(api.url)
        expect(page.locator("textarea")).to_be_visible()
        page.wait_for_function(f"{LOADED_FONTS}.length >= 1")
        page.wait_for_load_state("networkidle")
        # How often a run is asked after depends on how fast the machine is.
        counts.append([path for _, path, _, operation in api.requests[before:] if operation != "poll"])
        page.close()
    assert len(counts[0]) <= 6, counts[0]
    assert len(counts[1]) <= 3, counts[1]


def test_elements_come_from_packs_and_singly_below_any_base_path(context, api):
    page, wrong = open_elements(context, api)
    has_its_fonts(page)
    works(page)
    paths = [path for _, path, *_ in api.requests]
    assert len([path for path in paths if "/static/packs/" in path]) == 2
    assert [path for path in paths if "/static/js/Slider." in path]
    assert not [path for path in paths if "/static/js/index." in path or "/static/js/Button." in path]
    files = [path for path in paths if "/static/" in path]
    assert len(files) == len(set(files)), "none is asked twice"
    assert wrong == []


@pytest.mark.parametrize("missing", ["**/packs/core.*", "**/packs/fonts.*", "**/packs/*"])
def test_a_page_whose_packs_are_missing_loads_file_by_file(context, api, missing):
    context.route(missing, lambda route: route.fulfill(status=404, body="gone"))
    page, wrong = open_elements(context, api)
    has_its_fonts(page)
    works(page)
    assert wrong == []


def test_a_browser_without_import_maps_loads_file_by_file(context, api):
    context.add_init_script("HTMLScriptElement.supports = () => false")
    page, wrong = open_elements(context, api)
    has_its_fonts(page)
    works(page)
    assert wrong == []


def test_health_and_host_config_are_asked_only_when_a_connection_is_lost(context, api):
    page, _ = open_elements(context, api)
    assert not [path for _, path, *_ in api.requests if "health" in path or "host-config" in path]
    answer = page.evaluate("fetch('_stcore/health').then((response) => response.text())")
    assert answer == "ok"
    assert [path for _, path, *_ in api.requests if path.endswith("/_stcore/health")]
