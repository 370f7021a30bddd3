"""What the account forgets by itself, on backends in this process."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.embedded import lifetimes, log_events

DAY_S = 86_400


@pytest.fixture
def session() -> Iterator[boto3.session.Session]:
    """moto without a server: the functions under test work on its backends."""
    log_events.log_streams_pack_their_events()
    with mock_aws():
        yield boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-3")


def test_items_go_when_their_time_is_over(session: boto3.session.Session) -> None:
    dynamodb = session.client("dynamodb")
    for table in ("with", "without"):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "part", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "part")],
            BillingMode="PAY_PER_REQUEST",
        )
        for name, expires_at in (("old", "100"), ("young", "300"), ("text", None)):
            lifetime = {"expires_at": {"N": expires_at}} if expires_at else {"expires_at": {"S": "1"}}
            dynamodb.put_item(TableName=table, Item={"id": {"S": name}, "part": {"S": "0"}, **lifetime})
    specification = {"Enabled": True, "AttributeName": "expires_at"}
    dynamodb.update_time_to_live(TableName="with", TimeToLiveSpecification=specification)

    assert lifetimes.delete_expired_items(now=200) == 1
    assert ids(dynamodb, "with") == {"young", "text"}
    assert ids(dynamodb, "without") == {"old", "young", "text"}


def test_log_events_go_when_their_group_keeps_them_no_longer(session: boto3.session.Session) -> None:
    logs, now = session.client("logs"), time.time()
    for group, days in (("week", 7), ("for-ever", None)):
        logs.create_log_group(logGroupName=group)
        if days:
            logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        for stream, age_days in (("old", 8), ("new", 6)):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            event = {"timestamp": int((now - age_days * DAY_S) * 1000), "message": stream}
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    assert lifetimes.delete_old_log_events(now=now) == 1
    assert [stream["logStreamName"] for stream in streams(logs, "week")] == ["new"]
    assert len(streams(logs, "for-ever")) == 2


def ids(dynamodb: Any, table: str) -> set[str]:
    return {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def streams(logs: Any, group: str) -> list[dict[str, str]]:
    return logs.describe_log_streams(logGroupName=group)["logStreams"]
