"""What the browser remembers: the key of the worklist, so that who leaves the page can come back.

The key opens nothing but that worklist, and only as long as the store keeps it. It lies in a cookie, which
the server hears of with every request anyway, and stays out of the address, which is logged and shared.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app.ui import state, watching
from app.ui.language import code, t

if TYPE_CHECKING:
    from app.worklists import Worklist

_COOKIE = "patient-insight-worklist"
# As long as the store keeps what it leads to.
_LIFETIME_S = 3600
# The language too: Streamlit's own page says that it is in English, to screen readers and translators.
_SCRIPT = """<script>
document.documentElement.lang = {language};
document.cookie = {name} + "=" + {key} + "; path=/; samesite=strict; max-age=" + ({key} ? {lifetime_s} : 0)
  + (location.protocol === "https:" ? "; secure" : "");
</script>"""


def offer() -> None:
    """Have the browser remember the worklist of this session, or offer the one that it remembers."""
    worklist = st.session_state.get(state.WORKLIST)
    found = None if worklist else _recalled(st.context.cookies.get(_COOKIE, ""))
    kept = worklist or found
    with st.container(key=state.HIDDEN):
        st.html(
            _SCRIPT.format(
                language=json.dumps(code()),
                name=json.dumps(_COOKIE),
                # What the store does not keep any more is forgotten here as well.
                key=json.dumps(kept.key if kept else ""),
                lifetime_s=_LIFETIME_S,
            ),
            unsafe_allow_javascript=True,
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
    if not key:
        return None
    from app import worklists
    from app.jobs.environment import vault

    return worklists.recalled(vault(), key)
