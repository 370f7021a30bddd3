"""`python -m tests.app.transport.catalogue [NAME ...]` compares pages, or all, and prints what differs.

`--seeds 1,2,3` chooses instances otherwise, `--alternate` never asks the same one twice in a row, and
`--native` compares the native page with itself: a page that differs then is no page for a catalogue.
"""

import argparse
import os
import sys
import time

from tests.app.transport.catalogue.cases import load


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--alternate", action="store_const", const="alternate", dest="routing")
    parser.add_argument("--native", action="store_const", const="native", dest="routing")
    chosen = parser.parse_args()
    if chosen.routing:
        os.environ["CATALOGUE_ROUTING"] = chosen.routing
    sys.exit(1 if _compare(chosen.names, [int(seed) for seed in chosen.seeds.split(",")]) else 0)


def _compare(names, seeds):
    """How many comparisons failed."""
    from tests.app.transport.catalogue.comparison import Comparisons

    cases, failed, started = load(), 0, time.monotonic()
    wanted = [(cases[name], seed) for name in names or cases for seed in seeds]
    with Comparisons(wanted) as comparisons:
        for case, seed in wanted:
            try:
                comparisons.check(case, seed)
            except Exception as error:  # noqa: BLE001 - printed, whatever it is
                failed += 1
                notes = "\n".join(getattr(error, "__notes__", []))
                print(f"FAULT {case.name} (seed {seed}): {error}\n{notes}\n", flush=True)
            else:
                print(f"same  {case.name} (seed {seed})", flush=True)
    print(
        f"{len(wanted) - failed} of {len(wanted)} pages are the same, in {time.monotonic() - started:.0f} s"
    )
    return failed


if __name__ == "__main__":
    main()
