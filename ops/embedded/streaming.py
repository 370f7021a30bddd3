"""Answers that reach the client while the function still writes them, with Lambda's limits on them.

Source: Lambda developer guide, "Response streaming for Lambda functions": at most 200 MB, the first 6 MB as
fast as it goes, then 2 MB a second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

MAX_STREAM_BYTES = 200 * 1024 * 1024
UNCAPPED_BYTES = 6 * 1024 * 1024
CAPPED_BYTES_PER_S = 2 * 1024 * 1024


class Delivery(Protocol):
    """Takes an answer part by part; whoever takes too long holds the function up."""

    async def begin(self, prelude: dict[str, Any]) -> None:
        """Take status, headers and cookies, before any part of the body."""
        ...

    async def send(self, part: bytes) -> None:
        """Take a part of the body."""
        ...


class StreamTooLargeError(Exception):
    """The function wrote more than a stream may hold."""


class Metered:
    """Passes an answer on within the limits, and counts it."""

    def __init__(
        self, delivery: Delivery, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Pass on to `delivery`."""
        self.has_begun = False
        self.sent_bytes = 0
        self._delivery = delivery
        self._sleep = sleep

    async def begin(self, prelude: dict[str, Any]) -> None:
        """Pass the head on."""
        self.has_begun = True
        await self._delivery.begin(prelude)

    async def send(self, part: bytes) -> None:
        """Pass a part on, and wait as long as it takes at the speed that is allowed.

        Raises:
            StreamTooLargeError: It was not passed on: the answer would be over the limit.
        """
        self.sent_bytes += len(part)
        if self.sent_bytes > MAX_STREAM_BYTES:
            raise StreamTooLargeError(f"Response stream exceeded {MAX_STREAM_BYTES} bytes.")
        await self._delivery.send(part)
        if self.sent_bytes > UNCAPPED_BYTES:
            await self._sleep(len(part) / CAPPED_BYTES_PER_S)
