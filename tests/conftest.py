"""What tests of every part share."""

from collections.abc import Iterator
from pathlib import Path

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
expect.set_options(timeout=60_000)

# A file stays with one worker. These come first, the longest before all, so that at the end no worker is left
# alone with one of them while the others have nothing to do.
LONGEST = (
    "app/transport/catalogue/test_catalogue.py",
    "ops/keys/test_struck.py",
    "ops/embedded/test_account.py",
    "ops/test_bootstrap.py",
    "ops/test_terraform.py",
    "app/transport/test_browser.py",
    "app/transport/test_files_browser.py",
    "ops/keys/test_rotation.py",
    "app/access/test_signing_in.py",
    "app/transport/test_http.py",
    "ops/test_rollback.py",
    "ops/test_serve.py",
    "ops/keys/test_listing.py",
    "app/insights/documents/test_printed.py",
    "app/transport/test_first_visit.py",
    "app/transport/test_safety.py",
    "app/transport/test_reconnect.py",
    "app/insights/export/test_sheets.py",
    "e2e/test_fronts.py",
    "e2e/test_keys.py",
    "e2e/test_stack_commands.py",
    "e2e/test_guide.py",
    "e2e/test_permissions.py",
    "e2e/test_options.py",
    "e2e/test_soak.py",
    "e2e/test_runbooks.py",
    "e2e/test_role.py",
    "e2e/test_releases.py",
    "e2e/test_interrupted_deployment.py",
    "e2e/test_deployed_page.py",
    "e2e/test_accessibility.py",
    "e2e/test_refused_deployment.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and leave the order within each file and of all others."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its event loop would be in the way of other modules' own."""
    with chromium() as launched:
        yield launched
