"""What a file can hold of any text: a character that it cannot hold becomes "□"."""

import re
import unicodedata
from collections.abc import Container
from typing import Final

MISSING: Final = "□"
# XML 1.0, 2.2: the only characters a document may hold. FHIR forbids the same control characters in a string.
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOLD: Final = re.compile(r"[ \r\n\t\S]")


def legal(text: str) -> str:
    """Return `text` with the characters that XML and FHIR forbid replaced.

    Source: FHIR R4, "string": what is told holds a character other than white space that no key writes.
    """
    replaced = _ILLEGAL.sub(MISSING, text)
    return replaced if not replaced or _TOLD.search(replaced) else MISSING


def printable(text: str, drawn: Container[int]) -> str:
    """Return `text`, composed, with the characters that a font does not draw replaced.

    Args:
        text: line ends stay; any other white space becomes a space.
        drawn: code points that the font draws.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(_drawn(char, drawn) for char in composed)


def _drawn(char: str, drawn: Container[int]) -> str:
    if char == "\n" or ord(char) in drawn:
        return char
    if char.isspace():
        return " "
    # Joiners and selectors of emoji have no shape of their own.
    return "" if unicodedata.category(char) in ("Cf", "Mn") else MISSING
