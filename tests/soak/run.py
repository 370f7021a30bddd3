"""The whole of it: deploy, let people work while things break, look at what is left, and judge."""

import json
import os
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from ops.settings import ROOT
from tests.fakes.llm import LanguageModels
from tests.soak import measure
from tests.soak.browser import Reader
from tests.soak.chaos import Chaos
from tests.soak.client import MARK
from tests.soak.journal import Journal, Violation
from tests.soak.measure import Meter
from tests.soak.pace import Pace
from tests.soak.stage import Stage, deployed
from tests.soak.users import Case, User

_REPORTS: Final = ROOT / "tests" / "data" / "reports"
# What the function says of itself when something is not as it should be.
_WARNED: Final = re.compile(rb'"level": ?"(?:WARNING|WARN|ERROR|CRITICAL)".*?"message": ?"([^"]*)')
_ENDS_WITHIN_S: Final = 240.0
# The provider takes as long as a quick model, without a wait that only costs time.
_LATENCY_S: Final = 0.5


@dataclass(frozen=True)
class Plan:
    """How long, how many, and by which chance.

    Attributes:
        minutes: that people work.
        sessions: that go on at the same time.
        seed: of all that is chosen.
        tabs: in a real browser, besides.
        is_short: each kind of chaos comes once, and it is over then, whatever `minutes` says.
        break_every_s: on average, until the next instance is killed or frozen.
        operate_every_s: on average, from one command of the operator to the next.
    """

    minutes: float = 30.0
    sessions: int = 50
    seed: int = 1
    tabs: int = 1
    is_short: bool = False
    break_every_s: float = 15.0
    operate_every_s: float = 15.0


