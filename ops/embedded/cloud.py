"""moto over HTTP on loopback: one request at a time, saved soon after each change.

moto's backends are plain dictionaries without locks: two threads can both win one conditional write. So a
request holds `Cloud.lock` while moto works on it, and so does whoever else reads or writes the backends
(the Lambda host, the gateway, the saver). Requests that wait for something else (an invocation) are
answered before they get here.
"""

import io
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from ops.embedded import state
from ops.embedded.answers import Answer, Environ, Route, error_answer
from ops.embedded.asked import Asked, asked

log = logging.getLogger(__name__)

# A WSGI application that answers what is its own, and returns None for the rest.
Mounted = Callable[[Environ, Any], "Iterable[bytes] | None"]

# A change is on disk within a second: it waits at most this long for the saver to begin.
SAVE_EVERY_S = 0.5

# How soon the endpoint notices that it is to stop; werkzeug's own half a second is most of a stop.
STOP_POLL_S = 0.05

_NOT_THE_KEY = (
    'The access key is not that of this embedded account. Point the client at it with: eval "$(invoke env)"'
)

# Lambda and API Gateway: what they change is what the Lambda host and the gateway run.
_DEPLOYMENT_PATHS = re.compile(r"^/(\d{4}-\d\d-\d\d/functions|v2/apis)")


class Cloud:
    """The account's services, their lock, and the count of changes to what is deployed.

    Attributes:
        lock: Held by whoever reads or writes the services' backends.
        deployments: How often something deployed changed.
        deployed: Set whenever it does; cleared by the one who waits for it.
    """

    def __init__(self, state_file: Path) -> None:
        self.lock = threading.RLock()
        self.deployments = 0
        self.deployed = threading.Event()
        self.save_error: str | None = None
        self._changes = 0
        self._saved = 0
        self._state_file = state_file
        self._changed = threading.Event()
        self._hurried = threading.Event()
        self._stopping = threading.Event()
        self._saver = threading.Thread(target=self._save_until_stopped, name="saver", daemon=True)

    def restore(self) -> None:
        """Load what the last process saved; nothing saved is an empty account.

        Raises:
            AccountError: The file can't be used; it is left as it is.
        """
        data = state.read(self._state_file)
        if data is not None:
            state.load(data, source=self._state_file)

    def changed(self) -> None:
        """Say that something in the backends may have changed and wants saving."""
        self._changes += 1
        self._changed.set()

    @property
    def unsaved(self) -> bool:
        """Whether something changed that is not on disk yet."""
        return self._changes != self._saved

    def hurry(self) -> None:
        """Save what changed without waiting for more: somebody is waiting for it."""
        self._hurried.set()

    def start_saving(self) -> None:
        """Save in the background from now on."""
        self._saver.start()

    def stop_saving(self) -> None:
        """Stop the background saver and save once more, now."""
        self._stopping.set()
        self._changed.set()
        self._hurried.set()
        self._saver.join()
        self._save()

    def _save_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait()
            self._hurried.wait(SAVE_EVERY_S)
            if self._stopping.is_set():
                return
            self._hurried.clear()
            self._changed.clear()
            self._save()

    def _save(self) -> None:
        """Save, or keep the old file, remember why, and try again."""
        try:
            with self.lock:
                changes, data = self._changes, state.dump()
            state.write(self._state_file, data)
        except Exception as error:
            # Whatever it is, saving goes on with the next change; a full disk may have room without one.
            if isinstance(error, OSError):
                self._changed.set()
            reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            message = f"{reason} ({self._state_file})"
            if message != self.save_error:
                log.exception("The state could not be saved; its file holds the last good one.")
            self.save_error = message
            return
        if self.save_error:
            log.warning("The account's state is saved again.")
        self.save_error = None
        self._saved = changes


