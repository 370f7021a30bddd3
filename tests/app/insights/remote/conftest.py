"""Both providers on this machine, and engines that ask them without ever waiting."""

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from app.insights.engines import EngineChoice, engine
from app.insights.engines.choice import KEY_NAMES
from app.insights.engines.remote.retries import Retries
from tests.fakes.llm import LanguageModels
from tests.fakes.llm_requests import KEYS

REPORTS = Path(__file__).parents[3] / "data" / "reports"
TEXTS = {
    name: (REPORTS / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("cardiologie", "lettre", "tableau")
}


@pytest.fixture(scope="session")
def served():
    gold = {text: json.loads((REPORTS / f"{name}.json").read_text("utf-8")) for name, text in TEXTS.items()}
    with LanguageModels(gold) as models:
        yield models


@pytest.fixture
def models(served):
    """The providers, with nothing asked and nothing wrong yet."""
    served.forget()
    served.latency_s = served.piece_s = 0
    reports = dict(served.reports)
    yield served
    served.reports = reports


@pytest.fixture
def texts():
    return TEXTS


@pytest.fixture
def pauses():
    """The pauses that the engine would have made."""
    return []


@pytest.fixture(scope="session")
def asked_before():
    """Models by all that they are made of: making a client takes longer than asking."""
    return {}


@pytest.fixture
def make(models, pauses, asked_before):
    """Make an engine of a provider that asks the fake one."""

    def make(provider, *, key=None, model_name=None, read_s=10.0):
        keys = {KEY_NAMES[provider]: key or KEYS[provider]}
        urls = {"openai": models.openai_url, "mistral": models.mistral_url}
        choice = EngineChoice(provider, keys, model_name=model_name, urls=urls, read_key=keys.get)
        made = engine(choice)
        ask = asked_before.setdefault((made.ask.connection, read_s), replace(made.ask, read_s=read_s))
        return replace(made, ask=ask, retries=Retries(sleep=pauses.append, jitter=lambda: 0.0))

    return make


@pytest.fixture(params=["openai", "mistral"])
def provider(request):
    return request.param


@pytest.fixture
def reader(make, provider):
    """An engine, of each provider in turn."""
    return make(provider)


@pytest.fixture
def attentive(reader):
    """An engine that looks at each piece of an answer, as if time passed quickly."""
    return replace(reader, clock=count().__next__)
