"""The policies in terraform/permissions, and how one follows from what commands ask."""

import json
import re
from typing import Any

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from ops import permissions
from ops.permissions import ROLES, UnknownResourceError
from tests import policies

PLACE = {
    "partition": "aws",
    "account_id": "111122223333",
    "region": "eu-west-3",
    "app_name": "page",
    "domain_name": "page.chu.example",
    "hosted_zone_id": "Z1",
}
HERE = "eu-west-3:111122223333"
STATE = "arn:aws:s3:::page-terraform-111122223333-eu-west-3/page/terraform.tfstate"
KEY = f"arn:aws:ssm:{HERE}:parameter/page/openai-api-key"
FUNCTION = f"arn:aws:lambda:{HERE}:function:page"
ROLE = "arn:aws:iam::111122223333:role/page-eu-west-3"

# As long as a stage's names may be. Source: terraform/variables.tf; Route 53 API, ResourceId.
LONGEST = {"app_name": "p" * 30, "domain_name": f"{'p' * 48}.chu.example", "hosted_zone_id": "Z" * 32}

# The inline policies of a role together, and so of a permission set. Source: IAM user guide, "IAM and AWS STS
# quotas"; IAM Identity Center user guide, "Custom permissions".
INLINE_LETTERS = 10_240

# Or what IAM has no smaller name for: an id that AWS gives, and rules that AWS keeps.
OF_A_STAGE = "page|/Z1|/apis|/domainnames$|oidc-provider|origin-access-control|:::change/|managedruleset"

# What AWS names is the stage's by its tag.
BY_TAG = ("Certificate", "Distribution", "Key")


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_is_what_follows_from_the_recording(role: str) -> None:
    asked = json.loads(permissions.RECORDING.read_text())
    there = json.loads((permissions.DIRECTORY / f"{role}.json").read_text())
    assert there == permissions.document(role, asked)


@pytest.mark.parametrize("role", ROLES)
def test_no_statement_allows_a_pattern_of_actions_or_any_resource_that_iam_could_name(role: str) -> None:
    for statement in allowed(role):
        assert not [action for action in statement["Action"] if "*" in action or ":" not in action]
        if statement["Sid"].removeprefix("New") not in (*BY_TAG, "KeyOfKeys", "Account"):
            assert [arn for arn in statement["Resource"] if not re.search(OF_A_STAGE, arn)] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_fits_where_it_goes(role: str) -> None:
    policy = permissions.policy(role, {**PLACE, **LONGEST})
    assert len(json.dumps(policy, separators=(",", ":"))) <= INLINE_LETTERS


def test_the_plan_of_a_pull_request_reads_everything_but_a_secret_and_writes_nothing() -> None:
    assert permits("plan", "s3:GetObject", STATE)
    assert permits("plan", "lambda:GetFunction", FUNCTION)
    assert permits("plan", "ssm:GetParameter", KEY)  # its version; the value would take:
    assert decide("plan", "kms:Decrypt", f"arn:aws:kms:{HERE}:key/of-ssm") is PermissionResult.DENIED
    assert not permits("plan", "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/page/runtime/session-key")
    assert not permits("plan", "s3:GetObjectVersion", STATE)
    reading = ("Get", "List", "Describe", "View", "BatchGet", "BatchCheck", "GET")
    actions = [action for statement in allowed("plan") for action in statement["Action"]]
    assert [action for action in actions if not action.partition(":")[2].startswith(reading)] == []


def test_only_the_build_of_a_workflow_pushes_and_it_does_nothing_else() -> None:
    services = {action.partition(":")[0] for one in allowed("build") for action in one["Action"]}
    assert services <= {"ecr", "sts"}
    assert "ecr:PutImage" in {action for one in allowed("build") for action in one["Action"]}


def test_no_role_of_a_workflow_may_change_whom_a_role_trusts_or_what_it_may_do() -> None:
    for role in permissions.GITHUB_ROLES:
        for name in permissions.GITHUB_ROLES:
            for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole"):
                assert not permits(role, action, f"{ROLE}-{name}")
        assert not permits(role, "iam:UpdateAssumeRolePolicy", ROLE)


