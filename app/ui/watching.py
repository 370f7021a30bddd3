"""Reports that are read in jobs: begun, watched, cancelled, begun again, opened.

A run of the page may be repeated on another instance, its side effects too: so what is begun has the key of
the interaction that began it.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import streamlit as st

from app.ui import sending, signing_in, state
from app.ui.language import t

if TYPE_CHECKING:
    from app.insights.case import Case
    from app.insights.documents import Refused, Upload
    from app.insights.engines import Card
    from app.worklists import Report, Worklist

_LOOK_EVERY_S = 0.7
# A look takes no longer, so that the page answers meanwhile.
_BEGIN_FOR_S = 0.4


def begin(reports: list[Upload | Refused], reader: Card, *, is_reduced: bool) -> None:
    """Have `reports` read by `reader`, in the place of what was read before.

    What a reader has noted is not erased by it: it is kept for its time, to be resumed.
    """
    from app import worklists
    from app.jobs.environment import jobs

    before = st.session_state.get(state.WORKLIST)
    if before is not None and before.notes:
        st.toast(t("Le travail précédent, avec vos notes, est gardé : rechargez la page pour le reprendre."))
        st.session_state.pop(state.CASE, None)
    else:
        end()
    begun = worklists.begun(jobs(), reports, key=_interaction(), engine=reader.name, is_reduced=is_reduced)
    begun = begun.model_copy(update={"owner": signing_in.reader()})
    # Known, and kept, before anything is begun: whatever then goes wrong, it can be found and erased.
    change(begun, is_new=True)
    change(_go_on(begun))


def resume(worklist: Worklist) -> None:
    """Go on with a worklist that was kept."""
    st.session_state[state.WORKLIST] = worklist
    _load(worklist)


def end() -> None:
    """Cancel what is under way, and erase all that is known of the worklist."""
    worklist = st.session_state.pop(state.WORKLIST, None)
    st.session_state.pop(state.CASE, None)
    if worklist is not None:
        erase(worklist)


def erase(worklist: Worklist) -> None:
    """Erase all that the store knows of a worklist; what is under way is cancelled by it."""
    from app import worklists
    from app.jobs.environment import jobs, vault

    worklists.erase(jobs(), vault(), worklist)


def change(worklist: Worklist, *, is_new: bool = False) -> None:
    """Have the session hold another worklist, and the store too, for who comes back."""
    from app import worklists
    from app.jobs.environment import vault

    st.session_state[state.WORKLIST] = worklist
    worklists.keep(vault(), worklist, is_new=is_new)


def opened() -> tuple[Worklist, Report, Case] | None:
    """Return the worklist, the report of it that is open and what was found in it; None when none is."""
    worklist, case = st.session_state.get(state.WORKLIST), st.session_state.get(state.CASE)
    if worklist is None or case is None or (report := worklist.report(worklist.opened)) is None:
        return None
    return worklist, report, case


def show() -> None:
    """Show how far the reports are, and let one be opened."""
    worklist = st.session_state.get(state.WORKLIST)
    if worklist is None:
        return
    if worklist.is_over:
        _draw(worklist)
    else:
        st.fragment(_look, run_every=_LOOK_EVERY_S)()


def _look() -> None:
    before = st.session_state.get(state.WORKLIST)
    if before is None:
        st.rerun()
    now = _go_on(before)
    if now.is_over:
        change(now)
        st.rerun()
    _draw(now)


def _go_on(worklist: Worklist) -> Worklist:
    """Look how far the reports are, begin as many as there is room for, open an only one once it is read."""
    from app import worklists
    from app.jobs.environment import jobs
    from app.jobs.starts import at_once_in

    # Who comes back in another session has to agree again before anything more is sent.
    is_agreed = sending.is_agreed(worklist.engine)
    now = worklists.advanced(
        jobs(), worklist, for_s=_BEGIN_FOR_S, at_once=at_once_in(os.environ), begins=is_agreed
    )
    if not is_agreed and now.counted(worklists.Status.WAITING):
        st.warning(t(sending.NOTHING_SENT))
    st.session_state[state.WORKLIST] = now
    if now.opened and state.CASE not in st.session_state:
        _load(now)
    return now


def _load(worklist: Worklist) -> None:
    """Have the session hold what was found in the report that is open."""
    from app import worklists
    from app.jobs.environment import jobs

    st.session_state.pop(state.CASE, None)
    report = worklist.report(worklist.opened)
    if report is not None and report.status is worklists.Status.DONE:
        case = worklists.case(jobs(), report)
        if case is None:
            st.session_state[state.WORKLIST] = worklist.with_reports([report.as_gone()])
        else:
            st.session_state[state.CASE] = case


def _draw(worklist: Worklist) -> None:
    from app.ui import progress

    done = progress.several(worklist) if len(worklist.reports) > 1 else progress.one(worklist)
    if done.cancel:
        _cancel(worklist)
    elif done.retry:
        _retry(worklist)
    elif done.open and done.open != worklist.opened:
        change(worklist.model_copy(update={"opened": done.open}))
        _load(st.session_state[state.WORKLIST])
        st.rerun()


def _cancel(worklist: Worklist) -> None:
    from app import worklists
    from app.jobs.environment import jobs

    change(worklists.cancelled(jobs(), worklist))
    st.rerun()


def _retry(worklist: Worklist) -> None:
    from app import worklists
    from app.jobs.environment import jobs

    change(_go_on(worklists.retried(jobs(), worklist)))
    st.rerun()


def _interaction() -> str:
    """A key of what the user has just done; a random one under a server that keeps every run."""
    from app.transport import NoInteractionError, idempotency_key

    try:
        return idempotency_key("job")
    except NoInteractionError:
        return secrets.token_urlsafe(24)
