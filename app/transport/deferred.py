"""A value that is made when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Deferred(Generic[T]):
    """Makes a value for the first that asks, and keeps it. Use on one event loop only.

    Whoever asks meanwhile waits for the same value, or gets the same error; who asks after an error
    lets it be tried again.
    """

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        """Defer `make`."""
        self._make = make
        self._making: asyncio.Task[T] | None = None
        self.is_made = False
        self.has_failed = False

    async def get(self) -> T:
        """The value.

        Raises:
            Exception: whatever `make` raised.
        """
        if self._making is None:
            self._making = asyncio.create_task(self._try())
        # Who gives up waiting must not take the value away from those that go on.
        return await asyncio.shield(self._making)

    async def _try(self) -> T:
        try:
            value = await self._make()
        except BaseException:
            self.has_failed = True
            self._making = None
            raise
        self.is_made, self.has_failed = True, False
        return value
