"""A container registry that gives its images to everybody as ECR Public does: for a token, by redirection."""

import hashlib
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
TOKEN = "given-to-everybody"

_PATH = re.compile(r"/v2/([a-z0-9/-]+)/(manifests|blobs)/([\w:.-]+)")


@dataclass
class FakeRegistry:
    """What it holds, what it was asked, and what goes wrong in it.

    Attributes:
        host: HOST:PORT.
        documents: Manifest by tag and digest, each with its type.
        blobs: Bytes by digest.
        asked: Each path, in order.
        stores: The Authorization headers that reached the store of the blobs, which takes none.
        busy: How many requests are still answered with 429.
        challenge: What it says to whoever shows no token; {host} is its own.
    """

    host: str = ""
    documents: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stores: list[str | None] = field(default_factory=list)
    busy: int = 0
    challenge: str = 'Bearer realm="http://{host}/token",service="fake",scope="aws"'

    def hold(self, layer: bytes, *, platform: str = "linux/amd64", **more: Any) -> str:
        """Hold an image of one layer; return its digest. `more` goes into its configuration."""
        system, _, processor = platform.partition("/")
        says = {"os": system, "architecture": processor, **more}
        parts = [self._blob(json.dumps(says).encode()), self._blob(layer)]
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:]}
        return self.document(json.dumps(content).encode(), MANIFEST)

    def index(self, tag: str, **images: str) -> None:
        """Hold an index of images by tag: processor => digest."""
        entries = [
            {"digest": digest, "platform": {"os": "linux", "architecture": processor}}
            for processor, digest in images.items()
        ]
        self.document(json.dumps({"schemaVersion": 2, "manifests": entries}).encode(), INDEX, tag)

    def document(self, data: bytes, media_type: str, tag: str | None = None) -> str:
        """Hold a manifest; return its digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        for name in filter(None, (digest, tag)):
            self.documents[name] = (data, media_type)
        return digest

    def _blob(self, data: bytes) -> dict[str, Any]:
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return {"digest": digest, "size": len(data)}


@contextmanager
def serving() -> Iterator[FakeRegistry]:
    """Serve one at a port of its own."""
    registry = FakeRegistry()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            registry.asked.append(url.path)
            if url.path.startswith("/store/"):
                registry.stores.append(self.headers.get("Authorization"))
                self.answer(200, registry.blobs[url.path.removeprefix("/store/")], "application/octet-stream")
            elif registry.busy:
                registry.busy -= 1
                self.answer(429, b"too many", "text/plain")
            elif url.path == "/token":
                asked = dict(urllib.parse.parse_qsl(url.query))
                given = {"token": TOKEN} if asked == {"service": "fake", "scope": "aws"} else {}
                self.answer(200, json.dumps(given).encode(), "application/json")
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                challenge = registry.challenge.format(host=registry.host)
                self.answer(401, b"{}", "application/json", WWW_Authenticate=challenge)
            else:
                self.give(_PATH.fullmatch(url.path))

        def give(self, path: "re.Match[str] | None") -> None:
            name = path[3] if path else ""
            if path and path[2] == "manifests" and name in registry.documents:
                self.answer(200, *registry.documents[name])
            elif path and path[2] == "blobs" and name in registry.blobs:
                # The store has another name, as ECR Public's has.
                elsewhere = registry.host.replace("127.0.0.1", "localhost")
                self.answer(307, b"", "text/plain", Location=f"http://{elsewhere}/store/{name}")
            else:
                self.answer(404, b"{}", "application/json")

        def answer(self, status: int, data: bytes, media_type: str, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            for header, value in headers.items():
                self.send_header(header.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        registry.host = f"127.0.0.1:{server.server_address[1]}"
        yield registry
        server.shutdown()
