"""How refusals are read, and how long the engine waits."""

import pytest

from app.insights.engines import EngineError, FailureKind
from app.insights.engines.remote import statuses
from app.insights.engines.remote.retries import Retries


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (401, "invalid_api_key", FailureKind.KEY_REFUSED),
        (403, "unsupported_country_region_territory", FailureKind.KEY_REFUSED),
        (403, "model_not_found Project does not have access to model gpt-5", FailureKind.UNKNOWN_MODEL),
        (429, "insufficient_quota You exceeded your current quota, check billing", FailureKind.QUOTA),
        (429, "rate_limit_exceeded Rate limit reached; add a payment method", FailureKind.RATE_LIMIT),
        (429, '{"message":"Requests rate limit exceeded"}', FailureKind.RATE_LIMIT),
        (429, "Monthly credit exhausted", FailureKind.QUOTA),
        (429, "", FailureKind.RATE_LIMIT),
        (400, '{"type":"invalid_model","code":"1500"}', FailureKind.UNKNOWN_MODEL),
        (400, "Prompt contains 200000 tokens, too large for model", FailureKind.TOO_LONG),
        (413, "", FailureKind.TOO_LONG),
        (422, "extra_forbidden", FailureKind.INVALID_REQUEST),
        (408, "", FailureKind.TIMEOUT),
        (529, "overloaded", FailureKind.SERVER_FAULT),
    ],
)
def test_a_refusal_is_read_by_its_status_and_its_words(status, said, kind):
    assert statuses.kind_of(status, said) == kind


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("", None), ("bientôt", None), ("-3", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
def test_retry_after_is_read_in_both_forms(header, seconds):
    assert statuses.retry_after_s({"retry-after": header}) == seconds


def test_pauses_grow_and_are_spread():
    pauses = []
    retries = Retries(attempts=4, sleep=pauses.append, jitter=lambda: 0.5)
    failure = EngineError(FailureKind.SERVER_FAULT, "moteur")

    def fail():
        raise failure

    with pytest.raises(type(failure)):
        retries.run(fail)
    assert sum(pauses) == 0.75 + 1.5 + 3.0
