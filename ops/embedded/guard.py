"""`python -m ops.embedded.guard HOME`: end what is left of `invoke serve` when that is gone, however it went.

A stopped process can't notice that its parent was killed, and a killed parent can't tell it. So this
process waits until its standard input closes, which it does when the process that holds the other end
ends; then it kills every process whose TMPDIR lies in HOME, and deletes HOME.
"""

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

_ROOT = Path(__file__).resolve().parents[2]


class Guard:
    """Guards a directory of instances from a process of its own."""

    def __init__(self, home: Path) -> None:
        """Start guarding `home`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(home)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # A session of its own: what ends a whole process group must not end the one who cleans up.
            start_new_session=True,
        )

    def close(self) -> None:
        """Let it clean up, and wait until it has."""
        self._process.communicate()


def main(home: Path) -> None:
    """Wait for the end of standard input, then clean up."""
    sys.stdin.buffer.read()
    kill_all_of(home)
    shutil.rmtree(home, ignore_errors=True)


def kill_all_of(home: Path) -> None:
    """Kill every process that keeps its temporary files below `home`, with what it started itself."""
    import psutil  # after the wait, so that guarding costs nothing at start

    while found := [process for process in psutil.process_iter() if _belongs_to(process, home)]:
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def _belongs_to(process: "psutil.Process", home: Path) -> bool:
    import psutil

    try:
        return Path(process.environ().get("TMPDIR", "/")).is_relative_to(home)
    except psutil.Error:  # somebody else's, or gone
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
