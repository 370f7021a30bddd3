import json
import socket

import pytest

from app import events

HTTP = json.dumps({"http": {"method": "POST"}, "stage": "$default"})


@pytest.mark.parametrize("context", [None, "{}", "null", "[]", '{"stage": "x"}'])
def test_a_context_without_http_is_a_direct_invocation(context):
    assert events.is_direct(context)


@pytest.mark.parametrize("context", [HTTP, "not json", '{"http": null}'])
def test_a_request_that_came_over_http_is_never_direct(context):
    assert not events.is_direct(context)


def test_health_tells_the_version_that_answers():
    environment = {"AWS_LAMBDA_FUNCTION_VERSION": "7"}
    assert events.respond({"type": "health"}, environment) == (200, {"version": "7", "status": "ok"})


@pytest.mark.parametrize("event", [{}, {"type": "other"}, {"type": ["health"]}, [], "health", None])
def test_an_unknown_event_is_a_bad_request(event):
    assert events.respond(event, {})[0] == 400


def test_a_round_trip_that_finds_nobody_says_so():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    status, answer = events.respond({"type": "round-trip"}, {"PORT": str(port)})
    assert (status, answer["status"]) == (200, "no answer: ConnectionRefusedError")
