"""`python -m tests.soak [--minutes N] [--sessions N] [--seed N]`: soak, and write docs/soak.md.

All that was measured goes into artifacts/soak.json. The exit code is 1 when anything happened that must not;
what is printed of it says how to have the same again.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from ops.settings import ROOT
from tests.soak import report
from tests.soak.run import Plan, soak


def main() -> int:
    """Soak, and write what came of it."""
    given = _parser().parse_args()
    plan = Plan(given.minutes, given.sessions, given.seed, given.tabs)
    with tempfile.TemporaryDirectory() as name:
        outcome = soak(plan, Path(name), lambda line: print(line, flush=True))
    given.measurements.parent.mkdir(parents=True, exist_ok=True)
    given.measurements.write_text(json.dumps(outcome.data))
    report.write(outcome.data, given.docs)
    for one in outcome.violations:
        print(f"after {one.at_s:.0f} s, {one.session}, {one.kind}: {one.what}")
    if outcome.violations:
        again = f"--minutes {plan.minutes:g} --sessions {plan.sessions} --seed {plan.seed} --tabs {plan.tabs}"
        print(f"{len(outcome.violations)} violations. The same again: nox -s soak -- {again}")
    return int(bool(outcome.violations))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s soak --", description=__doc__)
    parser.add_argument("--minutes", type=float, default=Plan.minutes, help="how long people work")
    parser.add_argument("--sessions", type=int, default=Plan.sessions, help="how many at the same time")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="of all that is left to chance")
    parser.add_argument("--tabs", type=int, default=Plan.tabs, help="tabs in a real browser, besides")
    parser.add_argument("--measurements", type=Path, default=ROOT / "artifacts" / "soak.json")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the report goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
