"""The Lambda host, asked over Lambda's own API by boto3."""

import base64
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from ops.embedded import account
from ops.smoke import http_event
from tests.ops.worlds import APP, Function, World, eventually, make_function, push_image, unpacked


@pytest.fixture
def function(world: World, image: str) -> Function:
    return make_function(world.clients, image)


def test_an_http_event_reaches_the_app_as_a_request(world: World, function: Function) -> None:
    seen = json.loads(call(world, function, "/some/path?a=1")["body"])
    assert (seen["method"], seen["path"]) == ("GET", "/some/path?a=1")
    assert json.loads(seen["headers"]["x-amzn-request-context"])["http"]["path"] == "/some/path?a=1"
    assert (
        json.loads(seen["headers"]["x-amzn-lambda-context"])["env_config"]["function_name"] == function.name
    )


def test_any_other_event_is_passed_through_as_json(world: World, function: Function) -> None:
    assert invoke(world, function, {"type": "job", "n": 1}) == {"event": {"type": "job", "n": 1}}


def test_the_app_sees_lambdas_environment_and_nothing_of_the_callers(
    world: World, function: Function
) -> None:
    world.clients.lambda_.update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"MINE": "yes"}}
    )
    environment = json.loads(call(world, function, "/")["body"])["environment"]
    assert environment["MINE"] == environment["FROM_THE_IMAGE"] == "yes"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert environment["AWS_ENDPOINT_URL"] == world.account.endpoint
    assert "PYTEST_CURRENT_TEST" not in environment


def test_a_version_that_starts_from_a_snapshot_is_told_of_it(world: World, image: str) -> None:
    hooks = {
        "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH": "/before",
        "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": "/after",
    }
    function = make_function(
        world.clients,
        image,
        SnapStart={"ApplyOn": "PublishedVersions"},
        Environment={"Variables": hooks},
    )
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    for qualifier, kind in (("$LATEST", "on-demand"), (version, "snap-start")):
        answer = world.clients.lambda_.invoke(
            FunctionName=function.name, Qualifier=qualifier, Payload=json.dumps(http("/"))
        )
        seen = json.loads(json.loads(answer["Payload"].read())["body"])
        assert seen["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == kind
    assert eventually(lambda: "served /after" in log_lines(world, function))
    lines = log_lines(world, function)
    assert [line for line in lines if line in ("served /before", "served /after")] == [
        "served /before",
        "served /after",
    ]


def test_a_snapshot_that_the_app_refuses_ends_its_start(world: World, image: str) -> None:
    function = make_function(
        world.clients,
        image,
        SnapStart={"ApplyOn": "PublishedVersions"},
        Environment={"Variables": {"AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": "/exit?code=3"}},
    )
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    answer = world.clients.lambda_.invoke(
        FunctionName=function.name, Qualifier=version, Payload=json.dumps(http("/"))
    )
    assert "Runtime exited with error" in json.loads(answer["Payload"].read())["errorMessage"]


def test_an_instance_stands_still_between_requests(world: World, function: Function) -> None:
    pid = json.loads(call(world, function, "/")["body"])["pid"]
    # The answer is here as soon as the signal is sent; a busy processor takes it a moment later.
    assert eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    assert json.loads(call(world, function, "/")["body"])["pid"] == pid


def test_an_image_whose_repository_is_gone_is_said_to_be(world: World, tmp_path: Path) -> None:
    function = make_function(world.clients, push_image(world.clients, tmp_path, APP, name="gone"))
    world.clients.ecr.delete_repository(repositoryName="gone", force=True)
    said = invoke(world, function, {})
    assert "the registry holds no image" in said["errorMessage"]


def test_an_image_is_unpacked_as_soon_as_a_function_has_it(world: World, tmp_path: Path) -> None:
    app = "print('unpacked early')"
    make_function(world.clients, push_image(world.clients, tmp_path, app))
    assert eventually(lambda: app in unpacked(world.account))


def test_requests_at_once_are_answered_by_different_instances_one_each(
    world: World, function: Function
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: call(world, function, "/slow?s=0.3"), range(4)))
    pids = [json.loads(answer["body"])["pid"] for answer in answers]
    assert len(pids) == 4
    assert len(set(pids)) == 2  # the account's limit: the others waited for their turn


def test_an_instance_killed_while_frozen_is_replaced_unnoticed(world: World, function: Function) -> None:
    pid = json.loads(call(world, function, "/")["body"])["pid"]
    os.kill(pid, signal.SIGKILL)
    assert json.loads(call(world, function, "/")["body"])["pid"] != pid


