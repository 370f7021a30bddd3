"""Each way to fail: the kind, the sentence, how often it was tried, and what leaks nowhere."""

import logging
import socket
import traceback
from dataclasses import replace

import pytest

from app.insights.engines import EngineChoice, EngineError, EngineUnavailableError, FailureKind, engine
from app.insights.engines.remote.retries import Retries
from tests.fakes.llm_requests import KEYS

KEY = "sk-a-key-that-nobody-may-see"
ATTEMPTS = Retries().attempts

# The fault of the fake, the kind that it is, and how often it is tried in all.
FAULTS = [
    ("key", FailureKind.KEY_REFUSED, 1),
    ("quota", FailureKind.QUOTA, 1),
    ("credit", FailureKind.QUOTA, 1),
    ("rate", FailureKind.RATE_LIMIT, ATTEMPTS),
    ("rate-for-long", FailureKind.RATE_LIMIT, 1),
    ("too-long", FailureKind.TOO_LONG, 1),
    ("too-large", FailureKind.TOO_LONG, 1),
    ("filter", FailureKind.FILTERED, 1),
    ("model", FailureKind.UNKNOWN_MODEL, 1),
    ("schema", FailureKind.INVALID_REQUEST, 1),
    ("500", FailureKind.SERVER_FAULT, ATTEMPTS),
    ("503", FailureKind.SERVER_FAULT, ATTEMPTS),
    ("reset", FailureKind.NO_NETWORK, ATTEMPTS),
    ("length", FailureKind.TRUNCATED, 1),
    ("not-json", FailureKind.UNREADABLE, 1),
    ("other-json", FailureKind.UNREADABLE, 1),
    ("page", FailureKind.UNREADABLE, 1),
    ("redirect", FailureKind.INVALID_REQUEST, 1),
]


def failure_of(reader, text, on_progress=None):
    with pytest.raises(EngineError) as caught:
        reader.extract(text, on_progress)
    return caught.value


def hear(*_):
    pass


@pytest.mark.parametrize("on_progress", [None, hear], ids=["plain", "streamed"])
@pytest.mark.parametrize(("fault", "kind", "tried"), FAULTS)
def test_each_fault_has_its_kind_and_only_what_passes_is_tried_again(
    reader, models, texts, fault, kind, tried, on_progress
):
    models.faults.extend([fault] * 10)
    failure = failure_of(reader, texts["lettre"], on_progress)
    assert (failure.kind, len(models.asked)) == (kind, tried)
    assert str(failure).startswith(reader.label)


def test_a_stream_that_is_cut_is_asked_for_again(reader, models, texts):
    models.faults.append("cut")
    assert reader.extract(texts["lettre"], hear) == reader.extract(texts["lettre"])
    models.faults.extend(["cut"] * ATTEMPTS)
    assert failure_of(reader, texts["lettre"], hear).kind == FailureKind.NO_NETWORK


def test_openai_tells_a_fault_in_the_middle_of_a_stream(make, models, texts):
    models.faults.extend(["told"] * ATTEMPTS)
    assert failure_of(make("openai"), texts["lettre"], hear).kind == FailureKind.SERVER_FAULT
    assert len(models.asked) == ATTEMPTS


@pytest.mark.parametrize("on_progress", [None, hear], ids=["plain", "streamed"])
@pytest.mark.parametrize(("fault", "kind"), [("refused", "refused"), ("filtered", "filtered")])
def test_openai_tells_a_refusal_and_a_filter_in_its_answer(make, models, texts, fault, kind, on_progress):
    models.faults.append(fault)
    assert failure_of(make("openai"), texts["lettre"], on_progress).kind == kind


@pytest.mark.parametrize("on_progress", [None, hear], ids=["plain", "streamed"])
def test_a_model_that_says_nothing_in_its_time_is_not_asked_again(make, provider, models, texts, on_progress):
    models.faults.append("slow")
    failure = failure_of(make(provider, read_s=0.3), texts["lettre"], on_progress)
    assert (failure.kind, len(models.asked)) == (FailureKind.TIMEOUT, 1)


def test_a_server_that_nobody_reaches(provider):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    choice = EngineChoice(provider, urls={provider: f"http://127.0.0.1:{port}/v1"}, read_key=lambda _: None)
    reader = replace(engine(choice), retries=Retries(sleep=lambda _: None))
    assert failure_of(reader, "texte").kind == FailureKind.NO_NETWORK


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v1", "http://[::1/v1", "http://nobody.invalid/v1"])
def test_an_address_that_leads_nowhere(provider, url):
    choice = EngineChoice(provider, urls={provider: url}, read_key=lambda _: KEY)
    with pytest.raises((EngineError, EngineUnavailableError)) as caught:
        replace(engine(choice), retries=Retries(attempts=1)).extract("texte")
    assert getattr(caught.value, "kind", FailureKind.NO_NETWORK) == FailureKind.NO_NETWORK
    assert caught.value.__context__ is None


def test_a_server_that_asks_to_wait_is_left_alone_as_long(reader, models, texts, pauses):
    models.faults.extend(["rate", "500", "rate-silent"])
    assert not reader.extract(texts["lettre"]).unproven()
    assert pauses == [1.0] * 7 + [1.0, 1.0, 1.0]


def test_a_pause_can_be_cancelled(reader, models, texts, pauses):
    models.faults.append("rate")

    def cancel(*_):
        if len(pauses) == 2:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        reader.extract(texts["lettre"], cancel)
    assert len(models.asked) == 1


def test_an_unknown_model_is_told_as_each_provider_tells_it(make, provider, texts):
    failure = failure_of(make(provider, model_name="gpt-9-imaginary"), texts["lettre"])
    assert failure.kind == FailureKind.UNKNOWN_MODEL


@pytest.mark.parametrize("on_progress", [None, hear], ids=["plain", "streamed"])
@pytest.mark.parametrize("fault", [None, "500", "reset", "not-json", "page", "slow"])
def test_neither_key_nor_report_is_in_what_a_failure_tells_or_logs(
    make, provider, models, texts, caplog, fault, on_progress
):
    caplog.set_level(logging.DEBUG)
    models.faults.extend([fault] * 10 if fault else [])
    # Without a fault the key itself is refused, with a message that quotes it.
    failure = failure_of(make(provider, key=None if fault else KEY, read_s=0.3), texts["lettre"], on_progress)
    told = [str(failure), repr(failure), *traceback.format_exception(failure, limit=None)]
    told += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    for secret in (KEY, KEY[-8:], "fake-of", "Spiriva", "VERDELAC"):
        assert not [words for words in told if secret in words]
    with_locals = "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format())
    assert KEY not in with_locals
    assert KEYS[provider] not in with_locals
    assert failure.__context__ is None
    assert failure.__cause__ is None
