"""Which container engines can't be used, and why."""

import pytest

from ops import engine
from ops.engine import NoEngine


def test_an_engine_by_ssh_is_told_how_to_come_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@elsewhere.example")
    found = engine.find()
    assert isinstance(found, NoEngine)
    assert "forward its socket" in found.reason
    assert "DOCKER_HOST=" in found.reason
