"""What terraform/, its example of a stage and the pages about it say of each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.settings import ROOT, TERRAFORM

EXAMPLE = (TERRAFORM / "stages" / "production.tfvars.example").read_text(encoding="utf-8")
STACK = "".join(file.read_text(encoding="utf-8") for file in sorted(TERRAFORM.glob("*.tf")))


def test_every_alarm_names_a_section_of_the_runbooks() -> None:
    runbooks = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    named = re.findall(r'^\s+runbook\s+= "(.+)"', STACK, re.MULTILINE)
    assert len(named) == 4
    assert set(named) <= set(re.findall(r"^## (.+)", runbooks, re.MULTILINE))


def test_the_example_of_a_stage_has_every_option_and_its_default() -> None:
    defaults = dict(
        re.findall(r'^variable "(\w+)" \{.*?^  default\s+= (.+?)$', STACK, re.MULTILINE | re.DOTALL)
    )
    passed = {"aws_region", "app_name", "image_identifier", "image_repo_type", "live_version", "adopt"}
    left = dict(re.findall(r"^# (\w+) = (.+)$", EXAMPLE, re.MULTILINE))
    chosen = dict(re.findall(r"^(\w+)\s+= (.+)$", EXAMPLE, re.MULTILINE))
    assert left.keys() | chosen.keys() == set(re.findall(r'^variable "(\w+)"', STACK, re.MULTILINE)) - passed
    assert left == {name: defaults[name] for name in left}
    assert [name for name in chosen if chosen[name] == defaults[name]] == []


@pytest.mark.skipif(not shutil.which("terraform"), reason="needs Terraform, as `nox -s terraform` does")
def test_the_example_of_a_stage_is_one_that_terraform_takes(tmp_path: Path) -> None:
    stage = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE)
    (tmp_path / "stage.tfvars").write_text(stage)
    read = subprocess.run(["terraform", "fmt", str(tmp_path)], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
