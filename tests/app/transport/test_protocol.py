from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transport import protocol
from app.transport.protocol import Headline, Message, Operation, ProtocolError

HEADERS = {"x-st-http": "run", "x-st-session": "n" * 32, "x-st-epoch": "e" * 32, "x-st-seq": "1"}
messages = st.builds(Message, st.integers(0, protocol.MAX_PAUSE_MS), st.binary(max_size=300))


@given(st.lists(messages, max_size=20))
def test_a_batch_survives_the_way(batch):
    assert protocol.decode_batch(protocol.encode_batch(batch)) == batch


@given(st.binary(max_size=400))
def test_any_body_is_a_batch_or_a_protocol_error(body):
    with suppress(ProtocolError):
        batch = protocol.decode_batch(body)
        assert sum(8 + len(message.payload) for message in batch) == len(body)


@given(st.lists(messages, min_size=1, max_size=5), st.data())
def test_a_batch_cut_short_is_refused(batch, data):
    body = protocol.encode_batch(batch)
    whole = {len(protocol.encode_batch(batch[:count])) for count in range(len(batch) + 1)}
    length = data.draw(st.integers(0, len(body)).filter(lambda n: n not in whole))
    with pytest.raises(ProtocolError):
        protocol.decode_batch(body[:length])


def test_a_pause_is_never_longer_than_the_longest():
    (message,) = protocol.decode_batch(protocol.encode_batch([Message(2**32 - 1, b"")]))
    assert message.pause_ms == protocol.MAX_PAUSE_MS


@pytest.mark.parametrize(
    "batch",
    [[Message(0, b"")] * (protocol.MAX_MESSAGES + 1), [Message(0, bytes(protocol.MAX_REQUEST_BYTES))]],
    ids=["messages", "bytes"],
)
def test_a_batch_over_the_limits_is_too_large(batch):
    with pytest.raises(ProtocolError) as refusal:
        protocol.decode_batch(protocol.encode_batch(batch))
    assert refusal.value.status == 413


@given(st.lists(st.binary(max_size=100)))
def test_frames_survive_the_way(payloads):
    data = b"".join(protocol.forward(payload) for payload in payloads)
    assert list(protocol.decode_frames(data)) == [(1, payload) for payload in payloads]


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_a_protocol_error(data):
    with suppress(ProtocolError):
        frames = list(protocol.decode_frames(data))
        assert sum(5 + len(payload) for _, payload in frames) == len(data)


@given(st.lists(st.integers(0, protocol.MAX_RESPONSE_BYTES), max_size=6))
def test_pages_cover_all_frames_and_hold_what_a_response_may(sizes):
    frames, start = [bytes(size) for size in sizes], 0
    while start < len(frames):
        end = protocol.page(frames, start)
        assert end > start
        held = sum(sizes[start:end])
        assert held <= protocol.MAX_RESPONSE_BYTES or end == start + 1
        start = end
    assert start == len(frames)


def test_headers_make_a_headline():
    more = {"x-st-version": "7", "x-st-attempt": "2", "x-st-first": "5", "x-st-told": "1", "x-xsrftoken": "t"}
    headline = Headline.read({**HEADERS, **more})
    known = {"version": 7, "attempt": 2, "first": 5, "told": True, "token": "t"}
    assert headline == Headline(Operation.RUN, "n" * 32, "e" * 32, 1, **known)


def test_messages_that_nobody_counted_have_numbers_of_their_own_all_the_same():
    firsts = [Headline.read({**HEADERS, "x-st-seq": str(number)}).first for number in range(3)]
    assert firsts == [number * protocol.MAX_MESSAGES for number in range(3)]


@pytest.mark.parametrize("operation", ["", "msg", "RUN", "run "])
def test_a_request_without_our_operation_is_forbidden(operation):
    with pytest.raises(ProtocolError) as refusal:
        Headline.read({**HEADERS, "x-st-http": operation})
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-st-session", ""),
        ("x-st-session", "n" * 21),
        ("x-st-session", "n" * 65),
        ("x-st-session", "../" * 10),
        ("x-st-epoch", "e/e" * 4),
        ("x-st-seq", "-1"),
        ("x-st-seq", "1.0"),
        ("x-st-seq", "٣"),
        ("x-st-version", "9" * 13),
        ("x-st-received", "one"),
        ("x-st-first", "-1"),
        ("x-st-told", "yes"),
        ("x-st-dead", "1.5"),
    ],
)
def test_a_header_that_the_shim_never_sends_is_bad(name, value):
    with pytest.raises(ProtocolError) as refusal:
        Headline.read({**HEADERS, name: value})
    assert refusal.value.status == 400


@given(st.dictionaries(st.sampled_from([*HEADERS, "x-st-version", "x-st-run"]), st.text(max_size=70)))
def test_any_headers_make_a_headline_or_a_protocol_error(headers):
    with suppress(ProtocolError):
        assert Headline.read({**HEADERS, **headers}).sequence >= 0
