"""The KMS key of what the commands write into Systems Manager."""

import uuid
from pathlib import Path

import pytest

from ops import access, backups, deploy, encryption
from ops.encryption import KeyInUseError
from ops.keys import parameters
from ops.stack import Stack
from ops.target import Target
from tests.ops.stages import stack_of
from tests.ops.worlds import PAGE, World, make_function, push_image

ARN = "arn:aws:kms:eu-west-3:123456789012:key/11111111-1111-1111-1111-111111111111"


def stack_with(world: World, directory: Path, tfvars: str, *, name: str | None = None) -> Stack:
    """An application's stack whose stage says `tfvars`."""
    (directory / "stage.tfvars").write_text(tfvars)
    found = stack_of(world, name or f"sealed-{uuid.uuid4().hex[:8]}").target
    stage = found.settings.stage.model_copy(update={"tfvars": directory / "stage.tfvars"})
    settings = found.settings.model_copy(update={"stage": stage})
    return Stack(Target(settings, "123456789012", world.clients, found.environment, world.account))


def make_key(stack: Stack) -> str:
    """Make the key as an apply does; return its ARN."""
    kms = stack.clients.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{stack.app_name}", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


def keys_of(stack: Stack) -> dict[str, str]:
    """The KMS key of each parameter, by the last part of its name."""
    found = stack.clients.ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{stack.app_name}/"]}]
    )["Parameters"]
    return {one["Name"].rpartition("/")[2]: one["KeyId"] for one in found}


def test_a_stage_without_the_option_leaves_it_to_aws(world: World, tmp_path: Path) -> None:
    stack = stack_with(world, tmp_path, "")
    make_key(stack)  # for alarms, which need one in any case
    assert encryption.key_id(stack.target) is None
    deploy.ensure_secrets(stack.target)
    assert keys_of(stack) == {"session-key": "alias/aws/ssm"}


def test_a_key_that_the_stack_makes_is_waited_for_and_then_used(world: World, tmp_path: Path) -> None:
    stack = stack_with(world, tmp_path, "customer_key = true\n")
    assert encryption.is_still_to_be_made(stack.target)
    make_key(stack)
    assert not encryption.is_still_to_be_made(stack.target)
    deploy.ensure_secrets(stack.target)
    assert keys_of(stack) == {"session-key": f"alias/{stack.app_name}"}


def test_whatever_is_first_written_takes_the_stages_key(world: World, tmp_path: Path) -> None:
    stack = stack_with(world, tmp_path, f'kms_key_arn = "{ARN}"\naccess = "oidc"\n')
    assert not encryption.is_still_to_be_made(stack.target)
    deploy.ensure_secrets(stack.target)
    access.set_client_secret(stack, "a-secret")
    name = f"/{stack.app_name}/mistral-api-key"
    backups.restore(
        stack.clients.ssm,
        [backups.Parameter(name=name, type="SecureString", value="k")],
        key_id=encryption.key_id(stack.target),
    )
    assert set(keys_of(stack).values()) == {ARN}
    assert len(keys_of(stack)) == 4


def test_what_is_there_keeps_the_key_that_it_has(world: World, tmp_path: Path) -> None:
    stack, ssm = stack_with(world, tmp_path, ""), world.clients.ssm
    name = f"/{stack.app_name}/openai-api-key"
    for is_new, key_id in ((True, ARN), (False, None), (False, "alias/another")):
        parameters.write(ssm, name, "k", is_new=is_new, release=None, key_id=key_id)
        assert keys_of(stack) == {"openai-api-key": ARN}


@pytest.fixture
def live(world: World, tmp_path: Path) -> Stack:
    """A stack whose version 1 has its environment under a key of a team's."""
    image = push_image(world.clients, tmp_path / "image", PAGE.format(behaviour="any"))
    function = make_function(world.clients, image, KMSKeyArn=ARN, Publish=True)
    return stack_with(world, tmp_path, "", name=function.name)


def test_a_key_that_users_version_needs_is_not_taken_away(live: Stack) -> None:
    with pytest.raises(KeyInUseError, match=rf'its environment\. Nothing .*previous_kms_key = "{ARN}"'):
        encryption.refuse_in_use(live.target, live="1", lost={ARN})
    encryption.refuse_in_use(live.target, live="1", lost={ARN.replace("1111", "2222")})
    encryption.refuse_in_use(live.target, live="1", lost=set())


def test_a_key_is_not_taken_away_from_what_is_under_its_alias(live: Stack) -> None:
    own, name = make_key(live), f"/{live.app_name}/openai-api-key"
    deploy.ensure_secret(live.clients.ssm, parameter=name, key_id=f"alias/{live.app_name}")
    with pytest.raises(KeyInUseError, match=rf'instances: {name}\. .*previous_kms_key = "customer_key"'):
        encryption.refuse_in_use(live.target, live="1", lost={own})
    live.clients.ssm.put_parameter(
        Name=name, Value="k", Type="SecureString", Overwrite=True, KeyId="alias/aws/ssm"
    )
    encryption.refuse_in_use(live.target, live="1", lost={own})


def test_a_version_that_reads_an_older_value_may_need_the_key_of_that(live: Stack) -> None:
    name, lambda_ = f"/{live.app_name}/openai-api-key", live.clients.lambda_
    for number in (1, 2):
        live.clients.ssm.put_parameter(Name=name, Value=str(number), Type="SecureString", Overwrite=True)
        lambda_.update_function_configuration(
            FunctionName=live.app_name,
            KMSKeyArn="",
            Environment={"Variables": {"OPENAI_API_KEY_PARAMETER": f"{name}:{number}"}},
        )
        lambda_.publish_version(FunctionName=live.app_name)
    with pytest.raises(KeyInUseError, match=f"perhaps {name}:1"):
        encryption.refuse_in_use(live.target, live="2", lost={ARN})
    encryption.refuse_in_use(live.target, live="3", lost={ARN})
