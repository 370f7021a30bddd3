"""The deploy lock: one deployment of a stage at a time, and a name for who has it."""

import contextlib
import datetime
import getpass
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ops.errors import LockedError


@contextlib.contextmanager
def deploy_lock(home: Path, *, what: str) -> Iterator[None]:
    """Hold the embedded account's deploy lock.

    The system releases it when its holder dies, however it dies, so it is never stale.

    Args:
        home: The account's directory.
        what: What the holder does, for whoever is refused.

    Raises:
        LockedError: Somebody else holds it; nothing was done.
    """
    note = home / "deploy.json"
    try:
        with FileLock(home / "deploy.lock", timeout=0):
            note.write_text(json.dumps(_holder(what)))
            try:
                yield
            finally:
                note.unlink(missing_ok=True)
    except Timeout as error:
        raise LockedError(f"{_who(note)} Nothing was done. Try again when it is over.") from error


def _holder(what: str) -> dict[str, str | int]:
    return {
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "pid": os.getpid(),
        "what": what,
        "since": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _who(note: Path) -> str:
    try:
        held = json.loads(note.read_text())
        holder = f"{held['who']} (process {held['pid']})"
        return f"{holder} holds the deploy lock since {held['since']}: {held['what']}."
    except (OSError, ValueError, KeyError):
        return "Somebody holds the deploy lock."
