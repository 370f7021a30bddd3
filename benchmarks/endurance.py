"""Many sessions on instances that keep dying: what is lost, and how long the rest takes.

20 tabs without a browser press a button, each 50 times, on 4 instances of `invoke serve`, one of which is
killed every second. Each tab checks every answer: its count is one more than before, and its name its own.
"""

import contextlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.table import Table
from streamlit.proto.BackMsg_pb2 import BackMsg

from ops.settings import ROOT
from tests.app.transport.persistent import LostError, PersistentTab
from tests.app.transport.tab import Answer

TABS, PRESSES, INSTANCES, KILL_EVERY_S = 20, 50, 4, 1.0

PAGE = """
import streamlit as st

state = st.session_state
state.setdefault("name", st.query_params.get("name", "nobody"))
state.setdefault("count", 0)
if st.button("Add one"):
    state.count += 1
st.markdown(f"{state.name} has {state.count}")
"""


@dataclass
class Outcome:
    """What became of the presses of all tabs."""

    times_s: list[float] = field(default_factory=list)
    lost: int = 0
    wrong: int = 0
    crossed: int = 0
    retries: int = 0
    kills: int = 0


def run() -> Table:
    """Press, kill and count."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "endurance.py"
        page.write_text(PAGE)
        with served(page, instances=INSTANCES) as (process, port):
            over = threading.Event()
            killer = threading.Thread(target=kill_some, args=(process, over, outcome))
            killer.start()
            with ThreadPoolExecutor(TABS) as pool:
                list(pool.map(lambda index: drive(index, port, outcome), range(TABS)))
            over.set()
            killer.join()
    return table(outcome)


def drive(index: int, port: int, outcome: Outcome) -> None:
    """Press the button of one tab, and note what each press came to."""
    tab = PersistentTab(port)
    name = f"tab-{index}"
    first = tab.rerun_message()
    first.rerun_script.query_string = f"name={name}"
    outcome_of(tab, first)
    for count in range(1, PRESSES + 1):
        started = time.monotonic()
        answer = outcome_of(tab, tab.rerun_message("Add one"))
        outcome.times_s.append(time.monotonic() - started)
        shown = re.fullmatch(r"(\S+) has (\d+)", answer.text[-1]) if answer and answer.text else None
        outcome.lost += shown is None
        outcome.crossed += shown is not None and shown[1] != name
        outcome.wrong += shown is not None and int(shown[2]) != count
    outcome.retries += tab.retries


def outcome_of(tab: PersistentTab, message: BackMsg) -> Answer | None:
    """What came of `message`; None when no instance completed the run."""
    with contextlib.suppress(LostError):
        return tab.act(message)
    return None


def kill_some(process: psutil.Process, over: threading.Event, outcome: Outcome) -> None:
    """Kill one instance after another until told that it is over."""
    while not over.wait(KILL_EVERY_S):
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            random.choice(instances(process)).kill()  # noqa: S311 - chance, no secret
            outcome.kills += 1


def instances(process: psutil.Process) -> list[psutil.Process]:
    """The processes below `process` that run the page."""
    return [child for child in process.children(recursive=True) if "launch.py" in " ".join(child.cmdline())]


@contextlib.contextmanager
def served(page: Path, *, instances: int) -> Iterator[tuple[psutil.Process, int]]:
    """Serve `page` with `invoke serve`; gives its process and port."""
    arguments = ["serve", str(page), "--port", "0", "--instances", str(instances), "--seed", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        announced = re.search(r"http://localhost:(\d+)", process.stdout.readline() if process.stdout else "")
        if announced is None:
            raise SystemExit("invoke serve did not start")
        yield psutil.Process(process.pid), int(announced[1])
    finally:
        process.terminate()
        process.communicate()


def table(outcome: Outcome) -> Table:
    """The outcome in one row."""
    times = sorted(outcome.times_s)
    p50, p95, p99 = (times[int(share * len(times))] * 1000 for share in (0.5, 0.95, 0.99))
    title = f"{TABS} tabs x {PRESSES} presses, {INSTANCES} instances, one killed every {KILL_EVERY_S:.0f} s"
    result = Table(
        "presses", "lost", "wrong", "crossed", "kills", "retries", "p50 ms", "p95 ms", "p99 ms", title=title
    )
    counts = (len(times), outcome.lost, outcome.wrong, outcome.crossed, outcome.kills, outcome.retries)
    result.add_row(*map(str, counts), *(f"{value:.0f}" for value in (p50, p95, p99)))
    return result
