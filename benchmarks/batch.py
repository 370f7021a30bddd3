"""Two hundred notes for a language model that takes 300 ms: one after the other, and sixteen at once.

Both providers are played by the fake of the tests, in a process of its own on the same machine: strict
requests, answers from annotations, proof of each item, all as in the app. The first report of each engine,
which imports the SDK and makes the client, is not counted.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.table import Table

from app.insights.engines import Engine, EngineChoice, engine
from ops.settings import ROOT
from tests.fakes.llm_requests import KEYS

NOTES, AT_ONCE, LATENCY_S = 200, 16, 0.3
REPORTS = ROOT / "tests" / "data" / "reports"
TARGETS = {"openai": 12, "mistral": 8}
PATHS = {"openai": "/openai/v1", "mistral": "/mistral"}


def run() -> Table:
    """Measure both providers and return the table."""
    notes = annotated_notes()
    title = f"{NOTES} notes, {LATENCY_S * 1000:.0f} ms per answer, with proof of each item"
    table = Table("engine", "at once", "notes/s", "CPU ms per note", "gain", "target", title=title)
    with served(notes) as url:
        for name in TARGETS:
            measure(table, reader(name, url), list(notes))
    return table


def measure(table: Table, read: Engine, notes: list[str]) -> None:
    """Add the two rows of an engine."""
    read.extract(notes[0])
    alone, alone_cpu = timed(read, notes, 1)
    together, together_cpu = timed(read, notes, AT_ONCE)
    table.add_row(read.name, "1", f"{len(notes) / alone:.1f}", f"{alone_cpu:.1f}", "", "")
    gain, target = f"{alone / together:.1f}x", f"{TARGETS[read.name]}x"
    table.add_row("", str(AT_ONCE), f"{len(notes) / together:.1f}", f"{together_cpu:.1f}", gain, target)


def timed(read: Engine, notes: list[str], at_once: int) -> tuple[float, float]:
    """Return the seconds that all notes take, and the milliseconds of processor for each of them."""
    started, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(at_once) as pool:
        found = list(pool.map(read.extract, notes))
    took_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    if any(insights.is_empty() or insights.unproven() for insights in found):
        raise SystemExit("a note was read badly: nothing to compare")
    return took_s, cpu_s / len(notes) * 1000


def annotated_notes() -> dict[str, object]:
    """Return the annotations of as many different notes, made of the few of the tests."""
    notes: dict[str, object] = {}
    paths = sorted(REPORTS.glob("*.json"))
    for number in range(NOTES):
        gold = paths[number % len(paths)]
        text = gold.with_suffix(".txt").read_text(encoding="utf-8")
        notes[f"Note {number}\n\n{text}"] = json.loads(gold.read_text(encoding="utf-8"))
    return notes


def reader(name: str, url: str) -> Engine:
    """Return the engine of a provider at the fake's address."""
    choice = EngineChoice(name, urls={name: f"{url}{PATHS[name]}"}, read_key=lambda _: KEYS[name])
    return engine(choice)


@contextlib.contextmanager
def served(notes: dict[str, object]) -> Iterator[str]:
    """Serve both providers in a process that ends with its standard input."""
    with tempfile.TemporaryDirectory() as directory:
        reports = Path(directory, "reports.json")
        reports.write_text(json.dumps(notes), encoding="utf-8")
        command = [sys.executable, "-m", "tests.fakes.llm", str(LATENCY_S), str(reports)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            yield process.stdout.readline().strip()
            process.communicate()
