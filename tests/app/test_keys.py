"""The language models' keys: given in the environment or by a parameter, and proven by a fingerprint."""

import hashlib
import hmac

import pytest

from app import events, keys, settings
from app.insights.engines import EngineUnavailableError

SALT = "00112233445566778899aabbccddeeff"
ASKED = {"type": "key", "name": "OPENAI_API_KEY", "salt": SALT}


@pytest.fixture
def parameters(aws, ssm, monkeypatch):
    """The Parameter Store as a function reaches it."""
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    return ssm


def put(ssm, name, value):
    return ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)["Version"]


def test_a_version_proves_which_key_it_holds_and_shows_none():
    environment = {"AWS_LAMBDA_FUNCTION_VERSION": "7", "OPENAI_API_KEY": " sk-very-secret\n"}
    status, answer = events.respond(ASKED, environment)
    expected = hmac.new(bytes.fromhex(SALT), b"sk-very-secret", hashlib.sha256).hexdigest()
    assert (status, answer) == (200, {"version": "7", "status": "ok", "fingerprint": expected})
    other = events.respond({**ASKED, "salt": SALT[::-1]}, environment)[1]["fingerprint"]
    assert other != expected


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (ASKED, "absent"),
        ({**ASKED, "name": "PATH"}, "not understood"),
        ({**ASKED, "name": ["OPENAI_API_KEY"]}, "not understood"),
        ({**ASKED, "salt": "00"}, "not understood"),
        ({**ASKED, "salt": "z" * 32}, "not understood"),
        ({**ASKED, "salt": None}, "not understood"),
    ],
)
def test_what_is_not_there_or_none_of_ours_has_no_fingerprint(event, told):
    assert events.respond(event, {"PATH": "/bin"}) == (200, {"version": "", "status": told})


def test_a_parameter_is_read_by_its_version_once_it_is_needed(parameters):
    name = "/keys-by-version/openai-api-key"
    first = put(parameters, name, "first")
    environment = {"OPENAI_API_KEY_PARAMETER": f"{name}:{first}"}
    found = settings.load(environment, directories=(), read_key=keys.read)
    assert found.keys_present == {"openai"}
    put(parameters, name, "second, which nobody has proven")
    assert found.read_key("OPENAI_API_KEY") == "first"
    answer = events.respond(ASKED, environment)[1]
    assert answer["fingerprint"] == keys.fingerprint("first", bytes.fromhex(SALT))


@pytest.mark.usefixtures("parameters")
def test_a_parameter_that_cannot_be_read_is_named_to_operators_and_not_to_readers():
    environment = {"OPENAI_API_KEY_PARAMETER": "/nowhere/openai-api-key:1"}
    told = events.respond(ASKED, environment)[1]["status"]
    assert told == "The parameter /nowhere/openai-api-key:1 can't be read: ParameterNotFound."
    with pytest.raises(EngineUnavailableError, match="ne peut pas être lue"):
        settings.load(environment, directories=(), read_key=keys.read).read_key("OPENAI_API_KEY")


def test_the_key_itself_wins_over_a_parameter():
    environment = {"OPENAI_API_KEY": "itself", "OPENAI_API_KEY_PARAMETER": "/nowhere:1"}
    assert keys.read(environment, "OPENAI_API_KEY") == "itself"
    assert keys.read({}, "OPENAI_API_KEY") is None
