"""What a deployment depends on beside the files of the repository; those are in tests/e2e."""

import dataclasses
from pathlib import Path

import pytest

from ops import inputs
from ops.settings import Embedded
from ops.stack import Stack
from tests.ops.stages import Deployed, deploy, stack_of
from tests.ops.worlds import World


@pytest.fixture
def stage(world: World, image: str) -> Deployed:
    return deploy(world, image)


def released(stack: Stack, tag: str) -> None:
    """Write down a good release of all that there is now."""
    live = stack.live
    assert live is not None
    entry = stack.ledger.begin("code", image=live.image, tag=tag)
    stack.ledger.end(entry, "good", version=live.version, inputs=inputs.read(stack))


def test_a_variable_of_the_shell_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = stack_of(world, "a")
    before = inputs.infrastructure(stack)
    monkeypatch.setenv("TF_VAR_memory_size_mb", "3008")
    during = inputs.infrastructure(stack)
    monkeypatch.delenv("TF_VAR_memory_size_mb")
    assert before == inputs.infrastructure(stack) != during


def test_a_file_of_variables_that_the_shell_names_counts_with_what_is_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stack, file = stack_of(world, "a"), tmp_path / "more.tfvars"
    monkeypatch.setenv("TF_CLI_ARGS_plan", f"-no-color -var-file={file}")
    missing = inputs.infrastructure(stack)
    file.write_text("memory_size_mb = 3008")
    written = inputs.infrastructure(stack)
    file.write_text("memory_size_mb = 4096")
    assert len({missing, written, inputs.infrastructure(stack)}) == 3


@pytest.mark.parametrize(
    ("tag", "engine", "same"),
    [
        ("packed-1", "auto", True),
        ("packed-1", "docker", False),
        ("content-1", "docker", True),
    ],
)
def test_a_packed_image_is_not_what_whoever_demands_an_engine_wants(
    stage: Deployed, tag: str, engine: str, same: bool
) -> None:
    released(stage.stack, tag)
    target = stage.stack.target
    demanding = target.settings.model_copy(update={"embedded": Embedded(engine=engine)})  # type: ignore[arg-type]
    stack = Stack(dataclasses.replace(target, settings=demanding))
    assert (inputs.unchanged(stack) is not None) is same
