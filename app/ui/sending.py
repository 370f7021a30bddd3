"""What must be said, shown and agreed to before a report leaves for a provider."""

import streamlit as st

from app.insights import privacy
from app.insights.documents import UnreadableReportError, read_report
from app.insights.engines import Card
from app.ui import state
from app.ui.markup import Html, tag

NOTHING_SENT = (
    "Rien n'a été envoyé : autorisez d'abord l'envoi, ci-dessus, ou choisissez le moteur embarqué. "
    "Votre texte est resté dans le champ."
)


def ask(reader: Card) -> None:
    """Say who gets the text and where, and ask for consent, once for each of them in a session."""
    st.warning(
        f"Avec le {reader.label}, le texte part chez : {reader.provider} (région : {reader.region}). "
        "Vérifiez que votre établissement l'autorise pour des données de santé. "
        "Rien ici n'est un avis médical ou pharmaceutique."
    )
    st.checkbox(
        "Réduction des identifiants avant l'envoi",
        key=state.REDUCED,
        value=True,
        help="Noms, dates de naissance, numéros et adresses que des règles reconnaissent sont remplacés. "
        "Il en reste : ce n'est pas une anonymisation. « Voir ce qui sera envoyé » montre le texte exact.",
    )
    st.checkbox(
        f"J'autorise, pendant cette session, l'envoi de mes textes à : {reader.provider}",
        key=state.consent(reader.provider, reader.region),
    )


def is_agreed(reader: Card) -> bool:
    """Whether somebody has agreed in this session that texts go there."""
    return bool(st.session_state.get(state.consent(reader.provider, reader.region)))


def show(pasted: str, *, is_reduced: bool) -> None:
    """Show exactly what would be sent of what was pasted; nothing is."""
    try:
        text = read_report(pasted)
    except UnreadableReportError as reason:
        st.error(str(reason))
        return
    st.caption("Exactement ce qui sera envoyé, avec nos consignes au modèle :")
    reduction = privacy.reduce(text) if is_reduced else None
    st.html(tag("div", *(_marked(reduction) if reduction else [text]), class_="source"))


def _marked(reduction: privacy.Reduction) -> list[str | Html]:
    parts: list[str | Html] = []
    end = 0
    for span in reduction.placeholders:
        parts += [reduction.text[end : span.start], tag("mark", reduction.text[span.start : span.end])]
        end = span.end
    return [*parts, reduction.text[end:]]
