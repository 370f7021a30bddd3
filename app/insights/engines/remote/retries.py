"""Asks again what may go better in a moment: few times, with growing pauses, as long as the server asks."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.insights.engines.failures import EngineError

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_LOOK_UP_EVERY_S = 1.0


@dataclass(frozen=True)
class Retries:
    """How often, and how patiently; `sleep` and `jitter` are for tests, which never wait."""

    attempts: int = 4
    first_pause_s: float = 0.5
    # A server that asks for more is not waited for: the reader is told instead.
    longest_pause_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    # Requests that were refused together must not come back together.
    jitter: Callable[[], float] = random.random

    def run(self, ask: Callable[[], Answer], while_waiting: Callable[[], None] = lambda: None) -> Answer:
        """Return what `ask` returns, tried again after failures that pass.

        Args:
            ask: Asks once.
            while_waiting: Called about every second of a pause; what it raises ends the pause.

        Raises:
            EngineError: the last failure.
        """
        for attempt in range(1, self.attempts):
            try:
                return ask()
            except EngineError as failure:
                pause_s = self._pause_s(failure, attempt)
                if not failure.is_passing or pause_s > self.longest_pause_s:
                    raise
                logger.warning("%s, status %s: attempt %d failed", failure.kind, failure.status, attempt)
            self._wait(pause_s, while_waiting)
        return ask()

    def _wait(self, pause_s: float, while_waiting: Callable[[], None]) -> None:
        while pause_s > 0:
            self.sleep(min(pause_s, _LOOK_UP_EVERY_S))
            pause_s -= _LOOK_UP_EVERY_S
            while_waiting()

    def _pause_s(self, failure: EngineError, attempt: int) -> float:
        own: float = self.first_pause_s * 2 ** (attempt - 1) * (1 + self.jitter())
        return max(own, failure.retry_after_s or 0)
