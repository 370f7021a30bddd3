"""What becomes of a page that does not work, and of a step back, on deployed pages."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.peers.logs import ZAPPA_PROJECT
from benchmarks.peers.tools import Peer
from benchmarks.releases import Bare
from ops.embedded import account
from tests.e2e.copies import REGION, Copy

FUNCTION = "patient-insight"
BROKEN = "raise RuntimeError('broken')\n"


@dataclass(frozen=True)
class Refusals:
    """Sentences about each."""

    ours: str
    terraform: str
    zappa_rollback: str


def find(ours: Copy, bare: Bare, zappa: Peer | None) -> Refusals:
    """Step back with Zappa, then break the page on both sides; ours must keep users where they are."""
    return Refusals(
        zappa_rollback=step_back(zappa, ours) if zappa else "",
        ours=broken(ours, lambda: ours.invoke("deploy").returncode),
        terraform=broken(bare.copied, lambda: applied(bare)),
    )


def broken(copied: Copy, deploy: Callable[[], int]) -> str:
    """Break the page, deploy it, and say what users have then."""
    before = live(copied)
    copied.page.write_text(BROKEN)
    code = deploy()
    users = "keep the page before" if live(copied) == before else "have it"
    return f"exit {code}, users {users}"


def applied(bare: Bare) -> int:
    """Push and apply what the copy holds; Terraform's failure would be an error."""
    bare.push()
    bare.apply()
    return 0


def live(copied: Copy) -> str:
    """Return the version that users reach."""
    return copied.clients.lambda_.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]


def step_back(zappa: Peer, ours: Copy) -> str:
    """Ask Zappa for the version before of the deployed function, which its project's name makes its own."""
    name, _, stage = FUNCTION.partition("-")
    directory = ours.root / "zappa"
    directory.mkdir()
    settings = {stage: {**ZAPPA_PROJECT, "project_name": name}}
    (directory / "zappa_settings.json").write_text(json.dumps(settings), encoding="utf-8")
    variables = account.environment(account.start(ours.home), REGION)
    said = zappa.ask(variables, "rollback", stage, "-n", "1", directory=directory)
    errors = [
        line for line in (said.stdout + said.stderr).splitlines() if line.startswith("NotImplementedError")
    ]
    if not errors:
        raise SystemExit(f"zappa rollback went otherwise than known: {said.stdout}{said.stderr}")
    return "`rollback` raises NotImplementedError"
