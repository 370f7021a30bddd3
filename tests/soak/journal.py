"""What happened, noted by everybody who takes part; and what of it was announced.

A client may meet a failure only while something was done that explains it (`STATUSES`, `SENTENCES`), and must
get over it by itself. Anything else is a violation.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from app import worklists
from app.insights.engines.failures import EngineError, FailureKind
from app.ui.language import english
from tests.app.transport.persistent import NO_ANSWER

# What somebody does to the stage.
KILL, FREEZE, THROTTLE, LIMIT, OUTAGE = "kill", "freeze", "throttle", "limit", "outage"
DEPLOY, ROLLBACK, ROTATION = "deploy", "rollback", "rotation"

# A status of the gateway, what may cause it, and how a client gets over it.
STATUSES: Final = {
    500: ({KILL}, "the instance died: the shim asks what became of the run, and sends it again"),
    503: ({THROTTLE, FREEZE}, "no instance, or none in 30 s: likewise, up to six times"),
    429: ({LIMIT}, "the stage's throttle: the shim waits, and sends the same again"),
}

_PROVIDER: Final = (FailureKind.SERVER_FAULT, FailureKind.RATE_LIMIT, FailureKind.NO_NETWORK)

# What is part of a sentence on the page, what may cause it, and how a reader gets over it.
SENTENCES: Final = {
    worklists.LOST: ({KILL, FREEZE, THROTTLE}, "the instance that read it died: press « Relancer »"),
    worklists.NOT_BEGUN: ({THROTTLE}, "press « Relancer »"),
    **{
        str(EngineError(kind, "")): ({OUTAGE}, "the provider fails: press « Relancer »") for kind in _PROVIDER
    },
}

# What was done is felt for so long: an answer waits 30 s at most for an instance, and a job that nobody works
# at is known to be lost after 20 s, or 120 s if nobody had begun.
FELT_FOR_S: Final = 35.0
SAID_FOR_S: Final = 150.0


@dataclass(frozen=True)
class Request:
    """One request of a client, answered at `at_s`."""

    at_s: float
    operation: str
    status: int
    took_s: float


@dataclass(frozen=True)
class Press:
    """Something that a user did and waited for until `at_s`."""

    at_s: float
    what: str
    took_s: float


@dataclass(frozen=True)
class Event:
    """Something that was done to the stage, between two times."""

    kind: str
    began_s: float
    ended_s: float
    what: str = ""


@dataclass(frozen=True)
class Sentence:
    """A failure that the page told of."""

    at_s: float
    session: str
    text: str


@dataclass(frozen=True)
class Violation:
    """What must not happen."""

    at_s: float
    session: str
    kind: str
    what: str


@dataclass
class Journal:
    """Notes of all threads, with the seconds since it was begun."""

    requests: list[Request] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._counting = threading.Lock()
        self.over = threading.Event()

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def pause(self, seconds: float) -> None:
        """Wait; not to the end, when everything is over before."""
        self.over.wait(seconds)

    def count(self, what: str, by: int = 1) -> None:
        """Count something that was done."""
        with self._counting:
            self.counts[what] += by

    def request(self, operation: str, status: int, took_s: float) -> None:
        """Note a request that was just answered."""
        self.requests.append(Request(self.now(), operation, status, took_s))

    def press(self, what: str, took_s: float) -> None:
        """Note what a user just did."""
        self.presses.append(Press(self.now(), what, took_s))

    def event(self, kind: str, began_s: float, what: str = "") -> None:
        """Note what was done to the stage since `began_s`."""
        self.events.append(Event(kind, began_s, self.now(), what))
        self.count(kind)

    def say(self, session: str, text: str) -> None:
        """Note a failure that the page tells of."""
        self.sentences.append(Sentence(self.now(), session, text.replace("\u00a0", " ")))

    def violate(self, session: str, kind: str, what: str) -> None:
        """Note what must not happen."""
        self.violations.append(Violation(self.now(), session, kind, what))

    def judge(self) -> None:
        """Hold all failures that clients met against what was announced; call it once, at the end."""
        for one in self.requests:
            causes, _ = STATUSES.get(one.status, (set(), ""))
            is_well = NO_ANSWER < one.status < 400
            if not is_well and not self._explained(causes, one.at_s - one.took_s, one.at_s, FELT_FOR_S):
                self._unannounced(one.at_s, f"HTTP {one.status} to a {one.operation}", "nobody")
        for said in self.sentences:
            causes, _ = next((why for text, why in SENTENCES.items() if _says(said.text, text)), (set(), ""))
            if not self._explained(causes, said.at_s, said.at_s, SAID_FOR_S):
                self._unannounced(said.at_s, said.text, said.session)

    def _explained(self, causes: set[str], from_s: float, to_s: float, felt_for_s: float) -> bool:
        return any(
            event.kind in causes and event.began_s <= to_s and from_s <= event.ended_s + felt_for_s
            for event in self.events
        )

    def _unannounced(self, at_s: float, what: str, session: str) -> None:
        self.violations.append(Violation(at_s, session, "unannounced", what))


def _says(shown: str, sentence: str) -> bool:
    # What begins with an engine's name has its English only behind one.
    of_an_engine = english(f"§{sentence}").removeprefix("§")
    return any(said in shown for said in (sentence, english(sentence), of_an_engine))
