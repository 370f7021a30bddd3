"""Processes on record: a number alone names nobody, since the system gives it to somebody else later."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil


def identity(pid: int) -> dict[str, Any]:
    """Return what tells a running process from a later one of the same number.

    Raises:
        psutil.NoSuchProcess: It is gone already.
    """
    return {"pid": pid, "created": psutil.Process(pid).create_time()}


def find(record: dict[str, Any]) -> psutil.Process | None:
    """Return the process that `identity` described, or None when it has ended."""
    try:
        process = psutil.Process(record["pid"])
        same = abs(process.create_time() - record["created"]) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, KeyError):
        return None


def wait_until_ended(record: dict[str, Any], *, within_s: float) -> bool:
    """Wait for the end of a process that need not be a child of ours; False when it outlives the time.

    A dead process that its parent has not fetched yet counts as ended; psutil's own wait would not.
    """
    end = time.monotonic() + within_s
    while find(record):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def kill_orphans(directory: Path) -> int:
    """Kill the process groups on record in `directory`, and return how many there were."""
    killed = 0
    for path in directory.glob("*.json"):
        with contextlib.suppress(ValueError, ProcessLookupError):
            if process := find(json.loads(path.read_text())):
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
        path.unlink(missing_ok=True)
    return killed
