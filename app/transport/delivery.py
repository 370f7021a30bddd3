"""The messages of one request, handed over to Streamlit one after another.

Over a WebSocket each would have arrived while its forerunner ran. Handed over at once, each would cut off the
one before it, and fast clicks would be lost.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from . import interaction, random_ids, replay, transfer
from .backmsg import is_full_rerun, lasting_values, only_reads
from .batch import Batch, coalesced, is_overtaken
from .snapshot import Beginning

if TYPE_CHECKING:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.runtime import Runtime

    from .local import LocalSession
    from .protocol import Headline
    from .replay import Replays

# A run gets this long before what waits behind it may cut it off. Natively that may happen at once; but
# natively no run is the first of its instance, with the imports of the page before it.
FAIR_S: Final = 1.5
# A shorter run might natively have been over when the next message came.
LONG_S: Final = 0.5


class Delivery:
    """Hands the messages of one request over to a session that lives here, and those that follow them.

    Attributes:
        took_s: how long the scripts ran, once all is delivered.
        only_reads: nothing of it changes the session.
        taken: how many of the messages that waited behind the request were handed over with it.
    """

    def __init__(self, runtime: Runtime, replays: Replays, local: LocalSession, headline: Headline) -> None:
        """Deliver to `local`, for the request of `headline`."""
        self._runtime = runtime
        self._replays = replays
        self._local = local
        self._headline = headline
        self._began = math.inf  # when the first message was handed over
        self._handed_over_at = math.inf  # when the last was that asks for a run
        self._following: deque[BackMsg] = deque()
        self._has_following = asyncio.Event()
        self._known = 0  # how many messages have been told to follow
        self._only_runs = True
        self.took_s = 0.0
        self.only_reads = False
        self.taken = 0

    def follow(self, batch: Batch) -> None:
        """Also hand over `batch`: all that has come to wait behind the request so far."""
        self._following.extend(message for _, message in batch[self._known :])
        self._known = max(self._known, len(batch))
        if self._following:
            self._has_following.set()

    async def deliver(self, batch: Batch) -> None:
        """Hand over each message, then each that follows meanwhile, and wait until the page has settled."""
        messages = [message for _, message in batch]
        self.only_reads = all(map(only_reads, messages))
        await self._prepare(messages)
        await self._deliver_waiting(batch)
        await self._deliver_following(first=len(batch))
        await self._settle(flush=not self._only_runs)
        self._tell_idle()
        self.took_s = time.monotonic() - self._began

    async def _deliver_waiting(self, batch: Batch) -> None:
        """Hand over each message when the run before it ends, or has had as long as the browser gave it."""
        waiting = coalesced(batch)
        made_s = ran_s = 0.0  # since the last hand-over: when the message was made, how long the script ran
        for index, (pause_s, message) in enumerate(waiting):
            made_s += pause_s
            if index:
                at_least_s = 0 if message.WhichOneof("type") == "stop_script" else FAIR_S
                ran_s = max(ran_s, await self._give_time(max(pause_s, at_least_s)))
            if _waits_in_vain(waiting[index : index + 2], ran_s - made_s) and not self._is_heard(message):
                continue
            made_s = ran_s = 0.0
            self._hand_over(message, place=index, is_first=index == 0)

    async def _deliver_following(self, first: int) -> None:
        """Hand over what comes while the script runs, as it would come natively; `first` is its number."""
        while await self._comes_another():
            message = self._following.popleft()
            place, self.taken = first + self.taken, self.taken + 1
            later = next(iter(self._following), None)
            if later is not None and is_overtaken(message, later) and not self._is_heard(message):
                continue
            await self._await_turn(message)
            self.only_reads = self.only_reads and only_reads(message)
            self._hand_over(message, place=place, is_first=False)

    async def _comes_another(self) -> bool:
        """Wait until a message follows, or nothing runs; whether one has come."""
        if not self._following:
            self._has_following.clear()
            settled = asyncio.ensure_future(self._local.app_session.wait_until_settled())
            comes = asyncio.ensure_future(self._has_following.wait())
            await asyncio.wait((settled, comes), return_when=asyncio.FIRST_COMPLETED)
            settled.cancel()
            comes.cancel()
        return bool(self._following)

    async def _await_turn(self, message: BackMsg) -> None:
        """Give the run under way its time, and see to it that there is what `message` needs."""
        if is_full_rerun(message):
            await self._give_time(max(0.0, self._handed_over_at + FAIR_S - time.monotonic()))
        if not self._replays.are_needed(self._local, message):
            return
        # It can only be made when nothing runs; a run of the whole script may make it by itself.
        if is_full_rerun(message):
            self._local.client.making_way = True
            self._local.app_session.request_script_stop()
        await self._local.app_session.wait_until_settled()
        self._local.warm = self._local.warm or self._local.client.completed_full_run
        await self._prepare([message])

    async def _give_time(self, at_most_s: float) -> float:
        """Wait until nothing runs, or as long as a run may have. Return how long it ran if that was long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._local.app_session.wait_until_settled()
        ran_s = time.monotonic() - self._handed_over_at
        return ran_s if ran_s >= LONG_S else 0.0

    def _hand_over(self, message: BackMsg, *, place: int, is_first: bool) -> None:
        local = self._local
        if message.WhichOneof("type") == "rerun_script":
            local.interaction = interaction.name(local.browser, self._headline, place)
            interaction.mark(message.rerun_script, local.interaction)
            self._note(message, is_first=is_first)
            # Whichever run before it made way, this one has its own time and its own end.
            local.client.making_way = False
            self._handed_over_at = time.monotonic()
        else:
            self._only_runs = False
        if local.state is not None:
            random_ids.translate(self._runtime, local.client, local.id, message, local.state)
        self._runtime.handle_backmsg(local.id, message, client=local.client)

    def _tell_idle(self) -> None:
        """Tell the browser that nothing runs, if Streamlit has not: a rerun may do nothing."""
        client, has_asked = self._local.client, self._handed_over_at < math.inf
        if has_asked and not client.told_idle and not client.making_way:
            idle = ForwardMsg()
            idle.metadata.cacheable = False
            idle.session_status_changed.script_is_running = False
            client.write_forward_msg(idle)

    async def _prepare(self, messages: list[BackMsg]) -> None:
        """Make what the messages need and this instance lacks, without a frame of it for the browser."""
        client = self._local.client
        client.is_muted = True
        try:
            await self._replays.prepare(self._local, messages)
        finally:
            client.is_muted = client.completed_full_run = client.told_idle = False
        self._began = min(self._began, time.monotonic())

    def _is_heard(self, message: BackMsg) -> bool:
        """Whether a callback of the page waits for what `message` changes: it hears of each value."""
        callbacks = self._local.state.callbacks if self._local.state else set()
        return any(
            state.id in callbacks and self._local.widgets.get(state.id) != state.SerializeToString()
            for state in message.rerun_script.widget_states.widgets
        )

    def _note(self, message: BackMsg, *, is_first: bool) -> None:
        """Keep of a message what a replay on another instance will need."""
        local = self._local
        before = local.state
        if not is_first and local.app_session.is_settled:
            before = transfer.capture(self._runtime, local.app_session, local.state)
        request = message.rerun_script
        beginning = Beginning(before, request.SerializeToString(), request.fragment_id)
        local.beginnings = replay.with_next(local.beginnings, beginning)
        local.widgets = lasting_values(message.rerun_script)

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
