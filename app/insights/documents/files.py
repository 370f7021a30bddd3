"""Reads a file, whatever it is."""

from app.insights.documents.archives import refuse_too_large
from app.insights.documents.failures import EmptyReportError, UnreadableReportError
from app.insights.documents.kinds import Kind, kind
from app.insights.documents.text import FILE_EMPTY, decoded, read_written

ARCHIVE = (
    "Ce fichier est une archive ZIP dans une autre, ou il est abîmé. Rien n'en a été lu. "
    "Décompressez-le, puis déposez les comptes rendus qu'il contient."
)


def read_file(name: str, content: bytes) -> str:
    """Return the text of a TXT, PDF or DOCX, as `read_report` returns what was pasted.

    Args:
        name: says what the file is where its content does not.
        content: all of its bytes.

    Raises:
        UnreadableReportError: the sentence says what the file is and what to do instead of it.
    """
    refuse_too_large(content)
    if not content:
        raise EmptyReportError(FILE_EMPTY)
    return read_written(_text(kind(name, content), content))


def _text(what: Kind, content: bytes) -> str:
    """Readers are imported when one is needed: the page starts without them."""
    match what:
        case Kind.PDF:
            from app.insights.documents import pdf

            return pdf.read(content)
        case Kind.DOCX:
            from app.insights.documents import word

            return word.read(content)
        case Kind.ZIP:
            raise UnreadableReportError(ARCHIVE)
        case Kind.TEXT:
            return decoded(content)
