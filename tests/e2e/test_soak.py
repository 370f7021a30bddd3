"""The soak in its short form: eight people at work, each kind of trouble once, and nothing lost."""

import json

import pytest

from tests.e2e.conftest import ARTIFACTS
from tests.soak import report
from tests.soak.journal import DEPLOY, FREEZE, KILL, LIMIT, OUTAGE, ROLLBACK, ROTATION, THROTTLE
from tests.soak.run import Outcome, Plan, soak

SHORT = Plan(minutes=10, sessions=8, is_short=True)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What came of it; the report stays in artifacts/."""
    outcome = soak(SHORT, tmp_path_factory.mktemp("soak"))
    report.write(json.loads(json.dumps(outcome.data)), ARTIFACTS)
    return outcome


def test_nothing_is_lost_wrong_crossed_unannounced_or_left_behind(outcome: Outcome) -> None:
    assert outcome.violations == []


def test_each_kind_of_trouble_came_while_people_were_at_work(outcome: Outcome) -> None:
    kinds = {event.kind for event in outcome.journal.events}
    assert kinds == {KILL, FREEZE, THROTTLE, LIMIT, OUTAGE, DEPLOY, ROLLBACK, ROTATION}
    assert outcome.journal.counts["reports read"] >= SHORT.sessions
    assert outcome.journal.counts["checks"] > SHORT.sessions


def test_the_report_tells_what_was_measured(outcome: Outcome) -> None:
    told = (ARTIFACTS / "soak.md").read_text()
    assert "Nothing was lost, wrong or crossed" in told
    assert f"| requests | {len(outcome.journal.requests):,} |" in told
    pictures = [name for name in ("requests", "latency", "errors", "memory") if f"soak/{name}.svg" in told]
    assert [(ARTIFACTS / "soak" / f"{name}.svg").stat().st_size > 1000 for name in pictures] == [True] * 4
