"""Processes that start in a quarter of the time: forked from one that has imported Streamlit already.

A catalogue starts four processes per page, and importing is most of what each of them does. A forked child
runs the same program with the same arguments as a fresh interpreter would.

`python -m tests.app.transport.catalogue.forks` reads one order per line (JSON) and answers with a pid.
"""

import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[4]
PRELOADED = (
    *("streamlit.web.cli", "streamlit.web.bootstrap", "streamlit.web.server.starlette.starlette_app"),
    *("altair", "pandas", "PIL.Image", "pyarrow", "uvicorn", "cloudpickle"),
)


class Forks:
    """The process that forks. `start` may be called from any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.transport.catalogue.forks"],
            cwd=ROOT,
            # A library that starts threads when it is imported would leave them behind in a fork.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, module, arguments, *, directory, environment, output):
        """Run `python -m module *arguments` in `directory`, both of its outputs appended to a file."""
        order = {
            "module": module,
            "arguments": [str(argument) for argument in arguments],
            "directory": str(directory),
            "environment": environment,
            "output": str(output),
        }
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return Forked(int(self._process.stdout.readline()))

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class Forked:
    """What a gateway asks of a `subprocess.Popen`, for a child that another process forked."""

    def __init__(self, pid):
        self.pid = pid
        self._end = os.pidfd_open(pid)

    def poll(self):
        """None while it runs. The exit status of another's child is not ours to know."""
        return 0 if select.select([self._end], [], [], 0)[0] else None

    def kill(self):
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._end, signal.SIGKILL)

    def wait(self):
        select.select([self._end], [], [])


def main():
    for module in PRELOADED:
        __import__(module)
    # Children of whom nobody asks for a status leave no zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order)
        print(pid, flush=True)


def _become(order):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    descriptor = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["environment"])
    os.chdir(order["directory"])
    sys.argv = [order["module"], *order["arguments"]]
    status = 0
    try:
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child must never return into its parent's loop
        import traceback

        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
