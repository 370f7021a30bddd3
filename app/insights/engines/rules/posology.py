"""Reads the posology that follows a drug name: dose, then frequency, verbatim.

The frequency is the longest run of phrases that speak of quantity, rhythm, moment, duration or condition,
with nothing but small connecting words between them. The first other word ends it.
"""

import re
from dataclasses import dataclass

from app.insights.engines.rules.phrases import (
    AS_NEEDED,
    BARE_STRENGTH,
    FILLER,
    FORM_TO_COLON,
    GAP,
    LINK,
    NAME_ENDING,
    PHRASE,
    QUANTITY,
    ROUTE_AFTER,
    ROUTE_LINK,
    STRENGTH,
)

# "1 dose de 1 mg/kg le matin": the strength tells more than that it is one.
_OF_STRENGTH = re.compile(rf"(?:{QUANTITY})\s+(?:de|a|dosee?s?\s+a)\s+(?={STRENGTH.pattern})")


@dataclass(frozen=True)
class Posology:
    """Dose and frequency as spans of the text that was read (None: not written), and where reading ended."""

    dose: tuple[int, int] | None
    frequency: tuple[int, int] | None
    as_needed: bool
    end: int


def name_end(text: str, end: int) -> int:
    """Return where a drug name that the lexicon ends at `end` really ends: "LP" or a device belongs to it."""
    match = NAME_ENDING.match(text, end)
    return match.end() if match else end


def read(text: str, start: int, limit: int, *, known: bool = False) -> Posology:
    """Read the posology in the folded `text` between `start`, the end of a name, and `limit`.

    After a name that is `known` to be a drug, a number without a unit is a dose, and words that belong to the
    name may come first.
    """
    given = _read(text, start, limit, known=known)
    gap = GAP.match(text, start, limit) if known and given.dose is given.frequency is None else None
    return _read(text, gap.end(), limit, known=True) if gap else given


def _read(text: str, start: int, limit: int, *, known: bool) -> Posology:
    at = _skip(FILLER, text, start, limit)
    match = _OF_STRENGTH.match(text, at, limit)
    at = match.end() if match else at
    match = STRENGTH.match(text, at, limit)
    dose = match.span() if match else None
    if dose is None and known and (bare := BARE_STRENGTH.match(text, start, limit)):
        dose = bare.span(bare.lastgroup or 0)
    after_dose = _skip(FILLER, text, dose[1], limit) if dose else at
    frequency = _frequency(text, after_dose, limit)
    if dose and frequency is None and (form := FORM_TO_COLON.match(text, dose[1], limit)):
        frequency = _frequency(text, form.end(), limit)
    if dose is None and frequency is not None:
        dose, frequency = _quantity_as_dose(text, frequency)
    end = max((part[1] for part in (dose, frequency) if part), default=start)
    end = _skip(ROUTE_AFTER, text, end, limit) if end > start else end
    return Posology(dose, frequency, bool(frequency and AS_NEEDED.search(text, *frequency)), end)


def _frequency(text: str, start: int, limit: int) -> tuple[int, int] | None:
    end, at = start, start
    while phrase := PHRASE.match(text, at, limit):
        end = phrase.end()
        route = ROUTE_LINK.match(text, end, limit)
        at = _skip(LINK, text, route.end() if route else end, limit)
    return (start, end) if end > start else None


def _quantity_as_dose(
    text: str, frequency: tuple[int, int]
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Without a written strength, the quantity of one intake ("2 sachets") is the dose."""
    quantity = re.compile(QUANTITY).match(text, *frequency)
    if quantity is None:
        return None, frequency
    rest = _skip(LINK, text, quantity.end(), frequency[1])
    return quantity.span(), (rest, frequency[1]) if rest < frequency[1] else None


def _skip(pattern: re.Pattern[str], text: str, start: int, limit: int) -> int:
    match = pattern.match(text, start, limit)
    return match.end() if match else start
