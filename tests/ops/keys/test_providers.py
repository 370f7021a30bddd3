"""What a key looks like, and what its owner says of it; nothing of the key itself is ever said."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.keys import providers
from ops.keys.providers import PROVIDERS, KeyRefusedError, KeyShapeError, UnaskedError
from ops.settings import Embedded, Settings, Stage
from tests.fakes.providers import Providers

KEYS = {"openai": "sk-proj-" + "0Aa" * 20, "mistral": "mIsTrAlKeYoF32LeTtErSaNdDiGiTs01"}
OPENAI, MISTRAL = PROVIDERS["openai"], PROVIDERS["mistral"]


@pytest.fixture
def them() -> Iterator[Providers]:
    with Providers(*KEYS.values()) as running:
        yield running


def ask(them: Providers, name: str = "openai", *, key: str = "", verify: str = "models") -> str:
    return providers.ask(
        PROVIDERS[name],
        key or KEYS[name],
        variables=them.environment,
        verify=providers.verification(verify, False),
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_key_that_its_provider_knows_is_accepted_for_nothing(them: Providers, name: str) -> None:
    assert ask(them, name) == "accepted"
    [(asked, method, path, headers, body)] = them.asked
    assert (asked, method, path, body) == (name, "GET", "v1/models", None)
    assert [header for header, value in headers.items() if KEYS[name] in value] == ["Authorization"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_completion_spends_one_token_of_the_functions_model(them: Providers, name: str) -> None:
    assert ask(them, name, verify="completion") == "accepted, and one token answered"
    [(_, method, path, headers, body)] = them.asked
    assert (method, path, headers["Authorization"]) == ("POST", "v1/chat/completions", f"Bearer {KEYS[name]}")
    assert (body["model"], body[PROVIDERS[name].limit]) == (PROVIDERS[name].model, 1)


def test_a_model_that_needs_more_than_one_token_knows_the_key_too(them: Providers) -> None:
    them.fault = "few"
    assert ask(them, verify="completion").startswith("accepted, though one token is too few")


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_key_that_its_provider_does_not_know_is_refused_and_not_quoted(them: Providers, name: str) -> None:
    them.keys.clear()
    with pytest.raises(
        KeyRefusedError, match=rf"{PROVIDERS[name].company} refuses the key. Nothing was done"
    ):
        ask(them, name)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("scope", "may not list models"),
        ("rate", "asked too much just now"),
        ("quota", "its quota is used up"),
        ("credit", "its quota is used up"),
    ],
)
def test_what_says_that_the_key_is_known_is_a_warning(them: Providers, fault: str, said: str) -> None:
    them.fault = fault
    assert ask(them).startswith("accepted")
    assert said in ask(them)


@pytest.mark.parametrize(
    ("fault", "verify", "said"),
    [
        ("organisation", "models", "another organisation or project. Nothing was done"),
        ("country", "models", r"unsupported_country_region_territory.*Nothing was done"),
        ("quota", "completion", "its quota is used up. Nothing was done. Add credit"),
        ("credit", "completion", "its quota is used up. Nothing was done. Add credit"),
        ("scope", "completion", "knows the key, which may not ask its models. Nothing was done. Give it"),
        ("bare-401", "models", "refuses the key. Nothing was done"),
        ("echo", "models", r"refuses to answer \(status 403\). Nothing was done"),
        (
            "model",
            "completion",
            "nothing at the address that is asked. Nothing was done. Check OPENAI_BASE_URL",
        ),
    ],
)
def test_what_makes_a_key_useless_is_a_refusal(them: Providers, fault: str, verify: str, said: str) -> None:
    them.fault = fault
    with pytest.raises(KeyRefusedError, match=said) as raised:
        ask(them, verify=verify)
    assert not isinstance(raised.value, UnaskedError)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("500", "status 500. Nothing was done. Try again later; --no-verify"),
        ("redirect", "status 302. Nothing was done"),
        ("garbage", "status 500. Nothing was done"),
        ("model", "nothing at the address that is asked. Nothing was done. Check OPENAI_BASE_URL"),
        *((f"blocked-{status}", "none of its servers") for status in (401, 402, 403, 404, 429)),
        ("nested", "none of its servers"),
        ("drips", r"could not be reached \((timed out|TimeoutError)\). Nothing was done"),
        ("login", "none of its servers: a proxy, or a page to log in. Nothing was done"),
        ("cut", r"could not be reached \(IncompleteRead\). Nothing was done"),
        ("hangs", r"could not be reached \((timed out|TimeoutError)\). Nothing was done"),
    ],
)
def test_a_provider_that_can_not_be_asked_is_told_from_one_that_refuses(
    them: Providers, fault: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.keys.providers.LIMIT_S", 0.5)
    them.fault = fault
    with pytest.raises(UnaskedError, match=said):
        ask(them)
    assert [provider for provider, *_ in them.asked] == ["openai"]  # and nobody else was given the key


def test_a_provider_that_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    with pytest.raises(UnaskedError, match=r"could not be reached \(.*Connection refused"):
        providers.ask(OPENAI, KEYS["openai"], variables={"OPENAI_BASE_URL": url}, verify="models")


def test_a_network_that_forbids_it_asks_nobody(them: Providers) -> None:
    said = providers.ask(
        OPENAI, "sk-unknown", variables=them.environment, verify=providers.verification("", True)
    )
    assert (said, them.asked) == ("not asked, as --no-verify says", [])


@pytest.mark.parametrize(
    "fault", [None, "scope", "organisation", "country", "echo", "500", "redirect", "login", "cut"]
)
@pytest.mark.parametrize("key", ["sk-refused-0123456789", "sk-with-\n-a-line-break"])
def test_nothing_that_is_said_quotes_the_key(them: Providers, fault: str | None, key: str) -> None:
    them.fault = fault
    try:
        said = ask(them, key=key)
    except KeyRefusedError as error:
        said = f"{error!r} {error.__cause__!r}"
    assert "refused-0123456789" not in said
    assert "line-break" not in said


@pytest.mark.parametrize(
    ("of", "key", "said"),
    [
        (OPENAI, "", "empty"),
        (OPENAI, "sk-a key", "holds a space"),
        (OPENAI, " sk-key", "holds a space"),
        (OPENAI, "sk-key\n", "a line break"),
        (OPENAI, "sk-\tkey", "holds a space, a line break or a character"),
        (OPENAI, "sk-clé", "a character that no key holds"),
        (OPENAI, "sk-" + "0" * 600, "603 characters"),
        (OPENAI, KEYS["mistral"], "key of Mistral, not of OpenAI"),
        (OPENAI, "sk-ant-api03-something", "key of Anthropic, not of OpenAI"),
        (OPENAI, "AKIAIOSFODNN7EXAMPLE", "key of AWS, not of OpenAI"),
        (MISTRAL, KEYS["openai"], "key of OpenAI, not of Mistral"),
    ],
)
def test_what_can_be_no_key_is_refused_unasked_and_unquoted(
    of: providers.Provider, key: str, said: str
) -> None:
    with pytest.raises(KeyShapeError, match=said) as raised:
        providers.check_shape(of, key)
    assert "Nothing was done" in str(raised.value)
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize(
    ("of", "key"),
    [(OPENAI, KEYS["openai"]), (MISTRAL, KEYS["mistral"]), (OPENAI, "own-server"), (MISTRAL, "own-server")],
)
def test_a_key_of_the_provider_or_of_nobody_known_may_be_one(of: providers.Provider, key: str) -> None:
    providers.check_shape(of, key)


def test_the_provider_is_the_one_named_or_else_the_stages_own(tmp_path: Path) -> None:
    tfvars = tmp_path / "stage.tfvars"
    tfvars.write_text('model_provider = "mistral"')
    settings = Settings(
        stage_name="production",
        stage=Stage(embedded=True, tfvars=tfvars),
        app_name="app",
        region="eu-west-3",
        embedded=Embedded(),
    )
    assert providers.chosen(settings, None) == MISTRAL
    assert providers.chosen(settings, "openai") == OPENAI
    with pytest.raises(KeyShapeError, match=r"no provider 'azure' with a key. Nothing .* openai, mistral"):
        providers.chosen(settings, "azure")
    tfvars.write_text('model_provider = "local"')
    with pytest.raises(KeyShapeError, match=r"local, which needs no key.*--provider openai"):
        providers.chosen(settings, None)
    with pytest.raises(KeyShapeError, match="--verify takes models or completion, not 'hard'"):
        providers.verification("hard", False)


@pytest.mark.parametrize(
    ("model_provider", "known", "said"),
    [
        ("openai", [], "no key of OpenAI yet: `invoke keys.set`"),
        ("openai", ["/a/openai-api-key"], ""),
        ("openai", ["/a/mistral-api-key"], "no key of OpenAI yet"),
        ("local", [], ""),
    ],
)
def test_a_stage_without_the_key_of_its_model_provider_is_told_so(
    tmp_path: Path, model_provider: str, known: list[str], said: str
) -> None:
    file = tmp_path / "stage.tfvars"
    file.write_text(f'model_provider = "{model_provider}"\n')
    stage = Stage(embedded=True, tfvars=file)
    settings = Settings(
        stage_name="local", stage=stage, app_name="a", region="eu-west-3", embedded=Embedded()
    )
    found = providers.missing(settings, known)
    assert found.startswith(said)
    assert bool(found) is bool(said)
