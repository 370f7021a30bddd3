"""The parts of a deployment: settings, lock, backend, proof, and what is put back when the proof fails."""

import contextlib
import getpass
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops import backend, deploy, settings, smoke, versions
from ops.errors import AliasError, LockedError, SmokeTestError
from ops.settings import SettingsError
from tests.ops import stages
from tests.ops.worlds import PAGE, REGION, World, make_function, push_image

CONFIG: dict[str, Any] = {
    "stage": "local",
    "app_name": "demo",
    "region": REGION,
    "stages": {"local": {"embedded": True, "tfvars": "x.tfvars"}, "hospital": {"tfvars": "y.tfvars"}},
    "embedded": {"home": "here"},
}

AWS = {"tfvars": "x.tfvars", "account_id": "123456789012"}


def test_the_stage_comes_from_the_option_then_the_file() -> None:
    assert settings.load(CONFIG).stage_name == "local"
    assert settings.load(CONFIG).session_key_parameter == "/demo/runtime/session-key"


@pytest.mark.parametrize(
    ("changed", "stage", "message"),
    [
        ({}, "nowhere", "No stage 'nowhere'.*Stages: hospital, local"),
        ({}, "hospital", "names no account_id"),
        ({"embedded": {"instances": "many"}}, None, "instances: Input should be a valid integer"),
        ({"embedded": {"instances": 0}}, None, "instances: Input should be greater than 0"),
        ({"embedded": {"hme": "x"}}, None, "hme: Extra inputs are not permitted"),
        ({"embedded": None}, None, "lacks embedded. Nothing was done"),
        ({"stages": {"local": None}}, None, "'local' can't be used.*tfvars: Field required"),
        ({"stages": {"one": AWS, "two": AWS}}, "one", "'one' and 'two' are the same account.*share"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    changed: dict[str, Any], stage: str | None, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        settings.load({**CONFIG, **changed}, stage)


def test_an_empty_invoke_yaml_is_told_what_it_lacks() -> None:
    with pytest.raises(SettingsError, match="lacks stage, app_name, region, stages, embedded"):
        settings.load({})


def test_two_stages_of_one_account_may_differ_in_region_or_name() -> None:
    others = {"there": {**AWS, "region": "eu-west-1"}, "named": {**AWS, "app_name": "other"}, "empty": None}
    assert settings.load({**CONFIG, "stages": {"here": AWS, **others}}, "here").region == REGION


def test_the_state_bucket_is_versioned_and_made_once(world: World) -> None:
    s3 = world.clients.s3
    for _ in range(2):
        backend.ensure_bucket(s3, name="made-once")
    assert s3.get_bucket_versioning(Bucket="made-once")["Status"] == "Enabled"


def test_a_lock_that_a_killed_terraform_of_mine_left_is_removed(world: World) -> None:
    put_lock(world, "mine", who=f"{getpass.getuser()}@{socket.gethostname()}")
    where = {"bucket": "mine", "app_name": "a"}
    assert backend.clear_stale_lock(world.clients.s3, **where) == "then"
    assert backend.clear_stale_lock(world.clients.s3, **where) is None


def test_a_lock_of_somebody_else_is_left_and_named(world: World) -> None:
    put_lock(world, "theirs", who="somebody@elsewhere")
    with pytest.raises(
        LockedError, match=r"somebody@elsewhere since then.*aws s3 rm s3://theirs/a/terraform.tfstate.tflock"
    ):
        backend.clear_stale_lock(world.clients.s3, bucket="theirs", app_name="a")
    assert world.clients.s3.get_object(Bucket="theirs", Key="a/terraform.tfstate.tflock")


@contextlib.contextmanager
def terraform_at_work(directory: Path, *, bucket: str, endpoint: str) -> Iterator[None]:
    """A process that the machine knows as Terraform, in a directory whose data name a backend."""
    program, data = directory / "terraform", directory / "data"
    shutil.copy("/bin/sleep", program)
    data.mkdir()
    backend = {"type": "s3", "config": {"bucket": bucket, "key": "a/terraform.tfstate"}}
    (data / "terraform.tfstate").write_text(json.dumps({"version": 3, "backend": backend}))
    environment = {"TF_DATA_DIR": "data", "AWS_ENDPOINT_URL": endpoint}
    with subprocess.Popen([program, "600"], cwd=directory, env=environment) as process:
        try:
            yield
        finally:
            process.kill()


def test_a_lock_of_a_terraform_of_mine_that_lives_elsewhere_is_left(world: World, tmp_path: Path) -> None:
    s3, where = world.clients.s3, {"bucket": "lives", "app_name": "a"}
    put_lock(world, "lives", who=f"{getpass.getuser()}@{socket.gethostname()}")
    with (
        terraform_at_work(tmp_path, bucket="lives", endpoint=world.account.endpoint),
        pytest.raises(LockedError, match="is locked by"),
    ):
        backend.clear_stale_lock(s3, **where)
    assert backend.clear_stale_lock(s3, **where) == "then"


@pytest.mark.parametrize(
    ("bucket", "endpoint"), [("another", "{here}"), ("other", "http://127.0.0.1:1")], ids=["state", "account"]
)
def test_a_terraform_of_mine_at_work_on_something_else_keeps_no_lock(
    world: World, tmp_path: Path, bucket: str, endpoint: str
) -> None:
    put_lock(world, "other", who=f"{getpass.getuser()}@{socket.gethostname()}")
    with terraform_at_work(tmp_path, bucket=bucket, endpoint=endpoint.format(here=world.account.endpoint)):
        assert backend.clear_stale_lock(world.clients.s3, bucket="other", app_name="a") == "then"


def test_what_a_first_deployment_left_unproven_counts_for_nothing(world: World, image: str) -> None:
    stage = stages.deploy(world, image)
    entry = stage.stack.ledger.begin("code", image=image)
    stage.stack.ledger.end(entry, "failed", version="1")
    assert deploy.settled(stage.stack) is None
    lambda_, live = world.clients.lambda_, versions.live(world.clients.lambda_, function=stage.name)
    assert live is not None
    by_hand = stage.publish("by hand")
    versions.move(lambda_, function=stage.name, to=by_hand, since=live)
    reached = deploy.settled(stage.stack)
    assert reached is not None
    assert reached.version == by_hand


def test_the_session_key_is_made_once_and_kept(world: World) -> None:
    ssm = world.clients.ssm
    assert "made" in deploy.ensure_secret(ssm, parameter="/once/runtime/session-key")
    first = ssm.get_parameter(Name="/once/runtime/session-key", WithDecryption=True)["Parameter"]
    assert "is there" in deploy.ensure_secret(ssm, parameter="/once/runtime/session-key")
    second = ssm.get_parameter(Name="/once/runtime/session-key", WithDecryption=True)["Parameter"]
    assert first["Value"] == second["Value"]
    assert first["Type"] == "SecureString"


def test_a_version_that_answers_wrongly_fails_its_smoke_test(world: World, image: str) -> None:
    function = make_function(world.clients, image)
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    with pytest.raises(SmokeTestError, match=rf"Version {version} failed.*Users reach what they reached"):
        smoke.prove(world.clients.invoker, function=function.name, version=version)


def test_a_version_that_does_not_start_fails_its_smoke_test(world: World, image: str) -> None:
    function = make_function(world.clients, image, Environment={"Variables": {"BROKEN": "exit"}})
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    with pytest.raises(SmokeTestError, match="exit status 1"):
        smoke.prove(world.clients.invoker, function=function.name, version=version)


@pytest.mark.parametrize("mode", ["buffered", "response_stream"])
def test_a_version_proves_itself_whether_it_gathers_answers_or_streams_them(
    world: World, tmp_path: Path, mode: str
) -> None:
    image = push_image(world.clients, tmp_path, PAGE.format(behaviour="any"))
    variables = {"AWS_LWA_INVOKE_MODE": mode}
    function = make_function(world.clients, image, Environment={"Variables": variables})
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    smoke.prove(world.clients.invoker, function=function.name, version=version)


@pytest.mark.parametrize(
    ("proof", "complaint"), [("secret", "answers 200 to who comes past"), ("signature", "sends no hash")]
)
def test_a_version_that_knows_of_no_cloudfront_fails_its_smoke_test_behind_it(
    world: World, tmp_path: Path, proof: str, complaint: str
) -> None:
    image = push_image(world.clients, tmp_path, PAGE.format(behaviour="any"))
    function = make_function(world.clients, image, Environment={"Variables": {"CLOUDFRONT": proof}})
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    with pytest.raises(SmokeTestError, match=complaint):
        smoke.prove(world.clients.invoker, function=function.name, version=version)


@pytest.mark.parametrize("said", ["[1]", "null"])
def test_a_version_that_answers_no_object_fails_its_smoke_test(
    world: World, tmp_path: Path, said: str
) -> None:
    event = 'if self.path == "/events":'
    page = PAGE.format(behaviour="any").replace(
        event, f"{event}\n            answer = {said!r}\n        elif 0:"
    )
    function = make_function(world.clients, push_image(world.clients, tmp_path, page))
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    with pytest.raises(SmokeTestError, match=rf"no JSON object: b'{re.escape(said)}'.*Users reach"):
        smoke.prove(world.clients.invoker, function=function.name, version=version)


def test_latest_gets_the_image_and_configuration_of_the_live_version_back(world: World, image: str) -> None:
    lambda_ = world.clients.lambda_
    function = make_function(world.clients, image, Environment={"Variables": {"V": "good"}})
    good = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.update_function_configuration(
        FunctionName=function.name,
        Timeout=7,
        MemorySize=512,
        KMSKeyArn="arn:aws:kms:eu-west-3:123456789012:key/of-a-failed-deployment",
        Environment={"Variables": {"V": "bad"}},
    )
    versions.restore_latest(lambda_, function=function.name, version=good)
    latest = lambda_.get_function_configuration(FunctionName=function.name)
    assert (latest["Timeout"], latest["MemorySize"], latest.get("KMSKeyArn")) == (30, 256, None)
    assert latest["Environment"]["Variables"] == {"V": "good"}


def test_what_a_killed_apply_changed_and_did_not_publish_is_published_once(world: World, image: str) -> None:
    lambda_ = world.clients.lambda_
    function = make_function(world.clients, image, Environment={"Variables": {"V": "1"}})
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    assert versions.published(lambda_, function=function.name).version == first

    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "2"}})
    second = versions.published(lambda_, function=function.name).version
    assert int(second) > int(first)
    published = lambda_.get_function_configuration(FunctionName=function.name, Qualifier=second)
    assert published["Environment"]["Variables"] == {"V": "2"}
    assert versions.published(lambda_, function=function.name).version == second


