"""What reads a report: one small protocol, and the choice among the engines of this build."""

from app.insights.engines.choice import (
    KEY_NAMES,
    LOCAL,
    MISTRAL,
    OPENAI,
    PROVIDERS,
    EngineChoice,
    EngineUnavailableError,
    available,
    card,
    engine,
    local_engine,
)
from app.insights.engines.failures import EngineError, FailureKind
from app.insights.engines.protocol import ALL_SECTIONS, Card, Engine, OnProgress, Section

__all__ = [
    "ALL_SECTIONS",
    "KEY_NAMES",
    "LOCAL",
    "MISTRAL",
    "OPENAI",
    "PROVIDERS",
    "Card",
    "Engine",
    "EngineChoice",
    "EngineError",
    "EngineUnavailableError",
    "FailureKind",
    "OnProgress",
    "Section",
    "available",
    "card",
    "engine",
    "local_engine",
]
