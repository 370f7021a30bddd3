"""The messages of one request, handed over to Streamlit one after another.

Over a WebSocket each would have arrived while its forerunner ran. Handed over at once, each would cut off the
one before it, and fast clicks would be lost.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from . import interaction, random_ids, replay, transfer
from .backmsg import lasting_values, only_reads
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
    """Hands the messages of one request over to a session that lives here.

    Attributes:
        took_s: how long the scripts ran, once all is delivered.
        only_reads: nothing of it changes the session.
    """

    def __init__(self, runtime: Runtime, replays: Replays, local: LocalSession, headline: Headline) -> None:
        """Deliver to `local`, for the request of `headline`."""
        self._runtime = runtime
        self._replays = replays
        self._local = local
        self._headline = headline
        self._began = math.inf  # when the first message was handed over
        self._handed_over_at = math.inf  # when the last was that asks for a run
        self.took_s = 0.0
        self.only_reads = False

    @property
    def has_begun(self) -> bool:
        """Whether a run was asked for: what goes on is not only a replay."""
        return self._handed_over_at < math.inf

    @property
    def had_its_time(self) -> bool:
        """Whether the run under way may be cut off by what waits behind it."""
        return time.monotonic() >= self._handed_over_at + FAIR_S

    async def deliver(self, batch: Batch) -> None:
        """Hand over each message when the run before it ends, or has had as long as the browser gave it."""
        self.only_reads = all(only_reads(message) for _, message in batch)
        await self._prepare(batch)
        waiting = coalesced(batch)
        made_s = ran_s = 0.0  # since the last hand-over: when the message was made, how long the script ran
        for index, (pause_s, message) in enumerate(self._named(waiting)):
            made_s += pause_s
            if index:
                at_least_s = 0 if message.WhichOneof("type") == "stop_script" else FAIR_S
                ran_s = max(ran_s, await self._give_time(max(pause_s, at_least_s)))
            if _waits_in_vain(waiting[index : index + 2], ran_s - made_s) and not self._is_heard(message):
                continue
            made_s = ran_s = 0.0
            self._note(message, is_first=index == 0)
            if self._local.state is not None:
                random_ids.translate(
                    self._runtime, self._local.client, self._local.id, message, self._local.state
                )
            self._hand_over(message)
        only_runs = all(message.WhichOneof("type") == "rerun_script" for _, message in batch)
        await self._settle(flush=not only_runs)
        self._tell_idle(batch)
        self.took_s = time.monotonic() - self._began

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
            await self._replays.prepare(self._local, [message for _, message in batch])
        finally:
            client.is_muted = client.completed_full_run = client.told_idle = False
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
