"""What a stage's settings refuse, before anything is done."""

import shutil
from pathlib import Path

import pytest

from ops import settings
from ops.settings import ROOT, SettingsError

CONFIG = {
    "stage": "local",
    "app_name": "demo",
    "region": "eu-west-3",
    "stages": {"local": {"embedded": True, "tfvars": "terraform/stages/local.tfvars"}},
    "embedded": {},
}


def test_an_empty_variable_names_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", "")
    assert settings.load(CONFIG).home == ROOT / ".embedded-aws"


@pytest.mark.parametrize("home", [".", "..", str(ROOT), str(ROOT / "app" / ".."), "/"])
def test_an_account_does_not_live_around_the_repository(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", home)
    with pytest.raises(SettingsError, match=r"can't live in .*Nothing was done\. .*EMBEDDED_AWS_HOME"):
        settings.load(CONFIG)


@pytest.mark.parametrize("name", ["app", "ops", "terraform"])
def test_an_account_does_not_live_in_another_repository(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path))
    assert settings.load(CONFIG).home == tmp_path
    shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("[!a-z]*"))
    with pytest.raises(SettingsError, match="can't live in"):
        settings.load(CONFIG)


def test_a_home_in_the_file_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDDED_AWS_HOME", raising=False)
    with pytest.raises(SettingsError, match="can't live in"):
        settings.load({**CONFIG, "embedded": {"home": "."}})
