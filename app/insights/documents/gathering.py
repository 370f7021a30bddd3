"""Makes one list of reports of all the files that were given at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.insights.documents.archives import Upload, distinct_names, unpack
from app.insights.documents.failures import UnreadableReportError, megabytes
from app.insights.documents.limits import MAX_REPORTS, MAX_UNPACKED_BYTES

TOO_MANY = (
    "{reports} comptes rendus ont été donnés, pour {max_reports} au plus. Rien n'en a été lu. "
    "Donnez-les en plusieurs fois."
)
TOO_LARGE = (
    "Les fichiers donnés dépassent ensemble {max_size}. Rien n'en a été lu. Donnez-les en plusieurs fois."
)


@dataclass(frozen=True)
class Refused:
    """A file that can't even be opened, and why."""

    name: str
    reason: str


def gathered(files: Iterable[Upload]) -> list[Upload | Refused]:
    """Return the reports in `files`, in order: archives unpacked, and each under a name of its own.

    Raises:
        UnreadableReportError: there are too many, or they are too large together; or there is one file alone,
            which can't be opened.
    """
    files = list(files)
    found = [report for file in files for report in _opened(file)]
    if len(files) == 1 and isinstance(found[0], Refused):
        raise UnreadableReportError(found[0].reason)
    if len(found) > MAX_REPORTS:
        raise UnreadableReportError(TOO_MANY.format(reports=len(found), max_reports=MAX_REPORTS))
    if sum(len(report.content) for report in found if isinstance(report, Upload)) > MAX_UNPACKED_BYTES:
        raise UnreadableReportError(TOO_LARGE.format(max_size=megabytes(MAX_UNPACKED_BYTES)))
    names = distinct_names(report.name for report in found)
    return [replace(report, name=name) for report, name in zip(found, names, strict=True)]


def _opened(file: Upload) -> list[Upload | Refused]:
    try:
        return list(unpack(file.name, file.content))
    except UnreadableReportError as reason:
        return [Refused(file.name, str(reason))]
