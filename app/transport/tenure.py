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
        self._modules = 0
        self.grant()

    def grant(self) -> None:
        """Exempt what is there now, if modules were imported since the last time.

        Garbage in cycles that is exempt by chance stays too: at most that of one run for each time that
        modules are imported.
        """
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            gc.freeze()
