"""How much one browser, one client, and all of them together, may ask of this instance.

A browser is known by its cookie, and whoever throws it away is another. A client is the address that calls:
behind a gateway the one that the gateway names, else that of the connection. A hospital may have one address
for all its browsers, so a client may ask much more than a browser.

Kept in memory, so each instance counts for itself: N instances let through N times as much. In Lambda that is
the truth about an instance, and the number of instances is limited by the function's own concurrency.

A refusal says after how many seconds to ask again. The shim waits that long and sends the same once more,
so a limit delays and loses nothing. The defaults lie far above what clicking and polling ever reach.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

Of = TypeVar("Of")

# Browsers and clients remembered, the one that asked longest ago forgotten first: its buckets are full
# by then.
MAX_BROWSERS: Final = 10_000


@dataclass(frozen=True)
class Rate:
    """Something may happen `burst` times at once and `per_second` times for long."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """What a browser may ask of an instance, and what all may together.

    Attributes:
        browser: requests of one browser.
        client: requests that come from one address.
        everybody: requests of all browsers.
        browser_sessions: sessions that one browser begins.
        sessions: sessions that all browsers begin.
        waiting: requests of one session that wait for one another.
        widget_bytes: of the files that one widget hands to the page, which are values in memory: of files
            that have more together, name and size are handed over and nothing is loaded. By default twice
            the largest upload.
    """

    browser: Rate = Rate(per_second=50, burst=500)
    client: Rate = Rate(per_second=250, burst=2500)
    everybody: Rate = Rate(per_second=1000, burst=5000)
    browser_sessions: Rate = Rate(per_second=10, burst=600)
    sessions: Rate = Rate(per_second=50, burst=3000)
    waiting: int = 32
    widget_bytes: int = 400_000_000


class TooManyRequestsError(Exception):
    """A limit is reached. Nothing was done; ask again after `retry_after_s` whole seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many requests: ask again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class FilesTooLargeError(Exception):
    """A page reads a file that was not loaded, since those of its widget are too large together."""


@dataclass
class _Bucket:
    rate: Rate
    tokens: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> _Bucket:
        return cls(rate, rate.burst, now)

    def missing_s(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        # A clock may go back: by a bucket's own reckoning no time has passed then.
        self.tokens = min(self.rate.burst, self.tokens + max(0.0, now - self.at) * self.rate.per_second)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate.per_second

    def take(self) -> None:
        self.tokens -= 1


@dataclass
class _Buckets:
    """Of one browser."""

    requests: _Bucket
    sessions: _Bucket


@dataclass
class Rates:
    """Counts requests against `limits`. Use on the event loop only."""

    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Begin with full buckets."""
        now = self.clock()
        self._everybody = _Bucket.full(self.limits.everybody, now)
        self._sessions = _Bucket.full(self.limits.sessions, now)
        self._browsers: OrderedDict[str, _Buckets] = OrderedDict()
        self._clients: OrderedDict[str, _Bucket] = OrderedDict()

    def count(self, browser: str, *, client: str = "", begins_session: bool = False) -> None:
        """Count a request of `browser`, from the address `client`; "" where nobody says.

        Raises:
            TooManyRequestsError: it is one too many. It was not counted.
        """
        now, own = self.clock(), self._of(browser)
        buckets = [self._everybody, own.requests]
        if client:
            buckets.append(self._of_client(client))
        if begins_session:
            buckets += [self._sessions, own.sessions]
        missing_s = max(bucket.missing_s(now) for bucket in buckets)
        if missing_s:
            raise TooManyRequestsError(math.ceil(missing_s))
        for bucket in buckets:
            bucket.take()

    def _of(self, browser: str) -> _Buckets:
        def full() -> _Buckets:
            now = self.clock()
            return _Buckets(
                _Bucket.full(self.limits.browser, now), _Bucket.full(self.limits.browser_sessions, now)
            )

        return _remembered(self._browsers, browser, full)

    def _of_client(self, client: str) -> _Bucket:
        return _remembered(self._clients, client, lambda: _Bucket.full(self.limits.client, self.clock()))


def _remembered(known: OrderedDict[str, Of], name: str, full: Callable[[], Of]) -> Of:
    """What is known of who asks, a full measure at first; who asked longest ago is forgotten."""
    if name not in known:
        known[name] = full()
        if len(known) > MAX_BROWSERS:
            known.popitem(last=False)
    known.move_to_end(name)
    return known[name]
