"""Work that outlives a request: submitted by one, looked at by others, done by whoever is started for it.

A request never waits for a language model. What a job needs, how far it is and what came of it lie sealed in
the store (`records`); `jobs` submits, looks and performs; `starts` has somebody perform it: a thread of this
process, or an asynchronous invocation of this very function, whose event `messages` signs.
"""

from __future__ import annotations

from .jobs import Cancelled, Jobs, Tell, Work, WorkError
from .records import Job, Status

__all__ = ["Cancelled", "Job", "Jobs", "Status", "Tell", "Work", "WorkError"]
