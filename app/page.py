"""The page: paste a report, read what it says beside the words that prove it."""

import sys
from pathlib import Path

# `streamlit run app/page.py` puts app/ on the path, not the directory that holds it.
if (root := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, root)

import streamlit as st  # after the path above

from app import settings
from app.insights.case import Case, analyse
from app.insights.documents import MAX_CHARACTERS, UnreadableReportError
from app.insights.engines import Engine, EngineUnavailableError, engine, local_engine
from app.insights.highlights import marks
from app.ui import state
from app.ui.checks import to_check
from app.ui.medicines import medicines
from app.ui.patient import NOT_FOUND, history, identity, labs
from app.ui.source import legend, source
from app.ui.style import STYLE


def configured_engine() -> Engine:
    """Return the configured engine, or the embedded one with a sentence that says why."""
    try:
        configured = engine(settings.load().engine_choice)
    except EngineUnavailableError as reason:
        st.warning(f"{reason} En attendant, l'analyse est faite par le moteur embarqué.")
        return local_engine()
    if not configured.is_cloud:
        return configured
    # Nothing leaves this server before somebody has agreed to it, and nobody is asked here yet.
    st.warning(
        f"Le {configured.label} est configuré, mais cette page ne demande pas encore l'accord nécessaire "
        "à un envoi. En attendant, l'analyse est faite par le moteur embarqué."
    )
    return local_engine()


def forget_case() -> None:
    """Empty the field and forget the results; only before the field is drawn, as Streamlit demands."""
    st.session_state[state.REPORT_TEXT] = ""
    st.session_state.pop(state.CASE, None)
    st.session_state.pop(state.FORGET, None)


def show_lists(case: Case) -> None:
    """Draw the medicines, list by list; the two main ones are said to be empty when they are."""
    found = case.insights
    for title, drugs, is_main in (
        ("Traitements habituels", found.usual, True),
        ("Traitement de sortie", found.discharge, True),
        ("Pendant le séjour", found.during_stay, False),
        ("Arrêtés", found.stopped, False),
        ("Non classés", found.unclassified, False),
    ):
        if drugs:
            st.html(medicines(f"{title} ({len(drugs)})", drugs))
        elif is_main:
            st.caption(f"{title} : {NOT_FOUND}.")


def show_functions(case: Case) -> None:
    """Draw renal and hepatic values."""
    for title, values in (
        ("Fonction rénale", case.insights.renal),
        ("Fonction hépatique", case.insights.hepatic),
    ):
        if values:
            st.html(labs(title, values))
        else:
            st.caption(f"{title} : {NOT_FOUND}.")


def show_history(case: Case) -> None:
    """Draw the medical history."""
    if case.insights.history:
        st.html(history("Antécédents", case.insights.history))
    else:
        st.caption(f"Antécédents : {NOT_FOUND}.")


st.set_page_config(page_title="Patient Insight Extractor", page_icon="💊", layout="wide")
st.html(STYLE)
st.title("Patient Insight Extractor")
st.write(
    "Collez un compte rendu d'hospitalisation : l'essentiel en est extrait, "
    "chaque élément avec les mots qui le prouvent."
)
st.info(
    "Le moteur embarqué est un moteur de démonstration : il se trompe et il oublie. "
    "Vérifiez chaque élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique."
)
reader = configured_engine()

if state.FORGET in st.session_state:
    forget_case()
with st.form("report", border=False):
    pasted = st.text_area(
        "Compte rendu",
        key=state.REPORT_TEXT,
        height=260,
        placeholder="Collez ici le texte d'un compte rendu d'hospitalisation…",
        help=f"Texte seul, {MAX_CHARACTERS // 1000} 000 caractères au plus.",
    )
    analyse_now = st.form_submit_button("Analyser", key=state.ANALYSE, type="primary")

if analyse_now:
    try:
        st.session_state[state.CASE] = analyse(pasted, reader)
    except UnreadableReportError as reason:
        st.session_state.pop(state.CASE, None)
        st.error(str(reason))

case = st.session_state.get(state.CASE)
# Always drawn: what is typed is unknown here before it is sent. A click whose callback was lost with the
# session finds the field or the results still there, and has them forgotten by the next run.
new_case = st.button("Nouveau cas", key=state.NEW_CASE, on_click=forget_case)
if new_case and (pasted or case is not None):
    st.session_state[state.FORGET] = True
    st.rerun()

if case is None:
    st.stop()
if case.insights.is_empty():
    st.warning(
        "Rien de médical n'a été reconnu dans ce texte. Est-ce bien un compte rendu d'hospitalisation ?"
    )

highlighted = marks(case.insights, case.omissions)
results, report = st.columns([3, 2], gap="large")
with results:
    st.subheader("Résultats")
    st.caption(f"Analyse par le {case.engine_label}.")
    if checks := to_check(case.insights.unproven(), case.omissions):
        st.html(checks)
    st.html(identity(case.insights))
    show_history(case)
    st.subheader("Médicaments")
    show_lists(case)
    st.subheader("Biologie")
    show_functions(case)
with report:
    st.subheader("Texte du compte rendu")
    st.html(legend(highlighted))
    st.html(source(case.text, highlighted))
