"""Cached functions over two instances that share a store: they run where they would natively, once."""

import pytest

from tests.app.transport.tab import Tab


@pytest.fixture(scope="module")
def ports(start):
    return [instance.port for instance in start("cached.py", 2)]


@pytest.fixture
def tab(ports):
    """A tab whose caches are empty, as those of a server that has just started."""
    tab = Tab(ports[0])
    tab.rerun()
    tab.rerun("clear all data")
    tab.rerun("clear all resources")
    return tab


@pytest.fixture
def ask(tab, ports):
    """Presses a button on one of the instances, and returns what the page says then."""

    def ask(name, instance, who=tab):
        who.port = ports[instance]
        return who.rerun(name).text

    return ask


def said(name, result, **runs):
    return f"{name}: {result} {runs}"


def test_a_function_runs_once_over_both(ask):
    for instance in (0, 1, 0, 1):
        assert ask("data", instance) == ["drew 1", "data: 1 {'data 1': 1}"]
