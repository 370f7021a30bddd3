"""The jobs of this process, as its environment describes them."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from app.transport import DEFAULT_LIFETIME_S, environment
from app.transport.vault import Vault

from . import starts, works
from .jobs import Jobs

if TYPE_CHECKING:
    from app.transport import Seal


def forget() -> None:
    """Make all of it anew when it is next asked for, with new clients of AWS and today's key."""
    for made in (seal, jobs, vault):
        made.cache_clear()


@cache
def seal() -> Seal:
    """What seals jobs in the store, and signs their events. May read the Parameter Store: blocks."""
    return environment.seal(os.environ)


@cache
def jobs() -> Jobs:
    """Where the page submits what takes long, and `/events` performs it. Blocks at the first call."""
    return Jobs(vault(), works.WORKS, starts.chosen(os.environ, seal()))


@cache
def vault() -> Vault:
    """Where jobs lie, and what else outlives a request beside the session. Blocks at the first call."""
    return Vault(environment.store(os.environ), seal(), lifetime_s=DEFAULT_LIFETIME_S)
