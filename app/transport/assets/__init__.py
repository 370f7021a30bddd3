"""What the browser loads before the page comes alive, served without importing Streamlit.

Streamlit serves its own files without compression and leaves that to a proxy; an HTTP API has none.
"""

from __future__ import annotations

from .site import Assets

__all__ = ["Assets"]
