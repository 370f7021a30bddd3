"""`st.cache_resource` over all instances, as far as a resource is plain data.

Natively there is one object, which every session may change. Here each instance has its own, and what the
function made, or a run made of it, goes to the others when the run ends. What is not plain data, or has
an `on_release` or `validate` of its own, is made once on each instance.
"""

from __future__ import annotations

import hashlib
import pickle
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from streamlit.runtime.caching import cache_resource_api
from streamlit.runtime.caching.cache_errors import CacheKeyNotFoundError
from streamlit.runtime.caching.cache_resource_api import ResourceCache, ResourceCaches
from streamlit.runtime.caching.cached_message_replay import CachedResult

from . import plain, scopes
from .register import Kind
from .shelf import Mark, Shelf

if TYPE_CHECKING:
    from streamlit.runtime.caching.cache_utils import CacheInvalidationToken
    from streamlit.runtime.caching.cached_message_replay import MsgData

    from .shared import SharedCaches

_IMMUTABLE: Final = (type(None), bool, int, float, complex, str, bytes)


@dataclass(kw_only=True)
class MarkedResult(CachedResult[Any]):
    """A resource in memory.

    Attributes:
        mark: says whether it still counts.
        digest: of the value as it was when it was last shared; None when it is not, or cannot change.
    """

    mark: Mark
    digest: bytes | None


class SharedResourceCaches(ResourceCaches):
    """Streamlit's resource caches, whose clearing counts on all instances."""

    def __init__(self, caches: SharedCaches) -> None:
        """Share through `caches`."""
        super().__init__()
        self._shared = caches

    def clear_all(self) -> None:
        """Clear all resources, on all instances."""
        self._shared.clear(Kind.RESOURCE)
        super().clear_all()


