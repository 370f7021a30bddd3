"""Worlds for the tests of ops/: an embedded account that runs, and moto as it is."""

import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from ops.clients import Clients
from ops.embedded import account
from tests.ops.worlds import APP, World, clients_at, clients_of, push_image


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An embedded account of its own, for all tests."""
    home = tmp_path_factory.mktemp("account")
    running = account.start(home, account.Options(seed=1))
    try:
        yield World(running, clients_of(running))
    finally:
        account.stop(home)


@pytest.fixture(scope="session")
def plain_moto() -> Iterator[Clients]:
    """moto as it is, in a process of its own: what the patches are measured against."""
    with _serving_moto() as clients:
        yield clients


@pytest.fixture
def fresh_moto() -> Iterator[Clients]:
    """moto as it is, without what other tests have made: its dashboard fails at some of that."""
    with _serving_moto() as clients:
        yield clients


@contextlib.contextmanager
def _serving_moto() -> Iterator[Clients]:
    code = """
        from moto.server import ThreadedMotoServer
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        print(server.get_host_and_port()[1], flush=True)
        import sys; sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    try:
        yield clients_at(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def image(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI by digest of a small function's image in the account's registry."""
    return push_image(world.clients, tmp_path_factory.mktemp("image"), APP)
