"""Whom the operator's lists admit, by what a provider says."""

import pytest

from app.access import OIDC, UnusableAccessError, read
from app.access.rules import Rules
from app.access.secrets import MissingLoginSecretError

ADA = {"is_logged_in": True, "sub": "1", "email": "ada@chu.example", "email_verified": True}
ENVIRONMENT = {
    "ACCESS": OIDC,
    "OIDC_METADATA_URL": "https://login.example/.well-known/openid-configuration",
    "OIDC_CLIENT_ID": "page",
    "OIDC_ALLOWED_DOMAINS": "chu.example",
    "PUBLIC_URL": "https://page.example/, https://other.example",
    "RUNTIME_PARAMETERS_PATH": "/page/runtime",
}


def rules(**lists):
    return Rules.read({f"OIDC_ALLOWED_{name.upper()}": value for name, value in lists.items()})


@pytest.mark.parametrize("domains", ["chu.example", "other.example, CHU.Example ,"])
def test_a_verified_address_of_an_allowed_domain_is_admitted(domains):
    assert rules(domains=domains).admit(ADA)
    assert rules(domains=domains).admit({**ADA, "email": "Ada@CHU.example", "email_verified": "true"})


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email_verified": 1},
        {"email": "ada@chu.example.evil.example"},
        {"email": "ada@sub.chu.example"},
        {"email": "ada@notchu.example"},
        {"email": "ada@chu.example@evil.example"},
        {"email": "chu.example"},
        {"email": "@chu.example"},
        {"email": "x@evil.example@chu.example"},
        {"email": " x@evil.example, y@chu.example"},
        {"email": "x@evil.example,y@chu.example"},
        {"email": "x y@chu.example"},
        {"email": "ada@chu.example\n"},
        {"email": ["ada@chu.example"]},
        {"email": None},
        {"is_logged_in": False},
        {"is_logged_in": "yes"},
    ],
)
def test_whoever_else_is_not(changes):
    assert not rules(domains="chu.example").admit({**ADA, **changes})


def test_a_letter_that_looks_like_another_is_another():
    assert not rules(emails="kim@chu.example").admit({**ADA, "email": "\u212aim@chu.example"})


def test_an_address_admits_its_owner_alone():
    assert rules(emails="ADA@chu.example").admit(ADA)
    assert not rules(emails="bob@chu.example").admit(ADA)


@pytest.mark.parametrize(
    ("held", "is_admitted"),
    [
        (["medecins", "pharmacie"], True),
        ("pharmacie", True),
        (["pharmacie-externe"], False),
        ("pharmacie medecins", False),
        ({"pharmacie": True}, False),
        (None, False),
    ],
)
def test_a_claim_admits_whoever_has_exactly_that_value(held, is_admitted):
    nobody = {"is_logged_in": True, "sub": "1"}
    assert rules(claims="groups=pharmacie").admit({**nobody, "groups": held}) is is_admitted


def test_a_claim_may_be_a_truth_or_hold_an_equals_sign():
    user = {"is_logged_in": True, "staff": True, "dn": "ou=pharmacie"}
    assert rules(claims="staff=true").admit(user)
    assert rules(claims="dn=ou=pharmacie").admit(user)


@pytest.mark.parametrize(
    "claim", ["email=ada@chu.example", "is_logged_in=true", "provider=default", "email_verified=true"]
)
def test_what_everybody_has_or_may_write_is_no_rule(claim):
    user = {**ADA, "provider": "default"}
    assert not rules(claims=claim).names_anybody
    assert not rules(claims=claim).admit(user)


def test_without_a_login_no_claim_admits():
    assert not rules(claims="groups=pharmacie").admit({"groups": ["pharmacie"]})


@pytest.mark.parametrize("environment", [{}, {"ACCESS": ""}, {"ACCESS": "public"}])
def test_a_public_page_has_no_sign_in(environment):
    assert read(environment) is None


def test_a_login_counts_for_ten_hours_unless_somebody_says_otherwise():
    found = read(ENVIRONMENT)
    assert found is not None
    assert found.login_s == 36_000


@pytest.mark.parametrize(
    ("told", "redirect_uri"),
    [
        ({}, "https://page.example/oauth2callback"),
        ({"PUBLIC_URL": "", "PUBLIC_URL_PARAMETER": "/back/url"}, "https://d1.example/oauth2callback"),
    ],
)
def test_people_come_back_to_the_first_public_address(aws, ssm, monkeypatch, told, redirect_uri):
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    ssm.put_parameter(Name="/back/url", Value="https://d1.example", Type="String", Overwrite=True)
    secret = {"Name": "/back/login-cookie-secret", "Value": "c" * 44, "Type": "SecureString"}
    ssm.put_parameter(**secret, Overwrite=True)
    found = read({**ENVIRONMENT, "RUNTIME_PARAMETERS_PATH": "/back", **told})
    assert found is not None
    assert found.secrets.section()["auth"]["redirect_uri"] == redirect_uri


def test_nobody_is_sent_back_to_an_address_that_is_not_there(aws, monkeypatch, ssm):
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    ssm.put_parameter(Name="/lost/login-cookie-secret", Value="c" * 44, Type="SecureString")
    told = {"PUBLIC_URL": "", "PUBLIC_URL_PARAMETER": "/lost/url", "RUNTIME_PARAMETERS_PATH": "/lost"}
    found = read({**ENVIRONMENT, **told})
    assert found is not None
    with pytest.raises(MissingLoginSecretError, match=r"/lost/url does not exist.*invoke deploy"):
        found.secrets.section()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ACCESS": "oicd"}, "can be public or oidc"),
        ({"ACCESS": ""}, "ACCESS is missing"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID is missing"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL is missing"),
        ({"RUNTIME_PARAMETERS_PATH": ""}, "RUNTIME_PARAMETERS_PATH is missing"),
        ({"OIDC_ALLOWED_DOMAINS": " , "}, "nobody is admitted"),
        ({"OIDC_ALLOWED_DOMAINS": "", "OIDC_ALLOWED_CLAIMS": "groups="}, "nobody is admitted"),
        ({"LOGIN_HOURS": "nan"}, "LOGIN_HOURS"),
        ({"LOGIN_HOURS": "0"}, "LOGIN_HOURS"),
        ({"LOGIN_HOURS": "ten"}, "LOGIN_HOURS"),
    ],
)
def test_what_is_missing_or_makes_no_sense_opens_no_page(changes, message):
    with pytest.raises(UnusableAccessError, match=message):
        read({**ENVIRONMENT, **changes})