class Endpoint:
    """The HTTP endpoint of the account: moto behind `Cloud.lock`, and our own routes before it."""

    def __init__(
        self,
        cloud: Cloud,
        routes: Iterable[Route],
        *,
        port: int = 0,
        access_key: str,
        registry: Mounted | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        """Bind 127.0.0.1 at `port`, or at a free one for 0.

        Args:
            cloud: The services that answer.
            access_key: What a request must be made with; see `_names_key`.
            routes: Asked in turn; each gets the WSGI environment and the whole body, and answers or
                returns None.
            port: TCP port.
            registry: Asked before them; reads the body, and asks who it is, itself.
            listener: A socket that listens already, instead of a port.

        Raises:
            OSError: The port is taken; nothing listens.
        """
        self._cloud = cloud
        self._routes = tuple(routes)
        self._access_key = access_key
        self._registry = registry
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            port,
            self._answer,
            threaded=True,
            request_handler=_KeepAliveHandler,
            fd=listener.fileno() if listener else None,
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_POLL_S,), name="endpoint", daemon=True
        )

    @property
    def port(self) -> int:
        """The TCP port that is bound."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer requests in background threads."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; requests in progress are not waited for."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if self._registry and _is_local(environ):
            answer = self._registry(environ, start_response)
            if answer is not None:
                return answer
        body = _read_body(environ)
        if not (_is_local(environ) and _names_key(environ, self._access_key)):
            return _given(_refusal(environ, body), start_response)
        for route in self._routes:
            if found := route(environ, body):
                return _given(found, start_response)
        return self._ask_moto(environ, start_response, body)

    def _ask_moto(self, environ: Environ, start_response: Any, body: bytes) -> Iterable[bytes]:
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        started = time.monotonic()
        with self._cloud.lock:
            content = b"".join(self._moto(environ, start_response))
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            self._cloud.changed()
            if _DEPLOYMENT_PATHS.match(environ["PATH_INFO"]):
                self._cloud.deployments += 1
                self._cloud.deployed.set()
        log.debug(
            "%s %s %.1f ms",
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            (time.monotonic() - started) * 1e3,
        )
        return [content]


class _KeepAliveHandler(MotoRequestHandler):
    """moto's request handler with connections that stay open: a call costs half as much."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two writes; Nagle would hold the second one back

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 - werkzeug's names
        log.debug(message, *args)


def _given(answer: Answer, start_response: Any) -> Iterable[bytes]:
    status, headers, content = answer
    start_response(status, [*headers, ("Content-Length", str(len(content)))])
    return [content]


def _refusal(environ: Environ, body: bytes) -> Answer:
    """Return a service's answer to a key that it does not know. Source: AWS APIs, "Common Errors"."""
    what = asked(environ, body) or Asked("json", "", "*")
    code = {"query": "InvalidClientTokenId", "rest-xml": "InvalidAccessKeyId"}.get(
        what.protocol, "UnrecognizedClientException"
    )
    return error_answer(what, "403 Forbidden", code, _NOT_THE_KEY)


def _is_local(environ: Environ) -> bool:
    """Whether a request comes from a program on this machine.

    moto lets any web page in (CORS), and this port holds keys and runs code. So a request must not come from
    a page (Origin) or by a name that a page may have made up (Host; DNS rebinding).
    """
    host = environ.get("HTTP_HOST", "").rpartition(":")[0]
    is_named = host in ("127.0.0.1", "localhost") or host.endswith(".localhost")
    return is_named and "HTTP_ORIGIN" not in environ


def _names_key(environ: Environ, access_key: str) -> bool:
    """Whether a request comes from somebody who may read the account's directory.

    moto asks nobody who he is. So a request must name the account's own access key, where SigV4 names it or
    as a bearer.
    """
    named = environ.get("HTTP_AUTHORIZATION", "") + "&" + environ.get("QUERY_STRING", "")
    # In a header after "Credential=" and before "/", in a presigned URL before "%2F".
    key = re.search(r"(?:Credential=|Bearer )(\w+)(?=/|%2F|&|$)", named)
    return key is not None and key[1] == access_key


def _read_body(environ: Environ) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    return bytes(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))
