"""Many dossiers as one ZIP: a folder for each, in order, and the tables of all of them at the top.

Sheets are most of the work: 200 dossiers of the example reports take 3 s of one processor without them (1 MB)
and 18 s with them (12 MB), measured on a busy machine; memory grows by little more than the archive.
"""

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.insights.dossier import Dossier
from app.insights.export import content, fhir, pdf, record, tables, word
from app.insights.words import one_line

FAILURES: Final = "echecs.txt"
_LONGEST_NAME: Final = 60
# A ZIP counts its years from here.
_FIRST_YEAR: Final = 1980

File = tuple[str, bytes]


@dataclass(frozen=True)
class Failure:
    """A report that could not be read, and why, for its reader."""

    name: str
    reason: str


def write(
    dossiers: Sequence[Dossier],
    at: datetime,
    *,
    failures: Sequence[Failure] = (),
    lexicon: str = "",
    with_sheets: bool = True,
) -> bytes:
    """Return the ZIP of `dossiers`, the same for the same arguments but for its DOCX.

    Args:
        dossiers: their order is kept by a number before each folder's name.
        at: when it is made; it has an offset.
        failures: listed in `echecs.txt`; without any, there is no such file.
        lexicon: as in `content.sheet`.
        with_sheets: whether to make the PDF and the DOCX; without them it is six times as fast.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in _files(dossiers, at, failures, lexicon, with_sheets):
            entry = zipfile.ZipInfo(name, (max(at.year, _FIRST_YEAR), *at.timetuple()[1:6]))
            archive.writestr(entry, written, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def folder(number: int, name: str) -> str:
    """Return the folder of the dossier `name`: safe on every system, and unique by its number."""
    composed = unicodedata.normalize("NFC", name)
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in composed)
    return f"{number:03d}-{safe.strip('._')[:_LONGEST_NAME]}".rstrip("._-")


def _files(
    dossiers: Sequence[Dossier],
    at: datetime,
    failures: Sequence[Failure],
    lexicon: str,
    with_sheets: bool,
) -> Iterator[File]:
    """Yield one file after the other, so that no more than one is held beside the archive."""
    yield "medicaments.csv", tables.medicines(dossiers)
    yield "conciliations.csv", tables.lines(dossiers)
    if failures:
        yield (
            FAILURES,
            "".join(f"{one_line(each.name)} : {one_line(each.reason)}\n" for each in failures).encode(),
        )
    for number, dossier in enumerate(dossiers, 1):
        path = folder(number, dossier.name)
        yield f"{path}/compte-rendu.json", record.write(dossier, at, lexicon)
        yield f"{path}/fhir.json", fhir.write(dossier, at)
        if with_sheets:
            sheet = content.sheet(dossier, at, lexicon)
            yield f"{path}/fiche.pdf", pdf.drawn(sheet, at)
            yield f"{path}/fiche.docx", word.drawn(sheet, at)
