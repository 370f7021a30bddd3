"""How long it takes until a tool has listed its commands."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks.peers.markdown import table
from benchmarks.peers.tools import Peer
from ops.settings import ROOT

ROUNDS = 9


def measure(peers: Mapping[str, Peer], account: Mapping[str, str], us: Mapping[str, str]) -> dict[str, float]:
    """Return the median milliseconds of each, and of `invoke --list`; they take turns."""
    times: dict[str, list[float]] = {"ours": [], **{name: [] for name in peers}}
    for _ in range(ROUNDS):
        times["ours"].append(timed([sys.executable, "-m", "invoke", "--list"], {**os.environ, **us}))
        for name, peer in peers.items():
            times[name].append(timed(peer.argv(*peer.tool.listing), peer.variables(account)))
    return {name: statistics.median(values) for name, values in times.items()}


def timed(argv: list[str], environment: Mapping[str, str]) -> float:
    """Return the milliseconds of a process."""
    started = time.perf_counter()
    # The AWS CLI lists its commands when it is given a wrong one, and ends with 2.
    subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True)
    return (time.perf_counter() - started) * 1000


def listing_table(times: Mapping[str, float], missing: Mapping[str, str]) -> str:
    """Return the times beside ours."""
    rows = [[name, f"{ms:.0f} ms", f"{ms / times['ours']:.1f}x"] for name, ms in times.items()]
    rows += [[name, why, ""] for name, why in missing.items()]
    return table(f"The list of commands, medians of {ROUNDS}", ["", "median", "of ours"], rows)
