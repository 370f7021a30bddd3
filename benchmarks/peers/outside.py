"""The world beyond this machine, as a proxy that refuses all and notes who was asked for."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Outside:
    """Serves until closed; `asked` are the hosts, in order. A client that heeds no proxy is not seen."""

    def __init__(self) -> None:
        """Listen."""
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.asked))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> "Outside":
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self) -> dict[str, str]:
        """What makes a client ask here for all that is not on this machine."""
        url, near = f"http://127.0.0.1:{self._server.server_port}", "127.0.0.1,localhost"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        proxies = {form: url for name in names for form in (name, name.lower())}
        return {**proxies, "NO_PROXY": near, "no_proxy": near}


def _handler(asked: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path if self.command == "CONNECT" else self.headers["Host"])
            self.send_error(403)

        do_CONNECT = do_GET = do_POST = do_PUT = do_HEAD = refuse  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
