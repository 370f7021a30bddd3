"""Keeps what stays for ever out of garbage collection.

Streamlit collects garbage, all generations, after every run of the script. Over a WebSocket the answer is
out by then; here a run ends only when nothing is left to do, so the collection stands between a click
and its answer. It looks at every object of every imported module each time, and none of them ever goes.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Collect nothing meanwhile, and exempt what is made: to look at it takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


class Tenure:
    """Exempts from collection what importing modules has made."""

    def __init__(self) -> None:
        """Exempt what is there now."""
        self._modules = len(sys.modules)
        gc.freeze()

    def grant(self) -> None:
        """Exempt what is there now, if more modules are imported than ever before. Call it after a run.

        Streamlit has then just collected what is garbage. What is exempted by chance stays for good: no more
        than what is alive at those few moments, since a process soon has all its modules.
        """
        if len(sys.modules) > self._modules:
            self._modules = len(sys.modules)
            gc.freeze()
