"""The engine of OpenAI, and of servers that speak its protocol (Ollama, vLLM, LiteLLM).

Sources: OpenAI API reference, "Create chat completion"; guides "Structured outputs" and "Your data": with
`store=False` a completion isn't kept for later use, while abuse logs may hold it for 30 days.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.insights.engines.failures import EngineError, FailureKind
from app.insights.engines.remote.answers import RESPONSE_FORMAT
from app.insights.engines.remote.connections import (
    READ_S,
    attempt,
    http_client,
    kind_of_transport,
    making_client,
    pieces,
)
from app.insights.engines.remote.engine import RemoteEngine
from app.insights.engines.remote.statuses import kind_of, retry_after_s

if TYPE_CHECKING:
    from openai import OpenAI

    from app.insights.engines.choice import Connection
    from app.insights.engines.remote.prompts import Messages

# The most that gpt-4o writes; a part of a report takes half of it.
MAX_ANSWER_TOKENS = 16_000
# Thoughts count, and are longer than the answer.
MAX_REASONING_TOKENS = 48_000
# A compatible server without a key accepts any, and the SDK demands one.
_NO_KEY = "none"
# These refuse every temperature but their own.
_REASONING = re.compile(r"o\d|gpt-[5-9]")
_ENDS = {"length": FailureKind.TRUNCATED, "content_filter": FailureKind.FILTERED}


def engine(connection: Connection) -> RemoteEngine:
    """Return the engine; neither the SDK is imported nor anything sent before the first report."""
    return RemoteEngine(**vars(connection.card), ask=OpenAIModel(connection))


@dataclass(frozen=True)
class OpenAIModel:
    """A model behind the chat completions of OpenAI."""

    connection: Connection
    read_s: float = READ_S

    def complete(self, messages: Messages) -> str:
        """Return the whole answer."""
        answer = attempt(lambda: self._create(messages), self._failure)
        # A server that answers with a page instead of JSON: the SDK hands its text over.
        choices = getattr(answer, "choices", None)
        return self._text(choices[0], choices[0].message) if choices else ""

    def stream(self, messages: Messages) -> Generator[str]:
        """Yield the answer as it comes."""
        return pieces(lambda: self._create(messages, stream=True), self._text_of_event, self._failure)

    def _text_of_event(self, event: Any) -> str:
        return self._text(event.choices[0], event.choices[0].delta) if event.choices else ""

    def _text(self, choice: Any, message: Any) -> str:
        kind = FailureKind.REFUSED if message.refusal else _ENDS.get(choice.finish_reason)
        if kind is not None:
            raise EngineError(kind, self.connection.card.label)
        return message.content or ""

    def _create(self, messages: Messages, **options: Any) -> Any:
        question: dict[str, Any] = {
            "model": self.connection.card.model,
            "messages": messages,
            "response_format": RESPONSE_FORMAT,
            "store": False,
            **self._limits(),
        }
        return self._client.chat.completions.create(**question, **options)

    def _limits(self) -> dict[str, Any]:
        if _REASONING.match(self.connection.card.model):
            return {"max_completion_tokens": MAX_REASONING_TOKENS}
        # Compatible servers know the older name alone.
        limit = "max_tokens" if self.connection.url else "max_completion_tokens"
        return {limit: MAX_ANSWER_TOKENS, "temperature": 0}

    @property
    def _client(self) -> OpenAI:
        with making_client:
            return self._made_client

    @cached_property
    def _made_client(self) -> OpenAI:
        # Half a second, paid by the first report and by nobody who asks no model.
        from openai import OpenAI

        # At DEBUG it writes the report into the log.
        logging.getLogger("openai").setLevel(logging.INFO)
        key = self.connection.key.get_secret_value() if self.connection.key else _NO_KEY
        options: dict[str, Any] = {"api_key": key, "max_retries": 0, "http_client": http_client(self.read_s)}
        if self.connection.url:
            return OpenAI(base_url=self.connection.url, **options)
        # Named also where it is the default: the SDK would else look for an address in the environment.
        return OpenAI(data_residency="eu" if self.connection.is_eu else "global", **options)

    def _failure(self, error: Exception) -> EngineError | None:
        import openai

        label = self.connection.card.label
        if isinstance(error, openai.APIStatusError):
            kind = kind_of(error.status_code, f"{error.code} {error.type} {error.message}")
            return EngineError(kind, label, error.status_code, retry_after_s(error.response.headers))
        is_connection = isinstance(error, openai.APIConnectionError)
        transport = kind_of_transport(error.__cause__ if is_connection else error)
        if transport is not None:
            return EngineError(transport, label)
        if type(error) is openai.APIError:
            # An error told in the middle of a stream, which has begun with 200.
            return EngineError(FailureKind.SERVER_FAULT, label)
        is_unreadable = isinstance(error, (openai.OpenAIError, ValueError))
        return EngineError(FailureKind.UNREADABLE, label) if is_unreadable else None