class SharedResourceCache(ResourceCache[Any]):
    """The resources of one function in one scope."""

    _caches: SharedCaches

    @classmethod
    def through(cls, caches: SharedCaches) -> type[SharedResourceCache]:
        """The class whose objects share through `caches`: Streamlit makes them, and says nothing of ours."""
        return type(cls.__name__, (cls,), {"_caches": caches})

    def __init__(self, **options: Any) -> None:
        """Take Streamlit's own options."""
        super().__init__(**options)
        self._shelf: Shelf | None = None
        is_released = self._user_on_release is not cache_resource_api._no_op_release
        self._is_bound = is_released or self.validate is not None

    def read_result(self, value_key: str) -> CachedResult[Any]:
        """The resource, from memory or from another instance.

        Raises:
            CacheKeyNotFoundError: there is none.
        """
        self._opened().follow()
        outdated = self._let_go(value_key)
        try:
            result = super().read_result(value_key)
        except CacheKeyNotFoundError:
            result = self._take(value_key, outdated)
        if isinstance(result, MarkedResult) and result.digest is not None:
            self._caches.touch(self, value_key)
        return result

    def write_result(self, value_key: str, value: Any, messages: list[MsgData]) -> None:
        """Keep a resource that was just made, and share it if it can be."""
        super().write_result(value_key, value, messages)
        self._offer(value_key, is_for_its_effect=value is None and not _drew())

    def write_result_if_current(
        self,
        value_key: str,
        value: Any,
        messages: list[MsgData],
        *,
        invalidation_token: CacheInvalidationToken,
    ) -> bool:
        """The same of an asynchronous function, unless the cache was cleared meanwhile."""
        written = super().write_result_if_current(
            value_key, value, messages, invalidation_token=invalidation_token
        )
        if written:
            self._offer(value_key, is_for_its_effect=value is None and not _drew())
        return written

    def write_background_refresh_result(self, value_key: str, value: Any, **expected: int) -> None:
        """The same of a refresh in the background, unless it came to nothing."""
        super().write_background_refresh_result(value_key, value, **expected)
        with self._mem_cache_lock:
            is_new = not isinstance(self._mem_cache.get(value_key), MarkedResult)
        if is_new:
            self._offer(value_key)

    def share_changes(self, value_key: str) -> None:
        """Share a resource anew if a run has changed it in place."""
        with self._mem_cache_lock:
            held = self._mem_cache.get(value_key)
        if isinstance(held, MarkedResult) and held.digest is not None:
            content = plain.pickled(held.value)
            if content is None or _digest(content) != held.digest:
                self._mark(value_key, held, content, held.mark.ends_at)

    def undo_changes(self, value_key: str) -> None:
        """Put a resource back as it is shared, after a run that is to leave no trace."""
        with self._mem_cache_lock:
            held = self._mem_cache.get(value_key)
        if isinstance(held, MarkedResult) and held.digest is not None:
            content = plain.pickled(held.value)
            if content is None or _digest(content) != held.digest:
                with suppress(CacheKeyNotFoundError):
                    self._take(value_key, held)

    def _clear(self, key: str | None = None) -> None:
        # Streamlit clears what it has let go of, too: at the end of a session here, which goes on elsewhere,
        # or after all was cleared.
        if self.is_active:
            shelf = self._opened()
            shelf.follow()
            shelf.forget(key) if key else shelf.clear()
        super()._clear(key)

    def _opened(self) -> Shelf:
        if self._shelf is None:
            found = scopes.find(cache_resource_api._resource_caches, lambda cache: cache is self)
            session_id = found[0] if found else self._caches.nobody()
            self._shelf = self._caches.shelf(
                Kind.RESOURCE, self.key, session_id=session_id, max_entries=self.max_entries
            )
        return self._shelf

    def _let_go(self, value_key: str) -> MarkedResult | None:
        """Release a resource that does not count any more, and return it; None when there is none such."""
        with self._mem_cache_lock:
            held = self._mem_cache.get(value_key)
            if not isinstance(held, MarkedResult) or self._opened().counts(value_key, held.mark):
                return None
            self._mem_cache.safe_del(value_key)
            return held

    def _offer(self, value_key: str, *, is_for_its_effect: bool = False) -> None:
        """Give the resource in memory a place on the shelf, if it is plain data, and its mark."""
        with self._mem_cache_lock:
            result = self._mem_cache.get(value_key)
        if result is not None:
            content = None if self._is_bound or is_for_its_effect else plain.pickled(result.value)
            self._mark(value_key, result, content, self._caches.now() + self.ttl_seconds)
            # The run that made it may go on to change it.
            self._caches.touch(self, value_key)

    def _mark(self, value_key: str, result: CachedResult[Any], content: bytes | None, ends_at: float) -> None:
        shelf, digest = self._opened(), None
        if content is None:
            mark = shelf.keep(value_key, ends_at)
        else:
            rest = CachedResult(None, result.messages, result.main_id, result.sidebar_id, result.stored_at)
            mark = shelf.put(value_key, pickle.dumps((content, rest), protocol=5), ends_at)
            digest = _digest_if_mutable(result.value, content)
        self._hold(value_key, result, mark, digest)

    def _hold(
        self, value_key: str, result: CachedResult[Any], mark: Mark, digest: bytes | None
    ) -> MarkedResult:
        marked = MarkedResult(
            result.value,
            result.messages,
            result.main_id,
            result.sidebar_id,
            result.stored_at,
            mark=mark,
            digest=digest,
        )
        with self._mem_cache_lock:
            self._mem_cache[value_key] = marked
        return marked

    def _take(self, value_key: str, outdated: MarkedResult | None) -> MarkedResult:
        """The resource as it is shared, from now on also held here, if possible in the object of before.

        Raises:
            CacheKeyNotFoundError: none has shared one that can be loaded here.
        """
        taken = None if self._is_bound else self._opened().take(value_key)
        if taken is None:
            raise CacheKeyNotFoundError
        try:
            # Out of an authenticated record.
            content, result = pickle.loads(taken[0])  # noqa: S301
            value = pickle.loads(content)  # noqa: S301
        except Exception as error:
            raise CacheKeyNotFoundError from error
        is_newer = outdated is not None and outdated.mark.base == taken[1].base
        result.value = plain.refilled(outdated.value, value) if outdated is not None and is_newer else value
        # As this instance pickles it: another's bytes may differ for the same value.
        content = plain.pickled(result.value) or content
        return self._hold(value_key, result, taken[1], _digest_if_mutable(result.value, content))


def _drew() -> bool:
    """Whether the function that has just returned drew elements."""
    return bool(cache_resource_api.CACHE_RESOURCE_MESSAGE_REPLAY_CTX._most_recent_messages)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _digest_if_mutable(value: object, content: bytes) -> bytes | None:
    return None if isinstance(value, _IMMUTABLE) else _digest(content)