@pytest.mark.parametrize("role", ["deploy", "deployer"])
def test_whoever_deploys_reaches_this_stage_alone(role: str) -> None:
    assert permits(role, "lambda:UpdateAlias", FUNCTION)
    assert permits(role, "lambda:InvokeFunction", f"{FUNCTION}:7")
    assert not permits(role, "lambda:UpdateAlias", f"{FUNCTION}-of-others")
    assert not permits(role, "s3:GetObject", STATE.replace("page-terraform", "others-terraform"))
    assert not permits(role, "ssm:PutParameter", KEY.replace("/page/", "/others/"))
    assert not permits(role, "iam:PutRolePolicy", f"{ROLE}-of-others")


def test_a_workflow_deletes_nothing_that_holds_data() -> None:
    table = f"arn:aws:dynamodb:{HERE}:table/page-sessions"
    log = f"arn:aws:logs:{HERE}:log-group:/aws/lambda/page:log-stream:"
    for action, resource in (("dynamodb:DeleteTable", table), ("logs:DeleteLogGroup", log)):
        assert [role for role in ROLES if permits(role, action, resource)] == ["deployer"]


# What an apply asks on which resource to take an option back.
OF_SWITCHING_OFF = {
    "reserved_concurrency": ("lambda:DeleteFunctionConcurrency", FUNCTION),
    "provisioned_concurrency": ("lambda:DeleteProvisionedConcurrencyConfig", f"{FUNCTION}:live"),
    "customer_key, logs": ("logs:DisassociateKmsKey", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/page"),
    "customer_key, name": ("kms:DeleteAlias", f"arn:aws:kms:{HERE}:alias/page"),
    "alarm_emails": ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:page-errors"),
    "alarm_emails, who is told": ("sns:Unsubscribe", "*"),
    "alarm_emails, topic": ("sns:DeleteTopic", f"arn:aws:sns:{HERE}:page-alarms"),
    "monthly_budget_usd": ("budgets:ModifyBudget", "arn:aws:budgets::111122223333:budget/page-eu-west-3"),
    "waf": ("wafv2:DeleteWebACL", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/page-eu-west-3/1"),
    "cloudfront": (
        "cloudfront:DeleteOriginAccessControl",
        "arn:aws:cloudfront::111122223333:origin-access-control/E1",
    ),
    "front": ("lambda:DeleteFunctionUrlConfig", f"{FUNCTION}:live"),
    "domain_name": (
        "apigateway:DELETE",
        "arn:aws:apigateway:eu-west-3::/domainnames/page.chu.example",
    ),
}

# The same of what is known by its tag.
OF_SWITCHING_OFF_BY_TAG = {
    "Distribution": "cloudfront:DeleteDistribution",
    "Certificate": "acm:DeleteCertificate",
    "Key": "kms:ScheduleKeyDeletion",
}


def test_whoever_deploys_by_hand_may_switch_each_option_off_again() -> None:
    denied = [
        option
        for option, (action, resource) in OF_SWITCHING_OFF.items()
        if not permits("deployer", action, resource)
    ]
    by_tag = {one["Sid"]: one["Action"] for one in allowed("deployer")}
    assert denied == []
    assert all(action in by_tag[sid] for sid, action in OF_SWITCHING_OFF_BY_TAG.items())


def test_only_lambda_may_be_given_the_functions_role() -> None:
    (statement,) = (one for one in allowed("deployer") if "iam:PassRole" in one["Action"])
    assert statement["Resource"] == [ROLE]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


@pytest.mark.parametrize("role", ["deploy", "deployer"])
@pytest.mark.parametrize("what", BY_TAG)
def test_what_aws_names_is_the_stages_by_its_tag(role: str, what: str) -> None:
    about = [one for one in allowed(role) if one["Sid"] in (what, f"New{what}")]
    assert [one["Condition"]["StringEquals"] for one in about] == [
        {"aws:ResourceTag/Application": "page"},
        {"aws:RequestTag/Application": "page"},
    ]
    service = {"Certificate": "acm", "Distribution": "cloudfront", "Key": "kms"}[what]
    assert all(action.startswith(f"{service}:") for one in about for action in one["Action"])


@pytest.mark.parametrize("role", ["deploy", "deployer"])
def test_of_names_only_the_stages_own_is_changed(role: str) -> None:
    assert permits(role, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1")
    assert not permits(role, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z2")
    api = "arn:aws:apigateway:eu-west-3::/domainnames/"
    assert permits(role, "apigateway:DELETE", f"{api}page.chu.example")
    assert not permits(role, "apigateway:DELETE", f"{api}others.chu.example")


@pytest.mark.parametrize("role", ["deploy", "deployer"])
def test_whoever_makes_what_terraform_tags_may_tag_it(role: str) -> None:
    public_url = f"arn:aws:ssm:{HERE}:parameter/page/runtime/public-url"
    assert permits(role, "ssm:PutParameter", public_url)
    assert permits(role, "ssm:AddTagsToResource", public_url)
    assert permits(
        role, "apigateway:TagResource", "arn:aws:apigateway:eu-west-3::/domainnames/page.chu.example"
    )


def test_the_schedule_that_checks_keys_changes_none() -> None:
    assert permits("keys", "ssm:GetParameter", KEY)
    assert not permits("keys", "ssm:PutParameter", KEY)
    assert not permits("keys", "s3:GetObject", STATE)


def test_who_reads_a_key_may_decrypt_it_with_the_stages_own_kms_key_through_systems_manager_alone() -> None:
    key, tag = f"arn:aws:kms:{HERE}:key/of-the-stage", {"aws:ResourceTag/Application": "page"}
    there, elsewhere = ({"kms:ViaService": f"{one}.eu-west-3.amazonaws.com"} for one in ("ssm", "dynamodb"))
    role = permissions.policy("keys", PLACE)
    assert policies.allows(role, "kms:Decrypt", key, tag | there)
    assert not policies.allows(role, "kms:Decrypt", key, tag | elsewhere)
    assert not policies.allows(role, "kms:Decrypt", key, {"aws:ResourceTag/Application": "others"} | there)
    assert not policies.allows(permissions.policy("plan", PLACE), "kms:Decrypt", key, tag | there)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_a_role_is_denied_is_also_allowed(role: str) -> None:
    every = permissions.policy(role, PLACE)["Statement"]
    denied = {action for one in every if one["Effect"] == "Deny" for action in one["Action"]}
    assert denied.isdisjoint(action for one in allowed(role) for action in one["Action"])


def test_what_no_statement_is_about_is_said_and_not_allowed_somehow() -> None:
    with pytest.raises(UnknownResourceError, match=r"sqs:SendMessage was asked on \*, which"):
        permissions.named({"deploy": {"sqs:SendMessage": ["*"]}}, PLACE)
    with pytest.raises(UnknownResourceError, match="function:others"):
        permissions.named({"deploy": {"lambda:UpdateAlias": [FUNCTION.replace("page", "others")]}}, PLACE)


def test_what_aws_demands_beside_an_action_is_allowed_with_it() -> None:
    asked = permissions.named({"scan": {}, "push": {"lambda:UpdateFunctionCode": [FUNCTION]}}, PLACE)
    assert [(one["Sid"], one["Action"]) for one in permissions.document("build", asked)["Statement"]] == [
        ("Images", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
        ("Function", ["lambda:UpdateFunctionCode"]),
    ]


def allowed(role: str) -> list[dict[str, Any]]:
    return [one for one in permissions.policy(role, PLACE)["Statement"] if one["Effect"] == "Allow"]


def permits(role: str, action: str, resource: str) -> bool:
    return decide(role, action, resource) is PermissionResult.PERMITTED


def decide(role: str, action: str, resource: str) -> PermissionResult:
    policy = IAMPolicy({"policy_document": json.dumps(permissions.policy(role, PLACE))})
    return policy.is_action_permitted(action, resource)
