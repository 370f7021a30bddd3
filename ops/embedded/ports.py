"""Ports on loopback, one for each thing of the account that browsers or CloudFront may ask."""

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from ops.embedded import front
from ops.embedded.front import App, Listener


class Ports:
    """Gives each id a port, and serves an app there once told to."""

    def __init__(self, app: Callable[[str], App], *, port: int = 0) -> None:
        """Serve what `app` makes of an id; the first id gets `port`, and any further one a free port."""
        self._app = app
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sockets: dict[str, socket.socket] = {}
        self._listeners: dict[str, Listener] = {}

    def open(self, name: str) -> str:
        """Reserve a port for a new id and return its URL; called by moto, on its own threads."""
        listener = front.bind(self._port if not self._sockets else 0)
        self._sockets[name] = listener
        if self._loop:
            # Whoever is told the URL may ask at once: until somebody answers, connections wait.
            listener.listen(front.BACKLOG)
            self._loop.call_soon_threadsafe(self._serve, name)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def reopen(self, endpoints: dict[str, str]) -> None:
        """Bind the ports that ids had when the account was saved.

        Raises:
            OSError: A port is taken; it says which. Nothing of that id listens.
        """
        for name, endpoint in endpoints.items():
            port = urlsplit(endpoint).port or 0
            try:
                self._sockets[name] = front.bind(port)
            except OSError as error:
                raise OSError(error.errno, f"{error.strerror}: 127.0.0.1:{port}") from error

    def start(self) -> None:
        """Answer requests on the running event loop."""
        self._loop = asyncio.get_running_loop()
        for name in list(self._sockets):
            self._serve(name)

    async def close(self) -> None:
        """Stop listening; requests in progress are dropped."""
        # All at once: each takes a moment, and an account that lived long has hundreds.
        await asyncio.gather(*(listener.close() for listener in self._listeners.values()))

    def _serve(self, name: str) -> None:
        self._listeners[name] = Listener(self._app(name), self._sockets[name])
