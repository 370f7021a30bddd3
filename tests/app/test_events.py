import json
import socket

import pytest

from app import events

HTTP = json.dumps({"http": {"method": "POST"}, "stage": "$default"})


@pytest.mark.parametrize("context", ["{}", "null", " null "])
def test_an_event_that_no_request_brought_is_direct(context):
    assert events.is_direct([context])


@pytest.mark.parametrize(
    "context",
    [
        HTTP,
        "not json",
        "",
        '{"http": null}',
        '{"stage": "x"}',
        '{"elb": {}}',
        '{"resourcePath": "/"}',
        "[]",
        "0",
    ],
)
def test_whatever_else_the_adapter_says_is_a_request(context):
    assert not events.is_direct([context])


@pytest.mark.parametrize("contexts", [[], ["null", "null"], ["null", HTTP], [HTTP, "null"]])
def test_without_the_adapters_one_word_nothing_is_direct(contexts):
    assert not events.is_direct(contexts)


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
