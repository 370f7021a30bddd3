"""What terraform/ and the pages about it say of each other."""

import re

from ops.settings import ROOT, TERRAFORM

STACK = "".join(file.read_text(encoding="utf-8") for file in sorted(TERRAFORM.glob("*.tf")))
VARIABLES = set(re.findall(r'^variable "(\w+)"', STACK, re.MULTILINE))


def test_every_alarm_names_a_section_of_the_runbooks() -> None:
    runbooks = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    named = re.findall(r'^\s+runbook\s+= "(.+)"', STACK, re.MULTILINE)
    assert len(named) == 4
    assert set(named) <= set(re.findall(r"^## (.+)", runbooks, re.MULTILINE))


def test_the_guide_has_a_row_for_every_variable() -> None:
    guide = (TERRAFORM / "README.md").read_text(encoding="utf-8")
    table = guide.partition("## Variables")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == VARIABLES
