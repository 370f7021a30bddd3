"""What `invoke doctor` finds: a stage that is well, and each thing that can be wrong, made wrong for real."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import doctor, terraform
from ops.checks.patient import Finding
from ops.clients import Clients
from ops.doctor import Check, examine
from ops.locks import deploy_lock
from ops.settings import ROOT, Embedded, Settings, Stage
from ops.target import Target
from tests.fakes.engine import serving
from tests.ops.stages import Deployed, deploy, stack_of
from tests.ops.worlds import REGION, World, fault


@pytest.fixture
def stage(world: World, image: str, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    return deploy(world, image)


@pytest.fixture
def aws(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A stage in AWS, of the account that AWS_ENDPOINT_URL leads to, with the caller's credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", world.account.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", world.account.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return in_aws()


# -------------------------------------------------------------- a stage that is well


def test_nothing_fails_on_a_stage_that_is_well(stage: Deployed) -> None:
    found = examine(stage.stack.target.settings)
    assert [check.name for check in found] == list(doctor.CHECKS)
    assert [check for check in found if check.result == "failed"] == []
    assert [check.name for check in found if check.fix and check.result != "warning"] == []


@pytest.mark.usefixtures("stage")  # beside another that is deployed
def test_before_the_first_deployment_what_it_makes_is_not_missed(world: World) -> None:
    found = {check.name: check for check in examine(stack_of(world, "never-deployed").target.settings)}
    made = ("repository", "session key", "function has its key", "alias", "log groups")
    assert {found[name].result for name in made} == {"not applicable"}
    assert [check for check in found.values() if check.result == "failed"] == []


def test_an_embedded_account_that_sleeps_is_not_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path / "none"))
    found = look(embedded(), "credentials")
    assert (found.result, found.seen) == (
        "not applicable",
        "the embedded account does not run; `invoke up` starts it",
    )
    assert not (tmp_path / "none").exists()


def test_a_stage_in_aws_is_looked_at_with_the_callers_credentials(aws: Settings, world: World) -> None:
    assert look(aws, "credentials").seen == "arn:aws:sts::123456789012:user/moto"
    assert look(aws, "account").seen == f"123456789012 through AWS_ENDPOINT_URL={world.account.endpoint}"
    assert look(aws, "clock").result == "ok"
    assert look(aws, "registry login").result == "ok"


# -------------------------------------------------------------- this machine


def test_a_missing_file_of_variables_is_named(tmp_path: Path) -> None:
    found = look(embedded(tfvars=tmp_path / "none.tfvars"), "stage file")
    assert (found.result, "none.tfvars is missing" in found.seen) == ("failed", True)
    assert "local.tfvars is an example" in found.fix


def test_a_stage_in_aws_that_has_not_chosen_who_sees_its_page_is_named() -> None:
    found = look(in_aws(), "access")
    assert (found.result, "does not say who sees the page" in found.seen) == ("failed", True)
    assert 'access = "oidc"' in found.fix
    assert look(embedded(), "access").result == "not applicable"


@pytest.mark.parametrize(
    ("text", "result", "seen"),
    [
        ('access = "public"', "warning", "public: whoever has the address"),
        (
            'access = "oidc"\noidc_metadata_url = "https://login.example/x"',
            "ok",
            "at https://login.example/x",
        ),
    ],
)
def test_what_a_stage_has_chosen_is_told(text: str, result: str, seen: str, tmp_path: Path) -> None:
    (tmp_path / "stage.tfvars").write_text(text)
    stage = Stage(account_id="123456789012", tfvars=tmp_path / "stage.tfvars")
    found = look(embedded().model_copy(update={"stage": stage}), "access")
    assert (found.result, seen in found.seen) == (result, True)


def test_a_missing_terraform_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(embedded(), "terraform")
    assert (found.result, "not on PATH" in found.seen) == ("failed", True)


def test_a_terraform_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("#!/bin/sh\necho Terraform v1.5.7\n")
    (tmp_path / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(embedded(), "terraform")
    assert (found.result, "is Terraform v1.5, and deploying needs 1.11" in found.seen) == ("failed", True)


def test_a_provider_that_comes_from_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setenv("TERRAFORM_PROVIDER_MIRROR", str(tmp_path))
    assert "holds no registry.terraform.io/hashicorp/aws" in look(embedded(), "provider").seen
    monkeypatch.delenv("TERRAFORM_PROVIDER_MIRROR")
    monkeypatch.setattr(terraform, "_MIRROR_ROOTS", ())
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    found = look(embedded(), "provider")
    assert (found.result, "registry.terraform.io can't be reached" in found.seen) == ("failed", True)
    assert "TERRAFORM_PROVIDER_MIRROR" in found.fix


def test_a_provider_that_is_installed_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path))
    monkeypatch.setenv("TERRAFORM_PROVIDER_MIRROR", str(tmp_path))  # which holds none
    data = unreached().terraform.data
    (data / "providers" / terraform.PROVIDER).mkdir(parents=True)
    assert look(embedded(), "provider") == Check("provider", "ok", f"installed in {data / 'providers'}", "")


def test_no_container_engine_matters_in_aws_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    found = look(embedded(), "container engine")
    assert (found.result, "its instances are processes" in found.seen) == ("not applicable", True)
    found = look(in_aws(), "container engine")
    assert (found.result, "no container engine answers" in found.seen) == ("failed", True)
    assert "DOCKER_HOST" in found.fix


def test_a_container_engine_is_asked_for_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as fake:
        monkeypatch.setenv("DOCKER_HOST", fake.url)
        found = look(in_aws(), "container engine")
    assert (found.result, found.seen) == ("ok", "version 28.0.1")


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", "/proc/self/none")  # a file system without room
    found = look(embedded(), "disk")
    assert (found.result, found.seen.startswith("0.0 GB free")) == ("failed", True)
    assert "Make room" in found.fix


def test_a_place_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path / "file"))
    found = look(embedded(), "disk")
    assert (found.result, "which can't be written" in found.seen) == ("failed", True)
    assert "EMBEDDED_AWS_HOME" in found.fix


@pytest.mark.parametrize(
    ("date", "result", "seen"),
    [
        ("Thu, 01 Jan 2060 00:00:00 GMT", "failed", "behind"),
        ("Thu, 01 Jan 2015 00:00:00 GMT", "failed", "ahead of"),
        (None, "ok", ""),
    ],
)
def test_a_clock_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, date: str | None, result: str, seen: str
) -> None:
    with server(date=date) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        found = look(in_aws(), "clock")
    assert (found.result, seen in found.seen) == (result, True)


def test_a_clock_that_nothing_can_be_compared_with_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = look(in_aws(), "clock")
    assert (found.result, "http://127.0.0.1:9 can't be reached" in found.seen) == ("failed", True)
    assert "network" in found.fix


# -------------------------------------------------------------- the way in


def test_without_credentials_the_rest_is_still_looked_at(
    aws: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    found = {check.name: check for check in examine(aws)}
    assert found["credentials"].result == "failed"
    assert "Unable to locate credentials" in found["credentials"].seen
    assert "AWS_PROFILE" in found["credentials"].fix
    needs_account = ("account", "quotas", "session key", "alias", "state lock")
    assert {found[name].seen for name in needs_account} == {"no way into the account: see credentials"}
    assert {found[name].result for name in ("terraform", "disk", "region")} == {"ok"}


def test_another_account_is_named_and_not_looked_into(aws: Settings, world: World) -> None:
    other = aws.model_copy(update={"stage": aws.stage.model_copy(update={"account_id": "999999999999"})})
    found = {check.name: check for check in examine(other)}
    assert found["account"].result == "failed"
    assert found["account"].seen == (
        f"the credentials are those of 123456789012 through AWS_ENDPOINT_URL={world.account.endpoint}, and "
        f"the stage is 999999999999"
    )
    assert found["session key"].seen == "the credentials are not those of 999999999999"


def test_a_region_that_does_not_exist_is_named_with_those_near() -> None:
    found = look(embedded().model_copy(update={"region": "eu-nowhere-9"}), "region")
    assert (found.result, "eu-west-3" in found.fix) == ("failed", True)


def test_the_embedded_account_needs_no_profile_of_the_caller(
    stage: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert [check for check in examine(stage.stack.target.settings) if check.result == "failed"] == []


def test_a_registry_that_lets_nobody_in_names_the_statement(world: World, stage: Deployed) -> None:
    with fault(world.account, "ecr:GetAuthorizationToken", "deny"):
        found = look(stage.stack.target.settings, "registry login")
    assert (found.result, "AWS denies ecr:GetAuthorizationToken" in found.seen) == ("failed", True)
    assert '"Action": "ecr:GetAuthorizationToken"' in found.fix


def test_a_quota_that_one_batch_would_use_up_is_a_warning(stage: Deployed, tmp_path: Path) -> None:
    found = look(with_variables(stage, tmp_path, "jobs_at_once = 1000"), "quotas")
    assert (found.result, found.seen.startswith("1000 concurrent executions")) == ("warning", True)


# -------------------------------------------------------------- what is deployed


def test_a_missing_session_key_is_named(stage: Deployed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=f"/{stage.name}/runtime/session-key")
    found = look(stage.stack.target.settings, "session key")
    assert (found.result, found.seen) == ("failed", f"/{stage.name}/runtime/session-key is missing")
    assert "invoke deploy" in found.fix


def test_a_missing_key_of_the_model_provider_is_named(stage: Deployed, tmp_path: Path) -> None:
    settings = with_variables(stage, tmp_path, 'model_provider = "mistral"  # theirs')
    found = look(settings, "model key")
    assert found.result == "failed"
    assert found.seen.startswith(f"/{stage.name}/mistral-api-key is missing")
    assert "`invoke keys.set --provider mistral`" in found.fix
    stage.put_key("mistral-api-key")
    assert look(settings, "model key") == Check("model key", "ok", f"/{stage.name}/mistral-api-key", "")


def test_a_function_without_its_key_is_named(stage: Deployed) -> None:
    lambda_ = stage.stack.clients.lambda_
    held, read = {"OPENAI_API_KEY": "very-secret"}, {"OPENAI_API_KEY_PARAMETER": "/app/openai-api-key:1"}
    for key, result in ({}, "failed"), (held, "ok"), (read, "ok"):
        variables = {"MODEL_PROVIDER": "openai", **key}
        lambda_.update_function_configuration(FunctionName=stage.name, Environment={"Variables": variables})
        version = lambda_.publish_version(FunctionName=stage.name)["Version"]
        lambda_.update_alias(FunctionName=stage.name, Name="live", FunctionVersion=version)
        found = look(stage.stack.target.settings, "function has its key")
        assert (found.result, "OPENAI_API_KEY" in found.seen) == (result, True)
        assert "very-secret" not in str(found)


def test_an_alias_that_is_gone_is_named(stage: Deployed) -> None:
    stage.stack.clients.lambda_.delete_alias(FunctionName=stage.name, Name="live")
    found = look(stage.stack.target.settings, "alias")
    assert (found.result, found.seen) == ("failed", "no alias leads users to a version")


def test_a_log_group_that_is_gone_is_named(stage: Deployed) -> None:
    stage.stack.clients.logs.delete_log_group(logGroupName=f"/aws/apigateway/{stage.name}")
    found = look(stage.stack.target.settings, "log groups")
    assert (found.result, found.seen) == ("failed", f"/aws/apigateway/{stage.name} is missing")


def test_a_deployment_under_way_is_a_warning(stage: Deployed) -> None:
    stack = stage.stack
    with deploy_lock(stack.clients.s3, bucket=stack.bucket, app_name=stage.name, what="invoke deploy"):
        found = look(stack.target.settings, "deploy lock")
    assert (found.result, found.seen.endswith(": invoke deploy")) == ("warning", True)
    assert look(stack.target.settings, "deploy lock").result == "ok"


def test_a_state_that_is_left_locked_is_named_with_its_key(stage: Deployed) -> None:
    lock = {"ID": "42", "Operation": "OperationTypeApply", "Who": "x@y", "Created": "then"}
    stack = stage.stack
    stack.clients.s3.put_object(
        Bucket=stack.bucket, Key=f"{stage.name}/terraform.tfstate.tflock", Body=json.dumps(lock)
    )
    found = look(stack.target.settings, "state lock")
    assert (found.result, found.seen.startswith("x@y locked the state")) == ("failed", True)
    key = f"{stack.bucket}/{stage.name}/terraform.tfstate.tflock"
    assert found.fix.endswith(f'eval "$(invoke env)"; aws s3 rm s3://{key}')
    with deploy_lock(stack.clients.s3, bucket=stack.bucket, app_name=stage.name, what="invoke deploy"):
        assert look(stack.target.settings, "state lock").result == "warning"


# -------------------------------------------------------------- checks themselves


def test_a_check_that_breaks_or_hangs_hides_no_other() -> None:
    over = threading.Event()

    def breaks(_: object) -> Finding:
        raise RuntimeError("no such thing")

    def hangs(_: object) -> Finding:
        over.wait()
        return Finding("ok", "too late")

    def sees(_: object) -> Finding:
        return Finding("ok", "well")

    started = time.monotonic()
    found = examine(embedded(), {"breaks": breaks, "hangs": hangs, "sees": sees}, limit_s=1)
    over.set()
    assert [check.seen for check in found] == [
        "the check itself broke: RuntimeError: no such thing",
        "no answer in time",
        "well",
    ]
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)])
def test_the_command_tells_by_its_exit_code(stage: Deployed, broken: bool, code: int) -> None:
    if broken:
        stage.stack.clients.lambda_.delete_alias(FunctionName=stage.name, Name="live")
    ran = subprocess.run(
        [sys.executable, "-m", "invoke", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, "INVOKE_APP_NAME": stage.name},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (code, "")
    failed = [check["name"] for check in json.loads(ran.stdout) if check["result"] == "failed"]
    assert failed == (["alias"] if broken else [])


# -------------------------------------------------------------- what they are made of


def look(settings: Settings, name: str) -> Check:
    """What one check comes to."""
    (found,) = examine(settings, {name: doctor.CHECKS[name]})
    return found


def embedded(*, tfvars: Path = Path("terraform/stages/local.tfvars")) -> Settings:
    stage = Stage(embedded=True, tfvars=tfvars)
    return Settings(stage_name="local", stage=stage, app_name="a-page", region=REGION, embedded=Embedded())


def unreached() -> Target:
    """The stage's account as commands reach it, when nothing has to answer."""
    return Target(embedded(), "123456789012", Clients(region=REGION), {}, None)


def in_aws() -> Settings:
    stage = Stage(account_id="123456789012", tfvars=Path("terraform/stages/local.tfvars"))
    return embedded().model_copy(update={"stage_name": "production", "stage": stage})


def with_variables(stage: Deployed, directory: Path, text: str) -> Settings:
    """The stage's settings, with a file of variables of its own."""
    (directory / "stage.tfvars").write_text(text)
    own = Stage(embedded=True, tfvars=directory / "stage.tfvars")
    return stage.stack.target.settings.model_copy(update={"stage": own})


@contextmanager
def server(*, date: str | None = None, **headers: str) -> Iterator[str]:
    """A server that answers anything, at a time of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date or super().date_time_string(timestamp)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()