def test_a_version_that_failed_is_withdrawn_and_its_number_not_used_again(world: World, image: str) -> None:
    lambda_ = world.clients.lambda_
    function = make_function(world.clients, image, Environment={"Variables": {"V": "good"}})
    good = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "bad"}})
    bad = lambda_.publish_version(FunctionName=function.name)["Version"]
    versions.withdraw(lambda_, function=function.name, version=bad, live=good)
    assert versions.newest(lambda_, function=function.name) == good
    latest = lambda_.get_function_configuration(FunctionName=function.name)
    assert latest["Environment"]["Variables"] == {"V": "good"}
    lambda_.update_function_configuration(FunctionName=function.name, Timeout=9)
    assert lambda_.publish_version(FunctionName=function.name)["Version"] == "3"


def test_a_first_version_that_failed_takes_the_alias_with_it(world: World, image: str) -> None:
    lambda_, function = world.clients.lambda_, make_function(world.clients, image)
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=first)
    versions.withdraw(lambda_, function=function.name, version=first, live=None)
    assert versions.live(lambda_, function=function.name) is None


def test_versions_are_counted_as_numbers(world: World, image: str) -> None:
    lambda_, function = world.clients.lambda_, make_function(world.clients, image)
    for n in range(11):
        lambda_.update_function_configuration(FunctionName=function.name, Timeout=n + 1)
        lambda_.publish_version(FunctionName=function.name)
    assert versions.newest(lambda_, function=function.name) == "11"
    assert versions.live(lambda_, function=function.name) is None


