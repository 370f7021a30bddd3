"""What all that faces a browser has in common: a listener on loopback, and requests read whole."""

import asyncio
import contextlib
import datetime
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn

from ops.embedded.events import HttpAnswer, HttpRequest

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BACKLOG = 2048


class ClientLeftError(Exception):
    """The client went before its request was whole: nothing is invoked."""


class TooLongError(Exception):
    """The request's body is over the limit."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__("the body is over the limit")
        self.request = request


class Listener:
    """Serves an app at a socket, on the running event loop, until closed."""

    def __init__(self, app: App, listener: socket.socket) -> None:
        """Answer at once what comes in at `listener`."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,  # a client could name any address as its own
            backlog=BACKLOG,
        )
        self._server = _Server(config)
        self._task = asyncio.ensure_future(self._server.serve(sockets=[listener]))

    async def close(self) -> None:
        """Stop listening; requests in progress are dropped."""
        self._server.should_exit = self._server.force_exit = True
        await asyncio.gather(self._task, return_exceptions=True)


class _Server(uvicorn.Server):
    """A server among others: signals belong to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Return a socket bound to a port, or to a free one for 0; it does not listen yet.

    Raises:
        OSError: The port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


async def read_request(scope: Scope, receive: Receive, *, max_body_bytes: int) -> HttpRequest:
    """Return a request with its whole body.

    Raises:
        ClientLeftError: There is no request to answer.
        TooLongError: The body is over the limit; it was read and dropped, so that an answer gets through.
    """
    body, too_long = await _read_body(receive, max_body_bytes)
    request = HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        body=body,
        source_ip=(scope.get("client") or ("127.0.0.1",))[0],
        protocol=f"HTTP/{scope['http_version']}",
        request_id=secrets.token_urlsafe(12)[:15] + "=",
        received_at=datetime.datetime.now(datetime.UTC),
    )
    if too_long:
        raise TooLongError(request)
    return request


async def send_answer(send: Send, answer: HttpAnswer) -> None:
    """Send a whole answer."""
    headers = [*raw_headers(answer.headers), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def raw_headers(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _read_body(receive: Receive, limit: int) -> tuple[bytes, bool]:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        size += len(message.get("body", b""))
        if size <= limit:
            parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return (b"", True) if size > limit else (b"".join(parts), False)
