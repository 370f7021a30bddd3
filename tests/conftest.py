"""What tests of every part share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all; each test opens a context of its own."""
    with chromium() as launched:
        yield launched
