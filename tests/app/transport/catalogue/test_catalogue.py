"""Each page of the catalogue in Chromium: what it shows natively, it shows over HTTP on frozen instances."""

import os

import pytest

from tests.app.transport.catalogue.cases import PAGES, load
from tests.app.transport.catalogue.comparison import Comparisons
from tests.app.transport.catalogue.coverage import missing

CASES = load()
# Pages that differ for now, each with the reason; empty in a release.
KNOWN_FAULTS: dict[str, str] = {}
SEEDS = [int(seed) for seed in os.environ.get("CATALOGUE_SEEDS", "1").split(",")]


@pytest.fixture(scope="module")
def comparisons(request):
    """Compares pages ahead of the tests that ask for them, in the order of the tests."""
    here = [item for item in request.session.items if item.module is request.module]
    params = [item.callspec.params for item in here if hasattr(item, "callspec")]
    names = [(one["name"], one["seed"]) for one in params]
    wanted = [(CASES[name], seed) for name, seed in names if name not in KNOWN_FAULTS]
    with Comparisons(wanted) as comparisons:
        yield comparisons


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CASES)
def test_a_page_shows_over_http_what_it_shows_natively(name, seed, comparisons):
    if name in KNOWN_FAULTS:
        pytest.skip(KNOWN_FAULTS[name])
    comparisons.check(CASES[name], seed)


def test_all_that_streamlit_offers_is_on_some_page():
    assert missing() == []


def test_every_page_has_interactions():
    named = {page.stem for page in PAGES.iterdir() if page.suffix == ".py" or (page / "main.py").exists()}
    assert named == set(CASES)
