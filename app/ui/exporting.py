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
from app.ui.language import counted, t
from app.worklists import Report

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Fetches a part of the dossiers, and the reports whose results are not kept any more.
Fetch = Callable[[slice], tuple[Sequence[Dossier], Sequence[Report]]]
# A request has thirty seconds, and a sheet takes a tenth of one, twice.
_SHEETS_AT_ONCE = 50
_LONGEST_NAME = 60
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
            counted(
                waiting,
                "{count} divergence n'est pas encore qualifiée : la fiche le dit.",
                "{count} divergences ne sont pas encore qualifiées : la fiche le dit.",
            )
        )
    st.subheader(t("Fiche à signer"), anchor=False)
    with st.container(horizontal=True):
        _offer("PDF", "fiche.pdf", "application/pdf", dossier, lambda: pdf.write(dossier, now(), _lexicon()))
        _offer("DOCX", "fiche.docx", _DOCX, dossier, lambda: word.write(dossier, now(), _lexicon()))
    st.subheader(t("Données"), anchor=False)
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


def offer_all(dossiers: Fetch, count: int, failures: Sequence[archive.Failure]) -> None:
    """Offer all `count` reports that are read; `dossiers` fetches a part of them once somebody asks."""
    everything = slice(None)
    if count <= _SHEETS_AT_ONCE:
        _offer_zip(t("Tout télécharger (ZIP)"), "all", everything, dossiers, failures, with_sheets=True)
        return
    _offer_zip(
        t("Tout télécharger, sans les fiches (ZIP)"),
        "data",
        everything,
        dossiers,
        failures,
        with_sheets=False,
    )
    for first in range(0, count, _SHEETS_AT_ONCE):
        last = min(first + _SHEETS_AT_ONCE, count)
        label = t("Comptes rendus {first} à {last}, avec les fiches (ZIP)", first=first + 1, last=last)
        _offer_zip(label, f"{first}", slice(first, last), dossiers, (), with_sheets=True)


def _offer_zip(
    label: str,
    part: str,
    which: slice,
    dossiers: Fetch,
    failures: Sequence[archive.Failure],
    *,
    with_sheets: bool,
) -> None:
    now = _clock()

    def packed() -> bytes:
        made, gone = dossiers(which)
        missing = [*failures, *(archive.Failure(report.name, report.error) for report in gone)]
        return archive.write(made, now(), failures=missing, lexicon=_lexicon(), with_sheets=with_sheets)

    st.download_button(
        label,
        packed,
        file_name=f"comptes-rendus-{part}.zip",
        mime="application/zip",
        on_click="ignore",
        key=state.of(state.DOWNLOAD_ALL, part),
    )


def _offer(label: str, ending: str, mime: str, dossier: Dossier, made: Callable[[], bytes]) -> None:
    stem = _UNSAFE.sub("-", dossier.name.rsplit(".", 1)[0])[:_LONGEST_NAME].strip("-.")
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
