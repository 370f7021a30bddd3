"""The event that starts a job: its id and the time, signed. What it works on stays sealed in the store.

Lambda keeps events unsealed in a queue, and may bring one twice. Anybody with the right to invoke the
function could make one up; without the key, it starts nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from app.transport import Seal

# An event may wait until an instance is free.
FRESH_S: Final = 900
_PURPOSE: Final = "job events"


def event(job_id: str, *, at: float, seal: Seal) -> dict[str, Any]:
    """The event that starts `job_id`, made at epoch seconds `at`."""
    moment = int(at)
    return {"type": "job", "job": job_id, "at": moment, "mac": _mac(seal.derive(_PURPOSE), job_id, moment)}


def job_of(event: Mapping[str, Any], *, now: float, seal: Seal) -> str | None:
    """The job that an event starts; None when it was not made with our key, or long before `now`."""
    job_id, moment, mac = event.get("job"), event.get("at"), event.get("mac")
    if not (isinstance(job_id, str) and type(moment) is int and isinstance(mac, str) and mac.isascii()):
        return None
    keys = seal.derive_each(_PURPOSE)
    is_ours = any(hmac.compare_digest(_mac(key, job_id, moment), mac) for key in keys)
    return job_id if is_ours and abs(now - moment) < FRESH_S else None


def _mac(key: bytes, job_id: str, moment: int) -> str:
    return hmac.digest(key, f"{job_id}\0{moment}".encode(), hashlib.sha256).hex()
