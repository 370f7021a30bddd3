"""That nobody's page is public by accident."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import access, deploy, infrastructure, inputs, rollback
from ops.access import AccessError, refuse_unchosen
from ops.keys import rotation
from ops.keys.providers import PROVIDERS
from ops.settings import Embedded, Settings, Stage
from ops.stack import Stack
from ops.target import Target
from tests.ops.stages import stack_of
from tests.ops.worlds import REGION, World

SIGN_IN = """
access = "oidc"
oidc_metadata_url = "https://login.example/.well-known/openid-configuration"
oidc_client_id = "page"
public_url = "https://page.chu.example"
"""


@contextmanager
def untold(_: str) -> Iterator[Callable[[str], None]]:
    """Steps that nobody is told of."""
    yield lambda _: None


COMMANDS: list[Callable[[Settings], object]] = [
    lambda settings: deploy.run(settings, step=untold),
    deploy.preview,
    lambda settings: infrastructure.propose(settings, step=untold),
    lambda settings: infrastructure.apply(settings, step=untold),
    lambda settings: rollback.run(settings, None, step=untold),
    lambda settings: rollback.preview(settings, None),
    lambda settings: rotation.rotate(settings, PROVIDERS["openai"], "no key", verify="no", step=untold),
    lambda settings: rotation.preview(settings, PROVIDERS["openai"], verify="no"),
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


@pytest.mark.parametrize(
    "text",
    [
        '/*\naccess = "oidc"\n*/',
        '/*\naccess = "oidc"\n',
        '// access = "oidc"\n# access = "oidc"',
        'engine_settings = {\n  access = "public"\n}',
        'names = [\n  "}",\naccess = "public"\n]',
        'note = <<EOT\naccess = "public"\nEOT',
        'note = "\\" /*"\nnames = {\naccess = "oidc" }',
    ],
)
def test_what_is_no_assignment_of_the_stages_is_no_choice(text: str, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="does not say who sees its page"):
        refuse_unchosen(stage(tmp_path / "stage.tfvars", text))


@pytest.mark.parametrize(
    "text",
    [
        'names = ["{", "/*"]\naccess = "oidc" // who sees it\n',
        'note = <<-EOT\n  { /*\n  EOT\naccess = "oidc" # {',
        'engine_settings = {\n  URL = "https://chu.example" # {\n}\n/* } */ access = "public"',
    ],
)
def test_a_choice_is_found_beside_whatever_stands_there(text: str, tmp_path: Path) -> None:
    refuse_unchosen(stage(tmp_path / "stage.tfvars", text))


@pytest.mark.parametrize("chosen", ['access = "public"', '  access="oidc"'])
def test_a_stage_that_has_chosen_is_let_through(chosen: str, tmp_path: Path) -> None:
    refuse_unchosen(stage(tmp_path / "stage.tfvars", chosen))


@pytest.fixture
def restricted(world: World, tmp_path: Path) -> Stack:
    """A stack whose page asks for a sign-in, deployed at an address of its own."""
    (tmp_path / "stage.tfvars").write_text(SIGN_IN)
    found = stack_of(world, f"restricted-{tmp_path.name[-3:].strip('-').lower()}")
    own = Stage(embedded=True, tfvars=tmp_path / "stage.tfvars")
    settings = found.target.settings.model_copy(update={"stage": own})
    return Stack(Target(settings, "123456789012", world.clients, found.target.environment, world.account))


def test_a_deployment_makes_what_signs_logins_and_says_that_the_client_has_no_secret(
    restricted: Stack,
) -> None:
    ssm, settings = restricted.clients.ssm, restricted.target.settings
    deploy.ensure_secrets(restricted.target)
    known = inputs.parameters(ssm, app_name=restricted.app_name)
    assert set(known) == {settings.session_key_parameter, settings.runtime_parameter(access.COOKIE_SECRET)}
    assert access.missing(settings, known).startswith("nobody can sign in yet: `invoke access`")


def test_a_public_page_gets_no_secret_of_a_sign_in(world: World) -> None:
    stack = stack_of(world, "public-page")
    deploy.ensure_secrets(stack.target)
    known = inputs.parameters(stack.clients.ssm, app_name="public-page")
    assert set(known) == {stack.target.settings.session_key_parameter}
    assert access.missing(stack.target.settings, known) == ""


def test_a_secret_is_written_as_the_function_reads_it_and_never_shown(restricted: Stack) -> None:
    assert access.set_client_secret(restricted, " abc-123\n") == 1
    assert access.set_client_secret(restricted, "def-456") == 2
    name = restricted.target.settings.runtime_parameter("oidc-client-secret")
    kept = restricted.clients.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (kept["Value"], kept["Type"]) == ("def-456", "SecureString")
    found = access.read(restricted)
    assert (found.secret, found.client_id) == (2, "page")
    assert found.redirect_uri == "https://page.chu.example/oauth2callback"
    assert "def-456" not in repr(found)


@pytest.mark.parametrize("given", ["", "  ", "two\nlines", "mot de passe é", "x" * 4097])
def test_what_can_be_no_secret_is_refused_unseen(restricted: Stack, given: str) -> None:
    with pytest.raises(AccessError, match=r"no client's secret.*Nothing was done") as refused:
        access.set_client_secret(restricted, given)
    assert len(given) < 3 or given not in str(refused.value)
    assert access.read(restricted).secret is None


def test_the_embedded_account_need_not_choose(tmp_path: Path) -> None:
    settings = stage(tmp_path / "stage.tfvars", "")
    here = Stage(embedded=True, tfvars=settings.stage.tfvars)
    refuse_unchosen(settings.model_copy(update={"stage": here}))
