"""A key replaced in the embedded account: what users, the ledger, the labels and `$LATEST` are after it."""

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops import aws_errors, backups, deploy, inputs, rollback, versions
from ops.errors import AliasError, LockedError, WithdrawalError
from ops.keys import parameters, rotation
from ops.keys.parameters import ParameterError
from ops.keys.providers import PROVIDERS, KeyRefusedError, KeyShapeError
from ops.keys.rotation import ProofError
from tests.fakes.providers import Providers
from tests.ops.keys.keyed import FIRST, OPENAI, SECOND, THIRD, Keyed, quiet
from tests.ops.stages import stack_of
from tests.ops.worlds import PAGE, World, clients_of, fault, faults, push_image

PER_SECOND = 20


@pytest.fixture(scope="module")
def lying_image(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Image of a function that holds another key than it is given."""
    return push_image(world.clients, tmp_path_factory.mktemp("lies"), PAGE.format(behaviour="lies"))


def during(title: str, act: Callable[[], object]) -> Any:
    """Steps, with something that somebody else does when one begins."""

    @contextlib.contextmanager
    def step(begun: str) -> Iterator[Any]:
        if begun.startswith(title):
            act()
        yield lambda _: None

    return step


def unchanged(stage: Keyed, before: str) -> None:
    """Users reach what they did, with the first key, which is the newest; nothing else is left."""
    assert (stage.live, stage.used(), stage.newest()) == (before, FIRST, FIRST)
    assert stage.versions()[-1] == before
    assert stage.variables() == stage.variables(before)


# ------------------------------------------------------------------ what succeeds


def test_a_rotation_moves_users_to_a_version_that_holds_the_new_key(stage: Keyed) -> None:
    before = stage.live
    done = stage.rotate(SECOND)
    assert (stage.used(), stage.newest()) == (SECOND, SECOND)
    assert (done.parameter, done.parameter_version, done.version) == (stage.parameter, 2, stage.live)
    assert stage.labels() == {"live": 2, "previous": 1}
    told = {**stage.variables(before), "OPENAI_API_KEY": SECOND}
    assert stage.variables() == stage.variables(stage.live) == told
    written = stage.newest_release()
    assert (written.kind, written.result, written.number) == ("key", "good", done.release)
    assert written.key is not None
    assert (written.key.name, written.key.before, written.key.version) == (stage.parameter, 1, 2)


def test_a_deployment_right_after_a_rotation_has_nothing_to_do(stage: Keyed) -> None:
    stage.rotate(SECOND)
    assert deploy.preview(stage.settings) == []
    assert inputs.unchanged(stage.stack) == stage.newest_release()


def test_another_key_that_was_written_by_hand_is_still_to_be_deployed(stage: Keyed) -> None:
    stage.deployed.put_key("mistral-api-key")
    stage.rotate(SECOND)
    assert deploy.preview(stage.settings) == ["a key or secret in Systems Manager"]


def test_the_ledger_names_a_key_and_never_holds_it(stage: Keyed) -> None:
    stage.rotate(SECOND)
    s3, bucket = stage.stack.clients.s3, stage.stack.bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{stage.name}/")["Contents"]
    said = b"".join(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found)
    assert stage.parameter.encode() in said
    assert not [key for key in (FIRST, SECOND) if key.encode() in said]


def test_users_see_no_error_while_a_key_is_rotated(stage: Keyed) -> None:
    seen: Counter[object] = Counter()
    done = threading.Event()

    def ask(_: int) -> None:
        try:
            with urllib.request.urlopen(f"{stage.deployed.function.url}/used") as answer:
                seen[answer.status] += 1
        except urllib.error.HTTPError as error:
            seen[error.code] += 1
        except OSError as error:
            seen[type(error)] += 1

    def load() -> None:
        with ThreadPoolExecutor(PER_SECOND) as pool:
            begun, sent = time.monotonic(), 0
            while not done.is_set():
                pool.submit(ask, sent)
                sent += 1
                done.wait(max(0.0, begun + sent / PER_SECOND - time.monotonic()))

    visitors = threading.Thread(target=load)
    visitors.start()
    try:
        for key in (SECOND, THIRD, FIRST):
            stage.rotate(key)
    finally:
        done.set()
        visitors.join()
    assert stage.used() == FIRST
    assert set(seen) == {200}, seen
    assert seen[200] > PER_SECOND


def test_a_first_key_waits_for_the_first_deployment(
    world: World, them: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    monkeypatch.setenv("OPENAI_BASE_URL", them.environment["OPENAI_BASE_URL"])
    stack = stack_of(world, "nothing-there")
    for version, key in (1, FIRST), (2, SECOND):
        done = rotation.rotate(stack.target.settings, OPENAI, key, verify="models", step=quiet)
        assert (done.parameter_version, done.version, done.release) == (version, None, None)
    assert parameters.value(stack.clients.ssm, "/nothing-there/openai-api-key") == SECOND
    assert stack.ledger.numbers() == []
    done = rotation.remove(stack.target.settings, OPENAI, backup=None, step=quiet)
    assert (done.parameter_version, done.version) == (None, None)
    assert parameters.newest(stack.clients.ssm, "/nothing-there/openai-api-key") is None


def test_a_first_key_reaches_users_of_what_is_deployed(stage: Keyed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    stage.release()
    assert stage.used() is None
    assert stage.rotate(SECOND).parameter_version == 1
    assert (stage.used(), stage.labels()) == (SECOND, {"live": 1})


def test_a_rotation_starts_from_what_users_reach_whatever_latest_is(stage: Keyed) -> None:
    told = stage.variables(stage.live)
    lambda_ = stage.stack.clients.lambda_
    lambda_.update_function_configuration(
        FunctionName=stage.name, Environment={"Variables": {"TAMPERED": "yes"}}, MemorySize=512
    )
    stage.rotate(SECOND)
    assert stage.variables(stage.live) == {**told, "OPENAI_API_KEY": SECOND}
    found = lambda_.get_function_configuration(FunctionName=stage.name, Qualifier=stage.live)
    assert found["MemorySize"] == 256


def test_after_a_rollback_a_rotation_keeps_the_image_that_was_gone_back_to(
    stage: Keyed, lying_image: str
) -> None:
    first = stage.stack.live
    assert first is not None
    stage.stack.clients.lambda_.update_function_code(FunctionName=stage.name, ImageUri=lying_image)
    stage.release(OPENAI_API_KEY=FIRST)
    rollback.run(stage.settings, None, step=quiet)
    stage.rotate(SECOND)
    live = stage.stack.live
    assert live is not None
    assert (live.digest, stage.used()) == (first.digest, SECOND)


def test_a_key_delivered_at_runtime_is_named_by_its_version(stage: Keyed, tmp_path: Path) -> None:
    stage = stage.with_variables(tmp_path, 'key_delivery = "runtime"')
    where = "OPENAI_API_KEY_PARAMETER"
    stage.release(**{where: f"{stage.parameter}:1"})
    stage.rotate(SECOND)
    variables = stage.variables(stage.live)
    assert (variables[where], "OPENAI_API_KEY" in variables) == (f"{stage.parameter}:2", False)
    assert stage.used() == SECOND
    with fault(running(stage), "lambda:UpdateAlias", "deny", times=1), pytest.raises(ClientError):
        stage.rotate(THIRD)
    assert (stage.newest(), stage.used()) == (SECOND, SECOND)
    assert stage.variables()[where] == f"{stage.parameter}:2"


def test_another_delivery_waits_for_the_deployment_that_brings_it(stage: Keyed, tmp_path: Path) -> None:
    stage.with_variables(tmp_path, 'key_delivery = "runtime"').rotate(SECOND)
    assert (stage.variables(stage.live)["OPENAI_API_KEY"], stage.used()) == (SECOND, SECOND)


def test_the_other_providers_key_stays_as_it_is(stage: Keyed) -> None:
    mistral = "mIsTrAlKeYoF32LeTtErSaNdDiGiTs01"
    rotation.rotate(stage.settings, PROVIDERS["mistral"], mistral, verify="no", step=quiet)
    told = stage.variables(stage.live)
    assert (told["OPENAI_API_KEY"], told["MISTRAL_API_KEY"]) == (FIRST, mistral)
    assert stage.history()[0].version == 1


# ------------------------------------------------------------------ what fails


@pytest.mark.parametrize(
    ("key", "refusal"),
    [("sk-nobody-knows-this-one", KeyRefusedError), ("", KeyShapeError), ("sk-ant-theirs", KeyShapeError)],
)
def test_a_key_that_is_refused_changes_nothing(stage: Keyed, key: str, refusal: type[Exception]) -> None:
    before, number = stage.live, stage.newest_release().number
    with pytest.raises(refusal, match="Nothing was done"):
        stage.rotate(key)
    unchanged(stage, before)
    assert (len(stage.history()), stage.newest_release().number) == (1, number)


def test_a_plain_string_is_said_before_anybody_is_asked(stage: Keyed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    stage.put(FIRST, Type="String")
    with pytest.raises(ParameterError, match="plain String"):
        stage.rotate(SECOND)
    assert stage.them.asked == []


def test_a_version_that_does_not_hold_the_key_gets_no_users(stage: Keyed, lying_image: str) -> None:
    stage.stack.clients.lambda_.update_function_code(FunctionName=stage.name, ImageUri=lying_image)
    stage.release(OPENAI_API_KEY=FIRST)
    before = stage.live
    said = r"does not hold the new key: it holds another\. Users reach what they reached before"
    with pytest.raises(ProofError, match=said):
        stage.rotate(SECOND)
    assert (stage.live, stage.versions()[-1], stage.newest()) == (before, before, FIRST)
    assert stage.variables() == stage.variables(before)
    assert stage.labels() == {"live": 3, "pending": 2}
    assert stage.newest_release().result == "failed"


@pytest.mark.parametrize(
    "action",
    [
        "ssm:PutParameter",
        "ssm:LabelParameterVersion",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PublishVersion",
        "lambda:InvokeFunction",
        "lambda:UpdateAlias",
    ],
)
def test_what_aws_denies_leaves_the_key_before_everywhere(stage: Keyed, action: str) -> None:
    before = stage.live
    with (
        fault(running(stage), action, "deny", times=1),
        pytest.raises(ClientError, match=rf"not authorized to perform: {action} on resource: arn:") as raised,
    ):
        stage.rotate(SECOND)
    unchanged(stage, before)
    told = aws_errors.explain(raised.value)
    assert ("users have the key before" in told) == (action != "ssm:PutParameter")
    assert ("is kept" in told) == (action == "ssm:PutParameter")
    assert stage.newest_release().result == "failed"
    stage.rotate(SECOND)
    assert (stage.used(), stage.labels()["live"]) == (SECOND, stage.history()[0].version)


def test_what_can_not_be_taken_back_is_taken_back_by_the_next_command(stage: Keyed) -> None:
    def denied() -> None:
        for action in ("ssm:PutParameter", "lambda:PublishVersion"):
            faults(running(stage), "POST", {"action": action, "fault": "deny"})

    try:
        with pytest.raises(
            WithdrawalError, match=r"lambda:PublishVersion.*Nor could .*ssm:PutParameter.*next"
        ):
            stage.rotate(SECOND, step=during("function", denied))
    finally:
        faults(running(stage), "DELETE")
    assert (stage.used(), stage.newest(), stage.newest_release().result) == (FIRST, SECOND, "failed")
    with deploy.locked(stage.stack, "a test"):
        deploy.settled(stage.stack)
    assert stage.newest() == FIRST


def test_a_first_key_whose_rotation_fails_is_kept(stage: Keyed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    stage.release()
    with fault(running(stage), "lambda:PublishVersion", "deny", times=1), pytest.raises(ClientError):
        stage.rotate(SECOND)
    assert (stage.used(), stage.newest()) == (None, SECOND)
    stage.rotate(SECOND)
    assert stage.used() == SECOND


def test_what_somebody_writes_during_a_rotation_that_fails_stays(stage: Keyed) -> None:
    with fault(running(stage), "lambda:UpdateAlias", "deny", times=1), pytest.raises(ClientError):
        stage.rotate(SECOND, step=during("function", lambda: stage.put(THIRD)))
    assert (stage.used(), stage.newest()) == (FIRST, THIRD)


def test_what_somebody_writes_during_a_rotation_is_still_to_be_deployed(stage: Keyed) -> None:
    stage.rotate(SECOND, step=during("function", lambda: stage.put(THIRD)))
    assert (stage.used(), stage.newest()) == (SECOND, THIRD)
    assert deploy.preview(stage.settings) == ["a key or secret in Systems Manager"]


@pytest.mark.parametrize("times", [1, 2])
def test_what_somebody_makes_of_latest_at_the_same_moment_does_not_reach_users(
    stage: Keyed, world: World, times: int
) -> None:
    lambda_, told = tampered(stage, world, times), {"ONLY": "this"}
    versions.configure_latest(lambda_, function=stage.name, like=stage.live, variables=told)
    assert stage.variables() == told
    found = lambda_.get_function_configuration(FunctionName=stage.name)
    assert found["MemorySize"] == 256


def test_who_changes_latest_again_and_again_is_waited_for_in_vain(stage: Keyed, world: World) -> None:
    lambda_ = tampered(stage, world, 10 * versions.CONFIGURE_TRIES)
    with pytest.raises(AliasError, match=r"again and again. Nothing was published"):
        versions.configure_latest(lambda_, function=stage.name, like=stage.live, variables={})


def test_a_rotation_waits_for_no_deployment_that_is_under_way(stage: Keyed) -> None:
    with (
        deploy.locked(stage.stack, "invoke deploy"),
        pytest.raises(LockedError, match=r"invoke deploy.*Nothing was done"),
    ):
        stage.rotate(SECOND)
    assert len(stage.history()) == 1


# ------------------------------------------------------------------ delete and restore


def test_a_deleted_key_is_gone_from_function_and_parameters_and_comes_back(
    stage: Keyed, tmp_path: Path
) -> None:
    kept = backups.Destination(tmp_path / "kept", "a long enough passphrase")
    done = rotation.remove(stage.settings, OPENAI, backup=kept, step=quiet)
    assert (done.parameter_version, done.version, stage.used()) == (None, stage.live, None)
    assert stage.history() == []
    assert "OPENAI_API_KEY" not in stage.variables()
    assert deploy.preview(stage.settings) == []
    restored = backups.restore(stage.stack.clients.ssm, backups.load(kept.file, kept.passphrase))
    assert restored.written == (stage.parameter,)
    assert stage.newest() == FIRST
    with deploy.locked(stage.stack, "a test"):
        deploy.settled(stage.stack)
    assert stage.newest() == FIRST  # what was deleted before it came back is not deleted once more


def test_a_key_that_is_not_there_can_not_be_deleted(stage: Keyed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    with pytest.raises(ParameterError, match=r"There is no .*Nothing was done"):
        rotation.remove(stage.settings, OPENAI, backup=None, step=quiet)


def test_a_deletion_that_fails_leaves_the_key_in_use(stage: Keyed) -> None:
    before = stage.live
    with fault(running(stage), "lambda:InvokeFunction", "deny", times=1), pytest.raises(ClientError):
        rotation.remove(stage.settings, OPENAI, backup=None, step=quiet)
    unchanged(stage, before)
    assert len(stage.history()) == 1


def test_a_key_that_somebody_writes_while_it_is_deleted_stays(stage: Keyed) -> None:
    step = during("proof", lambda: stage.put(THIRD))
    with pytest.raises(ParameterError, match=r"Somebody else wrote .* It was kept"):
        rotation.remove(stage.settings, OPENAI, backup=None, step=step)
    assert (stage.used(), stage.newest()) == (None, THIRD)


def test_an_earlier_version_is_restored_as_a_new_one(stage: Keyed) -> None:
    stage.rotate(SECOND)
    earlier = parameters.value(stage.stack.clients.ssm, stage.parameter, 1)
    stage.rotate(earlier)
    assert (stage.used(), stage.labels()) == (FIRST, {"live": 3, "previous": 2})


def running(stage: Keyed) -> Any:
    return stage.stack.target.running


def tampered(stage: Keyed, world: World, times: int) -> Any:
    """A client; right before it configures a function, somebody else does, so many times."""
    client, other, left = clients_of(world.account).lambda_, world.clients.lambda_, [times]

    def tamper(**_: object) -> None:
        if left[0]:
            left[0] -= 1
            other.update_function_configuration(
                FunctionName=stage.name, Environment={"Variables": {"LEFT": str(left[0])}}, MemorySize=512
            )

    client.meta.events.register("before-call.lambda.UpdateFunctionConfiguration", tamper)
    return client
