"""Makes one list of reports of all the files that were given at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.insights.documents.archives import Upload, distinct_names, unpacked
from app.insights.documents.failures import UnreadableReportError, megabytes
from app.insights.documents.limits import MAX_REPORTS, MAX_UNPACKED_BYTES

TOO_MANY = (
    "Plus de {max_reports} comptes rendus ont été donnés. Rien n'en a été lu. Donnez-les en plusieurs fois."
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

    Unpacks no more than a report beyond what is accepted, whatever the archives hold together.

    Raises:
        UnreadableReportError: there are too many, or they are too large together; or there is one file alone,
            which can't be opened.
    """
    files = list(files)
    found: list[Upload | Refused] = []
    size = 0
    for file in files:
        opened = _opened(file, MAX_REPORTS - len(found), MAX_UNPACKED_BYTES - size)
        found += opened
        size += sum(len(report.content) for report in opened if isinstance(report, Upload))
        if len(found) > MAX_REPORTS:
            raise UnreadableReportError(TOO_MANY.format(max_reports=MAX_REPORTS))
        if size > MAX_UNPACKED_BYTES:
            raise too_large_together()
    if len(files) == 1 and isinstance(found[0], Refused):
        raise UnreadableReportError(found[0].reason)
    names = distinct_names(report.name for report in found)
    return [replace(report, name=name) for report, name in zip(found, names, strict=True)]


def too_large_together() -> UnreadableReportError:
    """Return what says that the files that were given hold more than is accepted."""
    return UnreadableReportError(TOO_LARGE.format(max_size=megabytes(MAX_UNPACKED_BYTES)))


def _opened(file: Upload, max_reports: int, max_bytes: int) -> Sequence[Upload | Refused]:
    """Return the reports in `file`, up to the first that is one too many or too large with those before."""
    opened: list[Upload] = []
    try:
        for report in unpacked(file.name, file.content):
            opened.append(report)
            max_bytes -= len(report.content)
            if len(opened) > max_reports or max_bytes < 0:
                break
    except UnreadableReportError as reason:
        return [Refused(file.name, str(reason))]
    return opened
