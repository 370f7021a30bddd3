"""One run under way on this instance: from BackMsgs to frames, and into the session's record.

Nothing may be left to do when a response ends, since the instance is frozen there. A run therefore
writes its record before its last frame goes out. One that takes longer than half a second also writes its
frames so far, again and again (see `spool`).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamlit import config

from . import protocol
from .batch import Batch, parse_batch
from .delivery import Delivery
from .local import LocalSession
from .media import acting_session
from .protocol import Headline, Status
from .sessions import Sessions
from .spool import DEAD_AFTER_S, GONE, Spool, following_name, spool_name
from .stores import Conflict
from .vault import Vault

if TYPE_CHECKING:
    from streamlit.runtime import Runtime

log = logging.getLogger(__name__)

# Shorter runs cost one write, their record.
SPOOL_AFTER_S: Final = 0.5
SPOOL_EVERY_S: Final = 0.4
# A spool is written whole each time: a large one less often, but never so seldom that the run seems dead.
SPOOL_BYTES_PER_S: Final = 2_000_000
MAX_SPOOL_PAUSE_S: Final = DEAD_AFTER_S / 2
# As often a run looks for what has come to wait behind it: a read each time, so not for shorter ones.
LOOK_AFTER_S: Final = 0.5
LOOK_EVERY_S: Final = 0.4
# Larger answers go to a record of their own, so that each click does not carry them along.
MAX_FRAMES_IN_SNAPSHOT_BYTES: Final = 200_000


class _TabGoneError(Exception):
    """Nobody waits for the run any more. The session's record stays as it was before it."""


