"""Whom a trust policy lets in: claims of tokens in both forms, and those of everybody else."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import github

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
CLAIMS = json.loads((Path(__file__).parent / "recordings" / "github_claims.json").read_text())

NAMED = github.repository("hospital/patient-insight")
NUMBERED = github.repository("hospital@4711/patient-insight@815")
KINDS = {
    "plan": (github.PULL_REQUEST, github.MAIN),
    "build": (github.MAIN,),
    "keys": (github.MAIN,),
    "deploy": (github.environment("production"),),
}


@pytest.mark.parametrize("claims", CLAIMS, ids=[claims["run"] for claims in CLAIMS])
@pytest.mark.parametrize("role", KINDS)
def test_a_role_is_given_to_the_runs_that_it_is_meant_for_and_to_no_other(
    role: str, claims: dict[str, Any]
) -> None:
    policy = github.trust(NUMBERED, KINDS[role], provider_arn=PROVIDER)
    assert lets_in(policy, claims) is (role in claims["may_take"])


@pytest.mark.parametrize("form", ["names", "numbers"])
def test_each_role_is_given_to_runs_of_both_forms(form: str) -> None:
    runs = [claims for claims in CLAIMS if claims["may_take"] and claims["run"].endswith(form)]
    assert {role for claims in runs for role in claims["may_take"]} == set(KINDS)


def test_without_numbers_no_token_that_has_some_is_let_in() -> None:
    let_in = {
        claims["sub"]
        for claims in CLAIMS
        for kinds in KINDS.values()
        if lets_in(github.trust(NAMED, kinds, provider_arn=PROVIDER), claims)
    }
    assert len(let_in) == 3
    assert all(sub.startswith("repo:hospital/patient-insight:") for sub in let_in)


@pytest.mark.parametrize(
    "given",
    [
        "hospital",
        "hospital/",
        "hospital/*",
        "*/patient-insight",
        "hospital/patient-insight:pull_request",
        "hospital/patient?insight",
        "hospital/${aws:username}",
        "hospital/patient-insight/x",
        "hospital@4711/patient-insight",
        "hospital/patient-insight@815",
        "hospital@*/patient-insight@*",
        "https://github.com/hospital/patient-insight",
        "-hospital/patient-insight",
        "hospital/patient-insight\n",
    ],
)
def test_what_could_mean_more_than_one_repository_is_refused(given: str) -> None:
    with pytest.raises(github.RepositoryError, match=r"Nothing was done\. Name one as OWNER/NAME"):
        github.repository(given)


def lets_in(policy: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Whether a policy lets in whoever has a token with these claims.

    As IAM does it, for the operators and keys that there are in it; any other is a mistake here.
    Source: IAM user guide, "IAM JSON policy elements: Condition", "Conditions with multiple keys or values".
    """
    return any(fits(statement, claims) for statement in policy["Statement"])


def fits(statement: dict[str, Any], claims: dict[str, Any]) -> bool:
    assert statement.keys() == {"Effect", "Principal", "Action", "Condition"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRoleWithWebIdentity")
    assert statement["Condition"].keys() == {"StringEquals"}  # no pattern
    (provider,) = statement["Principal"].values()
    if provider.partition(":oidc-provider/")[2] != claims["iss"].removeprefix("https://"):
        return False
    wanted = statement["Condition"]["StringEquals"]
    assert wanted.keys() == {f"{github.ISSUER}:aud", f"{github.ISSUER}:sub"}
    return all(
        claims[key.rpartition(":")[2]] in ([value] if isinstance(value, str) else value)
        for key, value in wanted.items()
    )
