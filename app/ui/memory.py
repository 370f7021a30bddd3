"""What the browser remembers: the key of the worklist, so that who leaves the page can come back.

The key opens nothing but that worklist, and only as long as the store keeps it. It stays out of the address,
which is logged and shared.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app.ui import state, watching
from app.ui.language import code, t

if TYPE_CHECKING:
    from app.worklists import Worklist

# Streamlit's own page says that it is in English, to screen readers and translators.
_SCRIPT = """
const NAME = "patient-insight-worklist";

export default function ({ data, setStateValue }) {
  document.documentElement.lang = data.language;
  if (data.keep) localStorage.setItem(NAME, data.keep);
  else if (data.forget) localStorage.removeItem(NAME);
  else if (localStorage.getItem(NAME)) setStateValue("kept", localStorage.getItem(NAME));
}
"""


def offer() -> None:
    """Have the browser remember the worklist of this session, or offer the one that it remembers."""
    worklist = st.session_state.get(state.WORKLIST)
    kept = None if worklist else (st.session_state.get(state.MEMORY) or {}).get("kept")
    found = _recalled(kept) if kept else None
    with st.container(key=state.HIDDEN):
        st.components.v2.component("memory", js=_SCRIPT)(
            key=state.MEMORY,
            data={
                "language": code(),
                "keep": worklist.key if worklist else "",
                # What the store does not keep any more need not be asked for again.
                "forget": bool(kept) and found is None,
            },
            on_kept_change=lambda: None,
        )
    if found is not None:
        _ask(found)


def _ask(found: Worklist) -> None:
    at = datetime.fromtimestamp(found.at, tz=UTC).astimezone(state.timezone())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            t(
                "Un travail commencé à {time} dans ce navigateur est encore gardé : "
                "{count} compte(s) rendu(s).",
                time=at.strftime("%H:%M"),
                count=len(found.reports),
            )
        )
        st.button(t("Reprendre"), key=state.RESUME, on_click=watching.resume, args=(found,))
        st.button(t("Effacer"), key=state.RESUME_ERASE, on_click=watching.erase, args=(found,))


def _recalled(key: str) -> Worklist | None:
    from app import worklists
    from app.jobs.environment import vault

    return worklists.recalled(vault(), key)
