import pytest

from tests.app.insights.bdpm.published import Published


@pytest.fixture
def published():
    """A database without medicines."""
    return Published()
