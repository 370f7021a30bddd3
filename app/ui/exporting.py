"""What a reader takes away. A file is made when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from app.insights import lexicon
from app.insights.dossier import Discrepancy, Dossier
from app.insights.export import archive, fhir, pdf, record, tables, word
from app.ui import state
from app.ui.language import t

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNSAFE = re.compile(r"[^\w.-]+")


def draw(dossier: Dossier) -> None:
    """Offer one report in every format."""
    now = _clock()
    if dossier.reconciliation is None:
        st.caption(
            t("Sans conciliation, la fiche est un bilan médicamenteux : comparez d'abord pour concilier.")
        )
    elif waiting := sum(one.discrepancy is Discrepancy.UNQUALIFIED for one in dossier.judged()):
        st.caption(
            t("{waiting} divergences ne sont pas encore qualifiées : la fiche le dit.", waiting=waiting)
        )
    st.markdown(f"**{t('Fiche à signer')}**")
    with st.container(horizontal=True):
        _offer("PDF", "fiche.pdf", "application/pdf", dossier, lambda: pdf.write(dossier, now(), _lexicon()))
        _offer("DOCX", "fiche.docx", _DOCX, dossier, lambda: word.write(dossier, now(), _lexicon()))
    st.markdown(f"**{t('Données')}**")
    with st.container(horizontal=True):
        _offer(
            "JSON",
            "extraction.json",
            "application/json",
            dossier,
            lambda: record.write(dossier, now(), _lexicon()),
        )
        _offer(
            t("CSV des médicaments"),
            "medicaments.csv",
            "text/csv",
            dossier,
            lambda: tables.medicines([dossier]),
        )
        if dossier.reconciliation is not None:
            _offer(
                t("CSV de la conciliation"),
                "conciliation.csv",
                "text/csv",
                dossier,
                lambda: tables.lines([dossier]),
            )
        _offer("FHIR R4", "fhir.json", "application/fhir+json", dossier, lambda: fhir.write(dossier, now()))


def offer_all(dossiers: Callable[[], Sequence[Dossier]], failures: Sequence[archive.Failure]) -> None:
    """Offer all reports that are read in one ZIP; `dossiers` fetches them once somebody asks."""
    now = _clock()

    def packed() -> bytes:
        return archive.write(dossiers(), now(), failures=failures, lexicon=_lexicon())

    st.download_button(
        t("Tout télécharger (ZIP)"),
        packed,
        file_name="comptes-rendus.zip",
        mime="application/zip",
        on_click="ignore",
        key=state.DOWNLOAD_ALL,
    )


def _offer(label: str, ending: str, mime: str, dossier: Dossier, made: Callable[[], bytes]) -> None:
    stem = _UNSAFE.sub("-", dossier.name.rsplit(".", 1)[0]).strip("-.")
    st.download_button(
        label,
        made,
        file_name=f"{stem or 'compte-rendu'}-{ending}",
        mime=mime,
        on_click="ignore",
        key=state.of(state.DOWNLOAD, ending),
    )


def _clock() -> Callable[[], datetime]:
    """What tells the reader's time when a file is made: then nobody knows any more whose it is."""
    zone = state.timezone()
    return lambda: datetime.now(zone)


def _lexicon() -> str:
    return lexicon.source().label
