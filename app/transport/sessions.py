"""The sessions that this instance holds, and how it comes to hold one.

The browser says which version of its session it saw last. When that is the one held here, nothing need
be read; otherwise the store decides. An instance may thus have been frozen for an hour, or hold what
another has since moved on: it notices before it runs a line of the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakValueDictionary

from streamlit.util import calc_hash

from . import identity, transfer
from .caches import caches_of
from .client import FrameCollector, RequestContext
from .local import LocalSession
from .replay import Replays
from .snapshot import Snapshot, UnreadableSnapshotError
from .vault import Entry, Vault

if TYPE_CHECKING:
    from starlette.requests import Request
    from streamlit.runtime import Runtime
    from streamlit.runtime.app_session import AppSession

    from .identity import Users
    from .media import SharedMediaStorage
    from .protocol import Headline
    from .uploads import SharedUploads

log = logging.getLogger(__name__)

MAX_LOCAL_SESSIONS: Final = 50
# Of uploads that the sessions held here hold.
MAX_HELD_BYTES: Final = 200_000_000


class SessionGoneError(Exception):
    """The session expired, belongs to another user, or was rolled back in the store: begin anew."""


class Sessions:
    """Finds, restores and saves the sessions of this instance. Use on the event loop only.

    Attributes:
        replays: makes what a session that came from elsewhere lacks here.
    """

    def __init__(
        self, runtime: Runtime, vault: Vault, users: Users, *, capacity: int = MAX_LOCAL_SESSIONS
    ) -> None:
        """Hold at most `capacity` sessions of `users`; the one unused longest makes way, its record stays."""
        self._users = users
        self._runtime = runtime
        self._vault = vault
        self._caches = caches_of(runtime)
        self.replays = Replays(runtime, self._caches)
        self._uploads = cast("SharedUploads", runtime.uploaded_file_mgr)
        self._media = cast("SharedMediaStorage", runtime.media_file_mgr._storage)
        self._capacity = capacity
        self._held: OrderedDict[str, LocalSession] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, session_id: str) -> asyncio.Lock:
        """One request at a time may work on a session in this process."""
        return self._locks.setdefault(session_id, asyncio.Lock())

    async def find(self, headline: Headline, browser: str, request: Request) -> LocalSession:
        """The session that `headline` speaks of, held here and up to date. The caller holds its lock.

        Raises:
            SessionGoneError: the browser must begin a new one.
        """
        session_id = identity.session_id(browser, headline.nonce)
        owner = self._users.info(request, headline.token)
        local = self._current(session_id, headline)
        if local is None:
            local = await self._fetch(session_id, headline, browser, request, owner)
        if not local.app_session.matches_user_info(owner):
            raise SessionGoneError("the session belongs to another user")
        self._note_use(local)
        self._make_room()
        local.client.context = RequestContext(request)
        self._caches.begin_run()
        return local

    async def admit(self, session_id: str, browser: str, request: Request) -> bool:
        """Make sure that an upload finds its session here; False when it is not this browser's."""
        async with self.lock(session_id):
            local = self._held.get(session_id)
            if local is not None:
                is_ours = local.browser == browser and not self._is_over(local)
                if is_ours:
                    self._note_use(local)
                return is_ours
            entry = await self._vault.aread(identity.record_name(browser, session_id))
            if entry is None:
                return False
            try:
                self._restore(session_id, entry, browser, request)
            except UnreadableSnapshotError:
                return False
            return True

    async def spare_kept_files(self, session_id: str, browser: str) -> None:
        """Make sure that no file is erased that the page or a widget held at the last record."""
        entry = await self._vault.aread(identity.record_name(browser, session_id))
        if entry is not None:
            with suppress(UnreadableSnapshotError):  # a session that cannot go on keeps nothing
                self._uploads.keep(session_id, Snapshot.decode(entry.content).state.kept_files)

    async def save(
        self, local: LocalSession, headline: Headline, run: str, frames: list[bytes] | None, taken: int
    ) -> None:
        """Write what a settled session has become, as the answer to `headline`; see `Snapshot` for the rest.

        Raises:
            Conflict: another instance moved the session on. What is held here is worthless.
        """
        await self._caches.settle(local.id)
        local.widgets = transfer.without_overruled(local.app_session, local.widgets)
        state = transfer.capture(self._runtime, local.app_session, local.state)
        if not local.warm and local.state is not None:
            # What no run here has made yet. Without it, a session that only received an upload here would go
            # on elsewhere as if it had none.
            state.callbacks |= local.state.callbacks
            state.fragments |= local.state.fragments
        snapshot = Snapshot(
            epoch=headline.epoch,
            sequence=headline.sequence,
            run=run,
            frames=frames,
            owner=dict(local.app_session._user_info),
            widgets=local.widgets,
            state=state,
            beginnings=local.beginnings if state.has_closures else [],
            taken=taken,
            caches=self._caches.version,
            cached=self._caches.records(local.id),
            interaction=local.interaction,
            media=self._media.made_by(local.id),
            spools=local.spools,
        )
        local.version = await self._vault.awrite(local.name, snapshot.encode(), expected=local.version)
        local.snapshot, local.saved_at = snapshot, self._vault.now()
        self._uploads.release(local.id, state.kept_files)

    async def share_results(self) -> None:
        """Let other instances have what cached functions have returned so far in a long run."""
        await self._caches.save()

    def is_ageing(self, local: LocalSession) -> bool:
        """Whether the session's record has half of its lifetime behind it."""
        return self._vault.now() - local.saved_at > self._vault.lifetime_s / 2

    def drop(self, local: LocalSession) -> None:
        """Let go of a session here. Its record stays."""
        self._held.pop(local.id, None)
        self._runtime.close_session(local.id)
        self._media.release(local.id)
        self._caches.leave(local.id)

    async def forget(self, local: LocalSession) -> None:
        """Erase a session: what is in the store, its record last, and what is held here.

        Raises:
            StoreBusyError: some of it is still there, the record too. To try again is safe.
        """
        media, cached = self._media.made_by(local.id), self._caches.records(local.id)
        self.drop(local)
        await asyncio.to_thread(self._erase, local, media, cached)

    def _erase(self, local: LocalSession, media: list[str], cached: list[str]) -> None:
        self._caches.erase(cached)
        self._uploads.forget_session(local.id)
        self._media.forget_session(local.id, media)
        for name in (*local.spools, local.name):
            self._vault.delete(name)

    # --- how a session comes here -----------------------------------------------------------------

    def _current(self, session_id: str, headline: Headline) -> LocalSession | None:
        """The session held here, if the browser's word is enough to know that it is up to date."""
        local = self._held.get(session_id)
        if local is None or headline.attempt or local.version != headline.version or self._is_over(local):
            return None
        return local if self._runtime.is_active_session(session_id) else None

    async def _fetch(
        self, session_id: str, headline: Headline, browser: str, request: Request, owner: dict[str, Any]
    ) -> LocalSession:
        known = headline.version or headline.attempt
        name = identity.record_name(browser, session_id)
        entry = await self._vault.aread(name) if known else None
        held = self._held.get(session_id)
        if held is not None:
            if entry is not None and entry.version == held.version >= headline.version:
                return held
            self.drop(held)
        if entry is None and not headline.version:
            self._caches.begin()
            return self._connect(session_id, browser, request, owner)
        if entry is None or entry.version < headline.version:
            raise SessionGoneError("the session is no longer in the store as the browser saw it")
        try:
            return self._restore(session_id, entry, browser, request)
        except UnreadableSnapshotError as error:
            raise SessionGoneError(str(error)) from error

    def _connect(
        self, session_id: str, browser: str, request: Request, owner: dict[str, Any]
    ) -> LocalSession:
        client = FrameCollector(RequestContext(request))
        self._runtime.connect_session(client, owner, session_id_override=session_id)
        app_session = self._runtime.get_app_session(session_id)
        if app_session is None:
            raise RuntimeError("Streamlit did not keep the session that it was asked to open.")
        app_session.track_settling()
        _name_by_file(app_session)
        name = identity.record_name(browser, session_id)
        local = LocalSession(name, browser, app_session, client, used_at=self._vault.now())
        self._held[session_id] = local
        self._make_room()
        return local

    def _restore(self, session_id: str, entry: Entry, browser: str, request: Request) -> LocalSession:
        snapshot = Snapshot.decode(entry.content)
        self._caches.resume(session_id, version=snapshot.caches, records=snapshot.cached)
        local = self._connect(session_id, browser, request, dict(snapshot.owner))
        local.version, local.snapshot = entry.version, snapshot
        local.saved_at = entry.expires_at - self._vault.lifetime_s
        local.widgets, local.beginnings = snapshot.widgets, snapshot.beginnings
        local.interaction, local.spools = snapshot.interaction, snapshot.spools
        self._media.remember(session_id, snapshot.media)
        local.complete = transfer.restore(self._runtime, local.app_session, snapshot.state)
        return local

    def _note_use(self, local: LocalSession) -> None:
        self._held.move_to_end(local.id)
        local.used_at = self._vault.now()

    def _make_room(self) -> None:
        """Drop sessions whose lifetime is over, and the ones unused longest while they are too much."""
        for local in list(self._held.values()):
            weighs = self._uploads.held_bytes > MAX_HELD_BYTES and self._uploads.has_of(local.id)
            is_surplus = weighs or len(self._held) > self._capacity
            if (is_surplus or self._is_over(local)) and not self.lock(local.id).locked():
                self.drop(local)

    def _is_over(self, local: LocalSession) -> bool:
        return self._vault.now() - local.used_at > self._vault.lifetime_s


def _name_by_file(session: AppSession) -> None:
    """Have the script's name stand for it in the ids of its widgets, wherever it lies.

    Streamlit takes the whole path. A release that lies in another directory would then know none of the
    widgets that a browser shows, and drop what they hold.
    """
    pages = session._pages_manager
    pages._main_script_hash = calc_hash(Path(pages.main_script_path).name)
