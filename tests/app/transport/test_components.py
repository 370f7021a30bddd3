"""Components' directories, shared between two instances."""

import secrets

import pytest
from streamlit.components.v1.custom_component import CustomComponent

from app.transport import MemoryStore, Seal
from app.transport.components import SharedComponents
from app.transport.vault import Vault


@pytest.fixture
def vault(clock):
    return Vault(MemoryStore(clock=clock), Seal([secrets.token_bytes(32)]), lifetime_s=3600, clock=clock)


@pytest.fixture
def here(vault):
    return SharedComponents(vault, release="7")


@pytest.fixture
def elsewhere(vault):
    return SharedComponents(vault, release="7")


def test_what_one_instance_declares_another_finds(here, elsewhere, tmp_path):
    here.register_component(CustomComponent("page.mine", path=str(tmp_path)))
    assert elsewhere.get_component_path("page.mine") == str(tmp_path)
    assert elsewhere.get_component_path("page.other") is None


def test_each_file_of_a_component_does_not_ask_anew(here, elsewhere, vault, tmp_path):
    here.register_component(CustomComponent("page.mine", path=str(tmp_path)))
    elsewhere.get_component_path("page.mine")
    vault.delete("component/7/page.mine")
    assert elsewhere.get_component_path("page.mine") == str(tmp_path)


def test_its_own_declaration_comes_first(here, elsewhere, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    here.register_component(CustomComponent("page.mine", path=str(tmp_path)))
    elsewhere.register_component(CustomComponent("page.mine", path=str(own)))
    assert elsewhere.get_component_path("page.mine") == str(own)


def test_one_that_lies_at_a_url_has_no_directory(here, elsewhere):
    here.register_component(CustomComponent("page.mine", url="http://localhost:3001"))
    assert here.get_component_path("page.mine") is None
    assert elsewhere.get_component_path("page.mine") is None


def test_another_release_has_its_own(here, vault, tmp_path):
    here.register_component(CustomComponent("page.mine", path=str(tmp_path)))
    assert SharedComponents(vault, release="8").get_component_path("page.mine") is None


def test_a_component_in_use_outlives_the_lifetime(here, elsewhere, clock, tmp_path):
    for _ in range(4):
        here.register_component(CustomComponent("page.mine", path=str(tmp_path)))
        clock.now += 2400
    assert elsewhere.get_component_path("page.mine") == str(tmp_path)


def test_a_directory_that_is_gone_is_not_given(here, elsewhere, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    here.register_component(CustomComponent("page.mine", path=str(gone)))
    gone.rmdir()
    assert elsewhere.get_component_path("page.mine") is None
