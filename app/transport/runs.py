"""The three operations of the protocol: run the page, tell what became of a run, tell a run what follows it.

A run is a task of its own: a gateway that gives up after 30 seconds, or a closed tab, does not cut the
script off half-way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from . import identity, protocol
from .batch import Batch
from .local import answers
from .protocol import Headline, Status
from .run import Run
from .sessions import SessionGoneError, Sessions
from .snapshot import Snapshot, UnreadableSnapshotError
from .spool import GONE, Spool, following_name, spool_name
from .stores import Conflict
from .tenure import Tenure
from .vault import Vault

if TYPE_CHECKING:
    from starlette.requests import Request
    from streamlit.runtime import Runtime

log = logging.getLogger(__name__)

# A retry looks this long for traces of the first attempt, which spools after half a second if it lives.
RETRY_LOOKS_FOR_S: Final = 1.6
LOOK_EVERY_S: Final = 0.15
# How often to write what follows a run, while others write the same.
_TRIES: Final = 3
KEEP_ALIVE_EVERY_S: Final = 10.0
# A poll with nothing new to say answers after this long: it occupies an instance of its own.
POLL_WAITS_S: Final = 1.0


class Runs:
    """Answers the three operations of the protocol. Use on the event loop only."""

    def __init__(self, runtime: Runtime, sessions: Sessions, vault: Vault) -> None:
        """Run pages in `runtime`."""
        self._runtime = runtime
        self._sessions = sessions
        self._vault = vault
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: Counter[str] = Counter()
        self._tenure = Tenure()

    def run(self, headline: Headline, browser: str, batch: Batch, request: Request) -> AsyncIterator[bytes]:
        """Begin to run the page for `batch`; the frames come as they are made, and end with the work."""
        out: asyncio.Queue[bytes | None] = asyncio.Queue()
        task = asyncio.create_task(self._guarded(headline, browser, batch, request, out))
        self._tasks.add(task)
        session_id = identity.session_id(browser, headline.nonce)
        self._asked[session_id] += 1
        task.add_done_callback(partial(self._note_end, session_id))
        return _frames(out)

    def asked(self, headline: Headline, browser: str) -> int:
        """How many runs of the session of `headline` are under way here or wait for one another."""
        return self._asked[identity.session_id(browser, headline.nonce)]

    async def poll(self, headline: Headline, browser: str) -> AsyncIterator[bytes]:
        """What became of a run since the browser's last frame of it."""
        deadline = time.monotonic() + POLL_WAITS_S
        while True:
            spool = await self._trace(headline, browser)
            if spool is None:
                yield protocol.control(status=Status.UNKNOWN.value)
                return
            received = headline.received if headline.run == spool.run else 0
            if spool.done or len(spool.frames) > received or time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        for part in _answer(spool, received):
            yield part

    async def follow(self, headline: Headline, browser: str, body: bytes) -> None:
        """Tell a run of all the messages, as in a request's body, that wait behind it so far."""
        name, count = following_name(headline, browser), len(protocol.decode_batch(body))
        word = GONE if headline.gone else body
        there = None
        for _ in range(_TRIES):
            if there is not None and len(protocol.decode_batch(there.content)) >= count:
                return  # this word of fewer has come late
            with suppress(Conflict):
                await self._vault.awrite(name, word, expected=there.version if there else 0)
                return
            there = await self._vault.aread(name)

    def _note_end(self, session_id: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._asked[session_id] -= 1
        if not self._asked[session_id]:
            del self._asked[session_id]

    # --- one run ----------------------------------------------------------------------------------

    async def _guarded(
        self,
        headline: Headline,
        browser: str,
        batch: Batch,
        request: Request,
        out: asyncio.Queue[bytes | None],
    ) -> None:
        try:
            async with self._sessions.lock(identity.session_id(browser, headline.nonce)):
                await self._attempt(headline, browser, batch, request, out)
        except SessionGoneError as gone:
            log.info("session gone: %s", gone)
            out.put_nowait(protocol.control(status=Status.EXPIRED.value))
        except Exception:
            # The answer ends without a status, which the shim takes like a lost connection: it asks again.
            log.exception("a run failed")
        finally:
            out.put_nowait(None)

    async def _attempt(
        self,
        headline: Headline,
        browser: str,
        batch: Batch,
        request: Request,
        out: asyncio.Queue[bytes | None],
    ) -> None:
        if headline.attempt and await self._has_trace(headline, browser):
            out.put_nowait(protocol.control(status=Status.RUNNING.value))
            return
        local = await self._sessions.find(headline, browser, request)
        if local.has_answered(headline):
            out.put_nowait(protocol.control(status=Status.RUNNING.value))
            return
        await Run(self._runtime, self._sessions, self._vault, local, headline, out).perform(batch)
        self._tenure.grant()

    # --- what is known of a run -------------------------------------------------------------------

    async def _has_trace(self, headline: Headline, browser: str) -> bool:
        """Whether a first attempt finished or goes on somewhere; looks for as long as it may stay hidden."""
        deadline = time.monotonic() + (0 if headline.dead else RETRY_LOOKS_FOR_S)
        while await self._trace(headline, browser) is None:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def _trace(self, headline: Headline, browser: str) -> Spool | None:
        """The run as far as the store knows it; None when it left no trace or its instance is dead."""
        entry = await self._vault.aread(spool_name(headline, browser))
        spool = Spool.decode(entry.content) if entry else None
        if spool is not None and spool.counts(self._vault.now(), is_dead=headline.dead):
            return spool
        return await self._trace_in_session(headline, browser, spool)

    async def _trace_in_session(self, headline: Headline, browser: str, spool: Spool | None) -> Spool | None:
        """The run as the session's record tells it, with the frames in `spool` when they are there."""
        session_id = identity.session_id(browser, headline.nonce)
        entry = await self._vault.aread(identity.record_name(browser, session_id))
        if entry is not None and entry.version <= headline.version:
            return None  # as the browser saw it before the run
        try:
            snapshot = Snapshot.decode(entry.content) if entry else None
        except UnreadableSnapshotError:
            return None
        if entry is None or snapshot is None or not answers(snapshot, headline):
            return None
        frames: list[bytes] = []
        if snapshot.sequence == headline.sequence:
            has_spool = spool is not None and spool.run == snapshot.run
            frames = spool.frames if spool is not None and has_spool else snapshot.frames or []
        return Spool(snapshot.run, self._vault.now(), True, entry.version, frames, snapshot.taken)


async def _frames(out: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while True:
        try:
            frame = await asyncio.wait_for(out.get(), KEEP_ALIVE_EVERY_S)
        except TimeoutError:
            # Where answers are streamed, something on the way may cut one that is silent.
            frame = protocol.control()
        if frame is None:
            return
        yield frame


def _answer(spool: Spool, received: int) -> list[bytes]:
    """The response that brings a browser with `received` frames up to date."""
    if spool.forgotten:
        return [protocol.control(status=Status.FORGOTTEN.value)]
    end = protocol.page(spool.frames, received)
    status = Status.DONE if spool.done else Status.RUNNING
    if end < len(spool.frames):
        status = Status.MORE
    return [
        protocol.control(run=spool.run, base=received),
        *spool.frames[received:end],
        protocol.control(status=status.value, version=spool.version, taken=spool.taken),
    ]
