"""CloudWatch Logs' FilterLogEvents as AWS answers it, with what goes wrong there on demand.

Strict: it refuses an unsigned request, one that is signed for another service or a wrong time, a field that
the API does not have, and a token that it did not give.
"""

import contextlib
import email.utils
import http.server
import json
import re
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/\d{8}/[\w-]+/(?P<service>\w+)/aws4_request, "
    r"SignedHeaders=(?P<names>[\w;-]+), Signature=[0-9a-f]{64}"
)
_IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/any</Arn><UserId>any</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
).encode()
_FIELDS = {
    *("logGroupName", "logStreamNames", "logStreamNamePrefix", "startTime", "endTime", "filterPattern"),
    *("nextToken", "limit", "interleaved"),
}


@dataclass
class FakeLogs:
    """What it holds, what it was asked, and what goes wrong in it.

    Attributes:
        url: Where it answers.
        groups: Name => its events.
        asked: Each question, in order.
        page: How many events a page holds at most.
        throttled: How many questions are still answered with ThrottlingException.
        broken: How many are still answered with 503.
        dropped: How many connections are still cut instead of an answer.
        endless: Whether each page is empty and leads to another, as when a filter finds little in a lot.
        slow_s: How long it takes to answer.
        keys: The access keys that it takes; None for any.
        ahead_s: How far its clock is ahead.
        patterns: Whether it takes filter patterns.
    """

    url: str = ""
    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    page: int = 10_000
    throttled: int = 0
    broken: int = 0
    dropped: int = 0
    endless: bool = False
    slow_s: float = 0.0
    keys: set[str] | None = None
    ahead_s: float = 0.0
    patterns: bool = True
    _tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def now_ms(self) -> int:
        """Its clock."""
        return int((time.time() + self.ahead_s) * 1000)

    def put(
        self, group: str, message: str, *, ago_s: float = 0.0, arrives_in_s: float = 0.0, stream: str = "one"
    ) -> None:
        """Hold an event of a moment ago, which can be read only once it has arrived."""
        with self._guard:
            now = self.now_ms
            event = {
                "logStreamName": stream,
                "timestamp": now - int(ago_s * 1000),
                "message": message,
                "ingestionTime": now + int(arrives_in_s * 1000),
                "eventId": uuid.uuid4().hex,
            }
            self.groups.setdefault(group, []).append(event)

    def answer(self, headers: Any, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        with self._guard:
            if refusal := self._refusal(headers):
                return refusal
            if b"GetCallerIdentity" in body:
                return 200, _IDENTITY
            question = json.loads(body)
            self.asked.append(question)
            return self._filtered(question)

    def _refusal(self, headers: Any) -> tuple[int, bytes] | None:
        signed = _AUTHORIZATION.fullmatch(headers.get("authorization") or "")
        if signed is None or not {"host", "x-amz-date"} <= set(signed["names"].split(";")):
            return _refused(400, "MissingAuthenticationTokenException", "Missing Authentication Token")
        if any(headers.get(name) is None for name in signed["names"].split(";")):
            return _refused(400, "InvalidSignatureException", "A signed header is missing")
        if self.keys is not None and signed["key"] not in self.keys:
            return _refused(
                400, "ExpiredTokenException", "The security token included in the request is expired"
            )
        said = time.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        skew_s = abs(email.utils.mktime_tz((*said[:6], 0, 1, -1, 0)) - self.now_ms / 1000)
        if skew_s > 300:
            return _refused(400, "InvalidSignatureException", "Signature expired: it is now later")
        if signed["service"] == "sts":
            return None
        if (signed["service"], headers["x-amz-target"]) != ("logs", "Logs_20140328.FilterLogEvents"):
            return _refused(400, "UnknownOperationException", "")
        if self.throttled:
            self.throttled -= 1
            return _refused(400, "ThrottlingException", "Rate exceeded")
        if self.broken:
            self.broken -= 1
            return _refused(503, "ServiceUnavailableException", "")
        return None

    def _filtered(self, question: dict[str, Any]) -> tuple[int, bytes]:
        if unknown := question.keys() - _FIELDS:
            return _refused(400, "SerializationException", f"no field {unknown}")
        name = question["logGroupName"]
        if name not in self.groups:
            return _refused(400, "ResourceNotFoundException", "The specified log group does not exist.")
        if "filterPattern" in question and not self.patterns:
            return _refused(400, "InvalidParameterException", "Invalid character(s) in term '@'")
        if self.endless:
            return 200, json.dumps({"events": [], "nextToken": uuid.uuid4().hex}).encode()
        first = 0
        if token := question.get("nextToken"):
            if self._tokens.get(token, ("", 0))[0] != name:
                return _refused(400, "InvalidParameterException", "The specified nextToken is invalid.")
            first = self._tokens[token][1]
        begin, end = question.get("startTime", 0), question.get("endTime", float("inf"))
        found = sorted(
            (
                event
                for event in self.groups[name]
                if begin <= event["timestamp"] <= end and event["ingestionTime"] <= self.now_ms
            ),
            key=lambda event: (event["timestamp"], event["ingestionTime"], event["eventId"]),
        )
        answer: dict[str, Any] = {"events": found[first : first + self.page], "searchedLogStreams": []}
        if first + self.page < len(found):
            answer["nextToken"] = uuid.uuid4().hex
            self._tokens[answer["nextToken"]] = name, first + self.page
        return 200, json.dumps(answer).encode()


@contextlib.contextmanager
def fake_logs(context: ssl.SSLContext | None = None) -> Iterator[FakeLogs]:
    """Run one on a free port, over TLS when there is a context for that."""
    fake = FakeLogs()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if fake.dropped:
                fake.dropped -= 1
                self.close_connection = True
                return
            time.sleep(fake.slow_s)
            status, answer = fake.answer(self.headers, body)
            self.send_response_only(status)
            self.send_header("Date", email.utils.formatdate(fake.now_ms / 1000, usegmt=True))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked was stopped
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fake.url = f"{'https://localhost' if context else 'http://127.0.0.1'}:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refused(status: int, kind: str, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"__type": kind, "message": message}).encode()
