"""Background refreshes that this instance can wait for: it is frozen as soon as its answer is out."""

from __future__ import annotations

import threading
from collections.abc import Callable

from streamlit.runtime.caching.cache_background_refresh import _BackgroundRefreshManager


class Refreshes(_BackgroundRefreshManager):
    """Streamlit's own pool, counting what is under way."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self._count = 0
        self._fewer = threading.Condition()

    @property
    def under_way(self) -> bool:
        """Whether a refresh runs."""
        return self._count > 0

    def submit(self, task: Callable[[], None]) -> bool:
        """Refresh in the background, unless Streamlit thinks that too many do."""
        self._add(1)

        def counted() -> None:
            try:
                task()
            finally:
                self._add(-1)

        is_scheduled = super().submit(counted)
        if not is_scheduled:
            self._add(-1)
        return is_scheduled

    def wait(self, timeout_s: float) -> None:
        """Return when none runs any more, or after `timeout_s`."""
        with self._fewer:
            self._fewer.wait_for(lambda: not self.under_way, timeout_s)

    def _add(self, change: int) -> None:
        with self._fewer:
            self._count += change
            self._fewer.notify_all()
