"""Takes reports out of an archive: each with a name to show, in the order of their names."""

import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.insights.documents.failures import UnreadableReportError, megabytes
from app.insights.documents.kinds import Kind, kind
from app.insights.documents.limits import MAX_FILE_BYTES, MAX_REPORTS, MAX_UNPACKED_BYTES
from app.insights.documents.zips import UNREADABLE, beginning, open_zip

DAMAGED = (
    "Cette archive ZIP est abîmée ou incomplète. Rien n'en a été lu. "
    "Créez-la à nouveau, ou déposez les fichiers un par un."
)
DAMAGED_MEMBER = (
    "Dans cette archive ZIP, « {member} » est abîmé. Rien n'en a été lu. "
    "Créez l'archive à nouveau, ou déposez les fichiers un par un."
)
PROTECTED = (
    "Cette archive ZIP est protégée par un mot de passe. Rien n'en a été lu. "
    "Créez-la sans mot de passe, ou déposez les fichiers un par un."
)
TOO_MANY = (
    "Cette archive ZIP contient {reports} fichiers, pour {max_reports} au plus. Rien n'en a été lu. "
    "Partagez-la en plusieurs archives."
)
TOO_LARGE_UNPACKED = (
    "Cette archive ZIP dépasse {max_size} une fois décompressée. Rien n'en a été lu. "
    "Partagez-la en plusieurs archives."
)
WITHOUT_REPORTS = "Cette archive ZIP ne contient aucun fichier. Créez-la à nouveau avec vos comptes rendus."
TOO_LARGE = (
    "Ce fichier dépasse {max_size}. Rien n'en a été lu. "
    "Gardez-en les pages utiles, ou collez le texte du compte rendu."
)

_ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800
# What file managers leave beside what was packed.
_NOT_PACKED = re.compile(r"(?:^|/)(?:__MACOSX/|\.[^/]*$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")
_NO_FOLDERS = ("", ".", "..")
# Marks that turn the direction of writing make "fdp.exe" of "exe.pdf".
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Upload:
    """A file that somebody gave us: a name to show, never a path to write to, and its bytes."""

    name: str
    content: bytes


def unpack(name: str, content: bytes) -> list[Upload]:
    """Return the files of an archive in the order of their names, or any other file alone.

    A file that can't be read stays in the list: `read_file` says why, for it alone.

    Raises:
        UnreadableReportError: an archive that is damaged, protected or too large; nothing of it is returned.
    """
    return list(unpacked(name, content))


def unpacked(name: str, content: bytes) -> Iterator[Upload]:
    """Yield what `unpack` returns, each file unfolded when it is asked for.

    Raises:
        UnreadableReportError: as `unpack` does, perhaps behind some files.
    """
    if not is_archive(name, content):
        yield Upload(name, content)
        return
    refuse_too_large(content)
    try:
        with open_zip(content) as archive:
            yield from _uploads(archive)
    except UNREADABLE as error:
        raise UnreadableReportError(DAMAGED) from error


def is_archive(name: str, content: bytes) -> bool:
    """Return whether the file holds others."""
    try:
        return kind(name, content) is Kind.ZIP
    except UnreadableReportError:
        return False


def refuse_too_large(content: bytes) -> None:
    """Refuse a file over the limit.

    Raises:
        UnreadableReportError: it is.
    """
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableReportError(TOO_LARGE.format(max_size=megabytes(MAX_FILE_BYTES)))


def _uploads(archive: zipfile.ZipFile) -> Iterable[Upload]:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _NOT_PACKED.search(member.filename)
    ]
    _refuse(members)
    paths = [_path(member) for member in members]
    named = sorted(zip(_names(paths), members, strict=True), key=lambda pair: natural_order(pair[0]))
    for name, member in named:
        try:
            # One byte more than is accepted, so that `read_file` refuses this one and no other.
            yield Upload(name, beginning(archive, member, MAX_FILE_BYTES + 1))
        except UNREADABLE as error:
            raise UnreadableReportError(DAMAGED_MEMBER.format(member=name)) from error


def _refuse(members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise UnreadableReportError(WITHOUT_REPORTS)
    if len(members) > MAX_REPORTS:
        raise UnreadableReportError(TOO_MANY.format(reports=len(members), max_reports=MAX_REPORTS))
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise UnreadableReportError(PROTECTED)
    # A member that holds more than it declares is cut there and its checksum is wrong: DAMAGED_MEMBER.
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise UnreadableReportError(TOO_LARGE_UNPACKED.format(max_size=megabytes(MAX_UNPACKED_BYTES)))


def _path(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the folders and the name of a member, as something to show."""
    name = member.filename
    if not member.flag_bits & _UTF8_FLAG:
        # zipfile read cp437. Macs write UTF-8 and do not say so; Windows in France writes cp850.
        # Source: APPNOTE 6.3.10, appendix D.
        written = name.encode("cp437", errors="replace")
        try:
            name = written.decode("utf-8")
        except UnicodeDecodeError:
            name = written.decode("cp850")
    shown = "".join(
        char
        for char in unicodedata.normalize("NFC", name)
        if char not in _DIRECTIONS and unicodedata.category(char) not in ("Cc", "Cs")
    )
    return tuple(part for part in re.split(r"[\\/]", shown) if part not in _NO_FOLDERS) or ("?",)


def _names(paths: list[tuple[str, ...]]) -> list[str]:
    """Return a name for each path: its last part, with its folders where two share one, numbered at last."""
    shared = Counter(path[-1] for path in paths)
    names = [path[-1] if shared[path[-1]] == 1 else "/".join(path) for path in paths]
    return distinct_names(names)


def distinct_names(names: Iterable[str]) -> list[str]:
    """Return `names` with a number behind each that is there before: readers choose a report by its name."""
    names = list(names)
    taken = set(names)
    seen: set[str] = set()
    distinct = []
    for name in names:
        distinct.append(name if name not in seen else _numbered(name, taken))
        seen.add(distinct[-1])
        taken.add(distinct[-1])
    return distinct


def _numbered(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while (tried := f"{stem or suffix} ({number}){dot}{suffix if stem else ''}") in taken:
        number += 1
    return tried


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts "CR 9" before "CR 10"."""
    return tuple(
        # Over 18 digits it is no number that anybody counts with.
        (0, int(part), "") if part.isdecimal() and len(part) < 18 else (1, 0, part.casefold())
        for part in _DIGITS.split(name)
        if part
    )
