"""A way to an account on which answers get lost: AWS did what it was asked, and nobody hears of it."""

import contextlib
import http.client
import http.server
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from ops.clients import Clients
from ops.embedded import account
from tests.ops.worlds import REGION, World


class LossyWay:
    """A proxy in front of an account; the answers to the next `lose` writes are lost."""

    def __init__(self, endpoint: str, environment: dict[str, str]) -> None:
        self.lose = 0
        self.clients = Clients(region=REGION, environment={**environment, "AWS_ENDPOINT_URL": endpoint})


@contextlib.contextmanager
def lossy_way(world: World) -> Iterator[LossyWay]:
    """Open such a way to a world's account."""
    there = urlsplit(world.account.endpoint).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            onward = http.client.HTTPConnection(there)
            onward.request(self.command, self.path, body, dict(self.headers.items()))
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            if self.command == "PUT" and way.lose:
                way.lose -= 1
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = pass_on  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        way = LossyWay(endpoint, account.environment(world.account, REGION))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield way
        finally:
            server.shutdown()
