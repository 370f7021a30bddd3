"""Whose keys there are, what they look like, and what their owner says of one.

Source: OpenAI, "API reference", Authentication and Error codes; Mistral AI, "API", Models.
"""

import http.client
import json
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from ops import vitals
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.settings import Settings

Verify = Literal["models", "completion", "no"]

_T = TypeVar("_T")

# What the page gives a model at the longest; a key is asked about in much less.
LIMIT_S = 20.0
_CROWDED = 429
# OpenAI's longest have 164 characters; what the function is given must fit into 4 KB with all else.
LONGEST = 512
# Behind a key's variable: the one that says which parameter holds it. Source: app/keys.py.
PARAMETER: Final = "_PARAMETER"


class KeyShapeError(OpsError):
    """What was given is no key of that provider; nothing was done."""


class KeyRefusedError(OpsError):
    """The provider does not take the key; nothing was done."""


class UnaskedError(KeyRefusedError):
    """The provider could not be asked; nothing was done."""


@dataclass(frozen=True)
class Provider:
    """A company whose models the page can ask.

    Attributes:
        name: As in MODEL_PROVIDER.
        company: As people say it.
        variable: The function's environment variable.
        parameter: The last part of the parameter's name.
        url: Where its API is, unless the function's `url_variable` says another place.
        model: What is asked for one token, unless the function names a model.
        limit: The field that limits an answer to one token.
    """

    name: str
    company: str
    variable: str
    parameter: str
    url: str
    url_variable: str
    url_suffix: str
    model: str
    model_variable: str
    limit: str

    def parameter_of(self, app_name: str) -> str:
        """Return the name of its parameter in Systems Manager."""
        return f"/{app_name}/{self.parameter}"

    def address(self, variables: Mapping[str, str]) -> str:
        """Return where its API is for a function with these environment variables, or else for this shell."""
        other = variables.get(self.url_variable) or os.environ.get(self.url_variable) or self.url
        return other.rstrip("/").removesuffix(self.url_suffix) + self.url_suffix


PROVIDERS: Final = {
    provider.name: provider
    for provider in (
        Provider(
            name="openai",
            company="OpenAI",
            variable="OPENAI_API_KEY",
            parameter="openai-api-key",
            url="https://api.openai.com/v1",
            url_variable="OPENAI_BASE_URL",
            url_suffix="",
            model="gpt-4o",
            model_variable="OPENAI_MODEL",
            limit="max_completion_tokens",
        ),
        Provider(
            name="mistral",
            company="Mistral",
            variable="MISTRAL_API_KEY",
            parameter="mistral-api-key",
            url="https://api.mistral.ai/v1",
            url_variable="MISTRAL_SERVER_URL",
            url_suffix="/v1",
            model="mistral-large-latest",
            model_variable="MISTRAL_MODEL",
            limit="max_tokens",
        ),
    )
}

# How keys of this and that begin, the longest beginning first.
_BEGINNINGS = {
    "sk-ant-": "Anthropic",
    "sk-": "OpenAI",
    "gsk_": "Groq",
    "hf_": "Hugging Face",
    "AIza": "Google",
    "AKIA": "AWS",
    "ASIA": "AWS",
    "ghp_": "GitHub",
}
_MISTRAL = re.compile(r"[A-Za-z0-9]{32}")
# A provider's code of what is wrong.
_CODE = re.compile(r"[a-z_]{1,60}")


def provider(name: str) -> Provider:
    """Return the provider of this name.

    Raises:
        KeyShapeError: There is none; nothing was done.
    """
    if name not in PROVIDERS:
        raise KeyShapeError(
            f"There is no provider {name!r} with a key. Nothing was done. Providers: {', '.join(PROVIDERS)}."
        )
    return PROVIDERS[name]


def missing(settings: "Settings", known: Collection[str]) -> str:
    """Return what to say of a key that the stage's model provider needs and that is not there; else "".

    Args:
        settings: The stage.
        known: Names of the parameters that there are.
    """
    of = PROVIDERS.get(settings.variable("model_provider"))
    if of is None or of.parameter_of(settings.app_name) in known:
        return ""
    return f"no key of {of.company} yet: `invoke keys.set`, then the page can ask its models"


def chosen(settings: "Settings", name: str | None) -> Provider:
    """Return the provider of this name, or else the one that the stage's variables name.

    Raises:
        KeyShapeError: There is none; nothing was done.
    """
    if name:
        return provider(name)
    usual = settings.variable("model_provider")
    if usual not in PROVIDERS:
        raise KeyShapeError(
            f"Stage {settings.stage_name!r} has the model provider {usual}, which needs no key. Nothing was "
            f"done. Say whose key it is: --provider {' or --provider '.join(PROVIDERS)}."
        )
    return PROVIDERS[usual]


def verification(verify: str, no_verify: bool) -> Verify:
    """Return how a provider is asked about a key.

    Raises:
        KeyShapeError: In none of the ways that there are; nothing was done.
    """
    if no_verify:
        return "no"
    if verify not in ("models", "completion"):
        raise KeyShapeError(f"--verify takes models or completion, not {verify!r}. Nothing was done.")
    return cast("Verify", verify)


