"""`python -m tests.app.transport.newest [PAGE ...]`: what whichever Streamlit is installed means for us.

Says which names of `app.transport.names` it lacks, what it offers that no page of the catalogue uses, and
which pages (all of the catalogue's, or those that are named) differ from the native ones. Each part is told
whatever came of the others; the exit status is 1 when a name moved or a page differs.
"""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from app.transport import compat

ROOT = Path(__file__).parents[3]
CATALOGUE = "tests.app.transport.catalogue"


def main(pages):
    print(f"Streamlit {metadata.version('streamlit')}; the transport is written for {compat.SUPPORTED}.")
    moved = sorted(set(compat.missing_names()))
    _tell("Moved or gone", moved)
    _tell("On no page of the catalogue", _run(f"{CATALOGUE}.coverage", capture=True).stdout.split("\n"))
    print("\nPages, native and over HTTP:", flush=True)
    differ = _run(CATALOGUE, *pages).returncode
    return 1 if moved or differ else 0


def _tell(title, lines):
    print(f"\n{title}:", *([line for line in lines if line] or ["nothing"]), sep="\n  ", flush=True)


def _run(module, *arguments, capture=False):
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "ALLOW_ANY_STREAMLIT": "1"},
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
