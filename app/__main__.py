"""`python -m app`: serve the app on 127.0.0.1, where the Lambda Web Adapter or a browser finds it."""

from __future__ import annotations

import gc
import os
import sys

from . import logs


def main() -> None:
    """Serve until told to stop. Exits with 1 and a log line when the app cannot be built."""
    logs.configure()
    # None of what is imported here ever goes: looking for garbage in it would take a tenth of the start. (As
    # `transport.tenure.importing`, which cannot be imported before.)
    gc.disable()
    # After configure(), which decides how the loggers made by these imports print.

    from . import main as app
    from .access import UnusableAccessError
    from .cloudfront import UnusableFrontError
    from .transport.environment import MissingSessionKeyError, port
    from .transport.origins import UnusableAddressError
    from .transport.server import serve

    gc.freeze()
    gc.enable()
    try:
        application = app.build(os.environ)
    except (MissingSessionKeyError, UnusableAccessError, UnusableAddressError, UnusableFrontError) as error:
        app.log.critical("%s", error)
        sys.exit(1)
    serve(application, port=port(os.environ))


if __name__ == "__main__":
    main()
