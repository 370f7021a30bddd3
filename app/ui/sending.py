"""What must be said, shown and agreed to before a report leaves for a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import settings
from app.insights.engines import LOCAL, EngineUnavailableError, card
from app.ui import state
from app.ui.language import said, t
from app.ui.markup import Html, literal, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.insights.documents import Refused, Upload
    from app.insights.engines import Card
    from app.insights.privacy import Reduction

NOTHING_SENT = (
    "Rien n'a été envoyé : autorisez d'abord l'envoi, ci-dessus, ou choisissez le moteur embarqué. "
    "Vos textes et vos fichiers sont restés en place."
)
_SHOWN = 20


def say_it_stays(reader: Card) -> None:
    """Say that the text stays on this server, and with which model."""
    st.info(
        t(
            "Le {engine} lit sur ce serveur : {provider}. Il se trompe et il oublie : vérifiez chaque "
            "élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique.",
            engine=said(reader.label),
            provider=said(reader.provider),
        )
    )


def ask(reader: Card) -> None:
    """Say who gets the text and where, and ask for consent, once for each of them in a session."""
    st.warning(
        t(
            "Avec le {engine}, le texte part chez : {provider} (région : {region}). "
            "Vérifiez que votre établissement l'autorise pour des données de santé. "
            "Rien ici n'est un avis médical ou pharmaceutique.",
            engine=said(reader.label),
            provider=said(reader.provider),
            region=said(reader.region),
        )
    )
    st.checkbox(
        t("Réduction des identifiants avant l'envoi"),
        key=state.REDUCED,
        value=True,
        help=t(
            "Noms, dates de naissance, numéros et adresses que des règles reconnaissent sont remplacés. "
            "Il en reste : ce n'est pas une anonymisation. « Voir ce qui sera envoyé » montre le texte exact."
        ),
    )
    agreed = state.consent(reader.provider, reader.region)
    # Kept beside the box: Streamlit forgets a box that is out of sight, while another engine is chosen.
    st.session_state[agreed] = st.checkbox(
        t(
            "J'autorise, pendant cette session, l'envoi de mes textes à : {provider}",
            provider=reader.provider,
        ),
        value=st.session_state.get(agreed, False),
        key=state.of(state.AGREE, reader.provider, reader.region),
    )


def is_agreed(engine: str) -> bool:
    """Whether texts may go to the engine of that name: it is on this server, or a reader has agreed to it."""
    if engine == LOCAL:
        return True
    try:
        reader = card(settings.load().engine_choice, engine)
    except EngineUnavailableError:
        # Nothing will be sent, and whoever tries says why.
        return True
    return not reader.is_cloud or bool(st.session_state.get(state.consent(reader.provider, reader.region)))


def show(reports: Iterable[Upload | Refused], *, is_reduced: bool) -> None:
    """Show exactly what would be sent of what was given; nothing is."""
    from app.insights import privacy
    from app.insights.documents import UnreadableReportError, Upload, read_file

    uploads = [report for report in reports if isinstance(report, Upload)]
    st.caption(t("Exactement ce qui sera envoyé, avec nos consignes au modèle :"))
    for upload in uploads[:_SHOWN]:
        try:
            text = read_file(upload.name, upload.content)
        except UnreadableReportError as reason:
            st.error(literal(f"{t(upload.name)}{t(' : ')}{said(str(reason))}"))
            continue
        if len(uploads) > 1:
            st.caption(literal(t(upload.name)))
        reduction = privacy.reduce(text) if is_reduced else None
        parts = _marked(reduction) if reduction else [text]
        st.html(tag("div", *parts, class_="source", lang="fr", tabindex="0"))
    if len(uploads) > _SHOWN:
        st.caption(t("Et {count} autres, de même.", count=len(uploads) - _SHOWN))


def _marked(reduction: Reduction) -> list[str | Html]:
    parts: list[str | Html] = []
    end = 0
    for span in reduction.placeholders:
        parts += [reduction.text[end : span.start], tag("mark", reduction.text[span.start : span.end])]
        end = span.end
    return [*parts, reduction.text[end:]]
