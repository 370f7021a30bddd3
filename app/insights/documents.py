"""Turns what a reader pasted into a report that engines and spans can share, or says why it can't."""

import unicodedata

# About fifty pages: the rules read it in well under a second, and both directions of the gateway hold it.
MAX_CHARACTERS = 100_000
_CONTROL_TO_KEEP = "\n\t"


class UnreadableReportError(Exception):
    """The text can't be analysed; the message, in French, says what to do."""


def read_report(pasted: str) -> str:
    """Return `pasted` with composed characters, Unix line ends and no control characters.

    Everything shown, quoted and counted later refers to the returned text.

    Raises:
        UnreadableReportError: empty, too long, or binary.
    """
    if len(pasted) > MAX_CHARACTERS:
        raise UnreadableReportError(
            f"Le texte compte {_spaced(len(pasted))} caractères ; la limite est de {_spaced(MAX_CHARACTERS)}. "
            "Gardez un seul compte rendu, ou analysez-le en plusieurs fois. Votre texte est resté dans le champ."
        )
    lines = unicodedata.normalize("NFC", pasted).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(char for char in lines if char in _CONTROL_TO_KEEP or unicodedata.category(char) != "Cc")
    if not text.strip():
        raise UnreadableReportError("Collez d'abord le texte d'un compte rendu : le champ est vide.")
    if _looks_binary(lines):
        raise UnreadableReportError(
            "Ce contenu ressemble à un fichier et non à du texte. Ouvrez le document, copiez son texte, puis collez-le."
        )
    return text


def _looks_binary(text: str) -> bool:
    odd = sum(
        1 for char in text if char == "\ufffd" or (unicodedata.category(char) == "Cc" and not char.isspace())
    )
    return odd > max(3, len(text) // 50)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
