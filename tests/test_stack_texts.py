"""What terraform/ and the pages about it say of each other."""

import re

from ops.settings import ROOT, TERRAFORM

STACK = "".join(file.read_text(encoding="utf-8") for file in sorted(TERRAFORM.glob("*.tf")))


def test_every_alarm_names_a_section_of_the_runbooks() -> None:
    runbooks = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    named = re.findall(r'^\s+runbook\s+= "(.+)"', STACK, re.MULTILINE)
    assert len(named) == 4
    assert set(named) <= set(re.findall(r"^## (.+)", runbooks, re.MULTILINE))
