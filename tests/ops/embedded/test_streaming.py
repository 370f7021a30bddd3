"""Streams within Lambda's limits, and a Function URL of a function that does what goes wrong in life."""

import asyncio
import http.client
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.embedded import front, one_page, streaming
from ops.embedded.code import Code
from ops.embedded.front import Listener
from ops.embedded.function_url import FunctionUrl
from ops.embedded.functions import LambdaHost
from ops.embedded.one_page import OnePage
from ops.embedded.pool import Limits
from ops.embedded.streaming import Metered, StreamTooLargeError

# Writes in pieces, and waits in between until it is told to go on.
APP = """
import http.server, os, pathlib, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def piece(self, text):
        self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(text), text))

    def do_GET(self):
        if self.path == "/exit":
            os._exit(3)
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.piece(b"one ")
        if self.path == "/broken":
            os._exit(3)
        while self.path == "/wait" and not pathlib.Path("go").exists():
            time.sleep(0.01)
        self.piece(b"two")
        self.piece(b"")

    do_POST = do_GET

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), Handler).serve_forever()
"""


class Collected:
    """A delivery that keeps what it gets."""

    def __init__(self) -> None:
        self.heads: list[dict[str, Any]] = []
        self.parts: list[bytes] = []

    async def begin(self, prelude: dict[str, Any]) -> None:
        self.heads.append(prelude)

    async def send(self, part: bytes) -> None:
        self.parts.append(part)


class Lines:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def put(self, _region: str, _group: str, _stream: str, message: str, /) -> None:
        self.lines.append(message)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[tuple[int, Lines]]:
    """The port of a Function URL of `APP`, and its log; the app runs in `tmp_path`."""
    (tmp_path / "app.py").write_text(APP)
    listener = front.bind(0)
    listener.listen()
    lines = Lines()
    stop, thread = run_in_thread(lambda: serve(tmp_path, listener, lines))
    yield listener.getsockname()[1], lines
    stop()
    thread.join()


async def serve(directory: Path, listener: socket.socket, lines: Lines) -> "Callable[[], Any]":
    code = Code(directory, (sys.executable, "app.py"), {"AWS_LWA_READINESS_CHECK_PATH": "/"})
    home = directory / "instances"
    limits = Limits(max_instances=1)
    host = LambdaHost(OnePage(code, {}), lines, home=home, runtime_environment={}, limits=limits)
    app = FunctionUrl(host, region=one_page.REGION, function=one_page.FUNCTION, url_id="url")
    served = Listener(app, listener)

    async def close() -> None:
        await served.close()
        await host.close()

    return close


def run_in_thread(start: "Callable[[], Any]") -> tuple["Callable[[], None]", threading.Thread]:
    """Run a coroutine on a loop of its own, until the function that is returned is called."""
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    async def main() -> None:
        close = await start()
        await stopped.wait()
        await close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    return lambda: loop.call_soon_threadsafe(stopped.set), thread  # type: ignore[return-value]  # a handle


def get(port: int, path: str, body: bytes = b"") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST" if body else "GET", path, body)
    return connection.getresponse()


def test_parts_arrive_while_the_function_still_writes(url: tuple[int, Lines], tmp_path: Path) -> None:
    response = get(url[0], "/wait")
    assert response.status == 201
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert response.read(4) == b"one "
    (tmp_path / "go").touch()
    assert response.read() == b"two"


def test_a_function_that_ends_before_its_answer_is_a_bad_gateway(url: tuple[int, Lines]) -> None:
    response = get(url[0], "/exit")
    assert (response.status, response.read()) == (502, b'{"Message":"Internal Server Error"}')


def test_a_function_that_ends_within_its_answer_cuts_it_off(url: tuple[int, Lines]) -> None:
    response = get(url[0], "/broken")
    assert response.status == 201
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    assert any("Runtime exited with error: exit status 3" in line for line in url[1].lines)


def test_the_next_request_finds_a_new_instance(url: tuple[int, Lines]) -> None:
    get(url[0], "/exit").read()
    assert get(url[0], "/").read() == b"one two"


def test_a_request_over_six_megabytes_is_refused(url: tuple[int, Lines]) -> None:
    assert get(url[0], "/", b"x" * 7 * 1024 * 1024).status == 413
    # It fits as it is, but not as base64 in an event.
    assert get(url[0], "/", b"x" * 5 * 1024 * 1024).status == 413


def test_a_stream_is_slowed_down_beyond_six_megabytes() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def send_all() -> None:
        metered = Metered(Collected(), sleep=sleep)
        for _ in range(7):
            await metered.send(bytes(2 * 1024 * 1024))

    asyncio.run(send_all())
    assert waited == [1.0] * 4


def test_a_stream_ends_at_two_hundred_megabytes() -> None:
    collected = Collected()

    async def no_sleep(_seconds: float) -> None:
        pass

    async def send_all() -> None:
        metered = Metered(collected, sleep=no_sleep)
        piece = bytes(50 * 1024 * 1024)
        for _ in range(5):
            await metered.send(piece)

    with pytest.raises(StreamTooLargeError, match=str(streaming.MAX_STREAM_BYTES)):
        asyncio.run(send_all())
    assert len(collected.parts) == 4
