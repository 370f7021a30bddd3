"""Who may use the page, where its owner does not let in everybody: users that a login names, for a time.

Streamlit's own login (`st.login`) tells who somebody is. That is no use as a lock: the script decides what it
shows to whom, but a callback, a fragment, an upload or a file's address never passes the script's first line.
So the transport asks too, at each request: without a login that still counts, of a user who is admitted, it
answers nothing but the page's own frame and runs of the script, in a session apart from that of the login.

A session belongs to browser, user and verdict. When a login expires, or its user is no longer admitted, all
that belonged to it is out of reach with the next request, and the script runs in a session of its own, where
it can ask to sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SIGN_OUT: Final = "auth/logout"
# What a browser may ask for to sign in, and what tells anybody nothing. The page's HTML and Streamlit's files
# are answered before.
OPEN: Final = (
    "_stcore/message",
    "_stcore/health",
    "_stcore/host-config",
    "auth/login",
    SIGN_OUT,
    "oauth2callback",
)
# Where a provider is asked something.
SIGNING_IN: Final = ("auth/login", SIGN_OUT, "oauth2callback")

# How old secrets may be that somebody is to sign in with, and those that others are known by.
FRESH_S: Final = 20.0
HELD_S: Final = 300.0


@dataclass(frozen=True)
class Members:
    """Whom a page lets in.

    Attributes:
        admits: whether a user is, by what `st.user` holds.
        login_s: seconds after its making that a login counts.
        secrets: what `st.secrets` holds beside files, `auth` for `st.login` above all, at most so many
            seconds old. Asked at the start and with each request, so it looks seldom. May block and raise.
    """

    admits: Callable[[Mapping[str, Any]], bool]
    login_s: float
    secrets: Callable[[float], Mapping[str, Any]]