def test_a_function_that_exits_fails_with_lambdas_words(world: World, function: Function) -> None:
    answer = raw(world, function, http("/exit?code=3"))
    assert answer["FunctionError"] == "Unhandled"
    failure = json.loads(answer["Payload"].read())
    assert failure["errorType"] == "Runtime.ExitError"
    assert "Runtime exited with error: exit status 3" in failure["errorMessage"]


def test_a_function_that_cannot_start_says_so(world: World, function: Function) -> None:
    world.clients.lambda_.update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"BROKEN": "exit"}}
    )
    failure = json.loads(raw(world, function, http("/"))["Payload"].read())
    assert failure["errorType"] == "Runtime.ExitError"
    assert "exit status 1" in failure["errorMessage"]
    assert eventually(lambda: "no way to start" in log_lines(world, function))


def test_the_timeout_kills_the_instance(world: World, function: Function) -> None:
    world.clients.lambda_.update_function_configuration(FunctionName=function.name, Timeout=1)
    pid = json.loads(call(world, function, "/")["body"])["pid"]
    failure = json.loads(raw(world, function, http("/slow?s=30"))["Payload"].read())
    assert failure["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in failure["errorMessage"]
    assert not psutil.pid_exists(pid)


def test_an_instance_that_outgrows_its_memory_is_killed(world: World, function: Function) -> None:
    failure = json.loads(raw(world, function, http("/hog?mb=400"))["Payload"].read())
    assert "signal: SIGKILL" in failure["errorMessage"]


def test_answers_over_six_megabytes_are_refused(world: World, function: Function) -> None:
    assert len(call(world, function, "/big?n=6000000")["body"]) == 6_000_000
    failure = json.loads(raw(world, function, http("/big?n=6300000"))["Payload"].read())
    assert failure["errorType"] == "Function.ResponseSizeTooLarge"


def test_events_over_six_megabytes_are_refused(world: World, function: Function) -> None:
    with pytest.raises(world.clients.lambda_.exceptions.RequestTooLargeException):
        raw(world, function, {"padding": "x" * (6 * 1024 * 1024)})


def test_a_binary_answer_comes_in_base64_and_cookies_in_a_list(world: World, function: Function) -> None:
    binary = call(world, function, "/binary")
    assert binary["isBase64Encoded"]
    assert base64.b64decode(binary["body"]) == bytes(range(256))
    assert call(world, function, "/cookies")["cookies"] == ["a=1", "b=2"]


def test_an_unknown_function_is_not_found(world: World) -> None:
    with pytest.raises(
        world.clients.lambda_.exceptions.ResourceNotFoundException, match="Function not found"
    ):
        world.clients.lambda_.invoke(FunctionName="nobody", Payload=b"{}")


def test_an_event_that_is_no_json_is_refused(world: World, function: Function) -> None:
    with pytest.raises(world.clients.lambda_.exceptions.InvalidRequestContentException):
        world.clients.lambda_.invoke(FunctionName=function.name, Payload=b"{not json")


@pytest.mark.parametrize(
    "event", [None, [], "text", {"requestContext": None}, {"requestContext": {"http": None}}]
)
def test_whatever_is_no_http_request_is_passed_through(world: World, function: Function, event: Any) -> None:
    assert invoke(world, function, event) == {"event": event}


def test_half_an_http_event_fails_the_function_and_not_the_service(world: World, function: Function) -> None:
    failure = invoke(world, function, {"requestContext": {"http": {"method": "GET"}}})
    assert failure["errorType"] == "Runtime.InvalidEvent"


def test_an_asynchronous_event_that_is_no_json_is_not_accepted(world: World, function: Function) -> None:
    with pytest.raises(world.clients.lambda_.exceptions.InvalidRequestContentException):
        world.clients.lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{bad")


def test_reserved_concurrency_throttles(world: World, function: Function) -> None:
    world.clients.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    # Any other client would try again for half a minute.
    once = world.clients.client("lambda", total_max_attempts=1)
    with pytest.raises(once.exceptions.TooManyRequestsException):
        once.invoke(FunctionName=function.name, Payload=json.dumps(http("/")))


def test_an_asynchronous_invocation_runs_after_it_is_accepted(world: World, function: Function) -> None:
    answer = world.clients.lambda_.invoke(
        FunctionName=function.name, InvocationType="Event", Payload=json.dumps(http("/later"))
    )
    assert answer["StatusCode"] == 202
    assert eventually(lambda: "served /later" in log_lines(world, function))


def test_an_asynchronous_event_that_is_throttled_waits_in_its_queue(world: World, function: Function) -> None:
    lambda_ = world.clients.lambda_
    lambda_.put_function_event_invoke_config(FunctionName=function.name, MaximumRetryAttempts=0)
    lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=json.dumps(http("/queued")))
    with pytest.raises(lambda_.exceptions.TooManyRequestsException):
        raw(world, function, http("/"))
    lambda_.delete_function_concurrency(FunctionName=function.name)
    assert eventually(lambda: "served /queued" in log_lines(world, function))


def test_a_dry_run_runs_nothing(world: World, function: Function) -> None:
    answer = world.clients.lambda_.invoke(FunctionName=function.name, InvocationType="DryRun", Payload=b"{}")
    assert answer["StatusCode"] == 204
    assert not [i for i in instances(world) if i["function"] == function.name]


def test_a_version_keeps_its_code_and_environment(world: World, function: Function, tmp_path: Path) -> None:
    lambda_ = world.clients.lambda_
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "one"}})
    version = lambda_.publish_version(FunctionName=function.name)["Version"]
    newer = push_image(world.clients, tmp_path / "newer", APP.replace('"pid":', '"newer": True, "pid":'))
    lambda_.update_function_code(FunctionName=function.name, ImageUri=newer)
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "two"}})
    old = json.loads(call(world, function, "/", Qualifier=version)["body"])
    new = json.loads(call(world, function, "/")["body"])
    assert ("newer" in old, old["environment"]["V"]) == (False, "one")
    assert ("newer" in new, new["environment"]["V"]) == (True, "two")


