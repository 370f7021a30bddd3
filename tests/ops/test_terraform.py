"""Terraform as a program: found, refused, and led to its provider."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import backend
from ops.embedded import account
from ops.errors import LockedError, OpsError, TerraformError
from ops.settings import ROOT
from ops.terraform import (
    PROVIDER,
    Change,
    Plan,
    StalePlanError,
    Terraform,
    cli_configuration,
    find_mirror,
    mirror_environment,
    plan_arguments,
    program,
    rendered,
)
from tests.ops.worlds import REGION, World, fault

RECORDINGS = Path(__file__).parent / "recordings"
KILLED = (
    r"(?s)apply was killed by SIGKILL:\naws_iam_role\.function: Creating\.\.\.\n.*run `invoke deploy` again"
)
IMAGE = f"123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight@sha256:{'0' * 64}"


@pytest.fixture
def search_path() -> Iterator[Path]:
    """PATH, given back afterwards."""
    before = os.environ["PATH"]
    yield Path(before)
    os.environ["PATH"] = before


def test_a_plan_says_by_its_exit_code_whether_anything_changes() -> None:
    arguments = plan_arguments({"a": "1", "b": "2"}, tfvars=Path("x.tfvars"), out=Path("plan"))
    assert arguments == [
        "plan",
        "-json",
        "-detailed-exitcode",
        "-var-file=x.tfvars",
        "-var=a=1",
        "-var=b=2",
        "-out=plan",
    ]


def test_a_plan_of_somebody_who_may_only_read_takes_no_lock() -> None:
    given = {"tfvars": Path("x.tfvars"), "out": Path("plan")}
    added = set(plan_arguments({}, lock=False, **given)) - set(plan_arguments({}, **given))
    assert added == {"-lock=false"}


@pytest.mark.usefixtures("search_path")
def test_without_terraform_the_message_says_where_to_get_it(tmp_path: Path) -> None:
    os.environ["PATH"] = str(tmp_path)
    with pytest.raises(
        TerraformError, match=r"not on PATH.*Nothing was started.*https://developer\.hashicorp"
    ):
        program()


def test_an_old_terraform_is_refused_by_its_version(search_path: Path, tmp_path: Path) -> None:
    old = tmp_path / "terraform"
    old.write_text("#!/bin/sh\necho Terraform v1.9.8\n")
    old.chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}:{search_path}"
    with pytest.raises(TerraformError, match=r"Terraform v1\.9, and deploying needs 1\.11"):
        program()


def test_a_killed_apply_says_what_to_run_next(search_path: Path, tmp_path: Path) -> None:
    killed = tmp_path / "terraform"
    said = '{"@level":"info","@message":"aws_iam_role.function: Creating...","type":"apply_start"}'
    killed.write_text(
        f"#!/bin/sh\n[ \"$1\" = version ] && echo Terraform v1.11.0 && exit\necho '{said}'\nkill -KILL $$\n"
    )
    killed.chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}:{search_path}"
    terraform = Terraform(tmp_path, data=tmp_path, environment={})
    with pytest.raises(TerraformError, match=KILLED):
        terraform.apply(Plan(tmp_path / "tfplan", is_empty=False))


def test_a_state_that_could_not_be_saved_is_kept_from_others_until_an_apply_succeeds(
    search_path: Path, tmp_path: Path
) -> None:
    dying, errored = tmp_path / "terraform", tmp_path / "errored.tfstate"
    dying.write_text(
        f'#!/bin/sh\n[ "$1" = version ] && echo Terraform v1.11.0 && exit\n[ -e "{errored}" ] && exit\n'
        f'echo key > "{errored}"\nchmod 644 "{errored}"\nexit 1\n'
    )
    dying.chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}:{search_path}"
    terraform, plan = Terraform(tmp_path, data=tmp_path, environment={}), Plan(tmp_path / "tfplan", False)
    with pytest.raises(TerraformError, match=r"errored\.tfstate.*delete it once `invoke deploy` has succeed"):
        terraform.apply(plan)
    assert errored.stat().st_mode & 0o777 == 0o600
    terraform.apply(plan)
    assert not errored.exists()


@pytest.mark.parametrize(
    ("recording", "error", "message"),
    [
        ("stale", StalePlanError, r"saved plan is stale.*Nothing was changed.*`invoke plan` makes a new one"),
        (
            "locked",
            LockedError,
            r"locked by anna@laptop since 2026-11-26 05:00:00.*Nothing was changed.*aws s3 rm s3://bucket/demo/terraform.tfstate.tflock",
        ),
    ],
)
def test_what_stops_an_apply_at_once_has_a_sentence_of_its_own(
    recording: str, error: type[OpsError], message: str, search_path: Path, tmp_path: Path
) -> None:
    said = RECORDINGS / f"{recording}.jsonl"
    refusing = tmp_path / "terraform"
    refusing.write_text(
        f'#!/bin/sh\n[ "$1" = version ] && echo Terraform v1.11.0 && exit\ncat "{said}"\nexit 1\n'
    )
    refusing.chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}:{search_path}"
    terraform = Terraform(tmp_path, data=tmp_path, environment={})
    with pytest.raises(error, match=message) as raised:
        terraform.apply(Plan(tmp_path / "tfplan", is_empty=False))
    assert "had done by then" not in str(raised.value)


def test_a_diagnostic_is_told_as_people_read_it() -> None:
    diagnostic = {
        "severity": "error",
        "summary": "creating Lambda Function (f)",
        "detail": "",
        "address": "aws_lambda_function.app",
        "range": {"filename": "main.tf", "start": {"line": 12}},
    }
    assert rendered(diagnostic) == (
        "Error: creating Lambda Function (f) (aws_lambda_function.app, terraform/main.tf:12)"
    )


def test_a_stages_file_is_named_by_the_path_that_it_has() -> None:
    diagnostic = {
        "severity": "error",
        "summary": "Invalid value for variable",
        "range": {"filename": "/srv/page/terraform/stages/local.tfvars", "start": {"line": 3}},
    }
    said = "Error: Invalid value for variable (/srv/page/terraform/stages/local.tfvars:3)"
    assert rendered(diagnostic) == said


def test_what_aws_denies_inside_a_plan_is_named_with_the_statement_that_allows_it(
    world: World, tmp_path: Path
) -> None:
    environment = account.environment(world.account, REGION)
    terraform = Terraform(copy_of_stack(tmp_path), data=tmp_path / "data", environment=environment)
    terraform.init()
    with (
        fault(world.account, "ssm:GetParametersByPath", "deny"),
        pytest.raises(TerraformError) as raised,
    ):
        terraform.plan({"image_identifier": IMAGE}, tfvars=ROOT / "terraform/stages/local.tfvars")
    told = str(raised.value)
    assert "(data.aws_ssm_parameters_by_path.keys, terraform/secrets.tf:" in told
    assert "AWS denies ssm:GetParametersByPath on arn:aws:ssm:eu-west-3:123456789012:parameter" in told
    assert '"Action": "ssm:GetParametersByPath", "Resource": "arn:aws:ssm:' in told


def test_a_plan_can_be_read_by_its_owner_alone_and_says_what_it_would_do(
    world: World, tmp_path: Path
) -> None:
    environment = account.environment(world.account, REGION)
    terraform = Terraform(copy_of_stack(tmp_path), data=tmp_path / "data", environment=environment)
    terraform.init()
    tfvars = ROOT / "terraform/stages/local.tfvars"
    plan = terraform.plan({"image_identifier": IMAGE}, tfvars=tfvars, out=tmp_path / "saved" / "tfplan")
    assert plan.file.stat().st_mode & 0o777 == 0o600
    assert not plan.is_empty
    assert {change.action for change in plan.changes} == {"create"}
    assert Change("aws_lambda_function.app", "aws_lambda_function", "create") in plan.changes
    assert terraform.show(plan)["applyable"]


def test_two_stages_of_one_clone_may_be_at_work_at_once(world: World, tmp_path: Path) -> None:
    configuration, environment = copy_of_stack(tmp_path), account.environment(world.account, REGION)
    stages = []
    for name in ("one", "two"):
        backend.ensure_bucket(world.clients.s3, name=f"stage-{name}")
        backend.link_configuration(configuration, tmp_path / name)
        backend.write_override(
            tmp_path / name,
            bucket=f"stage-{name}",
            app_name=name,
            account_id="123456789012",
            region=REGION,
        )
        stage = Terraform(tmp_path / name, data=tmp_path / name / ".terraform", environment=environment)
        stage.init()
        stages.append(stage)
    variables, tfvars = {"image_identifier": IMAGE}, ROOT / "terraform/stages/local.tfvars"
    assert all(stage.plan(variables, tfvars=tfvars).changes for stage in stages)
    assert not (configuration / "backend_override.tf").exists()


def test_a_workspace_of_the_shell_leads_to_no_other_state(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "main.tf").write_text('output "one" {\n  value = 1\n}\n')
    s3, bucket = world.clients.s3, "of-one-workspace"
    backend.ensure_bucket(s3, name=bucket)
    backend.write_override(tmp_path, bucket=bucket, app_name="a", account_id="123456789012", region=REGION)
    monkeypatch.setenv("TF_WORKSPACE", "other")
    environment = account.environment(world.account, REGION)
    terraform = Terraform(tmp_path, data=tmp_path / "data", environment=environment)
    terraform.init()
    (tmp_path / "empty.tfvars").write_text("")
    terraform.apply(terraform.plan({}, tfvars=tmp_path / "empty.tfvars"))
    keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == {"a/terraform.tfstate"}


def test_a_plan_is_no_directory_and_leaves_one_as_it_is(tmp_path: Path) -> None:
    terraform = Terraform(tmp_path, data=tmp_path / "data", environment={})
    mode = tmp_path.stat().st_mode
    with pytest.raises(TerraformError, match=r"is a directory, and a plan is a file\. Nothing was done"):
        terraform.plan({}, tfvars=tmp_path / "x.tfvars", out=tmp_path)
    assert tmp_path.stat().st_mode == mode


def test_a_working_directory_follows_the_configuration_and_keeps_what_is_its_own(tmp_path: Path) -> None:
    configuration, place = tmp_path / "configuration", tmp_path / "place"
    configuration.mkdir()
    for name in ("main.tf", "old.tf", "backend_override.tf", "terraform.tfstate"):
        (configuration / name).write_text("shared")
    backend.link_configuration(configuration, place)
    (place / "backend_override.tf").write_text("own")
    (configuration / "old.tf").rename(configuration / "new.tf")
    backend.link_configuration(configuration, place)
    assert {path.name: path.read_text() for path in place.iterdir()} == {
        "main.tf": "shared",
        "new.tf": "shared",
        "backend_override.tf": "own",
    }


def test_deploying_without_terraform_starts_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path), "EMBEDDED_AWS_HOME": str(tmp_path / "account")}
    command = [sys.executable, "-m", "invoke", "deploy"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 1
    assert "Terraform is not on PATH" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "account").exists()


def test_a_configuration_that_exists_is_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text("")
    given = {"TF_CLI_CONFIG_FILE": str(own), "TERRAFORM_PROVIDER_MIRROR": str(tmp_path)}
    with mirror_environment(given) as environment:
        assert environment == given


def test_a_mirror_is_named_by_a_temporary_configuration(tmp_path: Path) -> None:
    (tmp_path / PROVIDER).mkdir(parents=True)
    given = {"TERRAFORM_PROVIDER_MIRROR": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}
    with mirror_environment(given) as environment:
        file = Path(environment["TF_CLI_CONFIG_FILE"])
        assert file.read_text() == cli_configuration(tmp_path)
    assert not file.exists()


def test_a_mirror_is_found_in_a_usual_place(tmp_path: Path) -> None:
    mirror = tmp_path / ".local" / "share" / "plugins"
    (mirror / PROVIDER).mkdir(parents=True)
    before = os.environ["HOME"]
    os.environ["HOME"] = str(tmp_path)
    try:
        found = find_mirror({})
    finally:
        os.environ["HOME"] = before
    assert found is not None
    assert (found / PROVIDER).is_dir()


def test_a_mirror_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match="holds no registry"):
        find_mirror({"TERRAFORM_PROVIDER_MIRROR": str(tmp_path)})


def test_a_malformed_image_identifier_gets_the_variables_own_message(world: World, tmp_path: Path) -> None:
    environment = account.environment(world.account, REGION)
    terraform = Terraform(copy_of_stack(tmp_path), data=tmp_path / "data", environment=environment)
    terraform.init()
    with pytest.raises(TerraformError, match=r"is not an image URI with a tag or a\s+digest"):
        terraform.plan({"image_identifier": "no image"}, tfvars=ROOT / "terraform/stages/local.tfvars")


def copy_of_stack(directory: Path) -> Path:
    """The stack without anything that the tasks write beside it."""
    stack = directory / "terraform"
    stack.mkdir()
    for file in (*(ROOT / "terraform").glob("*.tf"), ROOT / "terraform/.terraform.lock.hcl"):
        if file.name != "backend_override.tf":
            (stack / file.name).write_bytes(file.read_bytes())
    return stack
