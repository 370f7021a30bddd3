"""A container engine that does nothing and says what it was taught: for what no real one does on demand."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeEngine:
    """What it answers, and what it was sent."""

    url: str = ""
    build: list[dict[str, Any]] = field(default_factory=list)
    push: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[FakeEngine]:
    """Serve one at a port of its own."""
    engine = FakeEngine()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer([{"ApiVersion": "1.41", "Version": "28.0.1"}])

        def do_POST(self) -> None:
            while self.headers.get("Transfer-Encoding") == "chunked":
                if not (size := int(self.rfile.readline(), 16)):
                    break
                self.rfile.read(size + 2)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            engine.seen.append((self.path, dict(self.headers)))
            self.answer(
                engine.build if "/build" in self.path else engine.push if "/push" in self.path else [{}]
            )

        def answer(self, events: list[dict[str, Any]]) -> None:
            self.send_response(201 if "/tag" in self.path else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in events:
                line = json.dumps(event).encode() + b"\r\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        engine.url = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield engine
        server.shutdown()
