"""What a change costs a month: arithmetic on a small table."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import costs
from ops.costs import PRICES, Estimate, Part, Usage, estimate

RECORDINGS = Path(__file__).parent / "recordings"
USAGE = Usage(interactions=1_000_000, seconds=0.5, log_bytes=1000)


def changed(kind: str, before: object, after: object, name: str = "x") -> dict[str, Any]:
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    change = {"actions": actions, "before": before, "after": after}
    return {"address": f"{kind}.{name}", "type": kind, "mode": "managed", "change": change}


def parts(*changes: dict[str, Any]) -> tuple[Part, ...]:
    return estimated(*changes).parts


def estimated(*changes: dict[str, Any], region: str = "eu-west-3") -> Estimate:
    return estimate({"resource_changes": list(changes)}, region=region, usage=USAGE)


def function(memory_mb: int, architecture: str = "x86_64") -> dict[str, Any]:
    return {"function_name": "f", "memory_size": memory_mb, "architectures": [architecture]}


def test_memory_costs_by_the_second() -> None:
    (part,) = parts(changed("aws_lambda_function", function(1024), function(2048)))
    assert part.before == pytest.approx(0.2 + 500_000 * 0.0000166667)
    assert part.after == pytest.approx(0.2 + 1_000_000 * 0.0000166667)


def test_arm_is_cheaper() -> None:
    (part,) = parts(changed("aws_lambda_function", function(1024), function(1024, "arm64")))
    assert part.after == pytest.approx(0.2 + 500_000 * 0.0000133334)


def test_a_longer_timeout_costs_nothing() -> None:
    before, after = {**function(1024), "timeout": 30}, {**function(1024), "timeout": 300}
    assert parts(changed("aws_lambda_function", before, after)) == ()


def test_instances_kept_ready_cost_whether_used_or_not() -> None:
    ready = {"function_name": "f", "provisioned_concurrent_executions": 2}
    kept = changed("aws_lambda_function", function(2048), function(2048))
    kept["change"]["actions"] = ["no-op"]
    (part,) = parts(kept, changed("aws_lambda_provisioned_concurrency_config", None, ready))
    assert part.after == pytest.approx(2 * 2 * 730 * 3600 * 0.0000041667)


def test_instances_of_arm_that_are_kept_ready_are_cheaper() -> None:
    ready = {"function_name": "f", "provisioned_concurrent_executions": 1}
    kept = changed("aws_lambda_function", function(1024, "arm64"), function(1024, "arm64"))
    (part,) = parts(kept, changed("aws_lambda_provisioned_concurrency_config", None, ready))
    assert part.after == pytest.approx(730 * 3600 * 0.0000033334)


def test_a_snapshot_costs_for_as_long_as_it_is_kept() -> None:
    after = {**function(1024), "snap_start": [{"apply_on": "PublishedVersions"}]}
    (part,) = parts(changed("aws_lambda_function", function(1024), after))
    assert part.after - part.before == pytest.approx(730 * 3600 * 0.0000015046)


def test_logs_cost_for_as_long_as_they_are_kept() -> None:
    before, after = {"retention_in_days": 7}, {"retention_in_days": 365}
    (part,) = parts(changed("aws_cloudwatch_log_group", before, after))
    assert part.before == pytest.approx(1.0 * (7 * 24 / 730) * 0.03)
    assert part.after == pytest.approx(1.0 * (365 * 24 / 730) * 0.03)


def test_keys_and_alarms_cost_by_the_piece_and_roles_nothing() -> None:
    gone = changed("aws_kms_key", {"id": "k"}, None)
    made = changed("aws_cloudwatch_metric_alarm", None, {"alarm_name": "a"})
    role = changed("aws_iam_role", None, {"name": "r"})
    assert parts(gone, made, role) == (
        Part("aws_kms_key.x", 1.0, 0.0, ("every region",)),
        Part("aws_cloudwatch_metric_alarm.x", 0.0, 0.1, ("us-east-1",)),
    )


def test_prices_of_another_region_are_said_to_be_of_one() -> None:
    alarm = changed("aws_cloudwatch_metric_alarm", None, {"alarm_name": "a"})
    key = changed("aws_kms_key", None, {"id": "k"})
    assert (
        costs.describe(estimated(alarm))[-1] == "      in part by prices of us-east-1: eu-west-3 may differ"
    )
    assert costs.describe(estimated(alarm, region="us-east-1")) == costs.describe(estimated(alarm))[:-1]
    assert len(costs.describe(estimated(key))) == 2


def test_what_has_no_price_is_named() -> None:
    found = estimated(changed("aws_dynamodb_table", None, {"name": "t"}))
    assert (found.parts, found.unknown) == ((), ("aws_dynamodb_table.x",))
    assert costs.describe(found)[-1] == "      not estimated: aws_dynamodb_table.x"


def test_a_recorded_plan_is_told_at_its_usage() -> None:
    plan = json.loads((RECORDINGS / "memory.json").read_text())
    assert costs.describe(estimate(plan, region="eu-west-3")) == [
        "Cost: +0.05 $/month (at 10,000 interactions of 0.3 s a month).",
        "      aws_lambda_function.app  0.10 → 0.15",
        "      in part by prices of us-east-1: eu-west-3 may differ",
    ]


def test_each_price_says_where_it_stands() -> None:
    assert all(
        price.source.startswith("https://aws.amazon.com/") and price.region for price in PRICES.values()
    )


def test_a_firewall_costs_by_the_rule_and_by_the_request() -> None:
    (part,) = parts(changed("aws_wafv2_web_acl", None, {"rule": [{}, {}, {}, {}]}))
    assert part.after == pytest.approx(5 + 4 * 1 + 0.6)


def test_a_distribution_costs_by_the_request() -> None:
    (part,) = parts(changed("aws_cloudfront_distribution", None, {"enabled": True}))
    assert (part.after, part.regions) == (pytest.approx(1.2), ("Europe",))


def test_what_only_belongs_to_a_front_costs_nothing() -> None:
    kinds = ("aws_cloudfront_origin_access_control", "aws_lambda_function_url", "terraform_data")
    seen = estimated(*(changed(kind, None, {"id": "1"}) for kind in kinds))
    assert (seen.parts, seen.unknown) == ((), ())
