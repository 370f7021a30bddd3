"""Where Streamlit keeps a cache: it tells no cache which session it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from streamlit.runtime.caching.cache_utils import Cache

_C = TypeVar("_C", bound="Cache[Any]", covariant=True)


class Registry(Protocol[_C]):
    """Streamlit's registry of the caches of one kind."""

    @property
    def _caches_lock(self) -> threading.Lock: ...

    @property
    def _function_caches(self) -> Mapping[str | None, Mapping[str, _C]]: ...


def find(registry: Registry[_C], is_it: Callable[[Any], bool]) -> tuple[str | None, _C] | None:
    """The cache that `is_it` knows, with its session, which is None when it belongs to all.

    None when Streamlit has let go of that cache.
    """
    with registry._caches_lock:
        for session_id, caches in registry._function_caches.items():
            for cache in caches.values():
                if is_it(cache):
                    return session_id, cache
    return None
