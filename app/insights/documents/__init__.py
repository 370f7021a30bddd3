"""Turns what was pasted or uploaded into a report that engines and spans can share, or says why it can't."""

from app.insights.documents.archives import Upload, unpack
from app.insights.documents.failures import EmptyReportError, UnreadableReportError
from app.insights.documents.files import read_file
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
    "UnreadableReportError",
    "Upload",
    "decoded",
    "read_file",
    "read_report",
    "unpack",
]
