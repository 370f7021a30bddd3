"""What an operator needs, and who has it: each cell is measured, tried or asked in this run.

An empty cell is what was not measured. Where another tool is better, there is a row as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.asked import COLUMNS, NONE, OURS, Asked, Cells
from benchmarks.peers.logs import EVENTS, Read, Tail
from benchmarks.peers.markdown import table
from benchmarks.peers.refusals import Refusals
from benchmarks.peers.rotation import Way
from benchmarks.peers.tools import AWS, ZAPPA

LEGEND = f"""
Numbers are medians of this run, and what has an exit code was tried. "{NONE}" is what the tool's own list
of commands says; yes, no and other words are from its help or its installed sources. Empty: not measured,
since sam, Zappa and Chalice deploy applications of their own kinds. Version 2 of the AWS CLI is not on the
package index.
"""


@dataclass(frozen=True)
class Measured:
    """What the run found before."""

    listing: Mapping[str, float]
    reads: Mapping[str, Read]
    tails: Mapping[str, Tail | str]
    ways: Mapping[str, Way]
    releases: Mapping[str, float]
    refusals: Refusals


def needs_table(rows: Mapping[str, Cells], missing: Mapping[str, str]) -> str:
    """Return the comparison; a tool that is missing has its reason in each row."""
    heads = [f"{name} + Terraform" if name == AWS.name else name for name in COLUMNS]
    lines = [
        [need, *({**cells, **missing}.get(name, "") for name in COLUMNS)] for need, cells in rows.items()
    ]
    return table("What an operator needs", ["", *heads], lines) + LEGEND


def measured_rows(found: Measured, asked: Asked) -> dict[str, Cells]:
    """Return the rows that have numbers."""
    rotates = asked.command("rotate-key")
    task, *calls = found.ways.values()
    return {
        "the list of commands": {name: f"{ms:.0f} ms" for name, ms in found.listing.items()},
        f"{EVENTS:,} log events, printed": {name: _read(one) for name, one in found.reads.items()},
        "events put while following: lost, doubled; median and worst delay": {
            name: one if isinstance(one, str) else _tail(one) for name, one in found.tails.items()
        },
        "a key is replaced, and users have it": {
            **rotates,
            OURS: f"{task.seconds:.1f} s, proven",
            AWS.name: f"{calls[-1].seconds:.1f} s, 5 calls, unproven" if calls else "",
        },
        "a key that the provider refuses": {
            **rotates,
            OURS: task.refused_key,
            AWS.name: calls[-1].refused_key if calls else "",
        },
        "a changed page": {
            OURS: f"{found.releases['invoke deploy, a changed page']:.1f} s, proven",
            AWS.name: f"{found.releases['terraform apply, a changed page']:.1f} s, unproven",
        },
        "a page that is broken": {
            **asked.proof_before_users(),
            OURS: found.refusals.ours,
            AWS.name: found.refusals.terraform,
        },
        "back to the image before": {
            **asked.rollback(),
            OURS: f"{found.releases['invoke rollback']:.1f} s, proven",
            ZAPPA.name: found.refusals.zappa_rollback,
        },
    }


def _read(one: Read) -> str:
    return f"{one.whole_s:.1f} s" if one.events == EVENTS else f"{one.events:,} of them, {one.whole_s:.1f} s"


def _tail(one: Tail) -> str:
    return f"{sum(one.lost.values())}, {one.doubled}; {one.median_s:.2f} s, {one.worst_s:.2f} s"
