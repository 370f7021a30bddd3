"""What tests of every part share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its event loop would be in the way of other modules' own."""
    with chromium() as launched:
        yield launched
