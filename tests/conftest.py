"""What tests of every part share."""

from collections.abc import Iterator

import hypothesis
import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import chromium

# How long an example takes says how busy the machine is, and nothing about the code. A check says the same of
# the same code; `pytest --hypothesis-profile=search` looks for what no check has met yet.
hypothesis.settings.register_profile(
    "search",
    parent=hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "check", parent=hypothesis.settings.get_profile("search"), derandomize=True
)
hypothesis.settings.load_profile("check")
# Waited out by failures alone.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its event loop would be in the way of other modules' own."""
    with chromium() as launched:
        yield launched
