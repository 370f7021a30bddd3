"""Starts from a snapshot: two instances that go on from the same moment have nothing secret in common."""

import random
import sys
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import numpy as np
import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from app import keys, snapstart
from app.jobs import environment
from app.snapstart import AFTER_RESTORE, BEFORE_CHECKPOINT, SnapStart

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PATHS = (BEFORE_CHECKPOINT, AFTER_RESTORE)
TAKEN = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
OF_A_BROWSER = {"x-amzn-request-context": '{"http": {"method": "POST"}}'}


def client(environment: dict[str, str]) -> TestClient:
    return TestClient(SnapStart(PlainTextResponse("the page"), environment))


@pytest.mark.parametrize("path", PATHS)
def test_the_adapter_is_answered(path: str) -> None:
    assert client(TAKEN).post(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_nobody_else_is(path: str) -> None:
    assert client(TAKEN).post(path, headers=OF_A_BROWSER).status_code == 404
    assert client(TAKEN).get(path).status_code == 404
    assert client({}).post(path).status_code == 404
    assert client({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}).post(path).status_code == 404


def test_all_else_goes_to_the_page() -> None:
    assert client(TAKEN).post("/snapstart").text == "the page"


@pytest.fixture
def moment() -> Iterator[None]:
    """The same state of every generator of random numbers, as a snapshot has it."""
    before, numpy_before = random.getstate(), np.random.get_state()
    yield
    random.setstate(before)
    np.random.set_state(numpy_before)


def restored() -> tuple[object, ...]:
    """What an instance makes of chance that starts from the snapshot of seed 7."""
    random.seed(7)
    np.random.seed(7)
    snapstart.renew()
    return random.random(), random.getrandbits(64), np.random.random(), uuid.uuid4()  # noqa: S311


@pytest.mark.usefixtures("moment")
def test_two_instances_from_one_snapshot_draw_different_numbers() -> None:
    first, second = restored(), restored()
    assert not {*first} & {*second}


@pytest.mark.usefixtures("moment")
def test_numpy_is_not_imported_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    snapstart.renew()
    assert "numpy" not in sys.modules


def test_before_the_snapshot_what_a_visitor_waits_for_is_imported() -> None:
    snapstart.prepare()
    assert set(snapstart._WANTED_SOON) <= sys.modules.keys()


def test_a_client_made_before_the_snapshot_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    boto3.client("ssm")
    monkeypatch.delenv("SESSIONS_TABLE", raising=False)
    monkeypatch.delenv("SESSIONS_DIRECTORY", raising=False)
    made = environment.vault()
    snapstart.renew()
    assert boto3.DEFAULT_SESSION is None
    assert environment.vault() is not made


def test_a_key_that_was_rotated_after_the_snapshot_is_read(
    aws: dict[str, str], ssm: "SSMClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in aws.items():
        monkeypatch.setenv(variable, value)
    snapstart.renew()
    name = f"/{uuid.uuid4().hex}/openai-api-key"

    def rotate(value: str) -> None:
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def held() -> str | None:
        return keys.read({"OPENAI_API_KEY_PARAMETER": name}, "OPENAI_API_KEY")

    rotate("old")
    assert held() == "old"
    rotate("new")
    assert held() == "old"  # as the snapshot has it
    snapstart.renew()
    assert held() == "new"
