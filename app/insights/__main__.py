"""`python -m app.insights PATH… --out DIR`: write what reports say, one JSON file for each."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app import settings
from app.insights import extraction
from app.insights.engines import LOCAL, PROVIDERS, Engine, EngineUnavailableError, engine

# Of a language model most time is waiting; the rules only compute.
AT_ONCE = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Read every report, say what was written and what failed. Returns 0, or 1 when anything failed."""
    options = _parser().parse_args(arguments)
    try:
        reader = engine(settings.load().engine_choice, options.engine)
    except EngineUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    jobs = extraction.jobs(options.paths, options.out)
    if not jobs:
        print(
            "No report there: name .txt, .pdf or .docx files, folders that hold some, or .zip files.",
            file=sys.stderr,
        )
        return 1
    with ThreadPoolExecutor(AT_ONCE if reader.is_cloud else 1) as pool:
        written = sum(pool.map(partial(_write, reader), jobs))
    print(f"{written} of {len(jobs)} reports written to {options.out}")
    return 0 if written == len(jobs) else 1


def _write(reader: Engine, job: extraction.Job) -> bool:
    """Write one record, or say why not: that is no reason to stop the others."""
    try:
        _say(extraction.run(job, reader))
    except extraction.ExtractionError as error:
        print(f"{job.report}: {error}", file=sys.stderr)
        return False
    return True


def _say(done: extraction.Done) -> None:
    """Name what a record leaves out: no medicine is dropped in silence."""
    if done.unclassified:
        print(f"{done.job.report}: in no list: {', '.join(done.unclassified)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.insights", description=__doc__)
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a report (.txt, .pdf, .docx), or a folder or a .zip of them",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the JSON files go")
    parser.add_argument(
        "--engine", default=LOCAL, choices=PROVIDERS, help="what reads them (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