@dataclass
class Outcome:
    """What was noted and measured, and what of it must not be."""

    plan: Plan
    journal: Journal
    meter: Meter
    pace: Pace

    @property
    def data(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        metered = asdict(self.meter)
        noted = {
            name: [asdict(one) for one in getattr(self.journal, name)]
            for name in ("requests", "presses", "events", "sentences")
        }
        return {
            "plan": asdict(self.plan),
            "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB",
            "pace": self.pace.factor,
            "seconds": max((one.at_s for one in self.journal.requests), default=0.0),
            "violations": [asdict(one) for one in self.violations],
            **noted,
            "counts": dict(self.journal.counts),
            **{name: metered[name] for name in ("account", "instances", "store")},
            "growth": [asdict(one) for one in measure.growth(self.meter, self.journal.requests)],
        }

    @property
    def violations(self) -> list[Violation]:
        """All that must not happen, in the order of time."""
        return sorted(self.journal.violations, key=lambda one: one.at_s)


def soak(plan: Plan, directory: Path, tell: Callable[[str], None] = lambda _: None) -> Outcome:
    """Do as planned in `directory`, which is empty; `tell` hears how far it is."""
    reports = Reports()
    with LanguageModels(reports.gold, latency_s=_LATENCY_S) as models:
        reports.gold = models.reports
        tell("deploying")
        with deployed(directory, models) as stage:
            tell(f"{plan.sessions} sessions at {stage.url}")
            outcome = Outcome(plan, Journal(), Meter(), Pace())
            _work(outcome, stage, reports, tell)
            outcome.journal.judge()
            measure.judge(outcome.meter, outcome.journal)
            _look_into_logs(outcome, stage)
            outcome.meter.look(stage, outcome.journal.now())
        _look_for_leftovers(outcome, stage)
    return outcome


class Reports:
    """Reports that each have a mark of their own, and what a provider finds in them.

    Attributes:
        gold: annotations by text.
    """

    def __init__(self) -> None:
        self._texts = [
            (path.read_text(encoding="utf-8"), json.loads(path.with_suffix(".json").read_text("utf-8")))
            for path in sorted(_REPORTS.glob("*.txt"))
            if path.with_suffix(".json").exists()
        ]
        self._given = 0
        self.gold: dict[str, object] = {}

    def case(self, mark: str) -> Case:
        """The next report, with `mark` in it."""
        self._given += 1
        text, gold = self._texts[self._given % len(self._texts)]
        marked = f"{text.rstrip()}\n\nRéférence {mark}\n"
        self.gold[marked] = gold
        return Case(mark, marked)


def _work(outcome: Outcome, stage: Stage, reports: Reports, tell: Callable[[str], None]) -> None:
    plan, journal, pace = outcome.plan, outcome.journal, outcome.pace
    chaos = Chaos(stage, journal, plan.seed)
    look_every_s = 2.0 if plan.is_short else 5.0
    users = [
        User(index, stage.port, journal, pace, plan.seed, reports.case).live for index in range(plan.sessions)
    ]
    readers = [
        Reader(index, stage.url, journal, pace, plan.seed, reports.case).live for index in range(plan.tabs)
    ]
    others = [
        lambda: outcome.meter.watch(stage, journal, look_every_s),
        *([] if plan.is_short else [lambda: chaos.break_things(plan.break_every_s)]),
    ]
    started = [_started(journal, act) for act in (*readers, *others)]
    for user in users:
        started.append(_started(journal, user))
        journal.pause(0.3)
    operate = chaos.once if plan.is_short else lambda: chaos.operate(plan.operate_every_s)
    operating = _started(journal, operate)
    _wait(outcome, operating, tell)
    journal.over.set()
    for thread in (*started, operating):
        thread.join(_ENDS_WITHIN_S)
        if thread.is_alive():
            journal.violate(thread.name, "stuck", f"did not end in {_ENDS_WITHIN_S:.0f} s")


def _wait(outcome: Outcome, operating: threading.Thread, tell: Callable[[str], None]) -> None:
    """Wait until time is up, or in the short form until all has been done."""
    plan, journal, known = outcome.plan, outcome.journal, 0
    while journal.now() < plan.minutes * 60 and not (plan.is_short and not operating.is_alive()):
        journal.pause(10.0)
        known = _tell_violations(journal, known, tell)
        recent = [one for one in journal.requests if one.at_s > journal.now() - 30]
        tell(
            f"{journal.now():5.0f} s  {len(recent) / 30:5.1f} requests/s  pace {outcome.pace.factor:.2f}  "
            f"{dict(journal.counts)}  {len(journal.violations)} violations"
        )


def _tell_violations(journal: Journal, known: int, tell: Callable[[str], None]) -> int:
    """Tell those that came since `known` were, and return how many there are."""
    for one in journal.violations[known:]:
        tell(f"{one.at_s:5.0f} s  {one.session}, {one.kind}: {one.what}")
    return len(journal.violations)


def _started(journal: Journal, act: Callable[[], None]) -> threading.Thread:
    """Start a part; one that ends by an error is missing from then on, so that it is a violation."""
    owner = getattr(getattr(act, "__self__", None), "name", "a part of the soak")

    def guarded() -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            journal.violate(owner, "error", traceback.format_exc(limit=-4))

    thread = threading.Thread(target=guarded, name=owner, daemon=True)
    thread.start()
    return thread


# ------------------------------------------------------------------------------------ what is left in the end


def _look_into_logs(outcome: Outcome, stage: Stage) -> None:
    """Neither a word of a patient nor a key may be in what is written down; what is kept is sealed."""
    keys = [key.encode() for key in stage.models.keys["openai"]]
    for place, said in _written(stage):
        if found := _WARNED.search(said):
            outcome.journal.count(f"logged: {found[1].decode()[:120]}")
        if found := MARK.search(said):
            outcome.journal.violate("logs", "patient text", f"{place} holds {found[0].decode()}")
        if any(key in said for key in keys):
            outcome.journal.violate("logs", "key", f"{place} holds a key")
    if found := MARK.search((stage.copy.home / "state.pickle").read_bytes()):
        outcome.journal.violate("store", "patient text", f"the store holds {found[0].decode()} unsealed")


def _written(stage: Stage) -> Iterator[tuple[str, bytes]]:
    logs = stage.clients.logs
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for page in pages:
            for event in page["events"]:
                yield group["logGroupName"], event["message"].encode()
    yield "server.log", (stage.copy.home / "server.log").read_bytes()
    yield "what commands said", "\n".join(stage.said).encode()


def _look_for_leftovers(outcome: Outcome, stage: Stage) -> None:
    """Nothing that was started for the stage may be there when it is down."""
    home = str(stage.copy.home)
    for process in psutil.process_iter(["cmdline", "status"]):
        is_ours = process.pid in outcome.meter.pids or home in " ".join(process.info["cmdline"] or ())
        # Nobody here is to blame for a dead one whose parent, the first process of a container, reaps nobody.
        if is_ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            outcome.journal.violate("leftovers", "process", f"{process.pid} is still there")
