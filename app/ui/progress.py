"""How far reports are: one by its sections as they come, several by a table; and what a reader can do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app import worklists
from app.insights.engines import Section
from app.insights.export.archive import Failure
from app.jobs.environment import jobs
from app.jobs.works import Progress
from app.ui import exporting, reading, state
from app.ui.language import counted, key, said, t
from app.ui.markup import Html, badge, join, literal, table, tag
from app.worklists import Report, Status, Worklist

if TYPE_CHECKING:
    from collections.abc import Iterable

SECTIONS = {
    Section.PATIENT: "patient",
    Section.HISTORY: "antécédents",
    Section.USUAL: "traitements habituels",
    Section.DISCHARGE: "traitement de sortie",
    Section.DURING_STAY: "pendant le séjour",
    Section.STOPPED: "arrêtés",
    Section.RENAL: "fonction rénale",
    Section.HEPATIC: "fonction hépatique",
}
STATUSES = {
    Status.WAITING: "en attente",
    Status.UNDER_WAY: "en cours",
    Status.DONE: "lu",
    Status.FAILED: "échec",
    Status.CANCELLED: "annulé",
}


@dataclass(frozen=True)
class Wanted:
    """What a reader has just asked for; `open` is the id of a report."""

    cancel: bool = False
    retry: bool = False
    open: str = ""


def one(worklist: Worklist) -> Wanted:
    """Show how far an only report is: what is read of it so far, or why nothing is."""
    (report,) = worklist.reports
    if report.status is Status.DONE:
        return Wanted()
    if report.status is Status.CANCELLED:
        st.info(t("Analyse annulée."))
        return Wanted()
    if report.status is Status.FAILED:
        st.error(literal(said(report.error)))
        return Wanted(retry=report.can_be_retried and st.button(t("Relancer"), key=state.RETRY))
    return _under_way(report)


def _under_way(report: Report) -> Wanted:
    job = jobs().look(report.id)
    progress = Progress.model_validate_json(job.progress) if job and job.progress else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(t("Analyse en cours. {found}", found=_found(progress.complete if progress else ())))
        cancel = st.button(t("Annuler"), key=state.CANCEL)
    if progress is not None and progress.complete:
        reading.draw_so_far(progress.text, progress.insights)
    return Wanted(cancel=cancel)


def _found(complete: Iterable[Section]) -> str:
    """Which sections are complete, in the order of the page."""
    complete = set(complete)
    names = [t(label) for section, label in SECTIONS.items() if section in complete]
    return t("Déjà lu : {names}.", names=", ".join(names)) if names else t("Le moteur lit le texte…")


def several(worklist: Worklist) -> Wanted:
    """Show a table of reports, and let one that is read be opened."""
    total = len(worklist.reports)
    over = sum(report.is_over for report in worklist.reports)
    failed = worklist.counted(Status.FAILED)
    can_be_retried = any(report.can_be_retried for report in worklist.reports)
    st.progress(over / total, f"{_read(over, total)}, {counted(failed, '{count} échec', '{count} échecs')}")
    done = {report.id: t(report.name) for report in worklist.reports if report.status is Status.DONE}
    opened = st.selectbox(
        t("Compte rendu affiché"),
        list(done),
        index=list(done).index(worklist.opened) if worklist.opened in done else None,
        format_func=lambda report_id: done.get(report_id, ""),
        placeholder=t("Choisissez un compte rendu lu"),
        key=key(state.OPEN),
    )
    headers = (t("Compte rendu"), t("État"), t("Médicaments"), t("À vérifier"))
    rows = (_row(number, report) for number, report in enumerate(worklist.reports))
    # It scrolls, so it takes the keyboard.
    st.html(
        tag(
            "div",
            table("", headers, rows, "reports"),
            class_="reports-box",
            role="region",
            aria_label=t("Comptes rendus"),
            tabindex="0",
        )
    )
    cancel = retry = False
    with st.container(horizontal=True):
        if not worklist.is_over:
            cancel = st.button(t("Annuler"), key=state.CANCEL)
        elif can_be_retried:
            retry = st.button(t("Relancer les échecs"), key=state.RETRY)
        if done:
            failures = [
                Failure(report.name, report.error or STATUSES[report.status])
                for report in worklist.reports
                if report.is_over and report.status is not Status.DONE
            ]
            exporting.offer_all(partial(worklists.dossiers, jobs(), worklist), len(done), failures)
    return Wanted(cancel=cancel, retry=retry, open=opened or "")


def _read(over: int, total: int) -> str:
    return counted(
        over, "{count} compte rendu sur {total}", "{count} comptes rendus sur {total}", total=total
    )


def _row(number: int, report: Report) -> tuple[str, tuple[str | Html, ...]]:
    how_far = badge(t(STATUSES[report.status]), "warning" if report.status is Status.FAILED else "plain")
    why = [" ", said(report.error)] if report.error else []
    counts = (str(report.medicines), str(report.to_check)) if report.status is Status.DONE else ("—", "—")
    return f"report-{number}", (t(report.name), join([how_far, *why]), *counts)
