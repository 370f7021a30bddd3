"""`st.cache_data` and `st.cache_resource` over all instances of an app.

Streamlit keeps the results of cached functions in the process. Here a page is answered by whichever
instance is asked, so results travel through the vault: what one instance computed, the next one takes,
with the elements that the function drew; what a session clears on one is gone on all.

`register` knows what counts, `shelf` holds the results of a function, `data` and `resources` are
Streamlit's two caches in front of it, `plain` says what may be shared, `refreshes` what must be waited
for, and `shared` is all of it together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .data import SharedStorageManager
from .shared import SharedCaches

if TYPE_CHECKING:
    from streamlit.runtime import Runtime

    from ..vault import Vault

__all__ = ["SharedCaches", "SharedStorageManager", "caches_of", "share_caches"]


def share_caches(vault: Vault, *, release: str = "") -> SharedStorageManager:
    """Share this process's caches through `vault`, and return what Streamlit's runtime is to be given.

    Instances of one `release` share; what another computed may come from other code.
    """
    caches = SharedCaches(vault, release)
    caches.install()
    return caches.storage_manager


def caches_of(runtime: Runtime) -> SharedCaches:
    """The caches of a runtime that was given what `share_caches` returns."""
    manager = runtime.cache_storage_manager
    assert isinstance(manager, SharedStorageManager)  # noqa: S101 - `StreamlitOverHttp` makes the runtime
    return manager.caches
