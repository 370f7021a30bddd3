"""Each page of the catalogue in Chromium: what it shows natively, it shows over HTTP on frozen instances."""

import os

import pytest

from tests.app.transport.catalogue.cases import load
from tests.app.transport.catalogue.comparison import Comparisons

CASES = load()
SEEDS = [int(seed) for seed in os.environ.get("CATALOGUE_SEEDS", "1").split(",")]


@pytest.fixture(scope="module")
def comparisons(request):
    """Compares pages ahead of the tests that ask for them, in the order of the tests."""
    selected = [item.callspec.params for item in request.session.items if item.module is request.module]
    wanted = [(CASES[params["name"]], params["seed"]) for params in selected if "name" in params]
    with Comparisons(wanted) as comparisons:
        yield comparisons


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CASES)
def test_a_page_shows_over_http_what_it_shows_natively(name, seed, comparisons):
    comparisons.check(CASES[name], seed)
