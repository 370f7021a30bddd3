"""Live Tail as AWS streams it: frames of events, at whose end an exception tells that the session is over."""

import http.server
import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ops.clients import Clients
from ops.logs.errors import LogsError
from ops.logs.live import LiveTail
from tests.ops.logs.worlds import REGION


def frame(headers: dict[str, str], content: dict[str, Any]) -> bytes:
    """A message of an event stream (Amazon Transcribe developer guide, "Event stream encoding")."""
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in {**headers, ":content-type": "application/json"}.items()
    )
    body = json.dumps(content).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + body
    return message + struct.pack(">I", zlib.crc32(message))


def told(kind: str, content: dict[str, Any]) -> bytes:
    return frame({":message-type": "event", ":event-type": kind}, content)


def raised(kind: str, message: str) -> bytes:
    return frame({":message-type": "exception", ":exception-type": kind}, {"message": message})


RESULT = {"logStreamName": "s", "logGroupIdentifier": "123456789012:g", "message": "one", "timestamp": 7}
SESSION = (
    told("initial-response", {})
    + told("sessionStart", {"requestId": "r", "sessionId": "s"})
    + told("sessionUpdate", {"sessionMetadata": {"sampled": True}, "sessionResults": [RESULT]})
    + told("sessionUpdate", {"sessionMetadata": {"sampled": False}, "sessionResults": []})
)


@contextmanager
def live_tail(stream: bytes, *, is_lost: bool = False) -> Iterator[LiveTail]:
    """A session of a server that sends these bytes; then it ends, or the connection is lost."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.amazon.eventstream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(stream), stream))
            if not is_lost:
                self.wfile.write(b"0\r\n\r\n")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        here = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "KEY",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        try:
            yield LiveTail(Clients(region=REGION, environment=here).logs, ["arn:aws:logs:x:1:log-group:g"])
        finally:
            server.shutdown()
            thread.join()


def test_a_session_ends_after_its_three_hours_and_that_is_no_error() -> None:
    with live_tail(SESSION + raised("SessionTimeoutException", "Session timed out")) as session:
        ((event,),) = session.batches()
    assert (event.message, event.group, event.timestamp, session.sampled) == ("one", "g", 7, True)


@pytest.mark.parametrize(
    ("stream", "is_lost"), [(raised("SessionStreamingException", "It broke."), False), (b"", True)]
)
def test_a_session_that_breaks_off_is_a_sentence_and_what_came_was_shown(
    stream: bytes, is_lost: bool
) -> None:
    with live_tail(SESSION + stream, is_lost=is_lost) as session:
        batches = session.batches()
        assert [event.message for event in next(batches)] == ["one"]
        with pytest.raises(LogsError, match=r"Live Tail broke off: .*What came was shown"):
            next(batches)
