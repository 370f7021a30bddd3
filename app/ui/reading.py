"""What was found in a report, beside its text: read, checked, corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.insights.corrections import Corrections, Entry, Place, entries, removed
from app.insights.highlights import marks
from app.ui import correcting, state
from app.ui.checks import to_check
from app.ui.correcting import DRUG_ROWS, HISTORY_ROWS, LAB_ROWS, LISTS, PATIENT_ROWS, Subject
from app.ui.course import course
from app.ui.language import t
from app.ui.markup import literal
from app.ui.medicines import medicines
from app.ui.patient import NOT_FOUND, history, identity, labs, words
from app.ui.source import legend, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamlit.delta_generator import DeltaGenerator

    from app.insights.dossier import Dossier
    from app.insights.models import Insights, Omission
    from app.worklists import Report, Worklist

# Said to be empty when they are: the others are empty in most reports.
_MAIN = (Place.USUAL, Place.DISCHARGE)
_TO_COME = "…"
_LABS = {Place.RENAL: "Fonction rénale", Place.HEPATIC: "Fonction hépatique"}


def draw(worklist: Worklist, report: Report, dossier: Dossier) -> None:
    """Draw what stands, section by section, each with a switch to correct it."""
    case, standing = dossier.case, dossier.entries()
    if checks := to_check(dossier):
        st.html(checks)
    if case.insights.is_empty():
        st.warning(
            t(
                "Rien de médical n'a été reconnu dans ce texte. "
                "Est-ce bien un compte rendu d'hospitalisation ?"
            )
        )
    sections = (
        (t("Patient"), PATIENT_ROWS, lambda: st.html(identity(standing))),
        (t("Antécédents"), HISTORY_ROWS, lambda: _history(standing)),
        (t("Médicaments"), DRUG_ROWS, lambda: _medicines(standing, dossier.insights())),
        (t("Biologie"), LAB_ROWS, lambda: _labs(standing)),
    )
    for title, subject, read in sections:
        _section(title, subject, worklist, report, read)
    if gone := removed(case.insights, dossier.corrections):
        st.caption(t("Retiré par vous : {items}.", items=literal(", ".join(words(item) for item in gone))))


def draw_so_far(text: str, insights: Insights) -> None:
    """Draw what is known of a report that is still being read: what is missing may still come."""
    standing = entries(insights, Corrections())
    found, report = beside()
    with found:
        st.subheader(t("Patient"), anchor=False)
        st.html(identity(standing, _TO_COME))
        st.subheader(t("Antécédents"), anchor=False)
        _history(standing, _TO_COME)
        st.subheader(t("Médicaments"), anchor=False)
        _medicines(standing, insights, _TO_COME)
        st.subheader(t("Biologie"), anchor=False)
        _labs(standing, _TO_COME)
    with report:
        draw_text(text, insights)


def draw_text(text: str, insights: Insights, omissions: Iterable[Omission] = ()) -> None:
    """Draw the report with what was found in it."""
    highlighted = marks(insights, omissions)
    st.subheader(t("Texte du compte rendu"), anchor=False)
    st.html(legend(highlighted))
    st.html(source(text, highlighted, t("Texte du compte rendu")))


def beside() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return a place for what was found, and one for the text, which stays in sight where there is room."""
    found, text = st.columns([3, 2], gap="large")
    return found, text.container(key=state.TEXT)


def _section(
    title: str, subject: Subject, worklist: Worklist, report: Report, read: Callable[[], object]
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(title, anchor=False)
        is_corrected = correcting.switch(subject, worklist, report)
    if is_corrected:
        correcting.edit(subject, worklist, report)
    else:
        correcting.leave(subject, report)
        read()


def _history(standing: Iterable[Entry], missing: str = "") -> None:
    stated = [entry for entry in standing if entry.place is Place.HISTORY]
    if stated:
        st.html(history(stated))
    else:
        st.caption(missing or f"{t(NOT_FOUND).capitalize()}.")


def _medicines(standing: Iterable[Entry], insights: Insights, missing: str = "") -> None:
    """Draw the medicines, list by list; the two main ones are said to be empty when they are."""
    becomes = course(insights)
    for place, title in LISTS.items():
        drugs = [entry for entry in standing if entry.place is place]
        if drugs:
            st.html(medicines(f"{t(title)} ({len(drugs)})", drugs, becomes))
        elif place in _MAIN:
            _say_nothing(title, missing)


def _say_nothing(title: str, missing: str) -> None:
    said = missing or f"{t(NOT_FOUND)}."
    st.caption(f"{t(title)}{t(' : ')}{said}")


def _labs(standing: Iterable[Entry], missing: str = "") -> None:
    for place, title in _LABS.items():
        values = [entry for entry in standing if entry.place is place]
        if values:
            st.html(labs(t(title), values))
        else:
            _say_nothing(title, missing)
