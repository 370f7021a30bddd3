"""Which account a command works on, and which it refuses."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.clients import Clients
from ops.settings import Embedded, Settings, Stage
from ops.target import TargetError, erase, reach, start, stop
from tests.ops.worlds import REGION

STAGE = Stage(tfvars=Path("terraform/stages/local.tfvars"), account_id="123456789012")


@pytest.fixture
def aws(plain_moto: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An account that is reached as AWS is: by the caller's own environment. Returns its address."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    endpoint = plain_moto.sts.meta.endpoint_url
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return endpoint


def test_a_stage_in_aws_is_reached_with_the_callers_credentials_and_said_to_be(aws: str) -> None:
    target = reach(settings(STAGE))
    assert target.account_id == "123456789012"
    assert target.running is None
    assert target.description == f"123456789012 in {REGION} through AWS_ENDPOINT_URL={aws}"
    assert target.environment["AWS_REGION"] == REGION
    assert target.clients.s3.list_buckets()["Buckets"] == []


def test_credentials_of_another_account_are_refused(aws: str) -> None:
    other = STAGE.model_copy(update={"account_id": "999999999999"})
    with pytest.raises(TargetError, match="account 999999999999") as refused:
        reach(settings(other))
    where = f"those of 123456789012 through AWS_ENDPOINT_URL={aws}. Nothing was done."
    assert where in str(refused.value)


def test_without_credentials_nothing_is_done(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(TargetError, match=r"Nothing was done.*AWS_PROFILE") as refused:
        reach(settings(STAGE))
    why = (
        f"no credentials work through AWS_ENDPOINT_URL={aws}: Unable to locate credentials. Nothing was done."
    )
    assert why in str(refused.value)


@pytest.mark.parametrize("act", [start, stop, erase])
def test_a_stage_in_aws_is_not_taken_for_an_embedded_account(act: Callable[[Settings], object]) -> None:
    with pytest.raises(TargetError, match=r"is the AWS account 123456789012.*embedded one.*--stage local"):
        act(settings(STAGE))


@pytest.mark.parametrize("embedded", [False, True])
def test_a_stage_without_its_variables_is_not_reached(
    embedded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path / "account"))
    unwritten = STAGE.model_copy(update={"tfvars": Path("unwritten.tfvars"), "embedded": embedded})
    with pytest.raises(TargetError, match=r"in unwritten\.tfvars.*Nothing was done.*local\.tfvars is an ex"):
        reach(settings(unwritten))
    assert not (tmp_path / "account").exists()


def settings(stage: Stage) -> Settings:
    return Settings(stage_name="production", stage=stage, app_name="demo", region=REGION, embedded=Embedded())
