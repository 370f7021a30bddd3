"""What the two providers refuse in a request: a key, a model, a limit, a schema they can't hold a model to.

Sources: OpenAI, "Structured outputs / Supported schemas" and "Create chat completion"; Mistral, "Chat
completion", whose server forbids fields that it doesn't know.
"""

KEYS = {"openai": "sk-fake-of-openai", "mistral": "fake-of-mistral"}
MODELS = {
    "openai": {"gpt-4o": 16_384, "gpt-5": 128_000},
    "mistral": {"mistral-large-latest": 32_000, "mistral-small-latest": 32_000},
}
_REASONING = {"gpt-5"}
_COMMON = {"model", "messages", "response_format", "stream", "temperature", "max_tokens"}
_FIELDS = {"openai": _COMMON | {"store", "max_completion_tokens"}, "mistral": _COMMON}
_KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"),
    *("$ref", "$defs", "description"),
}


class Refused(Exception):  # noqa: N818 - reads as the sentence that it is
    """A request answered with `status`, and in the provider's own shape with `code` and `message`."""

    def __init__(self, status, code, message, **headers):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def check_key(keys, headers):
    """Refuse a key that is none of `keys`."""
    if headers.get("authorization", "").removeprefix("Bearer ") not in keys:
        # As OpenAI does it: with both ends of the key.
        shown = headers.get("authorization", "")[-8:]
        raise Refused(401, "invalid_api_key", f"Incorrect API key provided: {shown}")


def check(provider, body):
    """Refuse what the provider refuses."""
    if unknown := set(body) - _FIELDS[provider]:
        raise Refused(400 if provider == "openai" else 422, "unknown_parameter", f"unknown: {unknown}")
    if body.get("model") not in MODELS[provider]:
        raise _unknown_model(provider, body.get("model"))
    _check_messages(body["messages"])
    _check_limits(provider, body)
    if provider == "openai" and body.get("store") is not False:
        raise Refused(400, "invalid_value", "this test wants store=false")
    _check_format(body["response_format"])


def _unknown_model(provider, model):
    if provider == "openai":
        return Refused(404, "model_not_found", f"The model `{model}` does not exist")
    return Refused(400, "1500", f"Invalid model: {model}")


def _check_messages(messages):
    if [message["role"] for message in messages] != ["system", "user"]:
        raise Refused(400, "invalid_value", "one system message, then one user message")
    if any(set(message) != {"role", "content"} or not message["content"] for message in messages):
        raise Refused(400, "invalid_value", "a message is a role and a text")


def _check_limits(provider, body):
    is_reasoning = body["model"] in _REASONING
    if is_reasoning and ("max_tokens" in body or body.get("temperature", 1) != 1):
        raise Refused(400, "unsupported_parameter", "not with a reasoning model")
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if not limit:
        raise Refused(400, "invalid_value", "this test wants a limit")
    if limit > MODELS[provider][body["model"]]:
        raise Refused(400, "invalid_value", f"max_tokens is too large: {limit}")


def _check_format(response_format):
    schema = response_format.get("json_schema", {})
    if response_format.get("type") != "json_schema" or schema.get("strict") is not True:
        raise Refused(400, "invalid_value", "this test wants a strict schema")
    if not schema.get("name", "").isidentifier() or schema["schema"].get("type") != "object":
        raise Refused(400, "invalid_json_schema", "a named schema of an object")
    _check_schema(schema["schema"], schema["schema"].get("$defs", {}), "$")


def _check_schema(schema, definitions, path):
    if unsupported := set(schema) - _KEYWORDS:
        raise Refused(400, "invalid_json_schema", f"{path}: {unsupported} not permitted")
    if "$ref" in schema and len(schema) > 1:
        raise Refused(400, "invalid_json_schema", f"{path}: $ref cannot have keywords beside it")
    if "$ref" in schema and schema["$ref"].removeprefix("#/$defs/") not in definitions:
        raise Refused(400, "invalid_json_schema", f"{path}: {schema['$ref']} is not defined")
    if schema.get("type") == "object":
        _check_object(schema, path)
    for name, inner in _inside(schema):
        _check_schema(inner, definitions, f"{path}.{name}")


def _check_object(schema, path):
    if schema.get("additionalProperties") is not False:
        raise Refused(400, "invalid_json_schema", f"{path}: additionalProperties must be false")
    if set(schema.get("required", ())) != set(schema.get("properties", {})):
        raise Refused(400, "invalid_json_schema", f"{path}: required must hold every property")


def _inside(schema):
    for group in ("properties", "$defs"):
        yield from schema.get(group, {}).items()
    yield from enumerate(schema.get("anyOf", ()))
    if "items" in schema:
        yield "items", schema["items"]
