"""Turns what a reader pasted into a report that engines and spans can share, or says why it can't."""

import re
import unicodedata

# About fifty pages: the rules read it in well under a second, and both directions of the gateway hold it.
MAX_CHARACTERS = 100_000
_CONTROL_TO_KEEP = "\n\t"
# No layout needs more; without a bound, white space alone makes patterns of the rules take minutes.
_WIDEST_GAP = 60
_WIDE_GAP = re.compile(rf"[^\S\n]{{{_WIDEST_GAP},}}")
_TRAILING_SPACE = re.compile(r"[^\S\n]+$", re.MULTILINE)
_TALL_GAP = re.compile(r"\n{4,}")


class UnreadableReportError(Exception):
    """The text can't be analysed; the message, in French, says what to do."""


def read_report(pasted: str) -> str:
    """Return `pasted` with composed characters, Unix line ends, no control characters and no endless blanks.

    Everything shown, quoted and counted later refers to the returned text.

    Raises:
        UnreadableReportError: empty, too long, or binary.
    """
    if len(pasted) > MAX_CHARACTERS:
        raise UnreadableReportError(
            f"Le texte compte {_spaced(len(pasted))} caractères, pour {_spaced(MAX_CHARACTERS)} au plus. "
            "Gardez un seul compte rendu, ou analysez-le en plusieurs fois. "
            "Votre texte est resté dans le champ."
        )
    lines = unicodedata.normalize("NFC", pasted).replace("\r\n", "\n").replace("\r", "\n")
    text = _bounded("".join(char for char in lines if char in _CONTROL_TO_KEEP or not _is_control(char)))
    if not text.strip():
        raise UnreadableReportError("Collez d'abord le texte d'un compte rendu : le champ est vide.")
    if _looks_binary(lines):
        raise UnreadableReportError(
            "Ce contenu ressemble à un fichier et non à du texte. "
            "Ouvrez le document, copiez son texte, puis collez-le."
        )
    return text


def _bounded(text: str) -> str:
    text = _TRAILING_SPACE.sub("", _WIDE_GAP.sub(" " * _WIDEST_GAP, text))
    return _TALL_GAP.sub("\n" * 3, text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def _looks_binary(text: str) -> bool:
    odd = sum(1 for char in text if char == "\ufffd" or (_is_control(char) and not char.isspace()))
    return odd > max(3, len(text) // 50)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


from dataclasses import dataclass


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes


def read_file(name: str, content: bytes) -> str:
    return read_report(content.decode())


def unpack(name: str, content: bytes) -> list[Upload]:
    return [Upload(name, content)]
