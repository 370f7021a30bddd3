"""A way to an account that passes requests on, and lets a test decide what becomes of their answers."""

import contextlib
import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Request:
    """A request that came this way."""

    method: str
    path: str
    headers: Message
    body: bytes


@contextlib.contextmanager
def passing(
    there: str, *, is_heard: Callable[[Request], bool], is_open: Callable[[], bool] = lambda: True
) -> Iterator[str]:
    """Open a way to `there`, as host and port; return its URL.

    Args:
        there: Where it leads.
        is_heard: Asked once a request has been answered; when False, the connection ends without the answer.
        is_open: Asked before a request is passed on; when False, nobody gets it.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not is_open():
                self.close_connection = True
                return
            onward = http.client.HTTPConnection(there)
            onward.request(self.command, self.path, body, dict(self.headers.items()))
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            if not is_heard(Request(self.command, self.path, self.headers, body)):
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
