"""What is known of a job, as it lies in the store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

# A job under way tells of itself every few seconds; silent for so long, it has no instance any more.
LOST_AFTER_S: Final = 20.0
# Lambda keeps an event that it cannot run at once, and runs it when it can.
UNBEGUN_AFTER_S: Final = 120.0


class Status(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """One job, as of its last word.

    Attributes:
        id: random; who knows it may look at the job.
        kind: of work.
        status: how far it is.
        at: epoch seconds of its last word.
        progress: what its work has told so far; "" before.
        result: what came of it, when it is done.
        error: a sentence for the user, when it has failed.
    """

    id: str
    kind: str
    status: Status
    at: float
    progress: str = ""
    result: str = ""
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status not in {Status.WAITING, Status.QUEUED, Status.RUNNING}

    def is_lost(self, now: float) -> bool:
        """Whether nobody seems to work at it any more, `now` in epoch seconds."""
        if self.is_over or self.status is Status.WAITING:
            return False
        patience_s = UNBEGUN_AFTER_S if self.status is Status.QUEUED else LOST_AFTER_S
        return now - self.at > patience_s

    def moved(self, status: Status, at: float, **changes: str) -> Job:
        """The job with another status, at epoch seconds `at`."""
        return replace(self, status=status, at=at, **changes)

    def encode(self) -> bytes:
        """As bytes."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def decode(cls, data: bytes) -> Job:
        """What `encode` gave."""
        fields = json.loads(data)
        return cls(**{**fields, "status": Status(fields["status"])})


def record_name(job_id: str) -> str:
    """Where a job lies."""
    return f"job/{job_id}"


def input_name(job_id: str) -> str:
    """Where what it works on lies, until it is over."""
    return f"job/{job_id}/input"
