"""`python -m app`: serve the app on 127.0.0.1, where the Lambda Web Adapter or a browser finds it."""

from __future__ import annotations

import gc
import os
import sys

from . import logs
from .events import port


def main() -> None:
    """Serve until told to stop. Exits with 1 and a log line when the app cannot be built."""
    logs.configure()
    # None of what is imported here ever goes: looking for garbage in it would take a tenth of the start.
    gc.disable()
    # After configure(), which decides how the loggers made by these imports print.
    import uvicorn

    from . import main as app
    from .transport.environment import MissingSessionKeyError
    from .transport.origins import UnusableAddressError

    gc.enable()
    try:
        application = app.build(os.environ)
    except (MissingSessionKeyError, UnusableAddressError) as error:
        app.log.critical("%s", error)
        sys.exit(1)
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port(os.environ),
        log_config=None,
        # Four lines for each cold start that tell nothing which the host's own do not.
        log_level="warning",
        access_log=False,
        server_header=False,
        # The adapter's connection outlives any freeze: closing an idle one would race with a request.
        timeout_keep_alive=3600,
        lifespan="on",
    )


if __name__ == "__main__":
    main()
