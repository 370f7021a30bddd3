"""Instances that wait ready: waited for after users were moved, and in the way of a trial."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from ops import readiness
from ops.errors import CanaryError
from ops.settings import Embedded, Settings, Stage
from tests.ops.worlds import REGION, clients_at

WANTED = {"RequestedProvisionedConcurrentExecutions": 2}


@pytest.fixture
def lambda_() -> Any:
    return clients_at("http://127.0.0.1:1").lambda_


@pytest.fixture
def aws(lambda_: Any) -> Iterator[Stubber]:
    """What AWS answers, which must all be asked for: moto is never ready late, nor fails."""
    with Stubber(lambda_) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def told(aws: Stubber, status: str, **more: str) -> None:
    wanted = {"FunctionName": "f", "Qualifier": "live"}
    answer = {**WANTED, "Status": status, **more}
    aws.add_response("get_provisioned_concurrency_config", answer, wanted)


def waited(lambda_: Any) -> tuple[str, int]:
    """Return the note, and how often it slept."""
    slept: list[float] = []
    return readiness.wait(lambda_, function="f", sleep=slept.append), len(slept)


def test_instances_are_waited_for_until_they_are_ready(lambda_: Any, aws: Stubber) -> None:
    for status in ("IN_PROGRESS", "IN_PROGRESS", "READY"):
        told(aws, status)
    assert waited(lambda_) == ("2 instances are ready", 2)


def test_what_aws_cannot_make_is_said_with_its_reason_and_is_no_failure(lambda_: Any, aws: Stubber) -> None:
    told(aws, "FAILED", StatusReason="FUNCTION_ERROR_INIT_FAILURE")
    note, slept = waited(lambda_)
    assert note.startswith("not ready: FUNCTION_ERROR_INIT_FAILURE. Users are answered")
    assert slept == 0


def test_an_alias_without_any_is_told(lambda_: Any, aws: Stubber) -> None:
    aws.add_client_error(
        "get_provisioned_concurrency_config", "ProvisionedConcurrencyConfigNotFoundException"
    )
    assert "the alias has none" in waited(lambda_)[0]


@pytest.mark.parametrize(("said", "is_refused"), [("", False), ("= 0", False), ("= 2", True)])
def test_no_version_is_tried_on_some_users_while_instances_are_kept_ready(
    tmp_path: Path, said: str, is_refused: bool
) -> None:
    tfvars = tmp_path / "stage.tfvars"
    tfvars.write_text(f"provisioned_concurrency {said}\n" if said else "")
    stage = Stage(embedded=True, tfvars=tfvars)
    settings = Settings(
        stage_name="local", stage=stage, app_name="f", region=REGION, embedded=Embedded(home=tmp_path)
    )
    if not is_refused:
        readiness.refuse_trial(settings)
        return
    with pytest.raises(CanaryError, match=r"provisioned_concurrency = 2\)\. Nothing was done\."):
        readiness.refuse_trial(settings)
