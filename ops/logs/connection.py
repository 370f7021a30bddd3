"""A service of AWS over one kept HTTP connection: send, then receive; nothing that a tail does not need.

boto3 takes a quarter of a second to import and three times as long for each answer.
"""

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ops.logs.credentials import Keyring
from ops.logs.signing import signed

# What AWS answers within, or does not.
ANSWER_LIMIT_S = 60.0

if TYPE_CHECKING:
    import ssl

# What a request or its answer is lost by. A connection that idled too long is one of the reasons.
LOST = (http.client.HTTPException, OSError)


class Connection:
    """Signed POSTs to one endpoint, one after the other.

    Attributes:
        ahead_s: How far the service's clock is ahead of this machine's, by its last answer.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        keyring: Keyring,
        region: str,
        service: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Connect with the first request.

        Args:
            endpoint: URL of the service.
            keyring: Whose requests these are.
            region: AWS region.
            service: The name that its requests are signed for.
            clock: This machine's, in seconds since 1970.
        """
        url = urlsplit(endpoint)
        self.endpoint = endpoint
        self.ahead_s = 0.0
        self._host, self._path = url.netloc, url.path or "/"
        self._keyring, self._region, self._service = keyring, region, service
        self._clock = clock
        self._http = _connection(endpoint)
        self._waits = False

    @property
    def now(self) -> float:
        """Seconds since 1970 by the service's clock."""
        return self._clock() + self.ahead_s

    def send(self, headers: Mapping[str, str], body: bytes) -> None:
        """Send a request; its answer is what `receive` returns next.

        Raises:
            OSError: The service can't be reached.
            HTTPException: Likewise.
        """
        every = signed(
            {"host": self._host, **headers},
            body,
            credentials=self._keyring(),
            region=self._region,
            service=self._service,
            path=self._path,
            now=self.now,
        )
        if self._waits:  # for an answer that nobody wants any more
            self.close()
        self._waits = True
        self._http.request("POST", self._path, body, every)

    def receive(self) -> tuple[int, bytes]:
        """Return status and body of the answer to the last request.

        Raises:
            OSError: The connection was lost before the answer was complete.
            HTTPException: Likewise.
        """
        response = self._http.getresponse()
        body = response.read()
        self._waits = False
        self._note_time(response.headers.get("Date"))
        return response.status, body

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._http.close()
        self._waits = False

    def cut(self) -> None:
        """End the wait for an answer, at once; may be called by a signal's handler."""
        if self._http.sock:
            with contextlib.suppress(OSError):  # it is lost already
                # The socket's own: that of TLS would take itself apart under whoever reads from it.
                socket.socket.shutdown(self._http.sock, socket.SHUT_RDWR)

    def limit(self, seconds: float) -> None:
        """Wait at most so long for each part of an answer."""
        self._http.timeout = seconds
        if self._http.sock:
            self._http.sock.settimeout(seconds)

    def _note_time(self, date: str | None) -> None:
        """Note the service's clock, as far as its header tells: in whole seconds."""
        with contextlib.suppress(TypeError, ValueError):
            ahead = parsedate_to_datetime(date or "").timestamp() - self._clock()
            # A header of this very second is up to a second old.
            self.ahead_s = 0.0 if -1.5 < ahead < 0.5 else ahead


def _connection(endpoint: str) -> http.client.HTTPConnection:
    """Return a connection that is not yet open, through the proxy of the environment when there is one."""
    url = urlsplit(endpoint)
    host, port = url.hostname or "", url.port
    proxy = None if host == "127.0.0.1" else _proxy(url.scheme, host)
    if url.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=ANSWER_LIMIT_S)
    context = _context()
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=ANSWER_LIMIT_S, context=context)
    through = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    tunnel = http.client.HTTPSConnection(
        through.hostname or "", through.port or 3128, timeout=ANSWER_LIMIT_S, context=context
    )
    tunnel.set_tunnel(host, port or 443, _proxy_headers(through.username, through.password))
    return tunnel


def _context() -> "ssl.SSLContext":
    """Return whom to trust: those that every AWS program trusts, or whom AWS_CA_BUNDLE names."""
    import importlib.util
    import os
    import ssl

    botocore = importlib.util.find_spec("botocore")  # imports nothing
    theirs = Path(botocore.origin).with_name("cacert.pem") if botocore and botocore.origin else None
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or theirs)


def _proxy(scheme: str, host: str) -> str | None:
    import urllib.request

    return None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme)


def _proxy_headers(username: str | None, password: str | None) -> dict[str, str]:
    if not username:
        return {}
    import base64

    return {
        "Proxy-Authorization": "Basic " + base64.b64encode(f"{username}:{password or ''}".encode()).decode()
    }
