"""Components of installed packages: found where Streamlit would find them, and not looked for in vain."""

import sys
from importlib.metadata import distributions

import pytest
from streamlit.components.v2 import manifest_scanner

from app.transport.manifests import InstalledComponents, may_bring_components

HEADS = {
    "by its name": "Name: my-streamlit-thing\nVersion: 1.0\n",
    "by the beginning of its name": "Name: st-thing\nVersion: 1.0\n",
    "by another beginning": "Name: ST_Thing\nVersion: 1.0\n",
    "by its summary": "Name: thing\nVersion: 1.0\nSummary: For StreamLit pages\n",
    "by what it needs": "Name: thing\nVersion: 1.0\nRequires-Dist: numpy\nRequires-Dist: streamlit >=1.51\n",
}
OTHERS = {
    "only described": "Name: thing\nVersion: 1.0\n\nWorks well with streamlit.\n",
    "another word": "Name: stone\nVersion: 1.0\nSummary: Nothing\n",
    "Streamlit": "Name: streamlit\nVersion: 1.67.0\nSummary: A faster way\n",
}
PYPROJECT = """
[project]
name = "{name}"
version = "1.0"

[[tool.streamlit.component.components]]
name = "clock"
asset_dir = "assets"
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a package with this metadata, as pip would; returns what importlib knows of it."""

    def install(metadata, *, name="my-thing", pyproject=""):
        site, module = tmp_path / "site", name.replace("-", "_")
        described = site / f"{module}-1.0.dist-info"
        described.mkdir(parents=True)
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\n{metadata}")
        (site / module / "assets").mkdir(parents=True)
        (site / module / "__init__.py").touch()
        (site / module / "pyproject.toml").write_text(pyproject)
        (described / "RECORD").write_text(f"{module}/__init__.py,,\n{module}/pyproject.toml,,\n")
        monkeypatch.syspath_prepend(site)
        return next(iter(distributions(path=[str(site)])))

    return install


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_package_that_streamlit_would_search_is_searched(head, install):
    package = install(head)
    assert manifest_scanner._is_likely_streamlit_component_package(package)
    assert may_bring_components(package)


@pytest.mark.parametrize("head", OTHERS.values(), ids=OTHERS)
def test_any_other_is_not(head, install):
    assert not may_bring_components(install(head))


def test_none_is_missed_of_those_that_are_installed_here():
    likely = manifest_scanner._is_likely_streamlit_component_package
    here = list(distributions())
    assert len(here) > 10
    assert [p.name for p in here if likely(p) and p.name != "streamlit" and not may_bring_components(p)] == []


def test_the_component_of_an_installed_package_is_known(install):
    name = "my-streamlit-clock"
    install(f"Name: {name}\nVersion: 1.0\n", name=name, pyproject=PYPROJECT.format(name=name))
    manager = InstalledComponents()
    manager.discover_and_register_components(start_file_watching=False)
    assert manager.get_metadata("my-streamlit-clock.clock") is not None


def test_without_such_a_package_nothing_is_looked_for(monkeypatch):
    monkeypatch.delitem(sys.modules, "streamlit.components.v2.manifest_scanner", raising=False)
    assert not any(map(may_bring_components, distributions())), "a package here brings components"
    InstalledComponents().discover_and_register_components()
    assert "streamlit.components.v2.manifest_scanner" not in sys.modules
