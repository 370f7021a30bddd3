"""How fast users are: as fast as the machine can serve them, and no faster."""

import statistics
import threading
import time
from collections import deque
from typing import Final

# A reader thinks for some seconds between two steps, and longer where the machine is slow. What a few presses
# take while instances die says nothing of the machine, so the median is looked at.
SATURATED_S: Final = 1.0
FASTEST, SLOWEST = 0.5, 8.0
_LOOK_EVERY_S: Final = 5.0


class Pace:
    """A factor for all thinking times: it grows while the median press takes over a second."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self._took_s: deque[float] = deque(maxlen=40)
        self._looked_at = time.monotonic()
        self._guard = threading.Lock()

    def hear(self, took_s: float) -> None:
        """Hear how long a press took."""
        with self._guard:
            self._took_s.append(took_s)
            if time.monotonic() - self._looked_at < _LOOK_EVERY_S:
                return
            self._looked_at = time.monotonic()
            is_saturated = statistics.median(self._took_s) > SATURATED_S
            self.factor = min(SLOWEST, max(FASTEST, self.factor * (1.25 if is_saturated else 0.95)))
