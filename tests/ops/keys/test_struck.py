"""A rotation that is killed, interrupted or cut off after whatever step: nobody else notices."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import deploy, health
from ops.keys import parameters
from tests.ops.keys.keyed import FIRST, SECOND, THIRD, Keyed
from tests.ops.keys.struck import Way, interrupt, kill, way

ROTATE = ("rotate-key", "--provider", "openai", "--from-env", "NEW_KEY")

# All that a rotation does, in order.
STEPS = [
    "s3:PutObject",  # the lock
    "s3:PutObject",  # the release begins
    "ssm:PutParameter",
    "ssm:LabelParameterVersion",  # pending
    "s3:PutObject",  # the release knows the parameter's version
    "lambda:UpdateFunctionConfiguration",
    "lambda:PublishVersion",
    "s3:PutObject",  # the release knows the function's version
    *["lambda:InvokeFunction"] * 4,  # the key, health, the page, a round trip
    "lambda:UpdateAlias",
    "ssm:LabelParameterVersion",  # live
    "ssm:LabelParameterVersion",  # previous
    "ssm:UnlabelParameterVersion",  # pending
    "s3:PutObject",  # the release ends
    "s3:DeleteObject",  # the lock
]
BEGUN, WRITTEN, MOVED, ENDED = 1, 2, STEPS.index("lambda:UpdateAlias"), len(STEPS) - 2

each_step = pytest.mark.parametrize("step", range(len(STEPS)), ids=lambda step: f"{step}-{STEPS[step]}")
# The last step of each part of the command, and each write of the ledger.
each_part = pytest.mark.parametrize(
    "step", [0, BEGUN, WRITTEN, 4, 5, 6, 7, 11, MOVED, 15, 16], ids=lambda step: f"{step}-{STEPS[step]}"
)


@pytest.fixture
def opened(stage: Keyed) -> Iterator[Way]:
    with way(stage) as found:
        yield found


def struck(
    opened: Way, directory: Path, step: int, strike: Callable[[int], None]
) -> "subprocess.CompletedProcess[str]":
    """Rotate to the second key and be struck after a step."""
    ended = opened.invoke(directory, *ROTATE, key=SECOND, strike=(step, strike))
    assert opened.steps[: step + 1] == STEPS[: step + 1]
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def test_these_are_all_steps(opened: Way, stage: Keyed, tmp_path: Path) -> None:
    ended = opened.invoke(tmp_path, *ROTATE, key=SECOND)
    assert ended.returncode == 0, ended.stderr
    assert opened.steps == STEPS
    assert stage.used() == SECOND


@each_step
def test_a_killed_rotation_is_completed_by_the_same_command(
    opened: Way, stage: Keyed, tmp_path: Path, step: int
) -> None:
    assert struck(opened, tmp_path, step, kill).returncode == -9
    assert stage.used() == (SECOND if step >= MOVED else FIRST)
    keys_are_kept(stage, *([FIRST, SECOND] if step >= WRITTEN else [FIRST]))
    status_and_preview_tell(stage, is_open=BEGUN <= step < ENDED)

    number = stage.newest_release().number
    stage.rotate(SECOND)
    if step >= BEGUN:
        assert stage.stack.ledger.read(number).release.result == ("good" if step >= MOVED else "failed")
    all_is_right(stage, SECOND)
    keys_are_kept(stage, *([FIRST, SECOND] if step >= WRITTEN else [FIRST]))


@each_part
def test_ctrl_c_takes_back_what_was_done_until_users_are_moved(
    opened: Way, stage: Keyed, tmp_path: Path, step: int
) -> None:
    before, number = stage.live, stage.newest_release().number
    ended = struck(opened, tmp_path, step, interrupt)
    assert (ended.returncode, "Interrupted." in ended.stderr) == (130, True), ended.stderr
    assert ("users have the key before" in ended.stderr) == (WRITTEN <= step < MOVED), ended.stderr
    key = SECOND if step >= MOVED else FIRST
    assert (stage.used(), stage.newest()) == (key, key)
    assert stage.variables() == stage.variables(stage.live)
    keys_are_kept(stage, *([FIRST, SECOND] if step >= WRITTEN else [FIRST]))
    assert health.read(stage.stack).lock == ""
    if step >= BEGUN:
        # Whoever is interrupted while the ledger answers does not know what stands there, and leaves it.
        ended_as = {BEGUN: "begun", 4: "begun", 7: "begun"}.get(step, "good" if step >= MOVED else "failed")
        release = stage.newest_release()
        assert (release.number, release.result) == (number + 1, ended_as)
    if step < MOVED:
        assert stage.live == before
    stage.rotate(THIRD)
    all_is_right(stage, THIRD)


@each_part
def test_a_rotation_that_lost_the_network_is_settled_by_the_next_command(
    opened: Way, stage: Keyed, tmp_path: Path, step: int
) -> None:
    ended = struck(opened, tmp_path, step, opened.cut)
    assert (ended.returncode, "Nothing answers at" in ended.stderr) == (1, True), ended.stderr
    assert stage.used() == (SECOND if step >= MOVED else FIRST)
    status_and_preview_tell(stage, is_open=BEGUN <= step < ENDED)
    with deploy.locked(stage.stack, "a test"):
        deploy.settled(stage.stack)
    assert stage.newest() == (SECOND if step >= MOVED else FIRST)
    assert stage.newest_release().result == ("failed" if BEGUN <= step < MOVED else "good")
    stage.rotate(THIRD)
    all_is_right(stage, THIRD)


def keys_are_kept(stage: Keyed, *keys: str) -> None:
    """No version of the parameter is gone."""
    assert [one.version for one in stage.history()] == list(range(len(stage.history()), 0, -1))
    found = [parameters.value(stage.stack.clients.ssm, stage.parameter, n + 1) for n in range(len(keys))]
    assert found == list(keys)


def status_and_preview_tell(stage: Keyed, *, is_open: bool) -> None:
    """A release that nobody ended is said to be one, and no other is."""
    problems = [problem.what for problem in health.read(stage.stack).problems]
    assert any("never ended" in problem for problem in problems) == is_open, problems
    changes = deploy.preview(stage.settings)
    assert any("came to no good end" in change for change in changes) == is_open, changes
    assert is_open or not changes


def all_is_right(stage: Keyed, key: str) -> None:
    """Users, parameter, labels, `$LATEST` and ledger agree on a key."""
    assert (stage.used(), stage.newest()) == (key, key)
    release, labels = stage.newest_release(), stage.labels()
    assert release.key is not None
    assert labels == {"live": stage.history()[0].version, "previous": release.key.before}
    assert stage.variables() == stage.variables(stage.live)
    assert (release.result, release.version, release.key.version) == ("good", stage.live, labels["live"])
    found = health.read(stage.stack)
    assert [problem.what for problem in found.problems] == []
