"""How long an operator waits for the list of tasks, beside the list of checks and a bare interpreter."""

import statistics
import subprocess
import sys
import time

from rich.table import Table

ROUNDS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "nox --list": [sys.executable, "-m", "nox", "--list"],
    "invoke --list": [sys.executable, "-m", "invoke", "--list"],
}


def run() -> Table:
    """Run each command once a round, so that all of them see the same noise."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times[name].append((time.perf_counter() - started) * 1000)
    base = statistics.median(times["nox --list"])
    table = Table("command", "median ms", "min ms", "of nox --list", title=f"Start-up, {ROUNDS} rounds")
    for name, values in times.items():
        median = statistics.median(values)
        table.add_row(name, f"{median:.0f}", f"{min(values):.0f}", f"{median / base:.2f}x")
    return table
