"""One report that is read: its insights, its reconciliation and its exports, beside its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import worklists
from app.insights import lexicon
from app.ui import exporting, language, reading, reconciling, state
from app.ui.language import said, t
from app.ui.markup import literal

if TYPE_CHECKING:
    from app.insights.case import Case
    from app.worklists import Report, Worklist


def draw(worklist: Worklist, report: Report, case: Case) -> None:
    """Draw the report that is open; of its views only the one that is looked at is computed."""
    dossier = worklists.dossier(worklist, report, case)
    st.header(t("Résultats"), anchor=False)
    st.caption(
        t(
            "{report}, analysé par le {engine}. {lexicon}.",
            report=literal(t(report.name)),
            engine=said(case.engine_label),
            lexicon=said(lexicon.source().label),
        )
    )
    language.keep(state.VIEW, "Lecture", "Conciliation", "Exporter")
    found, text = reading.beside()
    with found:
        read, compare, export = st.tabs(
            [t("Lecture"), t("Conciliation"), t("Exporter")], key=state.VIEW, on_change="rerun"
        )
        if read.open:
            with read:
                reading.draw(worklist, report, dossier)
        if compare.open:
            with compare:
                reconciling.draw(worklist, report, dossier)
        if export.open:
            with export:
                exporting.draw(dossier)
    with text:
        reading.draw_text(case.text, case.insights, case.omissions)
