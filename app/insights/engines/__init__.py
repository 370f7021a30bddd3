"""What reads a report: one small protocol, and the choice among the engines of this build."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from app.insights.models import Insights

LOCAL = "local"
PROVIDERS = ("openai", "mistral", LOCAL)
KEY_NAMES = {"openai": "OPENAI_API_KEY", "mistral": "MISTRAL_API_KEY"}
# Providers whose engine ships in this build; the others are known names that can be configured.
AVAILABLE = (LOCAL,)


class Engine(Protocol):
    """Reads a report. Engines keep no state between reports and may be used by several threads.

    `name` is the provider as configured ("local"), `label` its name for readers, in French.
    """

    name: str
    label: str

    def extract(self, text: str) -> Insights:
        """Return what `text`, as `documents.read_report` returns it, says; nothing found is not an error."""


class EngineUnavailableError(Exception):
    """The configured engine can't be used; the message, in French, says what to set instead."""


@dataclass(frozen=True)
class EngineChoice:
    """What the operator configured: provider, and for which providers a key is present (never the key)."""

    provider: str = LOCAL
    keys_present: Collection[str] = ()


def engine(choice: EngineChoice) -> Engine:
    """Return the configured engine.

    Raises:
        EngineUnavailableError: unknown provider, or one whose engine isn't in this build.
    """
    if choice.provider == LOCAL:
        return local_engine()
    raise EngineUnavailableError(_why_unavailable(choice))


def local_engine() -> Engine:
    """Return the embedded rules engine: no key, no network."""
    # Compiling its patterns takes time; a page that shows no result doesn't pay for it.
    from app.insights.engines.rules import RulesEngine

    return RulesEngine()


def _why_unavailable(choice: EngineChoice) -> str:
    offer = ", ".join(AVAILABLE)
    if choice.provider not in PROVIDERS:
        return (
            f"MODEL_PROVIDER vaut « {choice.provider} », qui n'est pas un moteur connu "
            f"({', '.join(PROVIDERS)}). Cette version propose : {offer}. Définissez MODEL_PROVIDER={LOCAL}."
        )
    key = KEY_NAMES[choice.provider]
    state = "est définie" if choice.provider in choice.keys_present else "n'est pas définie"
    return (
        f"Le moteur « {choice.provider} » est demandé (la clé {key} {state}), mais cette version propose "
        f"seulement : {offer}. Définissez MODEL_PROVIDER={LOCAL} pour en faire le moteur par défaut."
    )
