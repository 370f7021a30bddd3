"""The engine of Mistral AI.

Sources: Mistral API reference, "Chat completion"; documentation, "Custom structured outputs".
"""

from __future__ import annotations

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
    from mistralai.client import Mistral

    from app.insights.engines.choice import Connection
    from app.insights.engines.remote.prompts import Messages

MAX_ANSWER_TOKENS = 16_000
_ENDS = {
    "length": FailureKind.TRUNCATED,
    "model_length": FailureKind.TRUNCATED,
    "error": FailureKind.SERVER_FAULT,
}


def engine(connection: Connection) -> RemoteEngine:
    """Return the engine; neither the SDK is imported nor anything sent before the first report."""
    return RemoteEngine(**vars(connection.card), ask=MistralModel(connection))


@dataclass(frozen=True)
class MistralModel:
    """A model behind the chat completions of Mistral."""

    connection: Connection
    read_s: float = READ_S

    def complete(self, messages: Messages) -> str:
        """Return the whole answer."""
        answer = attempt(lambda: self._client.chat.complete(**self._question(messages)), self._failure)
        return self._text(answer.choices[0], answer.choices[0].message) if answer.choices else ""

    def stream(self, messages: Messages) -> Generator[str]:
        """Yield the answer as it comes."""
        return pieces(
            lambda: self._client.chat.stream(**self._question(messages)), self._text_of_event, self._failure
        )

    def _question(self, messages: Messages) -> dict[str, Any]:
        return {
            "model": self.connection.card.model,
            "messages": messages,
            "response_format": RESPONSE_FORMAT,
            "max_tokens": MAX_ANSWER_TOKENS,
            "temperature": 0,
        }

    def _text_of_event(self, event: Any) -> str:
        choices = event.data.choices
        return self._text(choices[0], choices[0].delta) if choices else ""

    def _text(self, choice: Any, message: Any) -> str:
        kind = _ENDS.get(choice.finish_reason)
        if kind is not None:
            raise EngineError(kind, self.connection.card.label)
        content = message.content or ""
        if isinstance(content, str):
            return content
        # A reasoning model sends its thoughts beside the text of the answer.
        return "".join(chunk.text for chunk in content if chunk.type == "text")

    @property
    def _client(self) -> Mistral:
        with making_client:
            return self._made_client

    @cached_property
    def _made_client(self) -> Mistral:
        # Half a second, paid by the first report and by nobody who asks no model.
        from mistralai.client import Mistral
        from mistralai.client.utils.logger import NoOpLogger

        key = self.connection.key.get_secret_value() if self.connection.key else None
        return Mistral(
            api_key=key,
            server="eu" if self.connection.is_eu else "global",
            server_url=self.connection.url,
            client=http_client(self.read_s),
            # Its own, switched on by MISTRAL_DEBUG, writes headers and reports into the log.
            debug_logger=NoOpLogger(),
        )

    def _failure(self, error: Exception) -> EngineError | None:
        from mistralai.client import errors

        label = self.connection.card.label
        if isinstance(error, errors.MistralError) and error.status_code >= 300:
            kind = kind_of(error.status_code, error.body)
            return EngineError(kind, label, error.status_code, retry_after_s(error.headers))
        transport = kind_of_transport(error)
        if transport is not None:
            return EngineError(transport, label)
        is_unreadable = isinstance(error, (errors.MistralError, errors.NoResponseError, ValueError))
        return EngineError(FailureKind.UNREADABLE, label) if is_unreadable else None
