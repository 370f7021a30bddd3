"""The app as a process, built from its environment, against a real local AWS server."""

import base64
import http.client
import json
import os
import subprocess
import sys

import pytest

from app.insights.documents import MAX_FILE_BYTES, MAX_UNPACKED_BYTES
from app.main import LIMITS, OPTIONS
from app.transport.environment import MissingSessionKeyError, read_session_keys
from tests.app.transport.gateway import ROOT, start_instance, wait_healthy

KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def app(tmp_path):
    """Starts `python -m app` with an environment; stops it at the end."""
    started = []

    def app(environment):
        started.append(start_instance(["-m", "app"], environment, tmp_path / "output"))
        return started[-1]

    yield app
    for instance in started:
        instance.kill()


def ask(instance, method, path, body=b"", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=30)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response.status, response.read()


def test_what_the_transport_loads_is_what_the_page_accepts():
    assert LIMITS.widget_bytes == MAX_UNPACKED_BYTES
    assert OPTIONS["server.maxUploadSize"] * 1_000_000 == MAX_FILE_BYTES


def test_the_key_is_read_from_below_the_path(ssm):
    ssm.put_parameter(Name="/one/runtime/session-key", Value=KEY, Type="SecureString")
    assert read_session_keys(ssm, "/one/runtime") == [b"k" * 32]


def test_a_parameter_may_hold_several_keys_newest_first(ssm):
    new = base64.b64encode(b"n" * 32).decode()
    ssm.put_parameter(Name="/both/runtime/session-key", Value=f"{new} {KEY}", Type="SecureString")
    assert read_session_keys(ssm, "/both/runtime") == [b"n" * 32, b"k" * 32]


def test_a_missing_key_names_the_parameter_and_what_makes_it(ssm):
    with pytest.raises(MissingSessionKeyError, match=r"/two/runtime/session-key .*invoke deploy"):
        read_session_keys(ssm, "/two/runtime")


def test_a_key_of_another_length_is_named(ssm):
    short = base64.b64encode(b"short").decode()
    ssm.put_parameter(Name="/short/runtime/session-key", Value=short, Type="SecureString")
    with pytest.raises(MissingSessionKeyError, match="holds 5 bytes instead of 32"):
        read_session_keys(ssm, "/short/runtime")


def test_a_key_that_is_not_base64_is_named(ssm):
    ssm.put_parameter(Name="/three/session-key", Value="not base64!", Type="SecureString")
    with pytest.raises(MissingSessionKeyError, match="base64"):
        read_session_keys(ssm, "/three")


def test_the_app_does_not_start_when_no_key_is_named_and_says_why(aws):
    environment = {**os.environ, **aws, "SESSIONS_TABLE": "sessions", "PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = done.stdout.splitlines()
    assert (done.returncode, json.loads(line)["level"]) == (1, "CRITICAL")
    assert "invoke deploy" in json.loads(line)["message"]
    assert "Traceback" not in done.stderr


def test_a_page_whose_key_is_missing_is_refused_and_the_log_says_why_until_the_key_is_there(aws, ssm, app):
    environment = {**aws, "SESSIONS_TABLE": "sessions", "RUNTIME_PARAMETERS_PATH": "/late/runtime"}
    instance = app(environment)
    wait_healthy(instance)
    assert ask(instance, "GET", "/")[0] == 500
    (line,) = (line for line in instance.output.read_text().splitlines() if "CRITICAL" in line)
    assert "/late/runtime/session-key does not exist" in json.loads(line)["message"]
    assert "invoke deploy" in json.loads(line)["message"]
    ssm.put_parameter(Name="/late/runtime/session-key", Value=KEY, Type="SecureString")
    assert ask(instance, "GET", "/")[0] == 200


def test_the_app_serves_from_a_table_and_answers_direct_events_only(aws, ssm, app):
    ssm.put_parameter(Name="/four/runtime/session-key", Value=KEY, Type="SecureString")
    environment = {
        **aws,
        "SESSIONS_TABLE": "sessions",
        "RUNTIME_PARAMETERS_PATH": "/four/runtime",
        "AWS_LAMBDA_FUNCTION_VERSION": "3",
    }
    instance = app(environment)
    wait_healthy(instance)
    health = json.dumps({"type": "health"})
    direct = {"x-amzn-request-context": "null"}
    over_http = {"x-amzn-request-context": json.dumps({"http": {"method": "POST"}})}
    assert ask(instance, "GET", "/_stcore/health") == (200, b"ok")
    told = ask(instance, "POST", "/events", health, direct)
    assert json.loads(told[1]) == {"version": "3", "status": "ok"}
    assert ask(instance, "POST", "/events", "{}", direct)[0] == 400
    assert ask(instance, "POST", "/events", "junk", direct)[0] == 400
    for path in ("/events", "/%65vents", "//events", "/events/", "/EVENTS", "/x/../events", "/events?a=b"):
        for headers in (over_http, {}):
            status, content = ask(instance, "POST", path, health, headers)
            assert status in {308, 400, 404, 405}, (path, status)
            assert b"version" not in content
    assert ask(instance, "GET", "/events", "", direct)[0] == 200, "an ordinary page of the app"
