"""Secrets of the sign-in: looked at again when they are too old for what they are wanted for."""

import pytest

from app.access.secrets import Client, LoginSecrets
from tests.app.clock import Clock

CLIENT = Client("the-page", "http://127.0.0.1:1/metadata", "http://127.0.0.1:1/oauth2callback")


@pytest.fixture
def path(ssm, request: pytest.FixtureRequest) -> str:
    path = f"/{request.node.name}/runtime"
    write(ssm, path, "c" * 44)
    return path


def write(ssm, path: str, secret: str) -> None:
    ssm.put_parameter(Name=f"{path}/login-cookie-secret", Value=secret, Type="SecureString", Overwrite=True)


def test_a_changed_secret_is_known_as_soon_as_somebody_wants_it_that_fresh(ssm, path: str) -> None:
    clock = Clock()
    secrets = LoginSecrets(CLIENT, path, ssm=lambda: ssm, clock=clock)
    assert secrets.section(300)["auth"]["cookie_secret"] == "c" * 44
    write(ssm, path, "d" * 44)
    clock.now += 100
    assert secrets.section(300)["auth"]["cookie_secret"] == "c" * 44
    assert secrets.section(20)["auth"]["cookie_secret"] == "d" * 44


def test_a_secret_that_was_taken_away_counts_on_where_it_is_known(ssm, path: str) -> None:
    clock = Clock()
    secrets = LoginSecrets(CLIENT, path, ssm=lambda: ssm, clock=clock)
    secrets.section(300)
    ssm.delete_parameter(Name=f"{path}/login-cookie-secret")
    clock.now += 300
    assert secrets.section(300)["auth"]["cookie_secret"] == "c" * 44
