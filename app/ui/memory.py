"""What the browser remembers: the key of the worklist, so that who leaves the page can come back.

The key opens nothing but that worklist, and only as long as the store keeps it. It lies in a cookie, which
the server hears of with every request anyway, and stays out of the address, which is logged and shared.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app.ui import signing_in, state, watching
from app.ui.language import code, counted, t

if TYPE_CHECKING:
    from app.worklists import Worklist

_COOKIE = "patient-insight-worklists"
# As long as the store keeps what it leads to.
_LIFETIME_S = 3600
_MOST = 8
# Another tab may have keys of its own there: this one adds, and takes out, what it knows of. The language
# too: Streamlit's own page says that it is in English, to screen readers and translators.
_SCRIPT = """<script>
(({language, name, keep, forget, lifetime, most}) => {
  document.documentElement.lang = language;
  const held = (document.cookie.split("; ").find((one) => one.startsWith(name + "=")) || "=").split("=")[1];
  const others = held.split(".").filter((key) => key && !keep.includes(key) && !forget.includes(key));
  const keys = [...others, ...keep].slice(-most).join(".");
  document.cookie = name + "=" + keys + "; path=/; samesite=strict; max-age=" + (keys ? lifetime : 0)
    + (location.protocol === "https:" ? "; secure" : "");
})(ARGUMENTS);
</script>"""


def offer() -> None:
    """Have the browser remember the worklist of this session, or offer those that it remembers."""
    worklist = st.session_state.get(state.WORKLIST)
    found = {} if worklist else _recalled()
    keep = [worklist.key] if worklist else [key for key, kept in found.items() if kept]
    arguments = {
        "language": code(),
        "name": _COOKIE,
        "keep": keep,
        # What the store does not keep any more is forgotten here as well.
        "forget": [key for key, kept in found.items() if not kept],
        "lifetime": _LIFETIME_S,
        "most": _MOST,
    }
    with st.container(key=state.HIDDEN):
        # A key is of letters that mean nothing in HTML, or the store would not have known it.
        script = json.dumps(arguments).replace("<", "\\u003c")
        st.html(_SCRIPT.replace("ARGUMENTS", script), unsafe_allow_javascript=True)
    for kept in found.values():
        if kept:
            _ask(kept)


def erase() -> None:
    """Erase all that the browser remembers; it forgets it when it hears that nothing is kept."""
    for kept in _recalled().values():
        if kept:
            watching.erase(kept)


def _ask(found: Worklist) -> None:
    at = datetime.fromtimestamp(found.at, tz=UTC).astimezone(state.timezone())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            counted(
                len(found.reports),
                "Un travail commencé à {time} dans ce navigateur est encore gardé : {count} compte rendu.",
                "Un travail commencé à {time} dans ce navigateur est encore gardé : {count} comptes rendus.",
                time=at.strftime("%H:%M"),
            )
        )
        st.button(
            t("Reprendre"), key=state.of(state.RESUME, found.key), on_click=watching.resume, args=(found,)
        )
        st.button(
            t("Effacer"), key=state.of(state.RESUME_ERASE, found.key), on_click=watching.erase, args=(found,)
        )


def _recalled() -> dict[str, Worklist | None]:
    """What the store keeps for this reader under each key that the browser remembers, newest first."""
    keys = [key for key in st.context.cookies.get(_COOKIE, "").split(".") if key][-_MOST:]
    if not keys:
        return {}
    from app import worklists
    from app.jobs.environment import vault

    found = {key: worklists.recalled(vault(), key) for key in reversed(keys)}
    owner = signing_in.reader()
    return {key: kept if kept and kept.owner == owner else None for key, kept in found.items()}
