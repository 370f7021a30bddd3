"""Standard streams that let no command end half-way because of what reads them.

A reader that leaves (`| head -5`), a terminal that is gone and a character that the encoding lacks are no
reason to stop in the middle of a deployment: what can't be shown is not shown.
"""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

# A pipe that nobody reads any more, and a terminal that hung up.
_NOBODY = {errno.EPIPE, errno.EIO}


class LastingStream(io.TextIOWrapper):
    """A stream that leads nowhere, once nobody is at its other end."""

    def write(self, text: str, /) -> int:
        """Write, or lose what nobody is there to read."""
        with self._outlasting():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is held back, or lose it."""
        with self._outlasting():
            super().flush()

    @contextlib.contextmanager
    def _outlasting(self) -> Iterator[None]:
        # Around the whole stream and not in a raw one: an interrupt in Python code between the write and the
        # buffer's note of it would write everything twice.
        try:
            yield
        except OSError as error:
            if error.errno not in _NOBODY:
                raise
            # Python docs, signal, "Note on SIGPIPE".
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            super().flush()


def outlast_readers() -> None:
    """Let this process's standard output and error outlast whoever reads them; once, and for good.

    Those that something else has replaced, such as a test's, stay as they are.
    """
    if sys.stdout is sys.__stdout__:
        sys.stdout = _lasting(sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _lasting(sys.stderr)


def _lasting(stream: T) -> T | LastingStream:
    if not isinstance(stream, io.TextIOWrapper):  # None, when it was closed from the start
        return stream
    return LastingStream(
        stream.buffer,
        stream.encoding,
        "replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
