"""Keeps what stays for ever out of garbage collection.

Streamlit collects garbage, all generations, after every run of the script. Over a WebSocket the answer is
out by then; here a run ends only when nothing is left to do, so the collection stands between a click
and its answer. It looks at every object of every imported module each time, and none of them ever goes.
"""

from __future__ import annotations

import gc
import sys


class Tenure:
    """Exempts from collection what importing modules has made."""

    def __init__(self) -> None:
        """Exempt what is there now."""
        self._modules = len(sys.modules)
        gc.freeze()

    def grant(self) -> None:
        """Exempt what is there now, if more modules are imported than ever before.

        What was exempted by chance and is garbage by now is collected first: so never more than what was
        alive at one moment stays too long.
        """
        if len(sys.modules) > self._modules:
            self._modules = len(sys.modules)
            gc.unfreeze()
            gc.collect()
            gc.freeze()
