"""Clients of a stage: what they never write down."""

import logging
import uuid

import pytest

from tests.ops.worlds import World, clients_of


def test_a_key_is_in_no_log_when_everything_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    name, secret = f"/logged/{uuid.uuid4().hex}", f"secret-{uuid.uuid4().hex}"
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("any").debug("everything is logged")
        ssm = clients_of(world.account).ssm
        ssm.put_parameter(Name=name, Value=secret, Type="SecureString")
        read = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    assert read == secret
    assert "everything is logged" in caplog.text
    assert secret not in caplog.text
