"""A function whose instances are containers: what it may do, and what becomes of it."""

import json
import os
import signal

import pytest

from ops.embedded import account, container
from tests.image.conftest import DOCKERFILE
from tests.ops.worlds import APP, eventually, make_function

# What an instance finds when it looks around.
LOOK = """
            case "/look":
                def try_to(what):
                    try:
                        what()
                        return "yes"
                    except OSError as error:
                        return error.strerror
                status = dict(line.split(":", 1) for line in open("/proc/self/status"))
                url = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
                storage = os.statvfs("/tmp")
                return self.answer(200, json.dumps({
                    "uid": os.getuid(),
                    "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
                    "no_new_privileges": status["NoNewPrivs"].strip(),
                    "task": try_to(lambda: open("/var/task/written", "w")),
                    "home": try_to(lambda: open("/root/written", "w")),
                    "tmp": try_to(lambda: open("/tmp/written", "w")),
                    "tmp_mb": storage.f_blocks * storage.f_frsize // 1048576,
                    "account": try_to(lambda: socket.create_connection((url.hostname, url.port), 5).close()),
                }).encode())
"""
LOOKING = APP.replace('            case "/exit":', LOOK.strip("\n") + '\n            case "/exit":').replace(
    "import base64,", "import socket, base64,"
)


@pytest.fixture
def function(world, push):
    """A function of the small app, in containers."""
    return make_function(world.clients, push(LOOKING).image.uri, EphemeralStorage={"Size": 600})


def invoke(clients, function, path="/healthz", **query):
    """Ask the function for a path; its answer as JSON, and how it failed."""
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in query.items()),
        "headers": {"host": "localhost"},
        "requestContext": {"http": {"method": "GET", "path": path}},
    }
    answer = clients.lambda_.invoke(FunctionName=function.name, Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return None, payload["errorMessage"]
    return json.loads(payload["body"]), None


def containers(engine, home):
    labels = {"label": f"{container.LABEL}={home / 'instances'}"}
    return engine.api.containers(all=True, filters=labels)


def test_it_may_write_to_its_tmp_and_has_no_rights(world, function):
    seen, _ = invoke(world.clients, function, "/look")
    assert seen["uid"] == 993
    assert seen["capabilities"] == 0
    assert seen["no_new_privileges"] == "1"
    assert "yes" not in (seen["task"], seen["home"])
    assert (seen["tmp"], seen["tmp_mb"]) == ("yes", 600)


def test_it_reaches_the_account_and_sees_what_lambda_sets(world, function):
    seen, _ = invoke(world.clients, function, "/look")
    assert seen["account"] == "yes"
    environment = invoke(world.clients, function)[0]["environment"]
    assert environment["FROM_THE_IMAGE"] == "yes"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert environment["TMPDIR"] == "/tmp"  # noqa: S108 - its own


def test_it_stands_still_between_requests_and_goes_on(world, engine, function):
    first, _ = invoke(world.clients, function)
    assert eventually(lambda: all(c["State"] == "paused" for c in containers(engine, world.account.home)))
    for _ in range(5):
        again, _ = invoke(world.clients, function)
        assert again["pid"] == first["pid"]


def test_one_that_leaves_is_told_and_replaced(world, function):
    assert "exit status 3" in invoke(world.clients, function, "/exit")[1]
    assert invoke(world.clients, function)[0]["method"] == "GET"


def test_one_that_was_killed_while_it_stood_still_is_not_noticed(world, function):
    invoke(world.clients, function)
    for instance in account.health(world.account)["instances"]:
        if instance["function"] == function.name:
            os.kill(instance["pid"], signal.SIGKILL)
    assert invoke(world.clients, function)[0]["method"] == "GET"


def test_it_dies_at_its_memory_limit(world, function):
    world.clients.lambda_.update_function_configuration(FunctionName=function.name, MemorySize=128)
    assert "signal: SIGKILL" in invoke(world.clients, function, "/hog", mb=400)[1]


def test_it_is_ended_at_its_timeout(world, function):
    world.clients.lambda_.update_function_configuration(FunctionName=function.name, Timeout=2)
    assert "Task timed out after 2.00 seconds" in invoke(world.clients, function, "/slow", s=30)[1]


def test_what_it_writes_is_in_its_log(world, function):
    invoke(world.clients, function, "/anything")

    def lines():
        events = world.clients.logs.filter_log_events(logGroupName=function.log_group)["events"]
        return [event["message"] for event in events]

    assert eventually(lambda: "served /anything" in lines())


def test_one_that_cannot_start_says_what_the_engine_said(world, push):
    broken = push(APP, DOCKERFILE.replace('["python", "-m", "app"]', '["no-such-program"]'))
    _, error = invoke(world.clients, make_function(world.clients, broken.image.uri))
    assert "no-such-program" in error


def test_an_image_that_the_engine_has_lost_is_pulled(world, engine, function):
    engine.api.remove_image(function.image_uri, force=True)
    assert invoke(world.clients, function)[0]["method"] == "GET"


def test_a_killed_account_leaves_no_container_behind(world, engine, function):
    home = world.account.home
    invoke(world.clients, function)
    account.wait_until_saved(world.account)
    assert containers(engine, home)
    os.kill(account.find(home).pid, signal.SIGKILL)
    assert eventually(lambda: account.find(home) is None)
    account.start(home)
    assert containers(engine, home) == []
    assert invoke(world.clients, function)[0]["method"] == "GET"
