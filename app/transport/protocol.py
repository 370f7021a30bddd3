"""The bytes between the shim in the browser and the server, free of any I/O.

A request is a POST to `_stcore/message`. Its headers say what it is about (see `Headline`); its body is a
batch of BackMsgs: for each, a u32 of milliseconds since the message before, a u32 length, the message.

A response is a row of frames: a u8 type, a u32 length, the payload. Type 0 is a control object in
JSON, type 1 a ForwardMsg. All numbers are big-endian. The same bytes go buffered or streamed.

A run of the script, with all its frames, is called by the epoch of the browser's socket and a sequence
number in it. The browser repeats a POST under the same number until it knows how the run ended.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final

_MESSAGE_HEADER: Final = struct.Struct(">II")
_FRAME_HEADER: Final = struct.Struct(">BI")

# Below the app's base path. Not `_stcore/stream`, as Streamlit's WebSocket: hosts that put a page into a
# frame under a content security policy allow that as ws:// alone. This one, which Streamlit used to ask for
# messages, they allow over http.
PATH: Final = "_stcore/message"

# An invocation's JSON event may weigh 6 MB, and binary travels in base64: 4.7 MB at most.
MAX_REQUEST_BYTES: Final = 4_400_000
MAX_RESPONSE_BYTES: Final = 3_500_000
MAX_MESSAGES: Final = 256
# A pause in a batch longer than this adds nothing: its run has ended or must make way.
MAX_PAUSE_MS: Final = 10_000

_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")
_EPOCH = re.compile(r"[A-Za-z0-9_-]{8,32}")
_RUN = re.compile(r"[0-9a-f]{0,32}")


class ProtocolError(ValueError):
    """A request that our shim would not have sent. Answer it with `status`; no state was touched."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Operation(Enum):
    """What a POST asks for."""

    RUN = "run"
    POLL = "poll"
    FOLLOW = "follow"


class Status(Enum):
    """How a response ends."""

    DONE = "done"
    """The run is over and all its frames were sent."""
    MORE = "more"
    """The run is over; frames are left for further polls."""
    RUNNING = "running"
    """The run goes on, here or on another instance: poll."""
    UNKNOWN = "unknown"
    """Nobody has heard of the run, or its instance died: send it again."""
    EXPIRED = "expired"
    """The session is gone: send the run again, to a new one."""
    FORGOTTEN = "forgotten"
    """Load the page anew, and send nothing of what it held: it has erased the session, or its user is not let
    in and sends too much for one who only signs in."""


@dataclass(frozen=True)
class Headline:
    """What the headers of a POST say.

    Attributes:
        operation: what is asked.
        nonce: the browser tab's name for its session; worth nothing without the browser's cookie.
        epoch: the socket, newly named after each reconnect.
        sequence: the number of the run in its epoch, from 1.
        version: the version of the session that the browser saw last; 0 when it never had one.
        attempt: how often this run was asked for before.
        run: the id of the run whose frames the browser holds, or "".
        received: how many frames of that run it holds.
        first: the number of the request's first message in its epoch; later ones have the next numbers.
        dead: the gateway has said of the attempt before that its instance failed: nobody runs it any more.
        told: whether the browser has told of messages that wait behind the run before this one.
        gone: nobody waits for the run any more: its tab has gone away.
        token: Streamlit's XSRF token, or "".
    """

    operation: Operation
    nonce: str
    epoch: str
    sequence: int
    version: int = 0
    attempt: int = 0
    run: str = ""
    received: int = 0
    first: int = 0
    dead: bool = False
    told: bool = False
    gone: bool = False
    token: str = ""

    @property
    def begins_session(self) -> bool:
        """Whether the browser knows of no version of the session, and of no earlier attempt to begin it."""
        return self.operation is Operation.RUN and not self.version and not self.attempt

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Headline:
        """Read the headers of a POST; `headers` must find names in lower case.

        Raises:
            ProtocolError: 403 without our own header, which no form or link of another site can send;
                400 for a value that the shim never sends.
        """
        operation = headers.get("x-st-http", "")
        if operation not in Operation._value2member_map_:
            raise ProtocolError("not a request of this page", status=403)
        sequence = _number(headers, "x-st-seq")
        return cls(
            operation=Operation(operation),
            nonce=_matching(_NONCE, headers, "x-st-session"),
            epoch=_matching(_EPOCH, headers, "x-st-epoch"),
            sequence=sequence,
            version=_number(headers, "x-st-version"),
            attempt=_number(headers, "x-st-attempt"),
            run=_matching(_RUN, headers, "x-st-run"),
            received=_number(headers, "x-st-received"),
            # Who does not count its messages still names no two alike.
            first=_number(headers, "x-st-first") if "x-st-first" in headers else sequence * MAX_MESSAGES,
            dead=_number(headers, "x-st-dead") > 0,
            told=_number(headers, "x-st-told") > 0,
            gone=_number(headers, "x-st-gone") > 0,
            token=headers.get("x-xsrftoken", ""),
        )


