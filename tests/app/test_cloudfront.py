"""What comes past CloudFront is refused, and what comes through it is its reader's."""

import asyncio
import hashlib
import json

import pytest

from app.cloudfront import UnusableFrontError, behind

SECRETS = {"the one before": "a" * 36, "the one that is sent": "b" * 36, "the next": "c" * 36}
DIGESTS = ",".join(hashlib.sha256(secret.encode()).hexdigest() for secret in SECRETS.values())
BY_SECRET = {"CLOUDFRONT": "secret", "CLOUDFRONT_SECRETS": DIGESTS}
EDGE = "130.176.0.9"
BY_THE_API = {"x-amzn-request-context": json.dumps({"apiId": "abc123", "http": {"sourceIp": EDGE}})}


def ask(environment, headers):
    """Return the status, the body, and the scope that the app got, if it was asked."""
    asked, sent = [], []

    async def app(scope, _receive, send):
        asked.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the page"})

    async def send(message):
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": raw}
    asyncio.run(behind(environment, app)(scope, None, send))
    return sent[0]["status"], sent[1]["body"], next(iter(asked), None)


def reader(scope):
    """Return the address that the app takes for its reader's."""
    return json.loads(dict(scope["headers"])[b"x-amzn-request-context"])["http"]["sourceIp"]


@pytest.mark.parametrize("which", SECRETS)
def test_each_of_the_secrets_opens_the_page(which):
    assert ask(BY_SECRET, {**BY_THE_API, "x-origin-secret": SECRETS[which]})[:2] == (200, b"the page")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-origin-secret": ""},
        {"x-origin-secret": "d" * 36},
        {"x-origin-secret": hashlib.sha256(SECRETS["the next"].encode()).hexdigest()},
    ],
)
def test_who_comes_past_cloudfront_is_refused_with_a_sentence(headers):
    status, body, asked = ask(BY_SECRET, {**BY_THE_API, **headers})
    assert (status, body, asked) == (403, b"This page answers at its public address only.", None)


@pytest.mark.parametrize("context", ["not json", "[]", "7", json.dumps({"apiId": None})])
def test_what_the_adapter_says_and_nobody_understands_opens_nothing(context):
    assert ask(BY_SECRET, {"x-amzn-request-context": context})[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="the adapter's question whether the app is ready"),
        pytest.param({"x-amzn-request-context": json.dumps({"http": {}})}, id="a direct invocation"),
        pytest.param({"x-amzn-request-context": "null"}, id="an event that is no request"),
    ],
)
def test_what_no_gateway_brought_needs_no_secret(headers):
    assert ask(BY_SECRET, headers)[0] == 200


def test_behind_a_signature_lambda_has_asked_already():
    assert ask({"CLOUDFRONT": "signature"}, BY_THE_API)[0] == 200


def test_without_cloudfront_nothing_changes():
    _, _, scope = ask({}, {**BY_THE_API, "x-forwarded-for": "203.0.113.7, 198.51.100.1"})
    assert reader(scope) == EDGE


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        pytest.param(f"203.0.113.7, {EDGE}", "203.0.113.7", id="as an API tells it"),
        pytest.param("203.0.113.7", "203.0.113.7", id="as a function URL may tell it"),
        pytest.param(f"10.0.0.1, 203.0.113.7, {EDGE}", "203.0.113.7", id="whatever the reader claims"),
        pytest.param("2001:db8::7, " + EDGE, "2001:db8::7", id="an address of the sixth version"),
        pytest.param(EDGE, EDGE, id="nobody else"),
        pytest.param("", EDGE, id="nobody"),
    ],
)
def test_a_reader_has_the_address_that_cloudfront_was_asked_from(forwarded, found):
    secret = {"x-origin-secret": SECRETS["the next"]}
    _, _, scope = ask(BY_SECRET, {**BY_THE_API, **secret, "x-forwarded-for": forwarded})
    assert reader(scope) == found


def test_the_page_never_sees_the_secret():
    _, _, scope = ask(BY_SECRET, {**BY_THE_API, "x-origin-secret": SECRETS["the next"]})
    assert b"x-origin-secret" not in dict(scope["headers"])


@pytest.mark.parametrize(
    "environment",
    [
        {"CLOUDFRONT": "secret"},
        {"CLOUDFRONT": "secret", "CLOUDFRONT_SECRETS": "a-secret-itself"},
        {"CLOUDFRONT": "secret", "CLOUDFRONT_SECRETS": f"{DIGESTS},"},
        {"CLOUDFRONT": "true"},
    ],
)
def test_what_describes_no_front_opens_no_page(environment):
    with pytest.raises(UnusableFrontError, match="Terraform sets both"):
        behind(environment, None)
