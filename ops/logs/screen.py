"""Where what is shown goes, and when to stop: Ctrl-C, or nobody reads any more."""

import contextlib
import select
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import BinaryIO

# How soon a wait notices that it should end.
_TICK_S = 0.05


class Screen:
    """Standard output, or whatever stands for it, and a place for remarks beside it.

    Attributes:
        say: Tells a remark, which is no part of the output.
        stopped: Whether to stop, since somebody pressed Ctrl-C.
        when_stopped: Called at that moment; lets go whatever is waited for.
    """

    def __init__(self, out: BinaryIO, say: Callable[[str], None]) -> None:
        """Write to `out`."""
        self._out = out
        self.say = say
        self.stopped = False
        self.when_stopped: Callable[[], None] = lambda: None

    def write(self, chunk: bytes) -> None:
        """Write and let nothing wait.

        Raises:
            BrokenPipeError: Nobody reads any more.
        """
        if chunk:
            self._out.write(chunk)
            self._out.flush()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond a stop."""
        end = time.monotonic() + seconds
        while not self.stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _TICK_S))

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond a stop.

        Raises:
            BrokenPipeError: Nobody reads any more; a pipe tells that to whoever asks.
        """
        self.pause(seconds)
        if self._is_unread():
            raise BrokenPipeError

    @contextlib.contextmanager
    def stoppable(self) -> Iterator[None]:
        """Let the first Ctrl-C or SIGTERM ask for a stop, which cuts nothing in two; the second ends it."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            if self.stopped:
                raise KeyboardInterrupt
            self.stopped = True
            self.when_stopped()

        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, stop) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)

    def _is_unread(self) -> bool:
        try:
            descriptor = self._out.fileno()
        except (OSError, ValueError):  # no file, but something in memory
            return False
        poll = select.poll()
        poll.register(descriptor, 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
