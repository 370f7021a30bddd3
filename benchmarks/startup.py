"""How long it takes to begin: the list of tasks for an operator, the page for a visitor.

The app's process stands beside stock `streamlit run` with the same page, both started anew each round: until
it first answers that it is healthy, and until the page's script has run to its end for a first visitor.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

from rich.console import Group
from rich.table import Table
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from app.transport import probe
from app.transport.assets import build
from ops.settings import ROOT

ROUNDS = 15
PAGE = ROOT / "app" / "page.py"
TASKS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "nox --list": [sys.executable, "-m", "nox", "--list"],
    "invoke --list": [sys.executable, "-m", "invoke", "--list"],
}


def run() -> Group:
    """Both tables."""
    return Group(tasks(), processes())


def tasks() -> Table:
    """Run each command once a round, so that all of them see the same noise."""
    times: dict[str, list[float]] = {name: [] for name in TASKS}
    for _ in range(ROUNDS):
        for name, command in TASKS.items():
            started = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times[name].append((time.perf_counter() - started) * 1000)
    return _table("Start-up of commands", "nox --list", times)


def processes() -> Table:
    """Start each kind of process once a round, in turn."""
    build.ensure()  # as in the image
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for kind, start, visit in (("streamlit run", stock, over_websocket), ("ours", ours, over_http)):
            healthy_ms, finished_ms = measure(start, visit)
            times.setdefault(f"{kind}: healthy", []).append(healthy_ms)
            times.setdefault(f"{kind}: first run finished", []).append(finished_ms)
    healthy = {name: values for name, values in times.items() if name.endswith("healthy")}
    finished = {name: values for name, values in times.items() if name.endswith("finished")}
    table = _table("Start-up of a process", "streamlit run: healthy", healthy)
    for row in _rows("streamlit run: first run finished", finished):
        table.add_row(*row)
    return table


def measure(
    start: Callable[[int], subprocess.Popen[bytes]], visit: Callable[[int], None]
) -> tuple[float, float]:
    """Milliseconds from the start of a process to its first healthy answer, and to the end of a first run."""
    port = _free_port()
    started = time.perf_counter()
    with _ended(start(port)):
        _wait_healthy(port)
        healthy = time.perf_counter() - started
        visit(port)
        finished = time.perf_counter() - started
    return healthy * 1000, finished * 1000


def stock(port: int) -> subprocess.Popen[bytes]:
    """Start `streamlit run`, with the options that a server is run with."""
    options = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    return _popen(["-m", "streamlit", "run", str(PAGE), f"--server.port={port}", *options], port)


def ours(port: int) -> subprocess.Popen[bytes]:
    """Start the app as the image does."""
    return _popen(["-m", "app"], port)


def over_websocket(port: int) -> None:
    """Open the page natively and wait for the end of its first run."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"]) as websocket:  # type: ignore[list-item]  # a plain string is one
        websocket.send(message.SerializeToString())
        for content in websocket:
            forward = ForwardMsg.FromString(content if isinstance(content, bytes) else content.encode())
            if forward.WhichOneof("type") == "script_finished":
                return


def over_http(port: int) -> None:
    """Open the page over HTTP and wait for the end of its first run."""
    probe.round_trip(port)


def _popen(arguments: list[str], port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _wait_healthy(port: int, *, within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).status == 200:
                return
        time.sleep(0.005)
    raise SystemExit(f"nothing is healthy on port {port}")


def _table(title: str, base: str, times: dict[str, list[float]]) -> Table:
    table = Table("what", "median ms", "min ms", "of the first", title=f"{title}, {ROUNDS} rounds")
    for row in _rows(base, times):
        table.add_row(*row)
    return table


def _rows(base: str, times: dict[str, list[float]]) -> Iterator[tuple[str, str, str, str]]:
    reference = statistics.median(times[base])
    for name, values in times.items():
        median = statistics.median(values)
        yield name, f"{median:.0f}", f"{min(values):.0f}", f"{median / reference:.2f}x"
