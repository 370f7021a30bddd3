"""What becomes of an answer that no gateway would pass."""

import asyncio

import pytest

from app.transport.downloads import Bounded
from app.transport.ranges import MAX_WHOLE_BYTES

HALF = MAX_WHOLE_BYTES // 2


def ask(chunks, *, method="GET", declared=None, headers=(), asked=()):
    """Status, headers and body that come out when an app answers with `chunks`; and the range it saw."""
    sent, seen = [], []

    async def app(scope, _receive, send):
        seen.append(dict(scope["headers"]).get(b"range"))
        length = [(b"content-length", str(declared).encode())] if declared is not None else []
        await send({"type": "http.response.start", "status": 200, "headers": [*length, *headers]})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": method, "headers": list(asked)}
    asyncio.run(Bounded(app)(scope, receive, send))
    start, *bodies = sent
    return (
        start["status"],
        dict(start["headers"]),
        b"".join(body.get("body", b"") for body in bodies),
        seen[0],
    )


@pytest.mark.parametrize("declared", [None, 2 * HALF])
def test_an_answer_that_passes_is_passed_as_it_is(declared):
    status, _, body, _ = ask([bytes(HALF), bytes(HALF)], declared=declared)
    assert (status, body) == (200, bytes(2 * HALF))


@pytest.mark.parametrize("declared", [None, 3 * HALF])
def test_a_larger_one_is_replaced_whether_or_not_it_told_its_length(declared):
    status, headers, body, _ = ask([bytes(HALF)] * 3, declared=declared)
    assert (status, headers[b"x-st-size"]) == (413, str(declared or 0).encode())
    assert len(body) < 200


def test_an_empty_answer_passes():
    assert ask([])[0] == 200
    assert ask([], declared=0)[0] == 200


def test_events_pass_one_by_one_however_many():
    status, _, body, _ = ask([bytes(HALF)] * 3, headers=[(b"content-type", b"text/event-stream")])
    assert (status, len(body)) == (200, 3 * HALF)


def test_other_methods_are_none_of_its_business():
    assert len(ask([bytes(HALF)] * 3, method="POST")[2]) == 3 * HALF


def test_a_range_without_end_gets_one():
    assert ask([b""], asked=[(b"range", b"bytes=5-")])[3] == b"bytes=5-3000004"


def test_an_app_that_fails_before_its_answer_fails_as_without_it():
    async def failing(_scope, _receive, _send):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(Bounded(failing)({"type": "http", "method": "GET", "headers": []}, None, None))
