"""The stack's guide, typed as it stands: each command of terraform/README.md, in its order."""

import contextlib
import urllib.request
from collections.abc import Iterator

import pytest

from ops.settings import ROOT
from tests.e2e import pages
from tests.e2e.pages import Shell, blocks

GUIDE = ROOT / "terraform" / "README.md"
KEY = "sk-proj-typed-by-hand-0123456789abcdef"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with pages.shell(tmp_path_factory.mktemp("guide"), "terraform") as shell:
        yield shell


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What each block of commands said."""
    return {}


def block(beginning: str) -> str:
    return pages.block(GUIDE, beginning)


@contextlib.contextmanager
def state_lost(reader: Shell) -> Iterator[None]:
    """As if the apply had been killed before it wrote its state."""
    state = reader.place / "terraform.tfstate"
    kept = state.rename(state.with_suffix(".kept"))
    try:
        yield
    finally:
        kept.rename(state)


def test_each_command_works_in_the_order_of_the_guide(reader: Shell, said: dict[str, str]) -> None:
    for commands in blocks(GUIDE, "bash"):
        with state_lost(reader) if commands == block("API=") else contextlib.nullcontext():
            said[commands] = reader.type(commands, answer=f"{KEY}\n" if "read -rs" in commands else "yes\n")
        if commands == block("terraform output\n"):
            url = said[commands].splitlines()[-1]
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=60) as answer:
                assert answer.status == 200


def test_the_commands_say_what_the_guide_says(said: dict[str, str]) -> None:
    assert "/patient-insight/openai-api-key" in said[block("terraform output -raw ssm_openai")]
    assert said[block("aws ssm get-parameter")].strip() == KEY
    state = said[block("aws lambda get-function-configuration")]
    assert '"state": "Active"' in state
    assert '"MODEL_PROVIDER"' in said[block("aws ssm describe-parameters")]
    assert "SESSIONS_TABLE" in said[block("aws ssm describe-parameters")]
    assert (
        "/patient-insight/runtime/session-key"
        not in said[block("aws ssm describe-parameters")].partition("[")[0]
    )
    assert "2 to import" in said[block("API=")]
    assert "Destroy complete!" in said[block("terraform destroy")]


def test_nothing_is_left_at_the_end(reader: Shell) -> None:
    assert reader.copy.clients.lambda_.list_functions()["Functions"] == []
    assert reader.copy.clients.ssm.describe_parameters()["Parameters"] == []
