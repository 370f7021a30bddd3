"""The stack's guide, typed as it stands: each command of terraform/README.md, in its order."""

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops.embedded import account
from ops.settings import ROOT
from ops.terraform import mirror_environment
from tests.e2e.conftest import REGION
from tests.e2e.copies import Copy, copy_of_the_repository

GUIDE = ROOT / "terraform" / "README.md"
KEY = "sk-proj-typed-by-hand-0123456789abcdef"


@dataclass
class Reader:
    """Somebody who follows the guide in a shell whose AWS is the embedded account."""

    copy: Copy
    tools: Path
    environment: Mapping[str, str]
    image: str = ""
    said: dict[str, str] = field(default_factory=dict)

    def type(self, commands: str) -> str:
        """Run a block of commands in the stack's directory and return what it said."""
        running = account.find(self.copy.home)
        assert running is not None
        environment = {**self.environment, **account.environment(running, REGION)}
        environment = {
            name: value for name, value in environment.items() if value
        }  # as `invoke env` unsets them
        environment |= {"IMAGE": self.image, "EMBEDDED_AWS_HOME": str(self.copy.home)}
        environment |= {"PATH": f"{self.tools}:{os.environ['PATH']}"}
        kept = self.tools / "image"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{commands}\nprintf %s "$IMAGE" >"$0"', str(kept)],
            cwd=self.copy.root / "terraform",
            env=environment,
            input=f"{KEY}\n" if "read -rs" in commands else "yes\n",
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        self.image = kept.read_text()
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory = tmp_path_factory.mktemp("guide")
    copy, tools = copy_of_the_repository(directory), directory / "tools"
    tools.mkdir()
    for name, module in {"invoke": "invoke", "aws": "awscli"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
        (tools / name).chmod(0o755)
    try:
        copy.invoke("up", check=True)
        with mirror_environment(os.environ) as found:  # for where the registry is out of reach
            yield Reader(copy, tools, found)
    finally:
        copy.invoke("down")


def blocks(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def block(beginning: str) -> str:
    """The one block of commands that begins so."""
    [found] = [commands for commands in blocks("bash") if commands.startswith(beginning)]
    return found


def test_each_command_works_in_the_order_of_the_guide(reader: Reader) -> None:
    for commands in blocks("bash"):
        reader.said[commands] = reader.type(commands)
        if commands == block("terraform output\n"):
            url = reader.said[commands].splitlines()[-1]
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=60) as answer:
                assert answer.status == 200


def test_the_commands_say_what_the_guide_says(reader: Reader) -> None:
    said = reader.said
    assert "/patient-insight/openai-api-key" in said[block("terraform output -raw ssm_openai")]
    assert said[block("aws ssm get-parameter")].strip() == KEY
    state = said[block("aws lambda get-function-configuration")]
    assert '"state": "Active"' in state
    assert '"MODEL_PROVIDER"' in said[block("aws ssm describe-parameters")]
    assert "SESSIONS_TABLE" in said[block("aws ssm describe-parameters")]
    assert (
        "/patient-insight/runtime/session-key"
        not in said[block("aws ssm describe-parameters")].partition("[")[0]
    )
    assert "Destroy complete!" in said[block("terraform destroy")]


def test_nothing_is_left_at_the_end(reader: Reader) -> None:
    assert reader.copy.clients.lambda_.list_functions()["Functions"] == []
    assert reader.copy.clients.ssm.describe_parameters()["Parameters"] == []


def test_the_resource_of_the_guide_belongs_into_the_stack(reader: Reader) -> None:
    [resource] = blocks("hcl")
    (reader.copy.root / "terraform" / "warm.tf").write_text(resource)
    assert "The configuration is valid" in reader.type("terraform validate -no-color")
