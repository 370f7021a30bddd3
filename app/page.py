"""The page: paste a report, read what it says beside the words that prove it."""

import sys
from pathlib import Path

# `streamlit run app/page.py` puts app/ on the path, not the directory that holds it.
if (root := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, root)

import streamlit as st  # after the path above

from app import settings
from app.insights.case import Case, analyse
from app.insights.documents import MAX_CHARACTERS, UnreadableReportError, read_report
from app.insights.engines import LOCAL, Card, EngineUnavailableError, available, card, local_engine
from app.insights.highlights import marks
from app.transport import forget_session
from app.ui import sending, state, watching
from app.ui.checks import to_check
from app.ui.medicines import medicines
from app.ui.patient import NOT_FOUND, history, identity, labs
from app.ui.source import legend, source
from app.ui.style import STYLE


def chosen_engine() -> Card:
    """Return the engine to read with: asked for where there are several, with what must be known of it."""
    choice = settings.load().engine_choice
    try:
        card(choice, choice.provider)
    except EngineUnavailableError as reason:
        st.warning(f"{reason} En attendant, l'analyse est faite par le moteur embarqué.")
    cards = available(choice)
    if len(cards) == 1:
        return cards[0]
    return st.radio("Moteur", cards, format_func=lambda one: one.label, horizontal=True, key=state.ENGINE)


def begin(pasted: str, reader: Card) -> None:
    """Read what was pasted: at once with the embedded engine, in a job with one that takes its time."""
    watching.end()
    st.session_state.pop(state.CASE, None)
    try:
        if reader.name == LOCAL:
            st.session_state[state.CASE] = analyse(pasted, local_engine())
        elif sending.is_agreed(reader):
            watching.begin(read_report(pasted), reader, is_reduced=st.session_state[state.REDUCED])
        else:
            st.error(sending.NOTHING_SENT)
    except UnreadableReportError as reason:
        st.error(str(reason))


def erase() -> None:
    """Erase all that this session has left anywhere."""
    watching.end()
    forget_session()


def forget_case() -> None:
    """Empty the field and forget the results; only before the field is drawn, as Streamlit demands."""
    watching.end()
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
reader = chosen_engine()
if reader.is_cloud:
    sending.ask(reader)
else:
    st.info(
        "Le moteur embarqué est un moteur de démonstration : il se trompe et il oublie. "
        "Vérifiez chaque élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique."
    )

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
    with st.container(horizontal=True):
        analyse_now = st.form_submit_button("Analyser", key=state.ANALYSE, type="primary")
        preview = reader.is_cloud and st.form_submit_button("Voir ce qui sera envoyé", key=state.PREVIEW)

if analyse_now:
    begin(pasted, reader)
elif preview:
    sending.show(pasted, is_reduced=st.session_state[state.REDUCED])
watching.show()

case = st.session_state.get(state.CASE)
# Always drawn: what is typed is unknown here before it is sent. A click whose callback was lost with the
# session finds the field or the results still there, and has them forgotten by the next run.
with st.container(horizontal=True):
    new_case = st.button("Nouveau cas", key=state.NEW_CASE, on_click=forget_case)
    st.button("Effacer mes données", key=state.ERASE, on_click=erase)
st.caption(
    "Le texte et les résultats sont gardés chiffrés, pour cette session seulement, une heure après le "
    "dernier clic. « Effacer mes données » les efface tout de suite."
)
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