def check_shape(of: Provider, key: str) -> None:
    """Do nothing when `key` may be one of the provider's.

    Raises:
        KeyShapeError: It can't be; the message does not quote it, and nothing was done.
    """
    if not key:
        raise KeyShapeError("The key is empty. Nothing was done. Copy it from the provider's console.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise KeyShapeError(
            "The key holds a space, a line break or a character that no key holds. Nothing was done. Copy it "
            "again, by itself."
        )
    if len(key) > LONGEST:
        raise KeyShapeError(
            f"The key has {len(key)} characters, and none has more than {LONGEST}. Nothing was done. Copy "
            f"it again, by itself."
        )
    company = _company_of(key)
    if company and company != of.company:
        raise KeyShapeError(
            f"This looks like a key of {company}, not of {of.company}. Nothing was done. Name the provider "
            f"with --provider, or copy the other key."
        )


def _company_of(key: str) -> str:
    known = next((company for start, company in _BEGINNINGS.items() if key.startswith(start)), "")
    return known or ("Mistral" if _MISTRAL.fullmatch(key) else "")


def ask(of: Provider, key: str, *, variables: Mapping[str, str], verify: Verify) -> str:
    """Ask the provider about a key; return what it says, in a line.

    Args:
        of: The provider.
        key: Goes into one header of one request, and nowhere else.
        variables: The function's environment variables: they may name another server, and a model.
        verify: models lists its models, which is free; completion spends one token and so sees the quota; no
            asks nothing.

    Raises:
        KeyRefusedError: It does not take the key, or could not be asked.
    """
    if verify == "no":
        return "not asked, as --no-verify says"
    url, body = f"{of.address(variables)}/models", None
    if verify == "completion":
        url = f"{of.address(variables)}/chat/completions"
        model = variables.get(of.model_variable) or of.model
        body = {"model": model, "messages": [{"role": "user", "content": "1"}], of.limit: 1}
    status, answer = _request(of, url, key, body)
    return _verdict(of, status, answer, verify)


def _verdict(of: Provider, status: int, answer: dict[str, Any] | None, verify: Verify) -> str:
    is_told = status == 200 or 400 <= status < 500
    if is_told and (answer is None or (status == 200 and not answer.keys() & {"data", "choices"})):
        raise UnaskedError(
            f"What answers in place of {of.company} is none of its servers: a proxy, or a page to log in. "
            f"Nothing was done. Try again from another network, or check {of.url_variable}; --no-verify sets "
            f"a key unasked."
        )
    code, words = _error_in(answer or {})
    if status == 200:
        return "accepted, and one token answered" if verify == "completion" else "accepted"
    if code == "insufficient_quota" or status == 402:
        if verify == "completion":
            raise _refused(of, "knows the key, and its quota is used up", "Add credit in its console")
        return "accepted, but its quota is used up"
    if status == _CROWDED:
        return "accepted, though it is asked too much just now"
    if status == 400 and verify == "completion" and "output limit was reached" in words:
        return "accepted, though one token is too few for an answer of its model"
    if code == "missing_scope" or "issing scope" in words or (status == 403 and "permission" in words):
        if verify == "completion":
            raise _refused(
                of, "knows the key, which may not ask its models", "Give it that permission in its console"
            )
        return "accepted, but it may not list models: --verify completion would tell more"
    if "organization" in code or "organization" in words or "project" in code:
        raise _refused(of, "says that the key belongs to another organisation or project", "Use one of yours")
    if status in (401, 403):
        reason = "refuses the key" if status == 401 else f"refuses to answer ({code or 'status 403'})"
        raise _refused(of, reason, "Copy it again, or make a new one in its console")
    if status == 404:
        kind = KeyRefusedError if verify == "completion" else UnaskedError
        raise kind(
            f"{of.company} has nothing at the address that is asked. Nothing was done. Check "
            f"{of.url_variable}, or the model."
        )
    raise UnaskedError(
        f"{of.company} answers with status {status}. Nothing was done. Try again later; --no-verify sets a "
        f"key unasked."
    )


def _error_in(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and the words of a refusal.

    Only a code that is a word may be shown: whatever stands between may put the key itself there.
    """
    error = answer.get("error")
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code") or error.get("type") or "")
    words = str(error.get("message") or answer.get("message") or "")
    return code if _CODE.fullmatch(code) else "", words


def _request(of: Provider, url: str, key: str, body: Any) -> tuple[int, dict[str, Any] | None]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    try:
        request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - from our settings
        opener = vitals.opener_for(url, _NoRedirect())
        return _in_time(lambda: _answer_to(opener, request))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise UnaskedError(
            f"{of.company} could not be reached ({reason}). Nothing was done. Try again where the network "
            f"allows it; --no-verify sets a key unasked."
        ) from None


def _in_time(call: Callable[[], _T]) -> _T:
    """Return what a call returns; raises TimeoutError when it takes longer than the limit in all.

    A socket's own limit begins anew with each byte that comes, and is none for the look-up of a name.
    """
    answer: Future[_T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(timeout=LIMIT_S)


def _answer_to(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request
) -> tuple[int, dict[str, Any] | None]:
    """Return status and content of an answer, whatever its status is."""
    try:
        response = opener.open(request, timeout=LIMIT_S)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        return response.status, _object(response.read())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would carry the key to wherever it leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _object(data: bytes) -> dict[str, Any] | None:
    """Return an answer's content, empty when it is of no use; None when it is a page for people."""
    if data.lstrip().startswith(b"<"):
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(of: Provider, reason: str, advice: str) -> KeyRefusedError:
    return KeyRefusedError(f"{of.company} {reason}. Nothing was done. {advice}.")
