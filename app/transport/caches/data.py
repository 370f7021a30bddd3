"""`st.cache_data` over all instances: Streamlit's memory layer in front of a shelf.

A copy in memory ends with its mark. Streamlit unpickles what it gets, and a pickle says where it ends: the
mark need not be cut off for that.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

from streamlit.runtime.caching import cache_data_api
from streamlit.runtime.caching.storage import (
    CacheStorage,
    CacheStorageContext,
    CacheStorageKeyNotFoundError,
)
from streamlit.runtime.caching.storage.dummy_cache_storage import DummyCacheStorage
from streamlit.runtime.caching.storage.in_memory_cache_storage_wrapper import InMemoryCacheStorageWrapper
from streamlit.runtime.caching.storage.local_disk_cache_storage import LocalDiskCacheStorageManager

from . import plain, scopes
from .register import Kind
from .shelf import MAX_RESULT_BYTES, Mark, Shelf

if TYPE_CHECKING:
    from streamlit.runtime.caching.cache_data_api import DataCache
    from streamlit.runtime.stats import CacheStat

    from .shared import SharedCaches

# A result of nothing that drew nothing is not larger than this, pickled.
_NOTHING_BYTES: Final = 512


class SharedStorageManager(LocalDiskCacheStorageManager):
    """Makes the storages of `st.cache_data`. On disk there is nothing: the store is what persists."""

    def __init__(self, caches: SharedCaches) -> None:
        """Share results through `caches`."""
        self.caches = caches

    def create(self, context: CacheStorageContext) -> CacheStorage:
        """The storage of one function in one scope."""
        if context.persist == "disk":
            # As on a disk, where Streamlit lets nothing end.
            context = replace(context, ttl_seconds=None)
        return SharedStorage(self.caches, context)

    def clear_all(self) -> None:
        """Clear the results of all functions, on all instances."""
        self.caches.clear(Kind.DATA)


class SharedStorage(CacheStorage):
    """The results of one function in one scope: those in use in memory, all of them on a shelf."""

    def __init__(self, caches: SharedCaches, context: CacheStorageContext) -> None:
        """Keep what `context` speaks of; no call goes out yet."""
        self._caches = caches
        self._context = context
        self._memory = InMemoryCacheStorageWrapper(DummyCacheStorage(), context)
        self._shelf: Shelf | None = None
        self._cache: DataCache[Any] | None = None

    def has(self, key: str) -> bool:
        """Whether `key` has a result here. A background refresh, which asks, has just seen one."""
        return self._memory.has(key)

    def get(self, key: str) -> bytes:
        """The result for `key`, from memory or from another instance.

        Raises:
            CacheStorageKeyNotFoundError: there is none.
        """
        shelf = self._opened()
        shelf.follow()
        with suppress(CacheStorageKeyNotFoundError):
            copy = self._memory.get(key)
            if shelf.counts(key, Mark.at_end_of(copy)):
                return copy
            self._memory.delete(key)
        taken = shelf.take(key)
        if taken is None:
            raise CacheStorageKeyNotFoundError(key)
        content, mark = taken
        self._memory.set(key, content + mark.encode())
        return content

    def set(self, key: str, value: bytes) -> None:
        """Keep a result, here at once and for all instances at the end of the run."""
        shelf = self._opened()
        ttl_s = self._context.ttl_seconds
        ends_at = inf if ttl_s is None else self._caches.now() + ttl_s
        is_shared = _fits(value) and (shelf.has(key) or not _is_for_its_effect(value))
        mark = shelf.put(key, value, ends_at) if is_shared else shelf.keep(key, ends_at)
        self._memory.set(key, value + mark.encode())

    def delete(self, key: str) -> None:
        """Clear one result, on all instances."""
        shelf = self._opened()
        shelf.follow()
        shelf.forget(key)
        self._memory.delete(key)

    def clear(self) -> None:
        """Clear all results of the function, on all instances.

        The end of a session on this instance clears what is here only: the session goes on elsewhere.
        """
        self._memory.clear()
        shelf = self._opened()
        if self._cache is not None and self._cache.is_active:
            shelf.follow()
            shelf.clear()

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()

    @property
    def stats_families(self) -> Sequence[str]:
        """As in memory."""
        return self._memory.stats_families

    def get_stats(self, family_names: Sequence[str] | None = None) -> dict[str, list[CacheStat]]:
        """As in memory."""
        return self._memory.get_stats(family_names)

    def _opened(self) -> Shelf:
        if self._shelf is None:
            found = scopes.find(cache_data_api._data_caches, lambda cache: cache.storage is self)
            session_id, self._cache = found or (self._caches.nobody(), None)
            self._shelf = self._caches.shelf(
                Kind.DATA,
                self._context.function_key,
                session_id=session_id,
                max_entries=self._context.max_entries,
            )
        return self._shelf


def _fits(value: bytes) -> bool:
    return len(value) <= MAX_RESULT_BYTES and not plain.names_a_temporary_file(value)


def _is_for_its_effect(value: bytes) -> bool:
    """Whether the function that has just returned gave nothing and drew nothing."""
    if len(value) > _NOTHING_BYTES or cache_data_api.CACHE_DATA_MESSAGE_REPLAY_CTX._most_recent_messages:
        return False
    # Pickled in this process a moment ago.
    return pickle.loads(value).value is None  # noqa: S301