def test_instances_retire_when_the_alias_moves_on(world: World, function: Function) -> None:
    lambda_ = world.clients.lambda_
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=first)
    pid = json.loads(call(world, function, "/", Qualifier="live")["body"])["pid"]
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "2"}})
    second = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.update_alias(FunctionName=function.name, Name="live", FunctionVersion=second)
    answer = raw(world, function, http("/"), Qualifier="live")
    assert answer["ExecutedVersion"] == second
    assert eventually(lambda: not psutil.pid_exists(pid))


def test_a_weighted_alias_sends_some_to_the_other_version(world: World, function: Function) -> None:
    lambda_ = world.clients.lambda_
    first = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"V": "2"}})
    second = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(
        FunctionName=function.name,
        Name="live",
        FunctionVersion=first,
        RoutingConfig={"AdditionalVersionWeights": {second: 0.5}},
    )
    versions = {raw(world, function, http("/"), Qualifier="live")["ExecutedVersion"] for _ in range(20)}
    assert versions == {first, second}


def test_the_log_tells_the_invocation_from_start_to_report(world: World, function: Function) -> None:
    answer = raw(world, function, http("/hello"), LogType="Tail")
    assert "served /hello" in base64.b64decode(answer["LogResult"]).decode()
    assert eventually(lambda: any("platform.report" in line for line in log_lines(world, function)))
    lines = log_lines(world, function)
    kinds = [json.loads(line)["type"] if line.startswith("{") else line for line in lines]
    assert kinds == ["platform.start", "served /hello", "platform.runtimeDone", "platform.report"]
    report = json.loads(lines[-1])["record"]
    assert report["status"] == "success"
    assert report["metrics"]["memorySizeMB"] == 256
    assert 0 < report["metrics"]["maxMemoryUsedMB"] < 256
    assert report["metrics"]["initDurationMs"] > 0


def test_text_logs_have_lambdas_three_lines(world: World, image: str) -> None:
    function = make_function(world.clients, image)
    world.clients.lambda_.update_function_configuration(
        FunctionName=function.name, LoggingConfig={"LogFormat": "Text", "LogGroup": function.log_group}
    )
    call(world, function, "/")
    assert eventually(
        lambda: any(line.startswith("REPORT RequestId:") for line in log_lines(world, function))
    )
    assert [line.split(" ")[0] for line in log_lines(world, function)] == ["START", "served", "END", "REPORT"]


def test_a_log_group_that_does_not_exist_loses_its_lines_and_nothing_else(
    world: World, function: Function
) -> None:
    world.clients.logs.delete_log_group(logGroupName=function.log_group)
    assert call(world, function, "/")["statusCode"] == 200


def call(world: World, function: Function, path: str, **options: Any) -> dict[str, Any]:
    return json.loads(raw(world, function, http(path), **options)["Payload"].read())


def invoke(world: World, function: Function, event: Any) -> Any:
    return json.loads(raw(world, function, event)["Payload"].read())


def raw(world: World, function: Function, event: Any, **options: Any) -> Any:
    return world.clients.lambda_.invoke(FunctionName=function.name, Payload=json.dumps(event), **options)


def http(path: str) -> dict[str, Any]:
    return http_event("GET", path)


def instances(world: World) -> list[dict[str, Any]]:
    said = account.health(world.account)
    assert said is not None
    return said["instances"]


def log_lines(world: World, function: Function) -> list[str]:
    events = world.clients.logs.filter_log_events(logGroupName=function.log_group)["events"]
    return [event["message"] for event in events]
