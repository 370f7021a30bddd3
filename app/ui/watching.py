"""An analysis that outlives a request: begun, watched, cancelled, and taken over when it is done.

A run of the page may be repeated on another instance, its side effects too: so a job has the key of the
interaction that began it, and its result stays until something else begins.
"""

import streamlit as st

from app.insights.case import Case
from app.insights.engines import Card, Section
from app.transport import NoInteractionError, idempotency_key
from app.ui import state

LOOK_EVERY_S = 0.7
LABELS = {
    Section.PATIENT: "patient",
    Section.HISTORY: "antécédents",
    Section.USUAL: "traitements habituels",
    Section.DISCHARGE: "traitement de sortie",
    Section.DURING_STAY: "pendant le séjour",
    Section.STOPPED: "arrêtés",
    Section.RENAL: "fonction rénale",
    Section.HEPATIC: "fonction hépatique",
}
LOST = "L'analyse ne répond plus. Relancez-la : votre texte est resté dans le champ."


def begin(text: str, reader: Card, *, is_reduced: bool) -> None:
    """Have `text` read by `reader`."""
    from app.jobs.environment import jobs
    from app.jobs.works import EXTRACT, Order

    order = Order(text=text, engine=reader.name, is_reduced=is_reduced)
    job_id = jobs().submit(EXTRACT, order.model_dump_json(), key=_interaction())
    st.session_state[state.JOB] = job_id


def end() -> None:
    """Cancel what is under way, if anything is, and erase what is known of it and of the one before."""
    job_ids = [st.session_state.pop(key, None) for key in (state.JOB, state.LAST_JOB)]
    if any(job_ids):
        from app.jobs.environment import jobs

        jobs().erase(filter(None, job_ids))


def show() -> None:
    """Show how far the analysis is, as long as one is under way, and the reason if the last one failed."""
    if failure := st.session_state.pop(state.FAILURE, None):
        st.error(failure)
    if state.JOB in st.session_state:
        _progress()


@st.fragment(run_every=LOOK_EVERY_S)
def _progress() -> None:
    from app.jobs import Status
    from app.jobs.environment import jobs

    job = jobs().look(st.session_state.get(state.JOB, ""))
    if job is None or job.is_over or jobs().is_lost(job):
        st.session_state[state.LAST_JOB] = st.session_state.pop(state.JOB, None)
        if job is not None and job.status is Status.DONE:
            st.session_state[state.CASE] = Case.model_validate_json(job.result)
        else:
            st.session_state[state.FAILURE] = (job and job.error) or LOST
        st.rerun()
    st.info(f"Analyse en cours. {_found(job.progress)}")
    if st.button("Annuler", key=state.CANCEL):
        end()
        st.rerun()


def _found(progress: str) -> str:
    """Which sections are complete, in the order of the page."""
    if not progress:
        return "Le moteur lit le texte…"
    from app.jobs.works import Progress

    complete = Progress.model_validate_json(progress).complete
    names = [label for section, label in LABELS.items() if section in complete]
    return f"Déjà lu : {', '.join(names)}." if names else "Le moteur lit le texte…"


def _interaction() -> str:
    """A key of what the user has just done; "" under a server that keeps every run."""
    try:
        return idempotency_key("job")
    except NoInteractionError:
        return ""
