"""Reads a PDF in a process of its own (`pdfium`), and says what is in the way when it can't."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

from app.insights.documents.failures import UnreadableReportError, spaced
from app.insights.documents.layout import UNNAMED
from app.insights.documents.limits import MAX_CHARACTERS, MAX_PAGES, MAX_PDF_SECONDS
from app.insights.documents.text import refuse_too_long

DAMAGED = (
    "Ce PDF est abîmé, incomplet ou trop complexe. Rien n'en a été lu. "
    "Ouvrez-le et imprimez-le à nouveau en PDF, ou collez son texte."
)
PROTECTED = (
    "Ce PDF est protégé par un mot de passe. Rien n'en a été lu. "
    "Enregistrez-le sans mot de passe, ou collez son texte."
)
SCAN = (
    "Ce PDF est un scan : ses pages sont des images, sans texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte."
)
WITHOUT_TEXT = (
    "Ce PDF ne contient aucun texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte."
)
WITHOUT_LETTERS = (
    "Ce PDF ne dit pas quelles lettres ses polices dessinent : son texte ne peut pas être lu. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte."
)
TOO_MANY_PAGES = (
    "Ce PDF compte {pages} pages, pour {max_pages} pages et {max_characters} caractères au plus. "
    "Rien n'en a été lu. Gardez-en les pages d'un seul compte rendu."
)
# Stands in the text in place of a page: what is missing there must be seen.
PICTURE = "[Page {page} sur {pages} : image sans texte, non lue]"

# A stamp, a page number, "numérisé le …": a picture with no more letters than that is a scan.
_MOST_LETTERS_ON_A_PICTURE = 150
# Bullets and pictograms are often unnamed; a text of which a fifth is missing is no text.
_MOST_UNNAMED = 0.2
# One at a time: what a PDF may take of the memory counts once.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class _Page:
    text: str
    is_picture: bool

    @property
    def is_scanned(self) -> bool:
        return self.is_picture and self._letters <= _MOST_LETTERS_ON_A_PICTURE

    @property
    def _letters(self) -> int:
        return sum(char.isalnum() for char in self.text)


def read(content: bytes) -> str:
    """Return the text of the pages in their order.

    Raises:
        UnreadableReportError: damaged, protected, too long, or a scan.
    """
    answer = _answer(content)
    match answer.get("refused"):
        case "password":
            raise UnreadableReportError(PROTECTED)
        case "pages":
            raise UnreadableReportError(
                TOO_MANY_PAGES.format(
                    pages=spaced(answer["pages"]), max_pages=MAX_PAGES, max_characters=spaced(MAX_CHARACTERS)
                )
            )
        case "characters":
            refuse_too_long(MAX_CHARACTERS + 1)
        case "damaged":
            raise UnreadableReportError(DAMAGED)
    return _joined([_Page(**page) for page in answer["pages"]])


def _joined(pages: list[_Page]) -> str:
    written = [page for page in pages if page.text.strip() or page.is_picture]
    if all(page.is_scanned for page in written):
        raise UnreadableReportError(SCAN if written else WITHOUT_TEXT)
    signs = sum(len("".join(page.text.split())) for page in written)
    if sum(page.text.count(UNNAMED) for page in written) > _MOST_UNNAMED * signs:
        raise UnreadableReportError(WITHOUT_LETTERS)
    return "\n".join(
        PICTURE.format(page=number, pages=len(pages)) + f"\n{page.text}".rstrip()
        if page.is_scanned
        else page.text
        for number, page in enumerate(pages, 1)
    )


def _answer(content: bytes) -> dict[str, Any]:
    """Ask `pdfium` for the pages. It gets none of our environment: no key is at hand where such files are."""
    # PTH100: an entry of sys.path may be "" (here) or a ZIP; this makes of each what Python makes of it.
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)  # noqa: PTH100 - not resolved: links stay
    argv = [sys.executable, "-P", "-m", "app.insights.documents.pdfium", str(MAX_PAGES), str(MAX_CHARACTERS)]
    with _ONE_AT_A_TIME:
        try:
            done = subprocess.run(
                argv,
                input=content,
                capture_output=True,
                timeout=2 * MAX_PDF_SECONDS,
                env={"PYTHONPATH": path},
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise UnreadableReportError(DAMAGED) from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
