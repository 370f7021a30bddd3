"""What tests of every part share."""

from collections.abc import Iterator

import hypothesis
import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import chromium

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile(
    "unhurried",
    parent=hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")
# Waited out by failures alone.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its event loop would be in the way of other modules' own."""
    with chromium() as launched:
        yield launched
