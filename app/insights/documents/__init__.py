"""Turns what was pasted or uploaded into a report that engines and spans can share, or says why it can't."""

from app.insights.documents.archives import Upload, unpack
from app.insights.documents.failures import EmptyReportError, UnreadableReportError
from app.insights.documents.files import read_file
from app.insights.documents.gathering import Refused, gathered, too_large_together
from app.insights.documents.kinds import is_pdf
from app.insights.documents.limits import (
    MAX_CHARACTERS,
    MAX_FILE_BYTES,
    MAX_PAGES,
    MAX_REPORTS,
    MAX_UNPACKED_BYTES,
)
from app.insights.documents.text import decoded, read_report

__all__ = [
    "MAX_CHARACTERS",
    "MAX_FILE_BYTES",
    "MAX_PAGES",
    "MAX_REPORTS",
    "MAX_UNPACKED_BYTES",
    "EmptyReportError",
    "Refused",
    "UnreadableReportError",
    "Upload",
    "decoded",
    "gathered",
    "is_pdf",
    "read_file",
    "read_report",
    "too_large_together",
    "unpack",
]
