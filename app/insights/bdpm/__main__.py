"""`python -m app.insights.bdpm DIR [--date YYYY-MM-DD]`: build the full lexicon from the BDPM's files."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.insights import lexicon, lexicon_file
from app.insights.bdpm.builder import build
from app.insights.bdpm.files import CLASSES, UnusableFileError, has_classes


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the lexicon and say what it holds. Returns 0, or 1 when nothing was written."""
    options = _parser().parse_args(arguments)
    try:
        built = build(options.folder, lexicon.starter(), options.date)
        lexicon_file.write(options.out, built.names, built.source)
    except UnusableFileError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.out} can't be written: {error.strerror}. It is as it was.", file=sys.stderr)
        return 1
    origin = built.source
    print(f"{origin.name}, {origin.day}: {origin.names} names, {origin.substances} medicines by substance")
    if options.date is None:
        print(
            "That day is the last authorisation in the files; --date YYYY-MM-DD says the day of the download."
        )
    if not has_classes(options.folder):
        print(f"Without {CLASSES}, some vaccines, infusions and contrast agents are among them.")
    print(f"{len(built.ambiguous)} brands stand for several medicines and are left out")
    print(
        f"{options.out} is in use from the next start on, and in the image from the next `invoke deploy` on."
    )
    return 0


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{written!r} is no day; write it as 2025-02-28. The lexicon in use is unchanged."
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.insights.bdpm", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds CIS_bdpm.txt and the others, or .gz")
    parser.add_argument("--date", type=_day, metavar="YYYY-MM-DD", help="when the files were published")
    parser.add_argument("--out", type=Path, default=lexicon.FULL, metavar="FILE", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
