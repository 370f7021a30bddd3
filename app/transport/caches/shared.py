"""Streamlit's two caches, shared by all instances of an app: what the rest of the transport sees of them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from math import inf
from typing import TYPE_CHECKING, Final

from streamlit.runtime.caching import cache_background_refresh, cache_resource_api, cache_utils
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from .data import SharedStorageManager
from .refreshes import Refreshes
from .register import Kind, Register
from .resources import SharedResourceCache, SharedResourceCaches
from .shelf import Shelf, erase

if TYPE_CHECKING:
    from ..vault import Vault

log = logging.getLogger(__name__)

# A refresh in the background that takes longer goes on when the instance is next asked for something.
REFRESH_MAY_TAKE_S: Final = 2.0


class SharedCaches:
    """The shared results of an app, as this instance knows them.

    Reading blocks, and happens where a page calls a cached function: in the thread of its script. Everything
    is written at the end of the run, by `settle`.
    """

    def __init__(self, vault: Vault, release: str) -> None:
        """Share through `vault`, among the instances of one release of the app.

        Nothing is read before a page calls a cached function.
        """
        self._vault = vault
        self._register = Register(vault, release)
        self._lock = threading.Lock()
        self._changed: set[Shelf] = set()
        self._touched: dict[str | None, set[tuple[SharedResourceCache, str]]] = {}
        # Of each session held here, the records that are its own.
        self._records: dict[str, set[str]] = {}
        self._has_changeable = False
        self._refreshes = Refreshes()
        self.storage_manager = SharedStorageManager(self)

    def install(self) -> None:
        """Let Streamlit's resources in this process be these. Its data comes by the storage manager."""
        cache_resource_api.ResourceCache = SharedResourceCache.through(self)  # type: ignore[misc]  # a class
        cache_resource_api._resource_caches = SharedResourceCaches(self)
        cache_background_refresh._background_refresh_manager = self._refreshes
        # Streamlit's own clock differs between instances, and stands still while one is frozen.
        cache_utils.TTLCACHE_TIMER = self.now

    # --- for the sessions of this instance --------------------------------------------------------

    def begin(self) -> None:
        """Look before the next answer: a session begins here that has seen nothing."""
        self._register.distrust()

    def begin_run(self) -> None:
        """Look before the next answer, where what is held may be changed in place.

        A copy that is two seconds old, changed and written, would undo what another session did meanwhile.
        """
        if self._has_changeable:
            self._register.distrust()

    @property
    def version(self) -> int:
        """What a session has seen of the caches, for the next instance that it comes to."""
        return self._register.version

    def records(self, session_id: str) -> list[str]:
        """The records that hold results of this session alone."""
        with self._lock:
            return sorted(self._records.get(session_id, ()))

    def resume(self, session_id: str, *, version: int, records: list[str]) -> None:
        """Answer nothing that is older than what a session has seen, which comes here from elsewhere."""
        self._register.expect(version)
        with self._lock:
            self._records[session_id] = set(records)

    async def settle(self, session_id: str) -> None:
        """Give other instances what a run has added, changed and cleared; at once if that is nothing.

        A store that fails now costs the others a result, not the user the run.
        """
        if self._refreshes.under_way:
            await asyncio.to_thread(self._refreshes.wait, REFRESH_MAY_TAKE_S)
        if touched := self._take_touched(session_id):
            await asyncio.to_thread(_share_changes, touched)
        await self.save()

    async def save(self) -> None:
        """The same while a run goes on, but for resources that it may not have done with."""
        try:
            await asyncio.gather(*(asyncio.to_thread(shelf.save) for shelf in self._take_changed()))
            if self._register.has_changes:
                await asyncio.to_thread(self._register.save)
        except Exception:
            log.exception("shared results could not be written")

    async def undo(self, session_id: str) -> None:
        """Take back what a silent run has changed in resources: the run that it repeats has done it."""
        if touched := self._take_touched(session_id):
            await asyncio.to_thread(_undo_changes, touched)

    def leave(self, session_id: str) -> None:
        """Let go of a session here; it goes on elsewhere."""
        with self._lock:
            self._touched.pop(session_id, None)
            self._records.pop(session_id, None)
            self._changed = {shelf for shelf in self._changed if shelf.session_id != session_id}

    def erase(self, records: list[str]) -> None:
        """Erase results that belonged to one session alone. Blocks.

        Raises:
            StoreBusyError: some are still there. To try again is safe.
        """
        for record in records:
            erase(self._vault, record)

    # --- for the caches ---------------------------------------------------------------------------

    def now(self) -> float:
        """Epoch seconds."""
        return self._vault.now()

    def shelf(self, kind: Kind, function: str, *, session_id: str | None, max_entries: float | None) -> Shelf:
        """The shelf of a function in a session, or in all when `session_id` is None."""
        return Shelf(
            self._vault,
            self._register,
            kind,
            function,
            session_id=session_id,
            max_entries=inf if max_entries is None else max_entries,
            changed=self._remember,
        )

    def nobody(self) -> str:
        """Stands for the session of a cache that Streamlit has let go of: no other ever finds its shelf."""
        return secrets.token_hex(16)

    def clear(self, kind: Kind) -> None:
        """Clear one of the caches, on all instances."""
        self._register.renew(kind)

    def touch(self, cache: SharedResourceCache, key: str) -> None:
        """See at the end of the run whether it has changed this resource."""
        context = get_script_run_ctx(suppress_warning=True)
        self._has_changeable = True
        with self._lock:
            self._touched.setdefault(context.session_id if context else None, set()).add((cache, key))

    def _remember(self, shelf: Shelf) -> None:
        with self._lock:
            self._changed.add(shelf)

    def _take_touched(self, session_id: str) -> set[tuple[SharedResourceCache, str]]:
        with self._lock:
            return self._touched.pop(session_id, set()) | self._touched.pop(None, set())

    def _take_changed(self) -> list[Shelf]:
        with self._lock:
            changed, self._changed = self._changed, set()
            for shelf in changed:
                if shelf.session_id is not None:
                    self._records.setdefault(shelf.session_id, set()).add(shelf.name)
        return [shelf for shelf in changed if shelf.has_changes]


def _share_changes(touched: set[tuple[SharedResourceCache, str]]) -> None:
    for cache, key in touched:
        cache.share_changes(key)


def _undo_changes(touched: set[tuple[SharedResourceCache, str]]) -> None:
    for cache, key in touched:
        cache.undo_changes(key)
