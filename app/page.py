"""The page: give reports, read what they say beside the words that prove it, reconcile, export.

What only a report needs is imported once there is one: a visitor's first sight waits for nothing else.
"""

import sys
from pathlib import Path

# `streamlit run app/page.py` puts app/ on the path, not the directory that holds it.
if (root := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, root)

import streamlit as st  # after the path above

from app.insights.engines import Card
from app.ui import inputs, language, memory, sending, signing_in, state, watching
from app.ui.inputs import Given
from app.ui.language import said, t
from app.ui.markup import literal
from app.ui.style import style


def answer(given: Given, reader: Card) -> None:
    """Do what the form was sent for: have reports read, or show what would be sent of them."""
    from app.insights.documents import UnreadableReportError

    try:
        reports = given.reports()
        if given.preview:
            sending.show(reports, is_reduced=st.session_state[state.REDUCED])
        elif not sending.is_agreed(reader.name):
            st.error(t(sending.NOTHING_SENT))
        else:
            is_reduced = reader.is_cloud and st.session_state[state.REDUCED]
            watching.begin(reports, reader, is_reduced=is_reduced)
    except UnreadableReportError as reason:
        st.error(literal(said(str(reason))))


def erase() -> None:
    """Erase all that this session, and this browser before it, have left anywhere."""
    from app.transport import forget_session

    watching.end()
    memory.erase()
    forget_session()


def forget_case() -> None:
    """Empty the fields and forget the results; only before the fields are drawn, as Streamlit demands."""
    watching.end()
    st.session_state[state.REPORT_TEXT] = ""
    st.session_state[state.FILES_ROUND] = st.session_state.get(state.FILES_ROUND, 0) + 1
    st.session_state.pop(state.FORGET, None)


st.set_page_config(page_title="Patient Insight Extractor", page_icon="💊", layout="wide")
st.html(style(language.code()))
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Patient Insight Extractor", anchor=False)
    language.choose()
signing_in.ask()
st.write(
    t(
        "Collez un compte rendu d'hospitalisation ou déposez des fichiers : l'essentiel en est extrait, "
        "chaque élément avec les mots qui le prouvent."
    )
)
reader = inputs.engine()

if state.FORGET in st.session_state:
    forget_case()
given = inputs.given(reader)
if given.analyse or given.preview:
    answer(given, reader)

# Always drawn: what is typed is unknown here before it is sent. A click whose callback was lost with the
# session finds the field or the results still there, and has them forgotten by the next run.
buttons, kept = st.columns([1, 3], vertical_alignment="center")
with buttons.container(horizontal=True):
    new_case = st.button(t("Nouveau cas"), key=state.NEW_CASE, on_click=forget_case)
    st.button(t("Effacer mes données"), key=state.ERASE, on_click=erase)
kept.caption(
    t(
        "Textes et fichiers sont gardés chiffrés sur le serveur une heure après le dernier clic, les "
        "résultats une heure après l'analyse. Ce navigateur retient où les retrouver : sur un poste partagé, "
        "effacez-les en partant. « Effacer mes données » le fait tout de suite."
    )
)
if new_case and (not given.is_empty or state.WORKLIST in st.session_state):
    st.session_state[state.FORGET] = True
    st.rerun()

watching.show()
memory.offer()
if (opened := watching.opened()) is not None:
    from app.ui import results

    results.draw(*opened)
