"""Rollback and the trial on some users, on small functions in the embedded account."""

import getpass
import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ops import backend, canary, rollback, smoke, versions
from ops.canary import Canary
from ops.deploy import recorded, settled, withdrawing
from ops.embedded import account
from ops.errors import (
    AliasError,
    CanaryError,
    LockedError,
    RollbackError,
    SmokeTestError,
    WithdrawalError,
)
from ops.locks import deploy_lock
from ops.releases import Release
from ops.settings import Embedded, Settings, Stage
from ops.stack import Stack
from ops.target import Target
from ops.versions import Live
from tests.ops.worlds import (
    PAGE,
    REGION,
    Function,
    World,
    fault,
    faults,
    make_api,
    make_function,
    push_image,
)


@dataclass(frozen=True)
class Application:
    """A function with an alias, an address and a ledger, as a deployment leaves them."""

    stack: Stack
    function: Function
    images: dict[str, str]

    @property
    def live(self) -> Live:
        live = self.stack.live
        assert live is not None
        return live

    def release(self, behaviour: str, *, key: str) -> Release:
        """Send users to an image and a key, unproven, and write it down."""
        lambda_, name = self.stack.clients.lambda_, self.function.name
        lambda_.update_function_code(FunctionName=name, ImageUri=self.images[behaviour])
        lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"KEY": key}})
        version = lambda_.publish_version(FunctionName=name)["Version"]
        before = self.stack.live
        if before is None:
            lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        else:
            versions.move(lambda_, function=name, to=version, since=before)
        entry = self.stack.ledger.begin("code", image=self.live.image, before=before and before.version)
        self.stack.ledger.end(entry, "good", version=version)
        return entry.release

    def publish(self, behaviour: str) -> str:
        """Publish an image that users do not reach yet; return the version."""
        lambda_, name = self.stack.clients.lambda_, self.function.name
        lambda_.update_function_code(FunctionName=name, ImageUri=self.images[behaviour])
        return lambda_.publish_version(FunctionName=name)["Version"]

    def used(self, url: str = "") -> dict[str, str]:
        """What a user gets."""
        with urllib.request.urlopen(f"{url or self.function.url}/used") as answer:
            return dict(json.load(answer))

    def latest(self) -> tuple[str, dict[str, str]]:
        """The image of `$LATEST`, by digest, and its variables."""
        found = self.stack.clients.lambda_.get_function(FunctionName=self.function.name)
        variables = found["Configuration"].get("Environment", {}).get("Variables", {})
        return found["Code"]["ResolvedImageUri"].rpartition("@")[2], variables

    def roll_back(self, number: int | None = None) -> rollback.Rollback:
        return rollback.run(self.stack.target.settings, number, step=quiet)


BEHAVIOURS = ("one", "two", "three", "unsound", "crashes", "hangs", "dies", "complains", "gone")


