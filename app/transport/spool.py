"""The frames of a run as other instances may read them while it goes on.

From a spool, polls on other instances answer, and a retry learns that the run is under way, or that the
instance that had it is dead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from . import identity, protocol
from .protocol import Headline

# A run silent for so long has no instance any more. Many times the spool's own pace.
DEAD_AFTER_S: Final = 5.0
# Stands in the place of messages that follow a run when nobody waits for it any more.
GONE: Final = b""


@dataclass(frozen=True)
class Spool:
    """The frames of a run, as written for other instances.

    Attributes:
        run: id of the run.
        at: epoch seconds of the writing.
        done: no more frames will come.
        version: of the session after the run; 0 while it is not over.
        frames: all so far.
        taken: how many of the messages that waited behind the run are in it.
        forgotten: the run has erased the session: this is all that is left of it.
    """

    run: str
    at: float
    done: bool
    version: int
    frames: list[bytes]
    taken: int = 0
    forgotten: bool = False

    def counts(self, now: float, *, is_dead: bool) -> bool:
        """Whether the run is over or, as far as the spool shows, still has an instance.

        Args:
            now: epoch seconds.
            is_dead: the gateway knows that its instance has failed.
        """
        return self.done or (not is_dead and now - self.at < DEAD_AFTER_S)

    def encode(self) -> bytes:
        """A control frame with the rest, then the frames."""
        head = protocol.control(**{**vars(self), "frames": None})
        return head + b"".join(self.frames)

    @classmethod
    def decode(cls, data: bytes) -> Spool:
        """What `encode` gave."""
        (_, head), *rest = protocol.decode_frames(data)
        return cls(**{**json.loads(head), "frames": [protocol.forward(payload) for _, payload in rest]})


def spool_name(headline: Headline, browser: str) -> str:
    """Where the spool of a run lies."""
    session_id = identity.session_id(browser, headline.nonce)
    record = identity.record_name(browser, session_id)
    return f"run/{record}/{headline.epoch}/{headline.sequence}"


def following_name(headline: Headline, browser: str) -> str:
    """Where a run looks for messages that wait behind it."""
    return f"{spool_name(headline, browser)}/following"
