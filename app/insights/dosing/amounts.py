"""Numbers as prescriptions write them, and amounts in units that can be compared."""

import re
from dataclasses import dataclass
from fractions import Fraction

NUMBER = r"\d+(?:[.,]\d+|/\d(?![\d/]))?"

_WORDS = {
    word: digits
    for words, digits in (
        ("un une", "1"),
        ("deux", "2"),
        ("trois", "3"),
        ("quatre", "4"),
        ("cinq", "5"),
        ("six", "6"),
        ("sept", "7"),
        ("huit", "8"),
        ("dix", "10"),
        ("douze", "12"),
        ("demi demie ½", "1/2"),
        ("quart ¼", "1/4"),
        ("¾", "3/4"),
    )
    for word in words.split()
}
_WORD = re.compile(
    rf"[½¼¾]|(?<![^\W_])(?:{'|'.join(word for word in _WORDS if word.isalpha() and len(word) > 1)})(?![^\W_])"
)
# "1 cp et demi", "1 et demi", "1 1/2 cp".
_HALF_MORE = re.compile(r"\b(\d+)( [^\W\d]+)? et (?:1 )?1/2\b|\b(\d+) 1/2(?= [^\W\d])")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")

_UNIT = (
    r"(?:microgrammes?|milligrammes?|grammes?|unites?|microg|mcg|mmol|meq|mui|m ui|ui|mg|[µμu]g|γ"
    r"|gammas?|gr|ml|g|u"
    r"|%)"
)
_SCALES: dict[str, tuple[str, int]] = {
    name: (dimension, scale)
    for names, dimension, scale in (
        ("g gr gramme", "mass", 10**6),
        ("mg milligramme", "mass", 10**3),
        ("µg μg ug mcg microg microgramme γ gamma", "mass", 1),
        ("ui u unite", "UI", 1),
        ("mui", "UI", 10**6),
        ("ml", "volume", 1),
        ("mmol meq", "mmol", 1),
        ("%", "share", 1),
    )
    for name in names.split()
}
_STRENGTH = re.compile(
    rf"(?P<parts>{NUMBER} ?{_UNIT}?(?: ?[/+] ?{NUMBER} ?{_UNIT}?){{0,3}})(?![^\W_])"
    r"(?: ?/ ?(?P<hours>\d*) ?(?P<per>h|heures?|j|jours?)(?![^\W_]))?"
)
_PART = re.compile(rf"(?P<number>{NUMBER}) ?(?P<unit>{_UNIT})?")
_QUANTITY = re.compile(
    rf"(?P<low>{NUMBER})(?: ?(?:a|ou|-) ?(?P<high>{NUMBER}))? ?-?(?:de )?(?P<form>[^\W\d_]{{2,}}\b)"
)

Quantity = tuple[Fraction, Fraction]
ONE: Quantity = (Fraction(1), Fraction(1))


@dataclass(frozen=True)
class Amount:
    """What one unit holds: a number per substance, in µg, UI, mL, mmol or percent; a patch counts per day.

    `dimension` is None for a bare number ("Eliquis 5").
    """

    numbers: tuple[Fraction, ...]
    dimension: str | None


ONE_UNIT = Amount((Fraction(1),), "UI")


def spelled(folded: str) -> str:
    """Return `folded` with words and signs of number as digits: "un demi-comprimé" is "1/2 comprime"."""
    words = _WORD.sub(lambda match: _WORDS[match.group()], re.sub(r"[–—]", "-", " ".join(folded.split())))
    words = re.sub(r"\b1 (1/[24])", r"\1", words).replace("1/4 de ", "1/4 ")
    words = re.sub(r"(?<=1/[24])-(?=[^\W\d])", " ", words)
    words = _HALF_MORE.sub(lambda match: f"{match[1] or match[3]},5{match[2] or ''}", words)
    return _THOUSANDS.sub("", re.sub(r"(?<=\d)(?:o|l)(?=[\do ])", "0", words))


def number(words: str) -> Fraction:
    """Return the value of "2,5", "1/2" or "10"."""
    return Fraction(words.replace(",", "."))


def strength(words: str) -> Amount | None:
    """Return the amount that `words` begin with or hold; "2 sachets" is a quantity, not an amount."""
    for match in _STRENGTH.finditer(words):
        parts = list(_PART.finditer(match["parts"]))
        units = [part["unit"] for part in parts]
        if any(units) or match.group() == words.strip():
            return _amount(parts, units, match)
    return None


def _amount(parts: list[re.Match[str]], units: list[str | None], whole: re.Match[str]) -> Amount:
    """Units may be written once, at the end ("24/26 mg"), or per substance ("1 g/125 mg")."""
    numbers, dimension, scale = [], None, 1
    last = next((unit for unit in reversed(units) if unit), None)
    for part, unit in zip(parts, units, strict=True):
        named = (unit or last or "").replace(" ", "")
        if named:
            dimension, scale = _SCALES[named if named in _SCALES else named.rstrip("s")]
        numbers.append(number(part["number"]) * scale)
    if whole["per"] and whole["per"].startswith("h"):
        numbers = [value * 24 / int(whole["hours"] or 1) for value in numbers]
    return Amount(tuple(numbers), dimension)


def quantity(words: str) -> Quantity | None:
    """Return how many units one intake takes when `words` say so: "2 sachets", "1 à 2 bouffées"."""
    match = _QUANTITY.match(words)
    if match is None or re.fullmatch(_UNIT, match["form"]):
        return None
    low = number(match["low"])
    return low, number(match["high"]) if match["high"] else low
