"""An instance that serves for a long time: how its memory grows with interactions and sessions."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
from rich.table import Table

from benchmarks.clicks import wait_for
from benchmarks.endurance import PAGE
from ops.settings import ROOT
from tests.app.transport.persistent import PersistentTab

SESSIONS, PRESSES, PARTS = 500, 10, 20


def run() -> Table:
    """Press in one session after another, and look at the process in between."""
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "memory.py"
        page.write_text(PAGE)
        process, port = start(page)
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            sizes = [resident_mb(process) for _ in range(PARTS) if use(port, SESSIONS // PARTS)]
        finally:
            process.kill()
            process.wait()
    return table(sizes)


def use(port: int, sessions: int) -> bool:
    """Open sessions and press the button in each."""
    for _ in range(sessions):
        tab = PersistentTab(port)
        tab.act(tab.rerun_message())
        for count in range(1, PRESSES + 1):
            answer = tab.act(tab.rerun_message("Add one"))
            if not answer.text[-1].endswith(f" has {count}"):
                raise SystemExit(f"a press was lost: {answer.text}")
    return True


def start(page: Path) -> tuple["subprocess.Popen[bytes]", int]:
    """Start one instance with its sessions in memory of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "PORT": str(port)}
    return subprocess.Popen([sys.executable, "-m", "app.transport", page], cwd=ROOT, env=environment), port


def resident_mb(process: "subprocess.Popen[bytes]") -> float:
    """Memory that the process holds."""
    return psutil.Process(process.pid).memory_info().rss / 1e6


def table(sizes: list[float]) -> Table:
    """Sizes and their slope, over the second half: the first holds what is made once."""
    late = sizes[PARTS // 2 :]
    per_part = SESSIONS // PARTS * PRESSES
    slope = statistics.linear_regression([index * per_part for index in range(len(late))], late).slope
    title = f"Memory of an instance, {SESSIONS} sessions x {PRESSES} presses"
    result = Table("after part", "presses", "MB", title=title)
    for index in (0, PARTS // 4 - 1, PARTS // 2 - 1, 3 * PARTS // 4 - 1, PARTS - 1):
        result.add_row(str(index + 1), str((index + 1) * per_part), f"{sizes[index]:.1f}")
    result.caption = f"{slope * 1000:+.2f} MB for each 1,000 presses, over the second half"
    return result
