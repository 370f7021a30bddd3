"""The evaluation of policies that other tests rely on."""

from typing import Any

import pytest

from tests.policies import allows

TABLE = "arn:aws:dynamodb:eu-west-3:1:table/a-sessions"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


@pytest.mark.parametrize(
    ("action", "resource", "is_allowed"),
    [
        ("dynamodb:GetItem", TABLE, True),
        ("dynamodb:getitem", TABLE, True),
        ("dynamodb:GetItems", TABLE, False),
        ("dynamodb:PutItem", TABLE, False),
        ("dynamodb:GetItem", f"{TABLE}/index/x", False),
        ("s3:GetObject", "arn:aws:s3:::b/a/b", True),
        ("s3:GetObject", "arn:aws:s3:::b", False),
        ("s3:GetObject", "arn:aws:s3:::b[1]/a", False),
    ],
)
def test_actions_and_resources_are_patterns(action: str, resource: str, is_allowed: bool) -> None:
    given = policy(
        {"Action": ["dynamodb:GetItem"], "Resource": TABLE},
        {"Action": "s3:Get*", "Resource": ["arn:aws:s3:::b/*"]},
    )
    assert allows(given, action, resource) is is_allowed


def test_a_denial_wins_wherever_it_stands() -> None:
    given = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}, {"Action": "s3:*", "Resource": "*"})
    assert not allows(given, "s3:GetObject", "arn:aws:s3:::b/a")


def test_a_condition_must_be_true_of_the_request_and_denies_nothing_else() -> None:
    condition = {"StringEquals": {"kms:ViaService": ["ssm.eu-west-3.amazonaws.com"]}}
    given = policy({"Action": "kms:Decrypt", "Resource": "k", "Condition": condition})
    assert not allows(given, "kms:Decrypt", "k")
    assert not allows(given, "kms:Decrypt", "k", {"kms:ViaService": "s3.eu-west-3.amazonaws.com"})
    assert allows(given, "kms:Decrypt", "k", {"kms:ViaService": "ssm.eu-west-3.amazonaws.com"})
    plain = policy(*given["Statement"], {"Action": "kms:Decrypt", "Resource": "k"})
    assert allows(plain, "kms:Decrypt", "k")
