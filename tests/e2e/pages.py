"""Commands as the pages of this repository have them, typed in a shell whose AWS is an embedded account."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.embedded import account
from ops.terraform import mirror_environment
from tests.e2e.copies import REGION, Copy, copy_of_the_repository


@dataclass
class Shell:
    """Somebody who types what a page says.

    Attributes:
        copy: The repository that they have.
        place: Where in it they are.
        tools: Where their `invoke` and `aws` are.
        environment: What their shell has besides.
        image: The variable IMAGE, which pages set in one block and use in the next.
    """

    copy: Copy
    place: Path
    tools: Path
    environment: Mapping[str, str]
    image: str = ""

    def type(self, commands: str, *, answer: str = "") -> str:
        """Run a block of commands, with `answer` for what it asks, and return what it said."""
        running = account.find(self.copy.home)
        assert running is not None
        told = {**self.environment, **account.environment(running, REGION)}
        told = {name: value for name, value in told.items() if value}  # as `invoke env` unsets them
        told |= {"IMAGE": self.image, "EMBEDDED_AWS_HOME": str(self.copy.home)}
        told |= {"PATH": f"{self.tools}:{os.environ['PATH']}"}
        kept = self.tools / "image"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f'{commands}\nprintf %s "$IMAGE" >"$0"', str(kept)],
            cwd=self.place,
            env=told,
            input=answer,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        self.image = kept.read_text()
        return done.stdout


@contextlib.contextmanager
def shell(directory: Path, place: str = ".") -> Iterator[Shell]:
    """A shell in a copy of the repository with an account that runs and holds nothing."""
    copy, tools = copy_of_the_repository(directory), directory / "tools"
    tools.mkdir()
    for name, module in {"invoke": "invoke", "aws": "awscli"}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
        (tools / name).chmod(0o755)
    try:
        copy.invoke("up", check=True)
        with mirror_environment(os.environ) as found:  # for where the registry is out of reach
            yield Shell(copy, copy.root / place, tools, found)
    finally:
        copy.invoke("down")


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a page in `language`, in their order."""
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def block(page: Path, beginning: str) -> str:
    """The one block of commands that begins so."""
    [found] = [commands for commands in blocks(page, "bash") if commands.startswith(beginning)]
    return found
