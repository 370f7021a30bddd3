"""Reads an HTTP refusal of a provider: which kind of failure, and how long to wait.

Sources: OpenAI, "Error codes"; Mistral, "API error codes"; RFC 9110 §10.2.3 for Retry-After. Compatible
servers (Ollama, vLLM, LiteLLM) send the statuses of OpenAI with codes and words of their own.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.insights.engines.failures import FailureKind

_QUOTA = ("quota", "billing", "credit", "payment")
# Also what advises to "add a payment method" to be limited less.
_RATE = ("rate_limit", "rate limit")
_TOO_LONG = (
    "context_length_exceeded",
    "maximum context length",
    "context window",
    "too large for model",
    "string_above_max_length",
)
_FILTERED = ("content_filter", "content_policy", "content management policy", "moderation")
_UNKNOWN_MODEL = ("model_not_found", "invalid_model", "invalid model", "does not exist")


def kind_of(status: int, said: str) -> FailureKind:
    """Return what the refusal `status` means; `said` is all that the body says: code, type and message."""
    words = said.lower()
    if status in (401, 403):
        # OpenAI says so of a model that the account may not use.
        return FailureKind.UNKNOWN_MODEL if _says(words, _UNKNOWN_MODEL) else FailureKind.KEY_REFUSED
    if status in (402, 429):
        return _kind_of_limit(status, words)
    if status == 408:
        return FailureKind.TIMEOUT
    if status >= 500:
        return FailureKind.SERVER_FAULT
    return _kind_of_request(status, words)


def retry_after_s(
    headers: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Return how many seconds Retry-After asks to wait; None when it says nothing that can be read."""
    asked = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked) - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _kind_of_limit(status: int, words: str) -> FailureKind:
    if status == 402 or "insufficient_quota" in words:
        return FailureKind.QUOTA
    if _says(words, _RATE) or not _says(words, _QUOTA):
        return FailureKind.RATE_LIMIT
    return FailureKind.QUOTA


def _kind_of_request(status: int, words: str) -> FailureKind:
    if status == 413 or _says(words, _TOO_LONG):
        return FailureKind.TOO_LONG
    if _says(words, _FILTERED):
        return FailureKind.FILTERED
    if status == 404 or _says(words, _UNKNOWN_MODEL):
        return FailureKind.UNKNOWN_MODEL
    return FailureKind.INVALID_REQUEST


def _says(words: str, signs: tuple[str, ...]) -> bool:
    return any(sign in words for sign in signs)
