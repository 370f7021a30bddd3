"""An ASGI app as one instance: asked by one connection at a time, and standing still in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def serve(app: ASGIApp, *, port: int) -> None:
    """Serve `app` on 127.0.0.1 until told to stop."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        # Four lines for each cold start that tell nothing which the host's own do not.
        log_level="warning",
        access_log=False,
        server_header=False,
        # X-Forwarded-For is what its client says, who would be another one to each limit.
        proxy_headers=False,
        # The adapter's connection outlives any freeze: closing an idle one would race with a request.
        timeout_keep_alive=3600,
        lifespan="on",
    )
