"""One run under way on this instance: from BackMsgs to frames, and into the session's record.

Nothing may be left to do when a response ends, since the instance is frozen there. A run therefore
writes its record before its last frame goes out. One that takes longer than half a second also writes its
frames so far, again and again (see `spool`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from . import interaction, protocol, replay
from .batch import Batch, coalesced, is_overtaken
from .media import acting_session
from .protocol import Headline, Status
from .sessions import LocalSession, Sessions
from .snapshot import FullRun
from .spool import DEAD_AFTER_S, Spool, interrupt_name, spool_name
from .stores import Conflict
from .vault import Vault

if TYPE_CHECKING:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.runtime import Runtime

log = logging.getLogger(__name__)

# Shorter runs cost one write, their record.
SPOOL_AFTER_S: Final = 0.5
SPOOL_EVERY_S: Final = 0.4
# A spool is written whole each time: a large one less often, but never so seldom that the run seems dead.
SPOOL_BYTES_PER_S: Final = 2_000_000
MAX_SPOOL_PAUSE_S: Final = DEAD_AFTER_S / 2
# A run gets this long before what waits behind it may cut it off. Natively that may happen at once; but
# natively no run is the first of its instance, with the imports of the page before it.
FAIR_S: Final = 1.5
# A shorter run might natively have been over when the next message came.
LONG_S: Final = 0.5
INTERRUPT_CHECK_EVERY_S: Final = 0.4
# Larger answers go to a record of their own, so that each click does not carry them along.
MAX_FRAMES_IN_SNAPSHOT_BYTES: Final = 200_000


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
        self._runtime = runtime
        self._sessions = sessions
        self._vault = vault
        self._local = local
        self._headline = headline
        self._out = out
        self._id = secrets.token_hex(6)
        self._name = spool_name(headline, local.browser)
        self._spool_version = 0
        self._sent = 0
        self._full_starts = 0  # how many full runs begin until that of the last message
        self._began = math.inf  # when the first message was handed over
        self._handed_over_at = math.inf  # when the last was that asks for a run
        self._took_s = 0.0
        self._only_reads = False

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
        delivery = asyncio.create_task(self._deliver(batch))
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
        except Exception:
            # What is held here is ahead of the record: a retry must start from the record.
            self._sessions.drop(self._local)
            raise
        finally:
            # What is left of the batch belongs to the next attempt.
            delivery.cancel()

    async def _deliver(self, batch: Batch) -> None:
        """Hand over each message when the run before it ends, or has had as long as the browser gave it.

        Over a WebSocket each would have arrived while its forerunner ran. Handed over at once, each would
        cut off the one before it, and fast clicks would be lost.
        """
        self._only_reads = all(replay.only_reads(message) for _, message in batch)
        await self._prepare(batch)
        waiting = coalesced(batch)
        made_s = ran_s = 0.0  # since the last hand-over: when the message was made, how long the script ran
        for index, (pause_s, message) in enumerate(self._named(waiting)):
            made_s += pause_s
            if index:
                ran_s = max(ran_s, await self._give_time(max(pause_s, FAIR_S)))
            if _waits_in_vain(waiting[index : index + 2], ran_s - made_s) and not self._is_heard(message):
                continue
            made_s = ran_s = 0.0
            self._note(message, is_first=index == 0)
            if self._local.state is not None:
                replay.translate(
                    self._runtime, self._local.client, self._local.id, message, self._local.state
                )
            self._hand_over(message)
        only_runs = all(message.WhichOneof("type") == "rerun_script" for _, message in batch)
        await self._settle(flush=not only_runs)
        if self._local.client.full_starts > self._full_starts:
            # A later one, which st.rerun() asked for, made the page as it is. It knew of no button presses.
            self._local.full_run = None
        self._tell_idle(batch)
        self._took_s = time.monotonic() - self._began

    async def _give_time(self, at_most_s: float) -> float:
        """Wait until nothing runs, or as long as a run may have. Return how long it ran if that was long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._local.app_session.wait_until_settled()
        ran_s = time.monotonic() - self._handed_over_at
        return ran_s if ran_s >= LONG_S else 0.0

    def _hand_over(self, message: BackMsg) -> None:
        client = self._local.client
        if message.WhichOneof("type") == "rerun_script":
            # Whichever run before it made way, this one has its own time and its own end.
            client.making_way = False
            self._handed_over_at = time.monotonic()
        self._runtime.handle_backmsg(self._local.id, message, client=client)

    def _tell_idle(self, batch: Batch) -> None:
        """Tell the browser that nothing runs, if Streamlit has not: a rerun may do nothing."""
        client = self._local.client
        asked = any(message.WhichOneof("type") == "rerun_script" for _, message in batch)
        if asked and not client.told_idle and not client.making_way:
            idle = ForwardMsg()
            idle.metadata.cacheable = False
            idle.session_status_changed.script_is_running = False
            client.write_forward_msg(idle)

    async def _prepare(self, batch: Batch) -> None:
        """Make what the messages need and this instance lacks, without a frame of it for the browser."""
        client = self._local.client
        client.is_muted = True
        try:
            await self._sessions.prepare(self._local, [message for _, message in batch])
        finally:
            client.is_muted = client.completed_full_run = client.told_idle = False
            client.full_starts = 0
        self._began = time.monotonic()

    def _is_heard(self, message: BackMsg) -> bool:
        """Whether a callback of the page waits for what `message` changes: it hears of each value."""
        callbacks = self._local.state.callbacks if self._local.state else set()
        return any(
            state.id in callbacks and self._local.widgets.get(state.id) != state.SerializeToString()
            for state in message.rerun_script.widget_states.widgets
        )

    def _named(self, batch: Batch) -> Iterator[tuple[float, BackMsg]]:
        """`batch`, each request for a run with the name of its interaction: the same in every attempt."""
        for place, (pause_s, message) in enumerate(batch):
            if message.WhichOneof("type") == "rerun_script":
                self._local.interaction = interaction.name(self._local.browser, self._headline, place)
                interaction.mark(message.rerun_script, self._local.interaction)
            yield pause_s, message

    def _note(self, message: BackMsg, *, is_first: bool) -> None:
        """Keep of a message what a replay on another instance will need."""
        local = self._local
        if message.WhichOneof("type") != "rerun_script":
            return
        if replay.is_full_rerun(message):
            before = local.state
            if not is_first and local.app_session.is_settled:
                before = replay.capture(self._runtime, local.app_session, local.state)
            local.full_run = FullRun(before, message.rerun_script.SerializeToString())
            self._full_starts = local.client.full_starts + 1
        local.widgets = replay.lasting_values(message.rerun_script)

    async def _settle(self, *, flush: bool) -> None:
        """Wait until nothing runs and every message has reached the client."""
        session = self._local.app_session
        await session.wait_until_settled()
        while session._background_tasks:
            await asyncio.gather(*session._background_tasks, return_exceptions=True)
        if flush:
            # Answers to other messages than runs leave with Streamlit's next flush: ask for one.
            session._unsettle()
            session._settle_once_delivered()
            await session.wait_until_settled()

    async def _watch(self, delivery: asyncio.Task[None]) -> None:
        client, now = self._local.client, time.monotonic()
        spool_at, check_at = now + SPOOL_AFTER_S, now + FAIR_S
        while not delivery.done():
            self._pass_on()
            client.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(spool_at, check_at) - time.monotonic())):
                    await client.changed.wait()
            if delivery.done():
                return
            if time.monotonic() >= check_at:
                await self._make_way_if_asked()
                check_at = time.monotonic() + INTERRUPT_CHECK_EVERY_S
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
        for frame in frames[self._sent : protocol.page(frames, 0)]:
            self._out.put_nowait(frame)
            self._sent += 1

    async def _make_way_if_asked(self) -> None:
        if time.monotonic() < self._handed_over_at + FAIR_S:
            return
        try:
            entry = await self._vault.aread(interrupt_name(self._headline, self._local.browser))
        except Exception:
            log.exception("whether a run must make way could not be read")
            return
        if entry is not None and not self._local.client.making_way:
            self._local.client.making_way = entry.content == b"rerun"
            self._local.app_session.request_script_stop()

    async def _finish(self) -> None:
        """Save what the session has become, then send the rest and the status."""
        self._pass_on()
        local, frames = self._local, self._local.client.frames
        if local.client.is_forgotten:
            await self._sessions.forget(local)
            self._out.put_nowait(protocol.control(status=Status.FORGOTTEN.value))
            return
        local.warm = local.warm or local.client.completed_full_run
        is_small = sum(map(len, frames)) < MAX_FRAMES_IN_SNAPSHOT_BYTES
        if not is_small:
            # First the frames: the record of the session sends a reader here.
            await self._spool(done=False)
        # Rows leave the session as it is. Unwritten, they cost nothing, and every instance stays up to date.
        if not self._only_reads or self._sessions.is_ageing(local):
            save = self._sessions.save(local, self._headline, self._id, list(frames) if is_small else None)
            await asyncio.gather(save, *self._outdated_spools())
        if self._spool_version:
            await self._spool(done=True)
        status = Status.DONE if self._sent == len(frames) else Status.MORE
        local.client.take()
        # The shim tells by it what was made while the script ran, from what was made while the answer was on
        # its way.
        took_ms = round(self._took_s * 1000)
        self._out.put_nowait(protocol.control(status=status.value, version=local.version, took=took_ms))

    def _outdated_spools(self) -> list[Awaitable[None]]:
        """Deletions of the frames of earlier runs: the browser has them, or it had not asked for this one."""
        local = self._local
        outdated = [name for name in local.spools if name != self._name]
        local.spools = [name for name in local.spools if name == self._name]
        return [asyncio.to_thread(self._vault.delete, name) for name in outdated]

    async def _spool(self, *, done: bool) -> None:
        """Write the frames so far for other instances.

        Raises:
            Conflict: another instance runs the same.
        """
        if self._name not in self._local.spools:
            self._local.spools.append(self._name)
        version = self._local.version if done else 0
        spool = Spool(self._id, self._vault.now(), done, version, list(self._local.client.frames))
        try:
            self._spool_version = await self._vault.awrite(
                self._name, spool.encode(), expected=self._spool_version
            )
        except Conflict:
            entry = await self._vault.aread(self._name)
            if self._spool_version or entry is None or Spool.decode(entry.content).counts(self._vault.now()):
                raise
            # It is the spool of an attempt whose instance died.
            self._spool_version = await self._vault.awrite(self._name, spool.encode(), expected=entry.version)


def _waits_in_vain(messages: Batch, behind_s: float) -> bool:
    """Whether the first of two messages says nothing any more, since the second waits behind the same run.

    Args:
        messages: the two, or the last one alone.
        behind_s: for how long that run went on after the first was made.
    """
    if len(messages) < 2:
        return False
    (_, message), (pause_s, later) = messages
    return pause_s <= behind_s and is_overtaken(message, later)
