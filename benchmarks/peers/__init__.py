"""What people use today beside what is here, in one run: `python -m benchmarks peers`.

Each tool is installed from the package index into an environment of its own, and pointed at an embedded
account by nothing but variables. It has a home of its own and, for all that is not on this machine, a proxy
that refuses and notes what was asked.
"""

import contextlib
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import releases
from benchmarks.peers import asked, listing, logs, needs, refusals, rotation
from benchmarks.peers.outside import Outside
from benchmarks.peers.tools import TOOLS, ZAPPA, NotInstalledError, Peer, install
from ops.clients import Clients
from ops.embedded import account
from tests.e2e.copies import REGION
from tests.fakes.providers import Providers


def run() -> str:
    """Measure, try and ask; return the tables, in Markdown."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as proxies:
        directory = Path(name)
        peers, missing = installed(directory, proxies)
        outside = proxies.enter_context(Outside())
        with running(directory / "account") as variables:
            ours = {"EMBEDDED_AWS_HOME": str(directory / "account"), **outside.variables}
            clients = Clients(region=REGION, environment=variables)
            listed = listing.measure(peers, variables, ours)
            reads = logs.read(peers, variables, clients, directory, ours)
            tails = logs.follow(peers, variables, clients, directory, ours)
            with releases.deployed() as (copy, bare), Providers() as providers:  # type: ignore[no-untyped-call]
                times = releases.measure(copy, bare)
                ways = rotation.Rotations(copy, peers, providers, outside).measure()
                found = refusals.find(copy, bare, peers.get(ZAPPA.name))
                tools = asked.Asked(peers, variables)
                measured = needs.Measured(listed, reads, tails, ways, times, found)
                rows = {
                    **needs.measured_rows(measured, tools),
                    **tools.rows(outside, copy, directory / "read"),
                }
    return "\n".join(
        [
            versions(),
            listing.listing_table(listed, missing),
            logs.read_table(reads, missing),
            logs.follow_table(tails, missing),
            rotation.rotation_table(ways),
            needs.needs_table(rows, missing),
        ]
    )


def versions() -> str:
    """Return what was measured, in a line."""
    pins = ", ".join(f"{tool.name} {tool.version}" for tool in TOOLS)
    return f"{pins}; Python {platform.python_version()}, {os.cpu_count()} cores.\n"


def installed(directory: Path, proxies: contextlib.ExitStack) -> tuple[dict[str, Peer], dict[str, str]]:
    """Install all tools; return those that are there, and why the others are not."""
    peers: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    for tool in TOOLS:
        try:
            home = directory / f"home-{tool.name}"
            peers[tool.name] = install(tool, home, proxies.enter_context(Outside()))
        except NotInstalledError as error:
            missing[tool.name] = f"not run: {error}"
    return peers, missing


@contextlib.contextmanager
def running(home: Path) -> Iterator[dict[str, str]]:
    """Start an embedded account; the variables that lead to it."""
    try:
        yield account.environment(account.start(home), REGION)
    finally:
        account.stop(home)
