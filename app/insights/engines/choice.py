"""Which engines are configured, and how to make one.

What a reader chooses among (`available`) is known without a key and without the SDKs; the key of an engine is
read when that engine is made, and kept by its client alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.insights.engines.protocol import Card, Engine

if TYPE_CHECKING:
    from pydantic import SecretStr

LOCAL, OPENAI, MISTRAL = "local", "openai", "mistral"
PROVIDERS = (OPENAI, MISTRAL, LOCAL)
KEY_NAMES = {OPENAI: "OPENAI_API_KEY", MISTRAL: "MISTRAL_API_KEY"}
DEFAULT_MODELS = {OPENAI: "gpt-4o", MISTRAL: "mistral-large-latest"}
EU = "eu"

LOCAL_CARD = Card(
    name=LOCAL,
    label="moteur embarqué (démonstration)",
    provider="aucun : l'analyse reste sur ce serveur",
    model="",
    region="ce serveur",
    is_cloud=False,
)

_LABELS = {OPENAI: "OpenAI", MISTRAL: "Mistral"}
_COMPANIES = {OPENAI: "OpenAI", MISTRAL: "Mistral AI"}
_URL_NAMES = {OPENAI: "OPENAI_BASE_URL", MISTRAL: "MISTRAL_SERVER_URL"}
# Names that only the other provider knows; a compatible server may call its models as it likes.
_FOREIGN_MODELS = {
    OPENAI: ("mistral-", "ministral-", "magistral-", "codestral-", "pixtral-", "open-mistral-"),
    MISTRAL: ("gpt-", "o1", "o3", "o4", "chatgpt-"),
}
_connecting = threading.Lock()
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class EngineUnavailableError(Exception):
    """The configured engine can't be used; the message, in French, says what to set instead."""


@dataclass(frozen=True)
class EngineChoice:
    """What the operator configured; for keys, only where to read them and which are present.

    `model_name` belongs to `provider`, `models` to the providers by name, whichever is the default. `urls`
    are servers other than the provider's own. `region` is "eu" or None.
    """

    provider: str = LOCAL
    keys_present: Collection[str] = ()
    model_name: str | None = None
    models: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    read_key: Callable[[str], str | None] = field(default=os.environ.get, repr=False, compare=False)


@dataclass(frozen=True)
class Connection:
    """All it takes to reach a model: who, and with which key, from where."""

    card: Card
    url: str | None
    is_eu: bool
    key: SecretStr | None


def available(choice: EngineChoice) -> tuple[Card, ...]:
    """Return the engines that can be chosen, the configured one first, the embedded one always among them."""
    names = sorted(PROVIDERS, key=lambda name: name != choice.provider)
    return tuple(found for name in names if (found := _card_or_none(choice, name)))


def engine(choice: EngineChoice, name: str | None = None) -> Engine:
    """Return the engine called `name`, or the configured one.

    The same engine serves everyone who asks for the same, since making its client costs more than a request.

    Raises:
        EngineUnavailableError: unknown or not configured.
    """
    name = name or choice.provider
    chosen = card(choice, name)
    if name == LOCAL:
        return local_engine()
    connection = Connection(chosen, choice.urls.get(name), choice.region == EU, _key(choice, name))
    with _connecting:
        return _connected(connection)


def local_engine() -> Engine:
    """Return the embedded rules engine: no key, no network."""
    # Compiling its patterns takes time; a page that shows no result doesn't pay for it.
    from app.insights.engines.rules import RulesEngine

    return RulesEngine()


@lru_cache(maxsize=4)
def _connected(connection: Connection) -> Engine:
    # What a page that asks no model need not import.
    from app.insights.engines import mistral, openai

    return openai.engine(connection) if connection.card.name == OPENAI else mistral.engine(connection)


def _card_or_none(choice: EngineChoice, name: str) -> Card | None:
    try:
        return card(choice, name)
    except EngineUnavailableError:
        return None


def card(choice: EngineChoice, name: str) -> Card:
    """Return what is to be said of an engine.

    Raises:
        EngineUnavailableError: unknown or not configured.
    """
    if name == LOCAL:
        return LOCAL_CARD
    _check(choice, name)
    model, url = _model(choice, name), choice.urls.get(name)
    host = _host(url) if url else ""
    return Card(
        name=name,
        label=f"moteur {_LABELS[name]} ({model})",
        provider=f"serveur compatible {_LABELS[name]} ({host})" if url else _COMPANIES[name],
        model=model,
        region=_region(choice, host),
        is_cloud=host not in _LOOPBACK,
    )


def _host(url: str) -> str:
    """Return the server of an address, or nothing when it is no address of a server."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in ("http", "https") else ""


def _region(choice: EngineChoice, host: str) -> str:
    if host:
        return f"celle du serveur {host}"
    return "Union européenne" if choice.region == EU else "non imposée, peut-être hors de l'Union européenne"


def _model(choice: EngineChoice, name: str) -> str:
    own = choice.model_name if name == choice.provider else None
    return own or choice.models.get(name) or DEFAULT_MODELS[name]


def _key(choice: EngineChoice, name: str) -> SecretStr | None:
    # Importing it takes as long as all else that the page needs before it has something to read.
    from pydantic import SecretStr

    key = (choice.read_key(KEY_NAMES[name]) or "").strip()
    # An HTTP header can't hold it, and the error that says so would quote it.
    if not key.isascii() or not key.isprintable():
        raise EngineUnavailableError(
            f"La clé {KEY_NAMES[name]} contient des caractères qu'aucune clé ne contient. "
            "Recopiez-la sans espace ni retour à la ligne."
        )
    return SecretStr(key) if key else None


def _check(choice: EngineChoice, name: str) -> None:
    if reason := _unknown(name) or _misconfigured(choice, name) or _foreign(choice, name):
        raise EngineUnavailableError(f"{reason} Sinon, définissez MODEL_PROVIDER={LOCAL}.")


def _unknown(name: str) -> str:
    if name in PROVIDERS:
        return ""
    return (
        f"MODEL_PROVIDER vaut « {name} », qui n'est pas un moteur connu. "
        f"Définissez l'un de ceux-ci : {', '.join(PROVIDERS)}."
    )


def _misconfigured(choice: EngineChoice, name: str) -> str:
    url = choice.urls.get(name)
    if url and not _host(url):
        return f"{_URL_NAMES[name]} n'est pas une adresse : écrivez-la avec http:// ou https://."
    if choice.region not in (None, EU):
        return f"MODEL_REGION vaut « {choice.region} » : définissez « {EU} », ou rien."
    if name not in choice.keys_present and not url:
        return f"Le moteur « {name} » est demandé, mais {KEY_NAMES[name]} n'est pas définie : définissez-la."
    return ""


def _foreign(choice: EngineChoice, name: str) -> str:
    model = _model(choice, name)
    if choice.urls.get(name) or not model.startswith(_FOREIGN_MODELS[name]):
        return ""
    return (
        f"Le modèle « {model} » n'est pas un modèle de {_COMPANIES[name]}. "
        f"Définissez un modèle comme {DEFAULT_MODELS[name]}, ou un autre fournisseur."
    )