def test_a_function_whose_versions_are_all_gone_is_published_again(world: World, image: str) -> None:
    lambda_, function = world.clients.lambda_, make_function(world.clients, image)
    assert versions.newest(lambda_, function=function.name) is None
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.delete_function(FunctionName=function.name, Qualifier=first)
    lambda_.update_function_configuration(FunctionName=function.name, Timeout=9)
    assert versions.published(lambda_, function=function.name).version == "2"


def test_a_function_that_somebody_changes_is_not_published(world: World, image: str) -> None:
    function, others = make_function(world.clients, image), world.clients.lambda_
    lambda_ = world.clients.client("lambda")

    def change(**_: object) -> None:
        others.update_function_configuration(FunctionName=function.name, Timeout=9)

    lambda_.meta.events.register("before-call.lambda.PublishVersion", change)
    with pytest.raises(AliasError, match=r"changed while it was being published.*Users reach.*again"):
        versions.publish(lambda_, function=function.name)
    assert versions.newest(others, function=function.name) is None


def test_users_at_latest_are_kept_from_a_deployment_and_pinned(world: World, image: str) -> None:
    lambda_, function = world.clients.lambda_, make_function(world.clients, image)
    where = {"FunctionName": function.name, "Name": "live"}
    lambda_.create_alias(**where, FunctionVersion="$LATEST")
    with pytest.raises(AliasError, match=r"\$LATEST.*left there.*invoke deploy` publishes.*rollback N"):
        versions.live(lambda_, function=function.name)
    for _ in range(2):
        versions.pin(lambda_, function=function.name)
        live = versions.live(lambda_, function=function.name)
        assert live is not None
        assert (live.version, live.image) == ("1", image)


def put_lock(world: World, bucket: str, *, who: str) -> None:
    backend.ensure_bucket(world.clients.s3, name=bucket)
    lock = {"ID": "42", "Operation": "OperationTypeApply", "Who": who, "Created": "then"}
    world.clients.s3.put_object(Bucket=bucket, Key="a/terraform.tfstate.tflock", Body=json.dumps(lock))
