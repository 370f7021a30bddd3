"""The example, on two processes of uvicorn that share sessions."""

import base64
import secrets

import pytest

from tests.app.transport.gateway import ROOT, start_instance, wait_healthy
from tests.app.transport.tab import Tab

SERVE = "import os, uvicorn; uvicorn.run('examples.tickets.main:app', port=int(os.environ['PORT']))"


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tickets")
    (directory / "key").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    environment = {
        "SESSIONS_DIRECTORY": str(directory / "sessions"),
        "SESSION_KEY_FILE": str(directory / "key"),
        "ORDERS_FILE": str(directory / "orders.db"),
    }
    instances = [start_instance(["-c", SERVE], environment, directory / f"{name}.log") for name in "ab"]
    try:
        for instance in instances:
            wait_healthy(instance)
        yield [instance.port for instance in instances]
    finally:
        for instance in instances:
            instance.kill()


@pytest.fixture
def tab(ports):
    tab = Tab(ports[0])
    assert "1 in your basket" in tab.rerun().text
    return tab


def test_each_click_may_go_to_another_process(tab, ports):
    for count, port in ((2, ports[1]), (3, ports[0]), (4, ports[1])):
        tab.port = port
        assert f"{count} in your basket" in tab.rerun("One more").text


def test_an_order_that_is_sent_twice_is_placed_once(tab, ports):
    before = sold(tab.rerun())
    assert "Ordered" in tab.rerun("Order").text
    tab.port = ports[1]
    # As the shim does when it did not get the answer.
    tab.rerun("Order", repeat=True, **{"X-St-Attempt": "1"})
    assert sold(tab.rerun()) == before + 1


def test_a_second_order_is_another_one(tab):
    before = sold(tab.rerun())
    tab.rerun("Order")
    tab.rerun("Order")
    assert sold(tab.rerun()) == before + 2


def test_a_session_can_be_forgotten(tab, ports):
    tab.rerun("One more")
    assert tab.rerun("Forget me").status == "forgotten"
    tab.port = ports[1]
    assert tab.rerun().status == "expired"
    assert "1 in your basket" in Tab(ports[1], cookie=tab.cookie).rerun().text


def sold(answer):
    """How many tickets the page says are sold."""
    return next(int(line.split()[0]) for line in answer.text if line.endswith(" sold"))


def test_the_documentation_shows_the_example_as_it_is():
    _, _, code = (ROOT / "examples/tickets/main.py").read_text().partition('"""\n\n')
    assert code in (ROOT / "docs/transport.md").read_text()