@dataclass(frozen=True)
class Message:
    """One BackMsg of a batch, still as bytes.

    Attributes:
        pause_ms: how long after the message before it the browser made it; 0 when both were made while
            one and the same run was under way.
        payload: the protobuf.
    """

    pause_ms: int
    payload: bytes


def decode_batch(body: bytes) -> list[Message]:
    """The messages of a request's body.

    Raises:
        ProtocolError: 413 for too many or too large, 400 for anything cut short.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise ProtocolError(f"a request holds at most {MAX_REQUEST_BYTES} bytes", status=413)
    # One more than it may hold is enough to know: a body can be cut into half a million empty ones.
    messages = list(islice(_messages(body), MAX_MESSAGES + 1))
    if len(messages) > MAX_MESSAGES:
        raise ProtocolError(f"a request holds at most {MAX_MESSAGES} messages", status=413)
    return messages


def encode_batch(messages: list[Message]) -> bytes:
    """The body that holds `messages`."""
    return b"".join(_MESSAGE_HEADER.pack(m.pause_ms, len(m.payload)) + m.payload for m in messages)


def control(**fields: object) -> bytes:
    """A control frame."""
    return _frame(0, json.dumps(fields, separators=(",", ":")).encode())


def forward(payload: bytes) -> bytes:
    """The frame of a serialised ForwardMsg."""
    return _frame(1, payload)


def decode_frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each frame, as the shim reads them.

    Raises:
        ProtocolError: the data ends inside a frame.
    """
    offset = 0
    while offset < len(data):
        if len(data) - offset < _FRAME_HEADER.size:
            raise ProtocolError("a frame is cut short")
        kind, length = _FRAME_HEADER.unpack_from(data, offset)
        offset += _FRAME_HEADER.size
        if len(data) - offset < length:
            raise ProtocolError("a frame is cut short")
        yield kind, data[offset : offset + length]
        offset += length


def page(frames: list[bytes], start: int) -> int:
    """Where a response that begins with frame `start` must end: at least one frame, then by size."""
    size, end = 0, start
    while end < len(frames):
        size += len(frames[end])
        if size > MAX_RESPONSE_BYTES and end > start:
            break
        end += 1
    return end


def _messages(body: bytes) -> Iterator[Message]:
    offset = 0
    while offset < len(body):
        if len(body) - offset < _MESSAGE_HEADER.size:
            raise ProtocolError("a message is cut short")
        pause_ms, length = _MESSAGE_HEADER.unpack_from(body, offset)
        offset += _MESSAGE_HEADER.size
        if len(body) - offset < length:
            raise ProtocolError("a message is cut short")
        yield Message(min(pause_ms, MAX_PAUSE_MS), body[offset : offset + length])
        offset += length


def _frame(kind: int, payload: bytes) -> bytes:
    return _FRAME_HEADER.pack(kind, len(payload)) + payload


def _matching(pattern: re.Pattern[str], headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not pattern.fullmatch(value):
        raise ProtocolError(f"bad {name}")
    return value


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "0")
    # isdecimal() alone admits other scripts' digits, and a long number is a slow int().
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise ProtocolError(f"bad {name}")
    return int(text)
