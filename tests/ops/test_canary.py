"""A trial before it begins, and what is read of it; trials themselves are in test_rollback.py."""

import datetime
import json
import time
import uuid

import pytest

from ops import canary
from ops.canary import Canary, Sighting
from ops.errors import CanaryError
from tests.ops.worlds import World


@pytest.mark.parametrize(
    ("percent", "bake_s", "message"),
    [(0, 60, "not 0. Nothing was done"), (100, 60, "1 to 99 percent"), (10, 0, "at least a second")],
)
def test_what_would_be_no_trial_is_refused(percent: int, bake_s: float, message: str) -> None:
    with pytest.raises(CanaryError, match=message):
        Canary(percent, bake_s)


def test_an_instance_that_started_before_midnight_is_heard(world: World) -> None:
    logs, group = world.clients.logs, f"/eve/{uuid.uuid4().hex}"
    now = datetime.datetime.now(datetime.UTC)
    stream = f"{now - datetime.timedelta(days=1):%Y/%m/%d}/[7]{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    line = json.dumps({"level": "ERROR", "message": "the page broke"})
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": int(time.time() * 1000), "message": line}],
    )
    began = now - datetime.timedelta(seconds=5)
    seen = canary.in_log(logs, log_group=group, version="7", began=began)
    assert seen.failures == ("the page broke",)


@pytest.mark.parametrize(
    ("answered", "said"),
    [(0, "nobody came in 60 s: nothing was tried"), (3, "3 invocations in 60 s, none failed")],
)
def test_a_trial_to_which_nobody_came_is_not_called_a_success(answered: int, said: str) -> None:
    assert Sighting(answered, ()).after(60) == said