@pytest.fixture(scope="module")
def images(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One image for each behaviour, all in one repository."""
    root = tmp_path_factory.mktemp("behaviours")
    return {
        behaviour: push_image(
            world.clients, root / behaviour, PAGE.format(behaviour=behaviour), name="behaviours"
        )
        for behaviour in BEHAVIOURS
    }


@pytest.fixture
def application(world: World, images: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Application:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    function = make_function(world.clients, images["one"], Environment={"Variables": {"KEY": "first"}})
    settings = Settings(
        stage_name="local",
        stage=Stage(embedded=True, tfvars=Path("terraform/stages/local.tfvars")),
        app_name=function.name,
        region=REGION,
        embedded=Embedded(),
    )
    environment = account.environment(world.account, REGION)
    target = Target(settings, "123456789012", world.clients, environment, world.account)
    stack = Stack(target)
    backend.ensure_bucket(world.clients.s3, name=stack.bucket)
    made = Application(stack, function, images)
    made.release("one", key="first")
    return Application(stack, make_api(world.clients, function, qualifier="live"), images)


def test_a_rollback_brings_the_image_back_and_keeps_todays_key(application: Application) -> None:
    application.release("two", key="second")
    assert application.used() == {"key": "second", "behaviour": "two"}
    done = application.roll_back()
    assert application.used() == {"key": "second", "behaviour": "one"}
    assert (done.restored.number, done.left, done.deployment.release) == (1, 2, 3)
    written = application.stack.ledger.read(3).release
    assert (written.kind, written.restores, written.result) == ("rollback", 1, "good")
    assert application.latest() == (application.live.digest, {"KEY": "second"})


def test_a_second_rollback_goes_further_back_and_a_number_brings_any_release(
    application: Application,
) -> None:
    application.release("two", key="second")
    application.release("three", key="third")
    assert application.roll_back().restored.number == 2
    assert application.roll_back().restored.number == 1
    with pytest.raises(RollbackError, match="no earlier good release"):
        application.roll_back()
    assert application.roll_back(3).left == 1
    assert application.used() == {"key": "third", "behaviour": "three"}


def test_a_release_that_changed_no_image_is_passed_over(application: Application) -> None:
    application.release("two", key="second")
    application.release("two", key="third")
    assert application.roll_back().restored.number == 1
    assert application.used() == {"key": "third", "behaviour": "one"}


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [("unsound", "the page raised"), ("crashes", "exit status 1"), ("hangs", "no answer in time")],
)
def test_users_never_reach_an_image_that_fails_its_proof(
    application: Application, behaviour: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.clients.ANSWER_LIMIT_S", 2)
    application.release(behaviour, key="first")
    application.release("two", key="second")
    before = application.live
    with pytest.raises(SmokeTestError, match=f"{message}.*Users reach what they reached before"):
        application.roll_back()
    assert application.live == before
    assert application.used() == {"key": "second", "behaviour": "two"}
    assert application.latest() == (before.digest, {"KEY": "second"})
    assert application.stack.ledger.newest(1)[0].result == "failed"


def test_a_key_changed_right_after_a_failure_does_not_bring_the_failed_image(
    application: Application,
) -> None:
    application.release("crashes", key="first")
    application.release("two", key="second")
    with pytest.raises(SmokeTestError):
        application.roll_back()
    lambda_, name = application.stack.clients.lambda_, application.function.name
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"KEY": "new"}})
    version = lambda_.publish_version(FunctionName=name)["Version"]
    versions.move(lambda_, function=name, to=version, since=application.live)
    assert application.used() == {"key": "new", "behaviour": "two"}


def test_an_image_that_is_gone_from_the_registry_is_not_gone_back_to(application: Application) -> None:
    gone = application.release("gone", key="first")
    application.release("two", key="second")
    before = application.live
    application.stack.clients.ecr.batch_delete_image(
        repositoryName="behaviours", imageIds=[{"imageDigest": gone.digest}]
    )
    with pytest.raises(RollbackError, match=rf"image of release {gone.number} .* no longer in the registry"):
        application.roll_back()
    assert application.live == before


@pytest.mark.parametrize(
    ("number", "message"),
    [(2, "image of release 2 is live already"), (3, "never was good"), (4, "no release 4")],
)
def test_what_can_not_be_gone_back_to_is_said(application: Application, number: int, message: str) -> None:
    application.release("two", key="second")
    entry = application.stack.ledger.begin("code", image=application.images["three"])
    application.stack.ledger.end(entry, "failed", reason="no answer")
    with pytest.raises(Exception, match=message) as raised:
        application.roll_back(number)
    assert "Nothing was done" in str(raised.value)


def test_aws_may_ask_to_wait_at_every_step(application: Application, world: World) -> None:
    application.release("two", key="second")
    with (
        fault(world.account, "lambda:UpdateAlias", "throttle", times=2),
        fault(world.account, "s3:PutObject", "throttle", times=2),
        fault(world.account, "lambda:PublishVersion", "throttle", times=2),
    ):
        application.roll_back()
        assert faults(world.account, "GET") == []
    assert application.used() == {"key": "second", "behaviour": "one"}


@pytest.mark.parametrize("action", ["UpdateFunctionCode", "PublishVersion", "InvokeFunction", "UpdateAlias"])
def test_what_aws_denies_moves_nobody_and_leaves_nothing_behind(
    application: Application, world: World, action: str
) -> None:
    application.release("two", key="second")
    before = application.live
    with (
        fault(world.account, f"lambda:{action}", "deny", times=1),
        pytest.raises(ClientError, match=rf"not authorized to perform: lambda:{action} on resource: arn:"),
    ):
        application.roll_back()
    assert application.live == before
    assert application.latest() == (before.digest, {"KEY": "second"})
    assert versions.newest(world.clients.lambda_, function=application.function.name) == before.version
    assert application.stack.ledger.newest(1)[0].result == "failed"


def test_an_alias_that_somebody_else_moved_stays_where_they_moved_it(application: Application) -> None:
    lambda_, name = application.stack.clients.lambda_, application.function.name
    seen = application.live
    theirs, mine = application.publish("two"), application.publish("three")
    versions.move(lambda_, function=name, to=theirs, since=seen)
    with pytest.raises(AliasError, match=r"Somebody else moved the alias"):
        versions.move(lambda_, function=name, to=mine, since=seen)
    assert application.live.version == theirs


def test_a_version_that_holds_is_tried_on_some_users_first(application: Application) -> None:
    version = application.publish("two")
    with visiting(application):
        trying, seen = watch(application, version, Canary(percent=50, bake_s=3))
    assert trying.weights == {version: 0.5}
    assert seen.answered > 0
    assert seen.failures == ()


def test_what_a_version_did_in_its_proof_is_not_what_users_saw_of_it(application: Application) -> None:
    version, name = application.publish("complains"), application.function.name
    smoke.prove(application.stack.clients.invoker, function=name, version=version)
    complaint = json.dumps(smoke.http_event("GET", "/used"))
    application.stack.clients.invoker.invoke(FunctionName=name, Qualifier=version, Payload=complaint)
    _, seen = watch(application, version, Canary(percent=10, bake_s=0.5))
    assert (seen.answered, seen.failures) == (0, ())


@pytest.mark.parametrize(
    ("behaviour", "message"), [("complains", "the page broke"), ("dies", "ended with error")]
)
def test_a_version_that_fails_some_users_sends_all_of_them_back(
    application: Application, behaviour: str, message: str
) -> None:
    version, before = application.publish(behaviour), application.live
    with visiting(application), pytest.raises(CanaryError, match=message):
        watch(application, version, Canary(percent=50, bake_s=60))
    assert (application.live.version, application.live.weights) == (before.version, {})


def test_what_ends_a_trial_early_sends_all_users_back(application: Application) -> None:
    version, before = application.publish("two"), application.live

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(application, version, Canary(percent=10, bake_s=60), check=interrupted)
    assert (application.live.version, application.live.weights) == (before.version, {})


def test_users_on_trial_go_back_at_the_second_try_when_aws_refuses_the_first(
    application: Application, world: World
) -> None:
    version, before = application.publish("two"), application.live

    def denied() -> None:
        faults(world.account, "POST", {"action": "lambda:UpdateAlias", "fault": "deny", "times": 1})
        raise KeyboardInterrupt

    lock = deploy_lock(world.clients.s3, bucket=application.stack.bucket, app_name="a", what="a test")
    with (
        pytest.raises(KeyboardInterrupt),
        lock as held,
        withdrawing(application.stack, held, version, before),
    ):
        watch(application, version, Canary(percent=50, bake_s=60), check=denied)
    assert (application.live.version, application.live.weights) == (before.version, {})
    assert versions.newest(world.clients.lambda_, function=application.function.name) == before.version


def test_a_version_that_users_are_still_on_is_not_deleted(application: Application, world: World) -> None:
    version, before = application.publish("two"), application.live
    lock = deploy_lock(world.clients.s3, bucket=application.stack.bucket, app_name="a", what="a test")

    def denied() -> None:
        faults(world.account, "POST", {"action": "lambda:UpdateAlias", "fault": "deny"})
        raise KeyboardInterrupt

    try:
        with (
            pytest.raises(WithdrawalError, match=r"Interrupted\..*some users may reach it.*invoke deploy"),
            lock as held,
            withdrawing(application.stack, held, version, before),
        ):
            watch(application, version, Canary(percent=50, bake_s=60), check=denied)
    finally:
        faults(world.account, "DELETE")
    assert application.live.weights == {version: 0.5}
    assert application.used()["behaviour"] in ("one", "two")


def test_what_fails_after_users_were_moved_does_not_make_the_release_a_failed_one(
    application: Application,
) -> None:
    version, before = application.publish("two"), application.live
    facts = {"image": application.images["two"], "before": before.version}

    def interrupted_after_the_move() -> None:
        with recorded(application.stack, "code", **facts) as entry:
            application.stack.ledger.update(entry, version=version)
            lambda_ = application.stack.clients.lambda_
            versions.move(lambda_, function=application.function.name, to=version, since=before)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_after_the_move()
    assert application.stack.ledger.newest(1)[0].result == "good"


def test_a_rollback_waits_for_a_terraform_that_somebody_runs(application: Application, world: World) -> None:
    application.release("two", key="second")
    key = f"{application.function.name}/terraform.tfstate.tflock"
    held = json.dumps({"ID": "42", "Who": "somebody@elsewhere", "Created": "then", "Operation": "Apply"})
    world.clients.s3.put_object(Bucket=application.stack.bucket, Key=key, Body=held)
    with pytest.raises(LockedError, match="somebody@elsewhere"):
        application.roll_back()
    assert application.used() == {"key": "second", "behaviour": "two"}


def test_a_rollback_goes_past_the_lock_that_a_killed_run_left_on_the_state(
    application: Application, world: World
) -> None:
    application.release("two", key="second")
    place = {
        "Bucket": application.stack.bucket,
        "Key": f"{application.function.name}/terraform.tfstate.tflock",
    }
    held = {"ID": "42", "Who": f"{getpass.getuser()}@{socket.gethostname()}", "Created": "then"}
    world.clients.s3.put_object(**place, Body=json.dumps(held))
    application.roll_back()
    assert application.used()["behaviour"] == "one"
    with pytest.raises(world.clients.s3.exceptions.NoSuchKey):
        world.clients.s3.get_object(**place)


def test_users_whom_somebody_sent_to_latest_reach_only_what_is_proven(application: Application) -> None:
    crashing = application.release("crashes", key="first")
    application.release("two", key="second")
    lambda_, name = application.stack.clients.lambda_, application.function.name
    lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    assert rollback.preview(application.stack.target.settings, 1).number == 1
    with pytest.raises(SmokeTestError):
        application.roll_back(crashing.number)
    assert application.used() == {"key": "second", "behaviour": "two"}
    lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    application.roll_back(1)
    assert application.used() == {"key": "second", "behaviour": "one"}
    assert application.live.version != "$LATEST"


def test_releases_without_an_alias_are_told_from_nothing_at_all(application: Application) -> None:
    lambda_, settings = application.stack.clients.lambda_, application.stack.target.settings
    lambda_.delete_alias(FunctionName=application.function.name, Name="live")
    for refused in (application.roll_back, lambda: rollback.preview(settings, None)):
        with pytest.raises(RollbackError, match=r"releases, but no alias 'live'.*`invoke deploy` makes"):
            refused()


def test_where_nothing_was_released_not_even_a_bucket_is_made(application: Application) -> None:
    settings = application.stack.target.settings.model_copy(update={"app_name": "never-made"})
    with pytest.raises(RollbackError, match=r"Nothing was released yet.*invoke deploy"):
        rollback.run(settings, None, step=quiet)
    buckets = application.stack.clients.s3.list_buckets()["Buckets"]
    assert not [bucket["Name"] for bucket in buckets if "never-made" in bucket["Name"]]


def test_a_preview_starts_no_account(
    application: Application, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path))
    try:
        with pytest.raises(RollbackError, match=r"does not run.*`invoke up` starts it"):
            rollback.preview(application.stack.target.settings, None)
        assert account.find(tmp_path) is None
    finally:
        account.stop(tmp_path)


def test_a_preview_names_what_a_release_has_for_a_name(application: Application) -> None:
    bare = application.stack.ledger.read(1).release
    named = bare.model_copy(update={"tag": "content-1", "revision": "abc"})
    assert rollback.described(bare) == f"release 1: {bare.digest}, no revision"
    assert rollback.described(named) == "release 1: content-1, revision abc"


def test_a_rollback_that_is_refused_leaves_a_trial_as_it_is(application: Application, world: World) -> None:
    version, live = application.publish("two"), application.live
    name = application.function.name
    versions.move(world.clients.lambda_, function=name, to=live.version, since=live, weights={version: 0.5})
    with pytest.raises(RollbackError):
        application.roll_back()
    assert application.live.weights == {version: 0.5}


def test_a_version_that_somebody_configured_meanwhile_is_not_proven(
    application: Application, world: World
) -> None:
    lambda_, name, live = world.clients.lambda_, application.function.name, application.live
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"KEY": "stolen"}})
    version = lambda_.publish_version(FunctionName=name)["Version"]
    with pytest.raises(SmokeTestError, match="is not configured as version"):
        versions.check_configuration(lambda_, function=name, version=version, like=live.version)


def test_a_trial_and_a_release_that_a_dead_run_left_are_ended(application: Application) -> None:
    lambda_, name = application.stack.clients.lambda_, application.function.name
    version, before = application.publish("two"), application.live
    entry = application.stack.ledger.begin("code", image=application.images["two"], before=before.version)
    versions.move(lambda_, function=name, to=before.version, since=before, weights={version: 0.1})
    reached = settled(application.stack)
    assert reached is not None
    assert (reached.version, reached.weights, application.live.weights) == (before.version, {}, {})
    assert application.stack.ledger.read(entry.release.number).release.result == "failed"


def watch(
    application: Application, version: str, tried: Canary, *, check: Callable[[], None] = lambda: None
) -> tuple[Live, canary.Sighting]:
    return canary.watch(
        application.stack.clients,
        function=application.function.name,
        log_group=application.function.log_group,
        since=application.live,
        version=version,
        canary=tried,
        check=check,
    )


@contextmanager
def visiting(application: Application) -> Iterator[None]:
    """Use the application all the while, as users do."""
    ending = threading.Event()

    def visit() -> None:
        while not ending.wait(0.02):
            try:
                application.used()
            except OSError:  # what a canary is for
                continue

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        ending.set()
        visitor.join()


@contextmanager
def quiet(_: str) -> Iterator[Callable[[str], None]]:
    yield lambda _: None
