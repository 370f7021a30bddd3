"""Programs of the application, which the tasks start and never import."""

import subprocess
import sys
from collections.abc import Sequence


def run(module: str, arguments: Sequence[str], *, kept: str) -> int:
    """Run `python -m module` to its end, with this process's streams.

    It is in a session of its own, so that a Ctrl-C reaches this process alone, which then ends it. It is to
    write each of its files in one step.

    Args:
        module: Its name, such as "app.insights".
        arguments: What follows on its command line.
        kept: What an interrupt leaves, and what the same command does then.

    Returns:
        Its exit code.

    Raises:
        KeyboardInterrupt: Interrupted, with `kept` as its note; the program has ended.
    """
    argv = command(module, arguments)
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            return process.wait()
        except KeyboardInterrupt as error:
            process.terminate()
            process.wait()
            error.add_note(kept)
            raise


def command(module: str, arguments: Sequence[str]) -> list[str]:
    """Return the command line of `module`."""
    return [sys.executable, "-m", module, *arguments]
