"""Where a reader says what to read and with what: an engine, a text, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app import settings
from app.insights.documents.limits import (
    MAX_CHARACTERS,
    MAX_FILE_BYTES,
    MAX_PAGES,
    MAX_REPORTS,
    MAX_UNPACKED_BYTES,
)
from app.insights.engines import LOCAL, Card, EngineUnavailableError, available, card
from app.ui import sending, state
from app.ui.language import key, labels, said, t
from app.ui.style import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from app.insights.documents import Refused, Upload

_MB = 1_000_000
# Its name in what is kept and exported; shown as `t` has it.
PASTED = "Texte collé"


@dataclass(frozen=True)
class Given:
    """What a reader has typed and dropped, and which button they have pressed."""

    pasted: str
    files: Sequence[UploadedFile]
    analyse: bool
    preview: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.pasted.strip() or self.files)

    def reports(self) -> list[Upload | Refused]:
        """Return all that is to be read, in order: what was pasted, then each file, ZIP files unpacked.

        Raises:
            UnreadableReportError: nothing to read, or nothing that can be; what was given is still there.
        """
        from app.insights.documents import Upload, gathered, too_large_together

        # Before any is read: what is too large together may not have been loaded.
        if sum(file.size for file in self.files) > MAX_UNPACKED_BYTES:
            raise too_large_together()
        files = [Upload(file.name, file.getvalue()) for file in self.files]
        if not files:
            return [self._pasted()]
        return [*([self._pasted_or_refused()] if self.pasted.strip() else []), *gathered(files)]

    def _pasted(self) -> Upload:
        from app.insights.documents import Upload, read_report

        return Upload(PASTED, read_report(self.pasted).encode())

    def _pasted_or_refused(self) -> Upload | Refused:
        from app.insights.documents import Refused, UnreadableReportError

        try:
            return self._pasted()
        except UnreadableReportError as reason:
            return Refused(PASTED, str(reason))


def engine() -> Card:
    """Return the engine to read with: asked for where there are several, with what must be known of it."""
    choice = settings.load().engine_choice
    try:
        card(choice, choice.provider)
    except EngineUnavailableError as reason:
        instead = t("En attendant, l'analyse est faite par le moteur embarqué.")
        st.warning(f"{said(str(reason))} {instead}")
    cards = available(choice)
    reader = cards[0]
    if len(cards) > 1:
        names = [one.name for one in cards]
        held = st.session_state.get(state.READER)
        reader = st.radio(
            t("Moteur"),
            cards,
            index=names.index(held) if held in names else 0,
            format_func=labels({one: one.label for one in cards}),
            horizontal=True,
            key=key(state.ENGINE),
        )
        st.session_state[state.READER] = reader.name
    if reader.is_cloud:
        sending.ask(reader)
    elif reader.name != LOCAL:
        sending.say_it_stays(reader)
    else:
        st.info(
            t(
                "Le moteur embarqué est un moteur de démonstration : il se trompe et il oublie. "
                "Vérifiez chaque élément dans le texte. Rien ici n'est un avis médical ou pharmaceutique."
            )
        )
    return reader


def given(reader: Card) -> Given:
    """Draw the form and return what it holds."""
    with st.form("report", border=False):
        text, documents = st.columns([3, 2], gap="large")
        pasted = text.text_area(
            t("Compte rendu"),
            key=state.REPORT_TEXT,
            height=180,
            placeholder=t("Collez ici le texte d'un compte rendu d'hospitalisation…"),
            help=t("{count} caractères au plus.", count=_spaced(MAX_CHARACTERS)),
        )
        files = documents.file_uploader(
            t("Ou des fichiers : TXT, PDF, DOCX, ou un ZIP qui en contient"),
            type=list(KINDS),
            accept_multiple_files=True,
            # Another key is another, empty field: "Nouveau cas".
            key=state.of(state.FILES, st.session_state.get(state.FILES_ROUND, 0)),
            max_upload_size=MAX_FILE_BYTES // _MB,
        )
        documents.caption(
            t(
                "{reports} comptes rendus au plus, {size} Mo par fichier et {total} Mo ensemble, "
                "ZIP décompressés ; pour chacun {count} caractères "
                "ou {pages} pages. Un scan sans texte n'est pas lu.",
                reports=MAX_REPORTS,
                size=MAX_FILE_BYTES // _MB,
                total=MAX_UNPACKED_BYTES // _MB,
                count=_spaced(MAX_CHARACTERS),
                pages=MAX_PAGES,
            )
        )
        with documents.container(horizontal=True):
            analyse = st.form_submit_button(t("Analyser"), key=state.ANALYSE, type="primary")
            preview = reader.is_cloud and st.form_submit_button(
                t("Voir ce qui sera envoyé"), key=state.PREVIEW
            )
    return Given(pasted, files, analyse, preview)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", t("\u202f"))
