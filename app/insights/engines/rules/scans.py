"""Reads over the slips of a scanner: "TRAlTEMENT", "85O mg", "l2/09/2024", "6000 Ul".

Only shapes that nobody writes on purpose are read over, and each by one character for one: offsets stay those
of the report, and what is quoted is what stands there.
"""

import re

_SLIPS = (
    (re.compile(r"(?<=[A-ZÀ-Ý])[l1|](?=[A-ZÀ-Ý]{2})|(?<=[A-ZÀ-Ý]{2})[l1|](?=[A-ZÀ-Ý])"), "I"),
    (
        re.compile(
            r"(?<=[A-ZÀ-Ý])0(?=[A-ZÀ-Ý]{2})|(?<=[A-ZÀ-Ý]{2})0(?=[A-ZÀ-Ý])|(?<![^\W_])0(?=[A-ZÀ-Ý]{3})"
        ),
        "O",
    ),
    (re.compile(r"(?<=[a-zà-ÿ]{2})0(?=[a-zà-ÿ])"), "o"),
    (re.compile(r"(?<=[a-zà-ÿ]{2})1(?=[a-zà-ÿ]{2})|(?<=[a-zà-ÿ]{4})1(?=[a-zà-ÿ](?![^\W_]))"), "l"),
    (re.compile(r"(?<=\d)[oO](?=[\d,./]|\s|mg|$)|(?<![^\W_])[oO](?=\d[/\d]|[.,]\d)|(?<=\d/)[oO](?=\d)"), "0"),
    (re.compile(r"(?<![^\W_])[lI](?=\d)|(?<=\d)[lI](?=[\d,./]|\s)(?!\s?/)"), "1"),
    (re.compile(r"(?<=\d U)[l1|](?![^\W_])"), "I"),
    (re.compile(r"(?<=\d)l(?=\d)"), "1"),
)
# Most texts hold no slip: one look instead of eight.
_ANY_SLIP = re.compile(
    r"[^\W\d_][01|][^\W\d_]|\d[oOlI]|[oOlI]\d|[A-ZÀ-Ý]l[A-ZÀ-Ý]|\d U[l1|]|(?<![^\W_])0[A-ZÀ-Ý]{3}"
)


# "L ENTREE", "D HOSPITALISATION": some machines have no apostrophe at all.
_ELIDED = re.compile(r"(?<![^\W_])(?<!\d )(?<!VITAMINE )([LD]) (?=[AEIOUYHÉÈÊÎ][A-ZÀ-Ý])")


def readable(text: str) -> str:
    """Return `text` with the slips of a scanner read over; as many characters."""
    if "'" not in text and "’" not in text:
        text = _ELIDED.sub(r"\1'", text)
    if not _ANY_SLIP.search(text):
        return text
    for slip, meant in _SLIPS:
        text = slip.sub(meant, text)
    return text
