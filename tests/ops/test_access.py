"""That nobody's page is public by accident."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import deploy, infrastructure
from ops.access import AccessError, refuse_unchosen
from ops.settings import Embedded, Settings, Stage
from tests.ops.worlds import REGION


@contextmanager
def untold(_: str) -> Iterator[Callable[[str], None]]:
    """Steps that nobody is told of."""
    yield lambda _: None


COMMANDS: list[Callable[[Settings], object]] = [
    lambda settings: deploy.run(settings, step=untold),
    deploy.preview,
    lambda settings: infrastructure.propose(settings, step=untold),
    lambda settings: infrastructure.apply(settings, step=untold),
]


def stage(tfvars: Path, text: str) -> Settings:
    """A stage in AWS, with these variables."""
    tfvars.write_text(text)
    return Settings(
        stage_name="hospital",
        stage=Stage(account_id="123456789012", tfvars=tfvars),
        app_name="demo",
        region=REGION,
        embedded=Embedded(),
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stage_that_has_not_chosen_is_refused_before_anything_is_asked(
    command: Callable[[Settings], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither a program nor an account could be reached: nobody gets that far.
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    # What a shell or a default says is no choice of the stage.
    monkeypatch.setenv("TF_VAR_access", "oidc")
    with pytest.raises(AccessError, match=r"'hospital' does not say .*Nothing was done.*access = \"oidc\""):
        command(stage(tmp_path / "stage.tfvars", '# access = "public"\nmodel_provider = "local"\n'))


@pytest.mark.parametrize("chosen", ['access = "public"', '  access="oidc"'])
def test_a_stage_that_has_chosen_is_let_through(chosen: str, tmp_path: Path) -> None:
    refuse_unchosen(stage(tmp_path / "stage.tfvars", chosen))


def test_the_embedded_account_need_not_choose(tmp_path: Path) -> None:
    settings = stage(tmp_path / "stage.tfvars", "")
    here = Stage(embedded=True, tfvars=settings.stage.tfvars)
    refuse_unchosen(settings.model_copy(update={"stage": here}))
