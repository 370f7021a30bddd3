"""What a plan would do: read by people, decided on by the gate, and never a key in it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops import costs, plans
from ops.plans import ABSENT, HIDDEN, UNKNOWN, Attribute, Drift, LossError, Resource
from ops.settings import TERRAFORM
from ops.terraform import Change, planned_changes

RECORDINGS = Path(__file__).parent / "recordings"
SECRET = "sk-"


def recorded(name: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text())
    return plan


def streamed(name: str) -> tuple[Change, ...]:
    return planned_changes((RECORDINGS / f"{name}.jsonl").read_text())


def test_a_change_shows_what_was_and_what_would_be() -> None:
    found = {resource.address: resource for resource in plans.summary(recorded("memory")).resources}
    function = found["aws_lambda_function.app"]
    assert function.action == "update"
    assert function.attributes[:2] == (
        Attribute("environment.variables.OPENAI_API_KEY", HIDDEN, HIDDEN),
        Attribute("memory_size", "2048", "3008"),
    )
    pending = [attribute.path for attribute in function.attributes if attribute.after == UNKNOWN]
    assert pending == ["qualified_arn", "qualified_invoke_arn", "version"]
    assert found["aws_cloudwatch_log_group.api"].attributes == (Attribute("retention_in_days", "7", "30"),)


def test_what_forces_a_replacement_is_marked_and_computed_values_are_no_news() -> None:
    found = {resource.address: resource for resource in plans.summary(recorded("table")).resources}
    assert found["aws_dynamodb_table.sessions"] == Resource(
        "aws_dynamodb_table.sessions",
        "replace",
        (Attribute("name", "patient-insight-sessions", "patient-insight-visits", forces=True),),
    )


def test_a_plan_is_told_in_lines_with_its_count_last() -> None:
    assert plans.describe(plans.summary(recorded("table"))) == [
        "-/+ aws_dynamodb_table.sessions replaced",
        "      name  patient-insight-sessions → patient-insight-visits  forces the replacement",
        "  ~ aws_iam_role_policy.function changed",
        "      known after apply: policy",
        "  ~ aws_lambda_function.app changed",
        f"      environment.variables.OPENAI_API_KEY  {HIDDEN} → {HIDDEN}",
        "      environment.variables.SESSIONS_TABLE  patient-insight-sessions → patient-insight-visits",
        "      known after apply: qualified_arn, qualified_invoke_arn, version",
        "OPENAI_API_KEY: the plan file and the state hold the key itself (key_delivery = environment).",
        "Plan: 2 changed, 1 replaced.",
    ]


def test_an_empty_plan_says_so() -> None:
    assert plans.describe(plans.summary({})) == ["Plan: nothing to change."]


def test_a_value_that_is_only_marked_as_sensitive_is_no_change() -> None:
    values = {"environment": [{"variables": {"OPENAI_API_KEY": "sk-the-same"}}]}
    change = {
        "actions": ["update"],
        "before": values,
        "after": values,
        "after_unknown": {},
        "before_sensitive": {"environment": [{"variables": {}}]},
        "after_sensitive": {"environment": [{"variables": {"OPENAI_API_KEY": True}}]},
    }
    shown = {
        "resource_changes": [{"address": "aws_lambda_function.app", "change": change}],
        "output_changes": {"url": {"actions": ["no-op"]}},
    }
    assert plans.is_empty(shown)
    told = plans.describe(plans.summary(shown))
    assert ("OPENAI_API_KEY: the plan file" in told[0], told[1:]) == (True, ["Plan: nothing to change."])
    assert plans.pending(shown) == ()
    change["after"] = {**values, "memory_size": 512}
    assert not plans.is_empty(shown)
    change["after"] = values
    shown["output_changes"]["url"]["actions"] = ["update"]
    assert not plans.is_empty(shown)


@pytest.mark.parametrize("name", ["memory", "table", "drift", "adopt"])
def test_no_key_of_a_plan_is_ever_told(name: str) -> None:
    plan = recorded(name)
    assert SECRET in json.dumps(plan), "the recording shows nothing without a key in it"
    told = repr((plans.summary(plan), plans.drift(plan), costs.estimate(plan, region="eu-west-3")))
    assert SECRET not in told
    assert SECRET not in "\n".join(plans.describe(plans.summary(plan)))


@pytest.mark.parametrize("name", ["memory", "table", "adopt"])
def test_the_stream_says_of_each_resource_what_the_whole_plan_says(name: str) -> None:
    whole = {resource.address: resource.action for resource in plans.summary(recorded(name)).resources}
    assert {change.address: change.action for change in streamed(name)} == whole


def test_what_is_taken_over_is_told_apart_from_what_is_made() -> None:
    actions = {change.address: change.action for change in streamed("adopt")}
    assert actions["aws_dynamodb_table.sessions"] == "import"
    assert actions["aws_cloudwatch_log_group.function"] == "import"
    assert actions["aws_cloudwatch_log_group.api"] == "create"


@pytest.mark.parametrize("marks", [True, {"tokens": [{"value": True}]}])
def test_a_whole_that_is_not_known_yet_shows_no_key_within(marks: object) -> None:
    change = {
        "actions": ["update"],
        "before": {"settings": {"tokens": [{"value": f"{SECRET}within"}]}},
        "before_sensitive": {"settings": marks},
        "after": {},
        "after_unknown": {"settings": True},
    }
    plan = {"resource_changes": [{"address": "aws_new_thing.x", "change": change}]}
    assert plans.summary(plan).resources[0].attributes == (Attribute("settings", HIDDEN, UNKNOWN),)


@pytest.mark.parametrize(
    ("address", "value", "where"),
    [
        (
            "aws_cloudfront_distribution.page[0]",
            {"origin": [{"custom_header": [{"name": "x-origin-secret", "value": "{}"}]}]},
            "origin.custom_header.value",
        ),
        ('terraform_data.origin_secret["1"]', {"output": "{}"}, "output"),
    ],
)
def test_the_secret_by_which_cloudfront_is_known_is_not_shown(
    address: str, value: object, where: str
) -> None:
    before, after = (json.loads(json.dumps(value).replace("{}", f"{SECRET}{n}")) for n in (1, 2))
    marks = {"input": True} if "output" in after else {}
    change = {"actions": ["update"], "before": before, "after": after, "after_sensitive": marks}
    plan = {"resource_changes": [{"address": address, "change": change}]}
    assert plans.summary(plan).resources[0].attributes == (Attribute(where, HIDDEN, HIDDEN),)


def test_long_values_are_shown_from_where_they_differ() -> None:
    address = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight@sha256:"
    change = {
        "actions": ["update"],
        "before": {"image_uri": f"{address}{'a' * 64}"},
        "after": {"image_uri": f"{address}{'b' * 64}"},
    }
    plan = {"resource_changes": [{"address": "aws_lambda_function.app", "change": change}]}
    (attribute,) = plans.summary(plan).resources[0].attributes
    assert attribute.before == f"…-insight@sha256:{'a' * 44}…"
    assert attribute.after == f"…-insight@sha256:{'b' * 44}…"


# ------------------------------------------------------------------------------------------------ the gate


def test_the_loss_of_a_table_is_refused_by_name_with_the_flag_to_type() -> None:
    with pytest.raises(
        LossError,
        match=r"(?s)aws_dynamodb_table\.sessions is replaced, and with it all items.*Nothing was changed.*"
        r"--allow-destroy",
    ):
        plans.refuse_loss(streamed("table"), allow_destroy=False)


def test_a_loss_that_is_wanted_passes() -> None:
    plans.refuse_loss(streamed("table"), allow_destroy=True)


def test_a_plan_that_loses_nothing_passes() -> None:
    plans.refuse_loss(streamed("memory"), allow_destroy=False)
    plans.refuse_loss(streamed("adopt"), allow_destroy=False)


def test_what_can_be_made_again_may_go() -> None:
    gone = Change("aws_lambda_permission.api", "aws_lambda_permission", "replace")
    plans.refuse_loss([gone], allow_destroy=False)


@pytest.mark.parametrize("action", ["delete", "replace"])
def test_a_kind_of_resource_that_nobody_knows_is_taken_for_one_that_holds_something(action: str) -> None:
    with pytest.raises(LossError, match=r"aws_new_thing\.x is .*nothing here knows this kind"):
        plans.refuse_loss([Change("aws_new_thing.x", "aws_new_thing", action)], allow_destroy=False)


def test_each_kind_of_resource_in_the_stack_is_known_to_the_gate() -> None:
    declared = re.compile(r'^resource "(\w+)"', re.MULTILINE)
    kinds = {kind for file in TERRAFORM.glob("*.tf") for kind in declared.findall(file.read_text())}
    assert kinds
    assert kinds - plans.STATEFUL.keys() - plans.STATELESS == set()
    assert not plans.STATEFUL.keys() & plans.STATELESS


# ------------------------------------------------------------------------------------------------- drift


def test_drift_is_what_was_changed_by_hand_and_not_what_a_rotation_changed() -> None:
    assert plans.drift(recorded("drift")) == (
        Drift("aws_cloudwatch_log_group.api", "", "there", "gone"),
        Drift("aws_lambda_function.app", "environment.variables.MODEL_NAME", "gpt-4o", "gpt-4o-mini"),
        Drift("aws_lambda_function.app", "environment.variables.PUT_HERE_BY_HAND", ABSENT, HIDDEN),
        Drift("aws_lambda_function.app", "memory_size", "3008", "1024"),
    )
    assert plans.pending(recorded("drift")) == ()


def test_what_is_not_applied_yet_is_no_drift() -> None:
    plan = recorded("memory")
    assert plan["resource_drift"], "Terraform itself calls the forms of nothing a drift"
    assert plans.drift(plan) == ()
    assert plans.pending(plan) == (
        "aws_cloudwatch_log_group.api",
        "aws_cloudwatch_log_group.function",
        "aws_lambda_function.app",
    )


def rights(
    before: str, after: str | None, own: tuple[str, str] | None = None, **variables: object
) -> dict[str, Any]:
    """A plan that changes what the function may decrypt with; None where that is not known yet.

    `own` is the ARN of the stack's own key, and what becomes of it.
    """
    policy = '{{"Statement": [{{"Action": "kms:Decrypt", "Resource": "{}"}}]}}'
    change = {
        "actions": ["update"],
        "before": {"policy": policy.format(before)},
        "after": {} if after is None else {"policy": policy.format(after)},
    }
    entry = {"address": "aws_iam_role_policy.function", "change": change}
    given = {name: {"value": value} for name, value in variables.items()}
    keys = [own] if own else []
    entries = [
        {"address": "aws_kms_key.main[0]", "type": "aws_kms_key"}
        | {"change": {"actions": [action], "before": {"arn": arn}}}
        for arn, action in keys
    ]
    return {"resource_changes": [{**entry, "type": "aws_iam_role_policy"}, *entries], "variables": given}


def test_the_kms_keys_that_the_function_could_no_longer_decrypt_with() -> None:
    old, new = (f"arn:aws:kms:eu-west-3:123456789012:key/{name}" for name in ("old", "new"))
    assert plans.lost_keys(rights(old, new)) == {old}
    assert plans.lost_keys(rights(old, old)) == set()
    # The policy with a key that the apply makes is not known; what the variables name stays.
    assert plans.lost_keys(rights(old, None, previous_kms_key=None)) == {old}
    assert plans.lost_keys(rights(old, None, previous_kms_key=old)) == set()
    # Nor is it where something else that it names is made; the stack's own key stays what it is.
    for told in {"customer_key": True}, {"previous_kms_key": "customer_key"}:
        assert plans.lost_keys(rights(old, None, own=(old, "update"), **told)) == set()
        assert plans.lost_keys(rights(old, None, own=(old, "delete"), **told)) == {old}
    assert plans.lost_keys(rights(old, None, own=(old, "no-op"), customer_key=False)) == {old}
    assert plans.lost_keys({}) == set()


def test_what_users_come_through_is_told_from_what_only_changes_in_place() -> None:
    made = Change("aws_lambda_function_url.live[0]", "aws_lambda_function_url", "create")
    gone = Change("aws_apigatewayv2_api.http[0]", "aws_apigatewayv2_api", "delete")
    other = Change("aws_apigatewayv2_stage.default[0]", "aws_apigatewayv2_stage", "delete")
    assert plans.changed_fronts([made, gone, other]) == (made.address, gone.address)
    assert plans.changed_fronts([replace(made, action="update"), replace(gone, action="import")]) == ()


def test_only_a_plan_that_changes_rights_has_to_be_read_for_that() -> None:
    change = Change("aws_iam_role_policy.function", "aws_iam_role_policy", "update")
    assert plans.changes_rights([change])
    assert not plans.changes_rights([replace(change, action="create"), replace(change, address="another")])
