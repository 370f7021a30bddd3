"""Tells what a file is: by what it holds, and by its name where that says nothing."""

from enum import Enum, auto
from pathlib import PurePosixPath

from app.insights.documents.failures import UnreadableReportError
from app.insights.documents.zips import UNREADABLE, beginning, open_zip

OTHER_FORMAT = (
    "Ce fichier est {what}, qui n'est pas lu ici. Rien n'en a été lu. "
    "Enregistrez-le en DOCX, PDF ou TXT, ou collez son texte."
)
IMAGE = (
    "Ce fichier est {what} : son texte ne peut pas être lu ici. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte."
)
PROTECTED_DOCX = (
    "Ce document Word est protégé par un mot de passe. Rien n'en a été lu. "
    "Enregistrez-le sans mot de passe, ou collez son texte."
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_IMAGES = {
    b"\x89PNG\r\n": "une image PNG",
    b"\xff\xd8\xff": "une image JPEG",
    b"GIF8": "une image GIF",
    b"II*\0": "une image TIFF",
    b"MM\0*": "une image TIFF",
}
_OTHERS = {
    b"{\\rtf": "un document RTF",
    b"7z\xbc\xaf\x27\x1c": "une archive 7-Zip",
    b"Rar!": "une archive RAR",
    b"\x1f\x8b": "une archive GZIP",
}
# What an old Office file says of itself, in the names of its streams.
_OLE_STREAMS = {
    "WordDocument": "un ancien document Word (.doc)",
    "Workbook": "un ancien classeur Excel (.xls)",
}
_FOLDERS = {"xl/": "un classeur Excel (.xlsx)", "ppt/": "une présentation PowerPoint (.pptx)"}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
# A PDF may begin a little later (ISO 32000-1, annex H, note 13).
_PDF_WITHIN_BYTES = 1024


class Kind(Enum):
    """What reads a file."""

    TEXT = auto()
    PDF = auto()
    DOCX = auto()
    ZIP = auto()


def kind(name: str, content: bytes) -> Kind:
    """Return what reads the file.

    Raises:
        UnreadableReportError: nothing here reads it; the sentence names its format.
    """
    suffix = PurePosixPath(name.lower()).suffix
    if content.startswith(b"%PDF-") or (b"%PDF-" in content[:_PDF_WITHIN_BYTES] and suffix == ".pdf"):
        return Kind.PDF
    if content.startswith(_ZIP):
        return _kind_of_zip(suffix, content)
    if content.startswith(_OLE):
        raise UnreadableReportError(_said_of_ole(content))
    _refuse_others(content)
    # Nothing that these could be: damaged, and their readers say so.
    return {".pdf": Kind.PDF, ".docx": Kind.DOCX, ".zip": Kind.ZIP}.get(suffix, Kind.TEXT)


def is_pdf(content: bytes) -> bool:
    """Return whether the file says that it is a PDF: reading one takes a process of its own, and its time."""
    return b"%PDF-" in content[:_PDF_WITHIN_BYTES]


def _kind_of_zip(suffix: str, content: bytes) -> Kind:
    try:
        with open_zip(content) as archive:
            names = archive.namelist()
            form = beginning(archive, archive.getinfo("mimetype"), 100) if "mimetype" in names else b""
    except UNREADABLE:
        return Kind.DOCX if suffix in (".docx", ".docm", ".dotx") else Kind.ZIP
    if form.startswith(_OPEN_DOCUMENT):
        what = "un document OpenDocument (.odt)" if form.endswith(b".text") else "un document OpenDocument"
        raise UnreadableReportError(OTHER_FORMAT.format(what=what))
    if "[Content_Types].xml" in names:
        for folder, what in _FOLDERS.items():
            if any(member.startswith(folder) for member in names):
                raise UnreadableReportError(OTHER_FORMAT.format(what=what))
    return Kind.DOCX if any(member.startswith("word/") for member in names) else Kind.ZIP


def _said_of_ole(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return PROTECTED_DOCX
    for stream, what in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") in content:
            return OTHER_FORMAT.format(what=what)
    return OTHER_FORMAT.format(what="un ancien document Office")


def _refuse_others(content: bytes) -> None:
    for start, what in _OTHERS.items():
        if content.startswith(start):
            raise UnreadableReportError(OTHER_FORMAT.format(what=what))
    for start, what in _IMAGES.items():
        if content.startswith(start):
            raise UnreadableReportError(IMAGE.format(what=what))
    if (content[:4] == b"RIFF" and content[8:12] == b"WEBP") or content[4:8] == b"ftyp":
        raise UnreadableReportError(IMAGE.format(what="une image"))
