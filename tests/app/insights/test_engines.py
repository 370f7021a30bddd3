import pytest

from app.insights.engines import EngineChoice, EngineUnavailableError, engine


def test_the_embedded_engine_needs_no_key():
    assert engine(EngineChoice("local")).name == "local"


@pytest.mark.parametrize("provider", ["openai", "mistral"])
def test_a_provider_without_an_engine_says_what_to_set(provider):
    with pytest.raises(EngineUnavailableError, match=r"MODEL_PROVIDER=local") as caught:
        engine(EngineChoice(provider, keys_present={provider}))
    assert "est définie" in str(caught.value)


def test_an_unknown_provider_is_named():
    with pytest.raises(EngineUnavailableError, match="« gemini », qui n'est pas un moteur connu"):
        engine(EngineChoice("gemini"))
