"""What a stage's settings refuse, before anything is done."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from ops import settings
from ops.settings import ROOT, SettingsError, Stage

CONFIG: dict[str, Any] = {
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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("app_name", name) for name in ("Bad Name", "a", "a-b-", "4ever", "ssm-page", "a" * 41)),
        *(("region", name) for name in ("Paris", "eu-west-3a", "eu-west")),
    ],
)
def test_a_name_that_terraform_or_aws_would_refuse_is_refused_at_once(key: str, value: str) -> None:
    refused = rf"The {key} '{value}' can't be one. Nothing was done. Correct it in invoke.yaml or INVOKE_"
    with pytest.raises(SettingsError, match=refused):
        settings.load({**CONFIG, key: value})
    with pytest.raises(SettingsError, match=refused):
        settings.load({**CONFIG, "stages": {"local": {**CONFIG["stages"]["local"], key: value}}})


@pytest.mark.parametrize(("region", "most"), [("eu-west-3", 30), ("ap-southeast-1", 25)])
def test_a_name_is_refused_that_makes_the_name_of_the_states_bucket_too_long(region: str, most: int) -> None:
    settings.load({**CONFIG, "region": region, "app_name": "a" * most})
    with pytest.raises(SettingsError, match=rf"may have 63 characters\. Nothing .*: {most} letters at most"):
        settings.load({**CONFIG, "region": region, "app_name": "a" * (most + 1)})


@pytest.mark.parametrize("region", ["eu-west-3", "us-gov-east-1", "ap-southeast-7", "us-isob-east-1"])
def test_regions_of_every_partition_are_taken(region: str) -> None:
    assert settings.load({**CONFIG, "region": region}).region == region


def test_stages_and_applications_keep_apart_what_terraform_works_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDDED_AWS_HOME", raising=False)
    here = settings.load(CONFIG)
    aws = Stage(tfvars=here.stage.tfvars, account_id="123456789012")
    others = [{"stage_name": "other"}, {"app_name": "other"}, {"stage": aws}]
    every = [here, *(here.model_copy(update=other) for other in others)]
    assert len({one.terraform_directory for one in every}) == 4
    assert {one.data for one in every} == {here.home, ROOT / ".stages" / "local"}
