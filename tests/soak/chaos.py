"""What is done to the stage, in an order that a seed decides: by the machine, and by an operator at work."""

import contextlib
import os
import random
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from tests.soak.journal import (
    DEPLOY,
    FREEZE,
    KILL,
    LIMIT,
    OUTAGE,
    ROLLBACK,
    ROTATION,
    THROTTLE,
    Journal,
)
from tests.soak.stage import FUNCTION, CommandError, Stage

# The shim tries for about twenty seconds, so whoever throttles for longer breaks a promise of his own.
_THROTTLED_S: Final = (3.0, 8.0)
_FROZEN_S: Final = (1.0, 12.0)
_OUTAGE_S: Final = (10.0, 25.0)
_LIMIT_RPS: Final = 2
_PAUSE_S: Final = 4.0


class Chaos:
    """Does what it is asked to, and writes it down."""

    def __init__(self, stage: Stage, journal: Journal, seed: int) -> None:
        self._stage, self._journal = stage, journal
        self._machine = random.Random(f"{seed} machine")  # noqa: S311 - chance that can be repeated
        self._operator = random.Random(f"{seed} operator")  # noqa: S311
        self._page = stage.copy.page.read_text()
        self._pages = 0

    def break_things(self, every_s: float) -> None:
        """Kill and freeze instances that users reach, until it is over."""
        while not self._over(self._machine.expovariate(1 / every_s)):
            self._noted(self._machine.choice((self.kill, self.kill, self.freeze)))

    def operate(self, every_s: float) -> None:
        """Deploy, roll back, rotate and throttle, each as often as the others, until it is over."""
        while True:
            for act in self._shuffled():
                if self._over(self._operator.uniform(0.5, 1.5) * every_s):
                    return
                self._noted(act)

    def once(self) -> None:
        """Do each thing once, with a pause in which clients get over it."""
        for act in (self.kill, self.freeze, *self._shuffled()):
            self._noted(act)
            self._journal.pause(_PAUSE_S)

    def _shuffled(self) -> list[Callable[[], None]]:
        """All that an operator does; a rollback has something to go back from."""
        acts = [self.throttle, self.limit, self.outage, self.rotate]
        self._operator.shuffle(acts)
        at = self._operator.randrange(len(acts))
        return [*acts[:at], self.deploy, self.rollback, *acts[at:]]

    def _over(self, after_s: float) -> bool:
        return self._journal.over.wait(after_s)

    def _noted(self, act: Callable[[], None]) -> None:
        """Do it; a command that fails is a violation."""
        try:
            act()
        except CommandError as error:
            self._journal.violate("operator", "command", str(error))

    # ------------------------------------------------------------------------------------------- the machine

    def kill(self) -> None:
        """Kill an instance that users reach, busy or not."""
        if pid := self._victim(is_busy=self._machine.random() < 0.7):
            with self._noting(KILL, f"pid {pid}"), contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop an instance in the middle of a request, as if its machine stood still."""
        if not (pid := self._victim(is_busy=True)):
            return
        for_s = self._machine.uniform(*_FROZEN_S)
        with self._noting(FREEZE, f"pid {pid} for {for_s:.1f} s"), contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(for_s)
            # Between requests the account itself stops it; only what it takes for busy is stopped by us.
            if any(one["pid"] == pid and one["busy"] for one in self._stage.instances()):
                os.kill(pid, signal.SIGCONT)

    def _victim(self, *, is_busy: bool) -> int:
        """An instance of the live version, busy if there is one; 0 when there is none at all."""
        live = self._stage.live_version()
        for _ in range(100):
            there = [one for one in self._stage.instances() if one["version"] == live]
            fitting = [one for one in there if one["busy"] == is_busy]
            if fitting:
                return int(self._machine.choice(fitting)["pid"])
            time.sleep(0.02)
        return 0

    # ------------------------------------------------------------------------------------------ the operator

    def deploy(self) -> None:
        """Release a changed page."""
        self._pages += 1
        self._stage.copy.page.write_text(f"{self._page}\n# page {self._pages}\n")
        with self._noting(DEPLOY, f"page {self._pages}"):
            self._stage.invoke("deploy")

    def rollback(self) -> None:
        """Go back to the release before."""
        with self._noting(ROLLBACK):
            self._stage.invoke("rollback")

    def rotate(self) -> None:
        """Rotate the provider's key."""
        with self._noting(ROTATION):
            self._stage.rotate()

    def throttle(self) -> None:
        """Leave the function no instance, or one, for some seconds."""
        lambda_, allowed = self._stage.clients.lambda_, self._operator.choice((0, 1))
        with self._noting(THROTTLE, f"{allowed} at once"):
            lambda_.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=allowed)
            time.sleep(self._operator.uniform(*_THROTTLED_S))
            lambda_.delete_function_concurrency(FunctionName=FUNCTION)

    def limit(self) -> None:
        """Let the API pass hardly anything for some seconds."""
        with self._noting(LIMIT, f"{_LIMIT_RPS} requests a second"), self._limited():
            time.sleep(self._operator.uniform(*_THROTTLED_S))

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        apis = self._stage.clients.client("apigatewayv2")
        [api] = apis.get_apis()["Items"]
        [stage] = apis.get_stages(ApiId=api["ApiId"])["Items"]
        where = {"ApiId": api["ApiId"], "StageName": stage["StageName"]}
        before = stage["DefaultRouteSettings"]
        low = {**before, "ThrottlingRateLimit": float(_LIMIT_RPS), "ThrottlingBurstLimit": _LIMIT_RPS}
        apis.update_stage(**where, DefaultRouteSettings=low)
        try:
            yield
        finally:
            apis.update_stage(**where, DefaultRouteSettings=before)

    def outage(self) -> None:
        """Have the provider fail for a while."""
        with self._noting(OUTAGE):
            self._stage.models.faults = deque(["503"] * 10_000)
            time.sleep(self._operator.uniform(*_OUTAGE_S))
            self._stage.models.faults = deque()

    @contextlib.contextmanager
    def _noting(self, kind: str, what: str = "") -> Iterator[None]:
        began_s = self._journal.now()
        try:
            yield
        finally:
            self._journal.event(kind, began_s, what)
