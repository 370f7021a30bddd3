"""The tools that people use today: which versions, where they are installed, what they have for commands."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.outside import Outside
from ops.settings import ROOT

# Kept from run to run, beside the environments of nox.
ENVIRONMENTS = ROOT / ".nox" / "peers"


@dataclass(frozen=True)
class Tool:
    """A tool of the package index: its name in the tables, its pin, and what makes it list its commands."""

    name: str
    package: str
    version: str
    program: str
    listing: tuple[str, ...] = ("--help",)


# `aws help` sets a manual page; what a mistyped command is answered with lists the same and is sooner there.
AWS = Tool("aws CLI", "awscli", "1.46.3", "aws", ("no-such-command",))
SAM = Tool("sam", "aws-sam-cli", "1.170.0", "sam")
ZAPPA = Tool("zappa", "zappa", "0.63.0", "zappa")
CHALICE = Tool("chalice", "chalice", "1.34.0", "chalice")
AWSLOGS = Tool("awslogs", "awslogs", "0.15.0", "awslogs")
TOOLS = (AWS, SAM, ZAPPA, CHALICE, AWSLOGS)


@dataclass(frozen=True)
class Peer:
    """A tool in an environment of its own, with a home of its own, and the proxy that notes whom it asks."""

    tool: Tool
    environment: Path
    home: Path
    outside: Outside

    def argv(self, *words: str) -> list[str]:
        """Return the command line."""
        return [str(self.environment / "bin" / self.tool.program), *words]

    def variables(self, account: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that point the tool at an account, and at nothing else."""
        return {
            **{name: value for name, value in {**os.environ, **account}.items() if value},
            **self.outside.variables,
            "HOME": str(self.home),
            "SAM_CLI_TELEMETRY": "0",
            "AWS_PAGER": "",
        }

    def ask(
        self, account: Mapping[str, str], *words: str, directory: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and return what it said, whatever its exit code."""
        return subprocess.run(
            self.argv(*words),
            cwd=directory or self.home,
            env=self.variables(account),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def commands(self, account: Mapping[str, str], *group: str) -> set[str]:
        """Return the commands that the tool lists, or those of a `group` of them."""
        said = self.ask(account, *group, *self.tool.listing)
        return listed(said.stdout + said.stderr)

    def source(self, package: str) -> list[str]:
        """Return the modules of a `package` that is installed with it."""
        [place] = self.environment.glob(f"lib/python*/site-packages/{package}")
        return [path.read_text(encoding="utf-8") for path in place.rglob("*.py")]


def install(tool: Tool, home: Path, outside: Outside) -> Peer:
    """Install a tool, once for each version.

    Raises:
        NotInstalledError: the index has no such version for this Python; the next run tries again.
    """
    environment = ENVIRONMENTS / f"{tool.package}-{tool.version}"
    done = environment / "installed"
    if not done.exists():
        python = str(environment / "bin" / "python")
        _uv("venv", "--clear", "--python", sys.executable, str(environment))
        _uv("pip", "install", "--compile-bytecode", "--python", python, f"{tool.package}=={tool.version}")
        done.touch()
    home.mkdir()
    return Peer(tool, environment, home, outside)


class NotInstalledError(Exception):
    """A tool could not be installed; the message is the last line of the installer's."""


def _uv(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", *words], capture_output=True, text=True)
    if done.returncode:
        raise NotInstalledError(done.stderr.strip().splitlines()[-1].strip())


def said(argv: list[str]) -> str:
    """Return what a command of this repository prints, or one of Terraform's."""
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout


def listed(text: str) -> set[str]:
    """Return the commands that a listing names, in the form of Invoke, click, argparse or the AWS CLI."""
    braces = re.search(r"\{([a-z0-9,-]+)\}", text.partition("subcommands:")[2] or text)
    if "valid choices are:" in text:
        choices = text.partition("valid choices are:")[2].partition("\n\nInvalid choice")[0]
        return {name for name in re.split(r"[\s|]+", choices) if name}
    if braces and "Commands:" not in text:
        return set(braces[1].split(","))
    commands = text.partition("ommands:" if "ommands:" in text else "tasks:")[2].partition("\nOptions:")[0]
    return set(re.findall(r"^ {2,4}([a-z][\w.-]*)(?: {2,}\S| \(|$)", commands, re.MULTILINE))
