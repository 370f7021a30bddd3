"""`python -P launch.py DIRECTORY [ARGUMENT...]`: run the package in a directory, under a name of its own.

`python -m app.transport` would put a directory with `app`, `ops` and `tests` in it on the path of every
page, in front of the page's own modules of these names. The transport imports nothing but itself
(relatively), so it needs no place on the path; `-P` keeps this file's directory off it too.
"""

import importlib.util
import runpy
import sys
from pathlib import Path

NAME = "streamlit_over_http"


def load(directory: Path) -> None:
    """Make the package in `directory` importable as `NAME`.

    Raises:
        ImportError: There is none.
    """
    spec = importlib.util.spec_from_file_location(NAME, directory / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{directory} holds no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    del sys.argv[0]
    load(Path(sys.argv[0]))
    runpy.run_module(NAME, run_name="__main__", alter_sys=True)
