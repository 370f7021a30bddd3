"""What the tools say about themselves, what their packages show, and what a command does when tried."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.looks import asks_before, has
from benchmarks.peers.outside import Outside
from benchmarks.peers.tools import AWS, CHALICE, SAM, ZAPPA, Peer, listed, said
from tests.e2e.copies import Copy

OURS = "ours"
COLUMNS = (OURS, AWS.name, SAM.name, ZAPPA.name, CHALICE.name)
SOURCES = {AWS.name: "awscli", SAM.name: "samcli", ZAPPA.name: "zappa", CHALICE.name: "chalice"}
NONE = "no command"

# What describes a deployment before it is made, as each tool has it.
DESCRIBES = {
    SAM.name: ("validate",),
    ZAPPA.name: ("template", "read", "--lambda-arn=any", "--role-arn=any", "--output=described.json"),
    CHALICE.name: ("package", "--stage", "read", "described"),
}

Cells = Mapping[str, str]


class Asked:
    """The commands of each tool, and rows about them."""

    def __init__(self, peers: Mapping[str, Peer], account: Mapping[str, str]) -> None:
        """Ask each for its commands; those of Terraform and of a few services count as the AWS CLI's."""
        self._peers = {name: peer for name, peer in peers.items() if name in COLUMNS}
        self._account = account
        self._commands = {name: peer.commands(account) for name, peer in self._peers.items()}
        self._services = len(self._commands.get(AWS.name, ()))
        self._commands[OURS] = listed(said([sys.executable, "-m", "invoke", "--list"]))
        if aws := self._peers.get(AWS.name):
            groups = [aws.commands(account, group) for group in ("lambda", "ssm", "events")]
            self._commands[AWS.name].update(listed(said(["terraform", "-help"])), *groups)

    def command(self, *names: str) -> dict[str, str]:
        """Return, for each column, the first of the names that is a command there."""
        return {
            column: next((f"`{name}`" for name in names if name in commands), NONE)
            for column, commands in self._commands.items()
        }

    def rows(self, outside: Outside, copy: Copy, project: Path) -> dict[str, Cells]:
        """Return the rows that are no numbers.

        Args:
            outside: What our own commands asked.
            copy: Our deployed page.
            project: Projects of the other tools.
        """
        new, schedule = self.command("init", "new-project"), self.command("schedule", "put-rule")
        services = f"`ec2`, of {self._services}"
        return {
            "tells before a deploy what would change": self._in_help("speculative", "change"),
            "tells what it would cost": self._in_help(" cost"),
            "a ledger of releases": self.command("releases"),
            "works without an AWS account": {**self.command("local"), OURS: "all of this run"},
            "names Streamlit in its sources": self._streamlit(),
            "describes a deployment without Terraform": self._without_terraform(copy, project),
            # Both have an `init` that is about Terraform's state.
            "begins a new project": {**new, OURS: NONE, AWS.name: NONE},
            "commands for EC2, as for any service": {**self.command("ec2"), AWS.name: services},
            "functions on a schedule": {
                **schedule,
                SAM.name: self._if(SAM.name, "samtranslator", r"class Schedule\b", "in its template"),
                CHALICE.name: self._if(CHALICE.name, "chalice", r"def schedule\(", "in its app"),
            },
            "reads X-Ray traces": self.command("traces", "xray"),
            "hosts asked beyond the account, but for our deploys": {
                OURS: hosts(outside),
                **{name: hosts(peer.outside) for name, peer in self._peers.items()},
            },
        }

    def proof_before_users(self) -> Cells:
        """Return what each does about a page that is broken, as far as its package shows."""
        cells = {
            SAM.name: self._if(
                SAM.name, "samtranslator", "PreTraffic", "CodeDeploy asks hooks that you write"
            ),
            CHALICE.name: self._if(CHALICE.name, "chalice", "update_alias", "has aliases", "has no aliases"),
        }
        if zappa := self._peers.get(ZAPPA.name):
            before = asks_before(zappa.source("zappa"), "update", "touch_endpoint", "update_lambda_function")
            cells[ZAPPA.name] = "asks the page before" if before else "asks the page when users have it"
        return cells

    def rollback(self) -> Cells:
        """Return who has a command for the way back."""
        cells = self.command("rollback")
        if (sam := self._peers.get(SAM.name)) and "ROLLBACK" in sam.ask(
            self._account, "deploy", "--help"
        ).stdout:
            cells[SAM.name] += "; a stack that fails goes back by itself"
        return cells

    def _if(self, tool: str, package: str, pattern: str, then: str, otherwise: str = "no") -> str:
        if tool not in self._peers:
            return ""
        return then if has(self._peers[tool].source(package), pattern) else otherwise

    def _streamlit(self) -> Cells:
        return {
            OURS: "serves it",
            **{tool: self._if(tool, SOURCES[tool], "(?i)streamlit", "yes") for tool in self._peers},
        }

    def _in_help(self, *words: str) -> Cells:
        helps = {
            OURS: said([sys.executable, "-m", "invoke", "plan", "--help"]),
            AWS.name: said(["terraform", "plan", "-help"]),
        }
        for tool, command in {SAM.name: "deploy", ZAPPA.name: "update", CHALICE.name: "deploy"}.items():
            if peer := self._peers.get(tool):
                helps[tool] = peer.ask(self._account, command, "--help").stdout
        return {tool: "yes" if any(word in text for word in words) else "no" for tool, text in helps.items()}

    def _without_terraform(self, copy: Copy, project: Path) -> Cells:
        path = os.pathsep.join(
            place for place in os.environ["PATH"].split(os.pathsep) if not Path(place, "terraform").exists()
        )
        ours = copy.invoke("plan", environment={"PATH": path})
        if ours.returncode and "terraform" not in (ours.stdout + ours.stderr).lower():
            raise SystemExit(f"invoke plan fails for another reason: {ours.stdout}{ours.stderr}")
        codes = {OURS: ours.returncode}
        for tool, words in DESCRIBES.items():
            if peer := self._peers.get(tool):
                codes[tool] = peer.ask({**self._account, "PATH": path}, *words, directory=project).returncode
        return {AWS.name: "no", **{tool: "no" if code else "yes" for tool, code in codes.items()}}


def hosts(outside: Outside) -> str:
    """Return whom a tool asked for."""
    return ", ".join(sorted(set(outside.asked))) or "none"