class Run:
    """One run under way on this instance."""

    def __init__(
        self,
        runtime: Runtime,
        sessions: Sessions,
        vault: Vault,
        local: LocalSession,
        headline: Headline,
        out: asyncio.Queue[bytes | None],
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._local = local
        self._headline = headline
        self._out = out
        self._delivery = Delivery(runtime, sessions.replays, local, headline)
        self._id = secrets.token_hex(6)
        self._name = spool_name(headline, local.browser)
        self._spool_version = 0
        self._sent = self._sent_bytes = 0

    async def perform(self, batch: Batch) -> None:
        """Hand over `batch`, pass frames on until the page has settled, save, and say so."""
        client = self._local.client
        client.take()
        client.completed_full_run = client.making_way = client.is_forgotten = client.told_idle = False
        # Streamlit's own end-to-end tests cut the connection, which the shim must know to be allowed.
        debug = {"debug": True} if config.get_option("global.e2eTest") else {}
        self._out.put_nowait(protocol.control(run=self._id, base=0, **debug))
        # Streamlit makes a deferred download in a task of its own, which inherits this.
        acting_session.set(self._local.id)
        delivery = asyncio.create_task(self._delivery.deliver(batch))
        delivery.add_done_callback(lambda _: client.changed.set())
        try:
            if self._headline.attempt:
                # From now on this attempt counts: should an earlier one be alive after all, it finds this and
                # is void.
                await self._spool(done=False)
            await self._watch(delivery)
            await delivery
            await self._finish()
        except Conflict:
            log.warning("the session moved on elsewhere while it ran here: this run is void")
            self._sessions.drop(self._local)
            self._out.put_nowait(protocol.control(status=Status.RUNNING.value))
        except _TabGoneError:
            # A script that cannot be stopped, in a long query say, must not keep an instance from others.
            self._sessions.drop(self._local)
        except Exception:
            # What is held here is ahead of the record: a retry must start from the record.
            self._sessions.drop(self._local)
            raise
        finally:
            # What is left of the batch belongs to the next attempt.
            delivery.cancel()

    async def _watch(self, delivery: asyncio.Task[None]) -> None:
        client, now = self._local.client, time.monotonic()
        spool_at, look_at = now + SPOOL_AFTER_S, now + LOOK_AFTER_S
        while not delivery.done():
            self._pass_on()
            client.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(spool_at, look_at) - time.monotonic())):
                    await client.changed.wait()
            if delivery.done():
                return
            if time.monotonic() >= look_at:
                await self._take_what_follows()
                look_at = time.monotonic() + LOOK_EVERY_S
            if time.monotonic() >= spool_at:
                await self._tell_others()
                size = sum(map(len, client.frames))
                pause_s = min(SPOOL_EVERY_S + size / SPOOL_BYTES_PER_S, MAX_SPOOL_PAUSE_S)
                spool_at = time.monotonic() + pause_s

    async def _tell_others(self) -> None:
        """Write what there is so far. A store that fails now costs others the progress, not the user the run.

        Raises:
            Conflict: another instance runs the same.
        """
        try:
            await asyncio.gather(self._spool(done=False), self._sessions.share_results())
        except Conflict:
            raise
        except Exception:
            log.exception("the progress of a run could not be written")

    def _pass_on(self) -> None:
        """Send the frames that have come, up to what one response may hold."""
        frames = self._local.client.frames
        while self._sent < len(frames):
            self._sent_bytes += len(frames[self._sent])
            if self._sent and self._sent_bytes > protocol.MAX_RESPONSE_BYTES:
                return
            self._out.put_nowait(frames[self._sent])
            self._sent += 1

    async def _take_what_follows(self) -> None:
        """Hand over what the page has sent meanwhile. Over a WebSocket it would have come by itself."""
        name = following_name(self._headline, self._local.browser)
        try:
            entry = await self._vault.aread(name)
        except Exception:
            log.exception("what follows a run could not be read")
            return
        if entry is not None and entry.content == GONE:
            raise _TabGoneError
        if entry is not None:
            self._note_spool(name)
            self._delivery.follow(parse_batch(entry.content))

    async def _finish(self) -> None:
        """Save what the session has become, then send the rest and the status."""
        self._pass_on()
        local, frames = self._local, self._local.client.frames
        if local.client.is_forgotten:
            self._note_what_was_told()
            self._note_spool(following_name(self._headline, local.browser))
            await self._sessions.forget(local)
            if self._spool_version:
                await self._leave_word()
            self._out.put_nowait(protocol.control(status=Status.FORGOTTEN.value))
            return
        local.warm = local.warm or local.client.completed_full_run
        is_small = sum(map(len, frames)) < MAX_FRAMES_IN_SNAPSHOT_BYTES
        if not is_small:
            # First the frames: the record of the session sends a reader here.
            await self._spool(done=False)
        # Rows leave the session as it is. Unwritten, they cost nothing, and every instance stays up to date.
        if not self._delivery.only_reads or self._sessions.is_ageing(local):
            kept = list(frames) if is_small else None
            save = self._sessions.save(local, self._headline, self._id, kept, self._delivery.taken)
            await asyncio.gather(save, *self._outdated_spools())
        if self._spool_version:
            await self._spool(done=True)
        status = Status.DONE if self._sent == len(frames) else Status.MORE
        local.client.take()
        # The shim tells by it what was made while the script ran, from what was made while the answer was on
        # its way.
        took_ms = round(self._delivery.took_s * 1000)
        self._out.put_nowait(
            protocol.control(
                status=status.value, version=local.version, took=took_ms, taken=self._delivery.taken
            )
        )

    async def _leave_word(self) -> None:
        """Let polls know what became of the session: the gateway may not have waited for this answer."""
        word = Spool(self._id, self._vault.now(), done=True, version=0, frames=[], forgotten=True)
        with suppress(Conflict):
            await self._vault.awrite(self._name, word.encode(), expected=0)

    def _outdated_spools(self) -> list[Awaitable[None]]:
        """Deletions of the frames of earlier runs: the browser has them, or it had not asked for this one."""
        local = self._local
        self._note_what_was_told()
        outdated = [name for name in local.spools if not name.startswith(self._name)]
        local.spools = [name for name in local.spools if name.startswith(self._name)]
        return [asyncio.to_thread(self._vault.delete, name) for name in outdated]

    def _note_what_was_told(self) -> None:
        """Know of messages that were written for the run before this one, and that it may not have read."""
        if self._headline.told:
            before = replace(self._headline, sequence=self._headline.sequence - 1)
            self._note_spool(following_name(before, self._local.browser))

    def _note_spool(self, name: str) -> None:
        if name not in self._local.spools:
            self._local.spools.append(name)

    async def _spool(self, *, done: bool) -> None:
        """Write the frames so far for other instances.

        Raises:
            Conflict: another instance runs the same.
        """
        self._note_spool(self._name)
        version = self._local.version if done else 0
        frames = list(self._local.client.frames)
        spool = Spool(self._id, self._vault.now(), done, version, frames, self._delivery.taken)
        try:
            self._spool_version = await self._vault.awrite(
                self._name, spool.encode(), expected=self._spool_version
            )
        except Conflict:
            entry = await self._vault.aread(self._name)
            if self._spool_version or entry is None:
                raise
            if Spool.decode(entry.content).counts(self._vault.now(), is_dead=self._headline.dead):
                raise
            # It is the spool of an attempt whose instance died.
            self._spool_version = await self._vault.awrite(self._name, spool.encode(), expected=entry.version)
