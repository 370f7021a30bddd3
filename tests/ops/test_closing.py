"""A page that somebody has closed: no command opens it again by the way, and each says what does."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ops import deploy, doctor, infrastructure, rollback
from ops.costs import Estimate, Usage
from ops.errors import ClosedError
from ops.infrastructure import Proposal, Saved
from ops.keys import rotation
from ops.keys.providers import PROVIDERS
from ops.plans import Summary
from ops.settings import Settings
from ops.terraform import Plan
from tests.ops import stages
from tests.ops.keys.keyed import FIRST, quiet
from tests.ops.stages import Deployed
from tests.ops.worlds import REGION, World

OPENAI = PROVIDERS["openai"]


@pytest.fixture
def closed(world: World, image: str, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A stage with a release and a key, closed as docs/runbooks.md says."""
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    stage = stages.deploy(world, image)
    stage.put_key("openai-api-key", FIRST)
    stage.release()
    stage.stack.clients.lambda_.put_function_concurrency(
        FunctionName=stage.name, ReservedConcurrentExecutions=0
    )
    return stage


COMMANDS: dict[str, Callable[[Settings], object]] = {
    "deploy": lambda settings: deploy.run(settings, step=quiet),
    "deploy --dry-run": deploy.preview,
    "rollback": lambda settings: rollback.run(settings, None, step=quiet),
    "rollback --dry-run": lambda settings: rollback.preview(settings, None),
    "rotate-key": lambda settings: rotation.rotate(settings, OPENAI, FIRST, verify="no", step=quiet),
    "rotate-key --dry-run": lambda settings: rotation.preview(settings, OPENAI, verify="no"),
    "keys.delete": lambda settings: rotation.remove(settings, OPENAI, backup=None, step=quiet),
    "keys.delete --dry-run": lambda settings: rotation.preview_removal(settings, OPENAI),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_page_is_neither_opened_nor_worked_on(closed: Deployed, command: str) -> None:
    with pytest.raises(ClosedError, match=r"The page is closed.*Nothing was done.*To open it") as refused:
        COMMANDS[command](closed.stack.target.settings)
    opening = f"aws lambda delete-function-concurrency --region {REGION} --function-name {closed.name}`"
    assert opening in str(refused.value)
    unchanged(closed)


def test_a_plan_of_before_does_not_open_a_closed_page(closed: Deployed, tmp_path: Path) -> None:
    settings, file = closed.stack.target.settings, tmp_path / "tfplan"
    file.write_bytes(b"a plan")
    infrastructure.save(proposal(closed, file), allow_destroy=False)
    with pytest.raises(ClosedError, match="Nothing was done"):
        infrastructure.apply(settings, file, step=quiet)
    unchanged(closed)
    assert infrastructure.load(settings, file)


def test_the_doctor_names_a_closed_page_and_what_opens_it(closed: Deployed) -> None:
    [found] = doctor.examine(closed.stack.target.settings, {"alias": doctor.CHECKS["alias"]})
    assert (found.result, found.seen) == ("failed", "the page is closed: its function may run nothing")
    assert "aws lambda delete-function-concurrency" in found.fix


def test_an_opened_page_is_worked_on(closed: Deployed) -> None:
    closed.stack.clients.lambda_.delete_function_concurrency(FunctionName=closed.name)
    deploy.refuse_closed(closed.stack)
    assert rotation.preview_removal(closed.stack.target.settings, OPENAI)


def unchanged(stage: Deployed) -> None:
    """The page is closed, users would reach what they did, and the ledger knows of nothing else."""
    stack = stage.stack
    kept = stack.clients.lambda_.get_function_concurrency(FunctionName=stage.name)
    assert kept["ReservedConcurrentExecutions"] == 0
    assert stack.live is not None
    assert (stack.live.version, stack.ledger.numbers()) == ("1", [1])
    parameter = stack.clients.ssm.get_parameter(Name=f"/{stage.name}/openai-api-key")["Parameter"]
    assert parameter["Version"] == 1


def proposal(stage: Deployed, file: Path) -> Proposal:
    """A plan of the stage, as it was before somebody closed the page."""
    saved = Saved(
        stage="local",
        account_id="123456789012",
        region=REGION,
        app_name=stage.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        state=None,
        made="2026-11-26T05:00:00+00:00",
        who="anna@laptop",
        image="image",
        live="1",
        is_empty=False,
        says=(),
    )
    return Proposal(Plan(file, is_empty=False), saved, Summary(()), Estimate(Usage(), REGION, ()))
