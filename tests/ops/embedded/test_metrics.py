"""What CloudWatch says of functions that the embedded account runs."""

import datetime
import json
from typing import Any

import pytest

from ops.embedded.deployed import FunctionVersion
from ops.embedded.metrics import KEPT_MINUTES, Metrics
from ops.smoke import http_event
from tests.ops.worlds import Function, World, eventually, make_function


@pytest.fixture
def function(world: World, image: str) -> Function:
    return make_function(world.clients, image)


def test_an_invocation_counts_with_its_duration(world: World, function: Function) -> None:
    for _ in range(3):
        invoke(world, function, "/slow?s=0.05")
    by_name = {"FunctionName": function.name}
    assert total(world, "Invocations", by_name) == 3
    assert total(world, "Errors", by_name) == 0
    assert total(world, "ConcurrentExecutions", by_name, "Maximum") == 1
    assert total(world, "Duration", by_name, "Minimum") > 50


def test_a_function_that_fails_counts_as_an_error(world: World, function: Function) -> None:
    invoke(world, function, "/exit?code=3")
    invoke(world, function, "/")
    by_name = {"FunctionName": function.name}
    assert (total(world, "Invocations", by_name), total(world, "Errors", by_name)) == (2, 1)


def test_a_throttled_invocation_is_none(world: World, function: Function) -> None:
    world.clients.lambda_.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    once = world.clients.client("lambda", total_max_attempts=1)
    with pytest.raises(once.exceptions.TooManyRequestsException):
        once.invoke(FunctionName=function.name, Payload=b"{}")
    by_name = {"FunctionName": function.name}
    assert (total(world, "Throttles", by_name), total(world, "Invocations", by_name)) == (1, 0)


def test_the_versions_of_a_weighted_alias_count_apart(world: World, function: Function) -> None:
    lambda_ = world.clients.lambda_
    good = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"BROKEN": "exit"}}
    )
    bad = lambda_.publish_version(FunctionName=function.name)["Version"]
    lambda_.create_alias(
        FunctionName=function.name,
        Name="live",
        FunctionVersion=good,
        RoutingConfig={"AdditionalVersionWeights": {bad: 0.25}},
    )
    answers = [invoke(world, function, "/", Qualifier="live") for _ in range(60)]
    went_bad = sum(answer["ExecutedVersion"] == bad for answer in answers)

    assert 3 <= went_bad <= 30  # a quarter of 60 is 15; beyond these by chance once in 10,000 runs
    alias = {"FunctionName": function.name, "Resource": f"{function.name}:live"}
    assert total(world, "Invocations", {"FunctionName": function.name}) == 60
    assert total(world, "Invocations", alias) == 60
    assert total(world, "Invocations", {**alias, "ExecutedVersion": bad}) == went_bad
    assert total(world, "Errors", {**alias, "ExecutedVersion": bad}) == went_bad
    assert total(world, "Errors", {**alias, "ExecutedVersion": good}) == 0


def test_a_version_named_by_number_counts_as_a_resource(world: World, function: Function) -> None:
    version = world.clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    invoke(world, function, "/", Qualifier=version)
    resource = {"FunctionName": function.name, "Resource": f"{function.name}:{version}"}
    assert total(world, "Invocations", resource) == 1
    assert total(world, "Invocations", {**resource, "ExecutedVersion": version}) == 0


def test_what_is_run_later_counts_too(world: World, function: Function) -> None:
    world.clients.lambda_.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
    assert eventually(lambda: total(world, "Invocations", {"FunctionName": function.name}) == 1)


def test_statistics_say_what_data_says(world: World, function: Function) -> None:
    for _ in range(2):
        invoke(world, function, "/", Qualifier="$LATEST")
    now = datetime.datetime.now(datetime.UTC)
    points = world.clients.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": function.name}],
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now + datetime.timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) == sum(point["SampleCount"] for point in points) == 2
    assert {point["Unit"] for point in points} == {"Count"}


def test_memory_is_bounded_by_hours_and_not_by_invocations() -> None:
    metrics = Metrics()
    for minute in range(3 * KEPT_MINUTES):
        for _ in range(10):
            metrics.measure(version(), None, minute * 60.0, Invocations=1)
    points = metrics.points("eu-west-3")
    assert len(points) <= 2 * (KEPT_MINUTES + 1)
    assert {point.statistics.total for point in points} == {10}


def test_another_region_sees_nothing() -> None:
    metrics = Metrics()
    metrics.measure(version(), "live", 0.0, Invocations=1)
    assert metrics.points("us-east-1") == []
    assert len(metrics.points("eu-west-3")) == 3


def version() -> FunctionVersion:
    return FunctionVersion("f", "eu-west-3", "7", "arn", "r", "uri", 128, 512, 3, "group", "JSON", {})


def invoke(world: World, function: Function, path: str, **options: Any) -> Any:
    payload = json.dumps(http_event("GET", path))
    answer = world.clients.lambda_.invoke(FunctionName=function.name, Payload=payload, **options)
    answer["Payload"].read()
    return answer


def total(world: World, metric: str, dimensions: dict[str, str], stat: str = "Sum") -> float:
    """One metric's statistic over the last minutes; 0 when there is no point."""
    now = datetime.datetime.now(datetime.UTC)
    query = {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    found = world.clients.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": query, "Period": 3600, "Stat": stat}}],
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now + datetime.timedelta(minutes=5),
    )
    return sum(found["MetricDataResults"][0]["Values"])
