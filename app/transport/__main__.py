"""`python -m app.transport PAGE [ARGUMENT...]`: serve one instance of any Streamlit page on 127.0.0.1.

The page finds its options, its modules and its arguments as under `streamlit run`; `environment.py` names
the variables that say where sessions live. Any number of instances may share them.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Serve until told to stop; 1 or 2 with a line on standard error when the page can't be served."""
    if not arguments:
        print("Which page? python -m app.transport PAGE [ARGUMENT...]", file=sys.stderr)
        return 2
    page = os.path.abspath(arguments[0])  # noqa: PTH100 - a link stays what it is called
    if not Path(page).is_file():
        print(f"{page} does not exist.", file=sys.stderr)
        return 2
    return _serve(page, arguments[1:])


def _serve(page: str, arguments: list[str]) -> int:
    from streamlit.web.server.app_discovery import discover_asgi_app

    from . import environment, options
    from .asgi import create_app
    from .compat import IncompatibleStreamlitError
    from .origins import UnusableAddressError
    from .server import serve

    if discover_asgi_app(Path(page)).is_asgi_app:
        print(f"{page} makes an ASGI app. Name the Streamlit script that the app runs.", file=sys.stderr)
        return 2
    try:
        environment.check(os.environ)
        app = create_app(
            page,
            store=partial(environment.store, os.environ),
            seal=partial(environment.seal, os.environ),
            options=options.found(page),
            public_urls=environment.public_urls(os.environ),
        )
    except (
        IncompatibleStreamlitError,
        UnusableAddressError,
        environment.MissingSessionKeyError,
        options.UnusableOptionError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    # As `streamlit run` does, and after our own imports: what the page calls its modules is its business.
    sys.path.insert(0, os.path.dirname(page))  # noqa: PTH120 - as above
    sys.argv = [page, *arguments]
    serve(app, port=environment.port(os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
