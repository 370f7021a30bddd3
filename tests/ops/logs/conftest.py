"""A CloudWatch Logs in which things go wrong on demand."""

from collections.abc import Iterator

import pytest

from tests.fakes.logs import FakeLogs, fake_logs


@pytest.fixture
def fake() -> Iterator[FakeLogs]:
    with fake_logs() as running:
        yield running
