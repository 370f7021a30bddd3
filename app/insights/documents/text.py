"""Turns text into a report that engines and spans can share, or says why it can't."""

import codecs
import re
import unicodedata

from app.insights.documents.failures import EmptyReportError, UnreadableReportError, spaced
from app.insights.documents.limits import MAX_CHARACTERS

PASTED_TOO_LONG = (
    "Le texte compte {characters} caractères, pour {max_characters} au plus. "
    "Gardez un seul compte rendu, ou analysez-le en plusieurs fois. "
    "Votre texte est resté dans le champ."
)
PASTED_NOTHING = "Collez d'abord le texte d'un compte rendu : le champ est vide."
PASTED_BINARY = (
    "Ce contenu ressemble à un fichier et non à du texte. "
    "Ouvrez le document, copiez son texte, puis collez-le."
)
FILE_TOO_LONG = (
    "Le texte de ce fichier dépasse {max_characters} caractères. "
    "Rien n'en a été lu. Gardez-en un seul compte rendu, ou partagez-le en plusieurs fichiers."
)
FILE_EMPTY = "Ce fichier est vide : il ne contient aucun texte. Choisissez-en un autre."
FILE_BINARY = (
    "Ce fichier ne contient pas de texte, ou il est abîmé. Rien n'en a été lu. "
    "Enregistrez le compte rendu en TXT, PDF ou DOCX, ou collez son texte."
)

_CONTROL_TO_KEEP = "\n\t"
# No layout needs more; without a bound, white space alone makes patterns of the rules take minutes.
_WIDEST_GAP = 60
_WIDE_GAP = re.compile(rf"[^\S\n]{{{_WIDEST_GAP},}}")
_TRAILING_SPACE = re.compile(r"[^\S\n]+$", re.MULTILINE)
_TALL_GAP = re.compile(r"\n{4,}")


def read_report(pasted: str) -> str:
    """Return `pasted` with composed characters, Unix line ends, no control characters and no endless blanks.

    Everything shown, quoted and counted later refers to the returned text.

    Raises:
        UnreadableReportError: empty, too long, or binary.
    """
    if len(pasted) > MAX_CHARACTERS:
        raise UnreadableReportError(
            PASTED_TOO_LONG.format(characters=spaced(len(pasted)), max_characters=spaced(MAX_CHARACTERS))
        )
    text = _normalised(pasted)
    if not text.strip():
        raise EmptyReportError(PASTED_NOTHING)
    if _looks_binary(pasted):
        raise UnreadableReportError(PASTED_BINARY)
    return text


def read_written(written: str) -> str:
    """Return what a file holds, as `read_report` returns what was pasted.

    Raises:
        UnreadableReportError: empty, too long, or binary; said of a file.
    """
    refuse_too_long(len(written))
    if "\0" in written or _looks_binary(written):
        raise UnreadableReportError(FILE_BINARY)
    text = _normalised(written)
    if not text.strip():
        raise EmptyReportError(FILE_EMPTY)
    return text


def refuse_too_long(characters: int) -> None:
    """Refuse a file of which so many characters were read, whether that was all of it or not.

    Raises:
        UnreadableReportError: it is too long.
    """
    if characters > MAX_CHARACTERS:
        raise UnreadableReportError(FILE_TOO_LONG.format(max_characters=spaced(MAX_CHARACTERS)))


def decoded(content: bytes) -> str:
    """Decode UTF-8, UTF-16 that says so, or else the encoding that French software wrote before them."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _normalised(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _bounded("".join(char for char in lines if char in _CONTROL_TO_KEEP or not _is_control(char)))


def _bounded(text: str) -> str:
    text = _TRAILING_SPACE.sub("", _WIDE_GAP.sub(" " * _WIDEST_GAP, text))
    return _TALL_GAP.sub("\n" * 3, text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def _looks_binary(text: str) -> bool:
    odd = sum(1 for char in text if char == "\ufffd" or (_is_control(char) and not char.isspace()))
    return odd > max(3, len(text) // 50)
