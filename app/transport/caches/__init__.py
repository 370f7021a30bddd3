"""`st.cache_data` and `st.cache_resource` over all instances of an app.

Streamlit keeps the results of cached functions in the process. Here a page is answered by whichever
instance is asked, so results travel through the vault: what one instance computed, the next one takes,
with the elements that the function drew; what a session clears on one is gone on all.

`register` knows what counts, `shelf` holds the results of a function, `data` and `resources` are
Streamlit's two caches in front of it, `plain` says what may be shared, `refreshes` what must be waited
for, and `shared` is all of it together.
"""

from __future__ import annotations

from .shared import SharedCaches

__all__ = ["SharedCaches"]
