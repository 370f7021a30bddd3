import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.insights.engines import (
    ALL_SECTIONS,
    EngineChoice,
    EngineError,
    EngineUnavailableError,
    FailureKind,
    available,
    engine,
)

KEY = "sk-known-to-nobody-else"


def choice(provider="local", **options):
    keys = {"OPENAI_API_KEY": KEY, "MISTRAL_API_KEY": KEY}
    options = {"keys_present": {"openai", "mistral"}, "read_key": keys.get} | options
    return EngineChoice(provider, **options)


def names(cards):
    return [card.name for card in cards]


def test_the_embedded_engine_needs_no_key():
    reader = engine(EngineChoice("local", keys_present=()))
    assert (reader.name, reader.is_cloud, reader.region) == ("local", False, "ce serveur")


def test_the_embedded_engine_tells_of_its_beginning_and_of_its_end():
    told = []
    engine(EngineChoice()).extract("Eliquis 5 mg", lambda found, complete: told.append((found, complete)))
    assert [complete for _, complete in told] == [frozenset(), ALL_SECTIONS]
    assert [drug.name for drug in told[-1][0].drugs()] == ["Eliquis"]


@pytest.mark.parametrize("provider", ["openai", "mistral"])
def test_a_provider_without_a_key_says_what_to_set(provider):
    with pytest.raises(EngineUnavailableError, match=r"MODEL_PROVIDER=local") as caught:
        engine(choice(provider, keys_present=()))
    assert f"{provider.upper()}_API_KEY n'est pas définie" in str(caught.value)


def test_an_unknown_provider_is_named():
    with pytest.raises(EngineUnavailableError, match="« gemini », qui n'est pas un moteur connu"):
        engine(choice("gemini"))


def test_the_configured_engine_is_offered_first_and_the_embedded_one_always():
    assert names(available(choice("mistral"))) == ["mistral", "openai", "local"]
    assert names(available(choice("openai", keys_present={"mistral"}))) == ["mistral", "local"]
    assert names(available(EngineChoice())) == ["local"]


def test_the_model_name_belongs_to_the_configured_provider():
    offered = available(choice("mistral", model_name="mistral-small-latest", models={"openai": "gpt-5"}))
    assert [card.model for card in offered] == ["mistral-small-latest", "gpt-5", ""]


def test_the_model_of_a_provider_serves_it_also_as_the_configured_one():
    assert engine(choice("openai", models={"openai": "gpt-4.1"})).model == "gpt-4.1"


@pytest.mark.parametrize(
    ("provider", "model", "named"),
    [("mistral", "gpt-4o", "mistral-large-latest"), ("openai", "mistral-large-latest", "gpt-4o")],
)
def test_a_model_of_the_other_provider_is_refused_with_the_name_of_one(provider, model, named):
    with pytest.raises(EngineUnavailableError, match=f"« {model} ».* comme {named}"):
        engine(choice(provider, model_name=model))


def test_a_compatible_server_calls_its_models_as_it_likes_and_needs_no_key():
    urls = {"openai": "http://llm.hopital.example:11434/v1"}
    reader = engine(choice("openai", model_name="mistral-nemo", keys_present=(), urls=urls))
    assert (reader.model, reader.is_cloud) == ("mistral-nemo", True)
    assert "llm.hopital.example" in reader.provider
    assert "llm.hopital.example" in reader.region


def test_a_server_on_this_machine_is_no_cloud():
    assert not engine(choice("openai", urls={"openai": "http://localhost:11434/v1"})).is_cloud


@pytest.mark.parametrize("url", ["localhost:11434", "ftp://llm.example", "http://"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(EngineUnavailableError, match="OPENAI_BASE_URL n'est pas une adresse"):
        engine(choice("openai", urls={"openai": url}))


def test_the_region_is_said_before_anything_is_sent():
    assert engine(choice("openai", region="eu")).region == "Union européenne"
    assert "non imposée" in engine(choice("openai")).region


def test_an_unknown_region_is_refused():
    with pytest.raises(EngineUnavailableError, match="MODEL_REGION vaut « us »"):
        engine(choice("mistral", region="us"))


@pytest.mark.parametrize(
    ("provider", "region", "host"),
    [
        ("openai", "eu", "eu.api.openai.com"),
        ("openai", None, "api.openai.com"),
        ("mistral", "eu", "api.eu.mistral.ai"),
        ("mistral", None, "api.mistral.ai"),
    ],
)
def test_the_client_asks_the_server_of_the_region(monkeypatch, provider, region, host):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example")
    client = engine(choice(provider, region=region)).ask._client
    asked = client.base_url.host if provider == "openai" else client.sdk_configuration.get_server_details()[0]
    assert host == asked.removeprefix("https://")


def test_the_same_choice_gives_the_same_engine_and_another_key_another():
    assert engine(choice("openai")) is engine(choice("openai"))
    changed = choice("openai", read_key={"OPENAI_API_KEY": "sk-new"}.get)
    assert engine(changed) is not engine(choice("openai"))


def test_threads_that_begin_together_share_an_engine_and_its_client():
    fresh = choice("openai", read_key={"OPENAI_API_KEY": "sk-of-many-threads"}.get)
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: id(engine(fresh).ask._client), range(8)))
    assert len(set(clients)) == 1


def test_a_key_shows_in_nothing_that_prints():
    for provider in ("openai", "mistral"):
        reader = engine(choice(provider))
        assert KEY not in repr(reader) + repr(choice(provider)) + repr(reader.ask) + repr(vars(reader))


def test_the_sdks_are_imported_by_the_first_report_alone():
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from app.insights.engines import EngineChoice, available, engine
for provider in ("openai", "mistral"):
    choice = EngineChoice(provider, {provider}, read_key=lambda _: "key")
    available(choice), engine(choice)
print([name for name in ("openai", "mistralai", "httpx2") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("key", ["sk-clé", "sk-a\nb", "sk-\u200bx"])
def test_a_key_that_no_header_holds_is_refused_without_being_quoted(key):
    with pytest.raises(EngineUnavailableError, match="OPENAI_API_KEY") as caught:
        engine(choice("openai", read_key={"OPENAI_API_KEY": key}.get))
    assert key not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("kind", FailureKind)
def test_each_failure_has_a_sentence_that_names_the_engine_and_travels(kind):
    failure = EngineError(kind, "moteur OpenAI (gpt-4o)", 429, 2.5)
    assert str(failure).startswith("moteur OpenAI (gpt-4o) : ")
    assert str(failure).endswith(".")
    again = pickle.loads(pickle.dumps(failure))  # noqa: S301  # our own bytes
    assert (again.kind, again.status, again.retry_after_s, str(again)) == (kind, 429, 2.5, str(failure))


def test_each_failure_has_its_own_sentence():
    sentences = {str(EngineError(kind, "moteur")) for kind in FailureKind}
    assert len(sentences) == len(FailureKind)
