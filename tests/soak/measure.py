"""Memory and store, looked at every few seconds; and how they grow, by linear regression."""

import contextlib
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil

from tests.soak.journal import Journal, Request
from tests.soak.stage import Stage

MB: Final = 1_000_000

# At first caches fill, every user begins, and each command runs for the first time.
WARM_UP_S: Final = 300.0
# A slope over less is one of chance.
LEAST_S: Final = 240.0
# An instance grows until it holds what it serves with, and none lives long here.
LIKE_AGE_S: Final = (45.0, 240.0)

# An account is a whole cloud in one process. It holds each session for its hour, and for days what is logged
# of each request, packed: one to two kilobytes a request were measured.
ACCOUNT_MB: Final = 100.0
REQUEST_MB: Final = 0.004
INSTANCE_MB: Final = 100.0
STORE_MB: Final = 1_500.0

_ACCOUNT: Final = (
    f"{ACCOUNT_MB:.0f}, and {REQUEST_MB * 1000:.0f} KB a request, which logs and sessions hold in memory"
)
_INSTANCE: Final = "an instance lives for two hours at most, and has 2 GB"
_STORE: Final = "sessions stay for an hour after their last click, so it grows for that long, and no longer"


@dataclass(frozen=True)
class Resident:
    """Memory of one process at one time."""

    at_s: float
    pid: int
    age_s: float
    mb: float


@dataclass(frozen=True)
class Growth:
    """How many megabytes something grew by in an hour, how many it may, and why."""

    what: str
    slope: float
    bound: float
    why: str


@dataclass
class Meter:
    """What was measured.

    Attributes:
        account: the account's process.
        instances: each instance of each look.
        store: megabytes of all that the account keeps, by the second.
        pids: every process that was ever seen.
    """

    account: list[Resident] = field(default_factory=list)
    instances: list[Resident] = field(default_factory=list)
    store: list[tuple[float, float]] = field(default_factory=list)
    pids: set[int] = field(default_factory=set)

    def watch(self, stage: Stage, journal: Journal, every_s: float) -> None:
        """Look until it is over."""
        while not journal.over.wait(every_s):
            self.look(stage, journal.now())

    def look(self, stage: Stage, at_s: float) -> None:
        """Look once."""
        self.account += self._resident(at_s, [stage.account.pid])
        self.instances += self._resident(at_s, [one["pid"] for one in stage.instances()])
        with contextlib.suppress(FileNotFoundError):
            self.store.append((at_s, (stage.copy.home / "state.pickle").stat().st_size / MB))

    def _resident(self, at_s: float, pids: Iterable[int]) -> list[Resident]:
        found = []
        for pid in pids:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                self.pids.add(pid)
                age_s = time.time() - process.create_time()
                found.append(Resident(at_s, pid, age_s, process.memory_info().rss / MB))
        return found


def slope_per_hour(points: Sequence[tuple[float, float]]) -> float:
    """How much a quantity grows in an hour, by the seconds at which it was measured; 0 for too few."""
    if len({at_s for at_s, _ in points}) < 3:
        return 0.0
    times, values = zip(*points, strict=True)
    return statistics.linear_regression(times, values).slope * 3600


def growth(meter: Meter, requests: Sequence[Request]) -> list[Growth]:
    """What grew, and by how much it may have; nothing for a time too short to tell."""
    until_s = max((one.at_s for one in meter.account), default=0.0)
    if until_s < WARM_UP_S + LEAST_S:
        return []
    account = [(one.at_s, one.mb) for one in meter.account if one.at_s > WARM_UP_S]
    store = [(at_s, mb) for at_s, mb in meter.store if at_s > WARM_UP_S]
    alike = [
        (one.at_s, one.mb)
        for one in meter.instances
        if one.at_s > WARM_UP_S and LIKE_AGE_S[0] < one.age_s < LIKE_AGE_S[1]
    ]
    asked = sum(one.at_s > WARM_UP_S for one in requests) / (until_s - WARM_UP_S) * 3600
    at_most = ACCOUNT_MB + REQUEST_MB * asked
    return [
        Growth("the account's process", slope_per_hour(account), at_most, _ACCOUNT),
        Growth("instances of like age", slope_per_hour(alike), INSTANCE_MB, _INSTANCE),
        Growth("what the account keeps, on disk", slope_per_hour(store), STORE_MB, _STORE),
    ]


def judge(meter: Meter, journal: Journal) -> None:
    """Call it a violation when something grew by more than it may."""
    for one in growth(meter, journal.requests):
        if one.slope > one.bound:
            what = f"{one.what} grows by {one.slope:.0f} MB an hour, and may by {one.bound:.0f}: {one.why}"
            journal.violate("memory", "grows", what)
