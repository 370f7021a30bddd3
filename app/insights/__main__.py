"""`python -m app.insights PATH… --out DIR`: write what reports say, one JSON file for each."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.insights import extraction
from app.insights.engines import KEY_NAMES, LOCAL, PROVIDERS, EngineChoice, EngineUnavailableError, engine


def main(arguments: Sequence[str] | None = None) -> int:
    """Read every report, say what was written and what failed. Returns 0, or 1 when anything failed."""
    options = _parser().parse_args(arguments)
    keys = {name for name, variable in KEY_NAMES.items() if os.environ.get(variable, "").strip()}
    try:
        reader = engine(EngineChoice(options.engine, keys))
    except EngineUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    jobs = extraction.jobs(options.paths, options.out)
    if not jobs:
        print("No report there: name .txt files, or folders that hold some.", file=sys.stderr)
        return 1
    failed = 0
    for job in jobs:
        try:
            _say(extraction.run(job, reader))
        except extraction.ExtractionError as error:
            failed += 1
            print(f"{job.report}: {error}", file=sys.stderr)
    print(f"{len(jobs) - failed} of {len(jobs)} reports written to {options.out}")
    return 1 if failed else 0


def _say(done: extraction.Done) -> None:
    """Name what a record leaves out: no medicine is dropped in silence."""
    if done.unclassified:
        print(f"{done.job.report}: in no list: {', '.join(done.unclassified)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.insights", description=__doc__)
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a report (.txt), or a folder of them"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the JSON files go")
    parser.add_argument(
        "--engine", default=LOCAL, choices=PROVIDERS, help="what reads them (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
