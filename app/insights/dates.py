"""Finds the dates of a report ("14/10/2022", "14.10.22", "1er octobre 2022") and counts years between two."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
# For folded text (`evidence.plain`).
DATE = (
    r"(?<![\d/.-])(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})"
    rf"|\d{{1,2}}(?:er)?\s+(?:{'|'.join(_MONTHS)})\s+\d{{4}})(?!\d)"
)
_DATE = re.compile(DATE)
_CENTURY = 100
# Two digits after this one are years of the century before: "12/05/40" was in 1940.
_LAST_OF_THIS_CENTURY = 30


@dataclass(frozen=True)
class WrittenDate:
    """A day written as `text[start:end]`."""

    start: int
    end: int
    day: date


def find(plain: str) -> Iterator[WrittenDate]:
    """Yield the full dates of a folded text that exist in a calendar."""
    for match in _DATE.finditer(plain):
        day = _day(match.group())
        if day is not None:
            yield WrittenDate(*match.span(), day)


def years_between(birth: date, day: date) -> int:
    """Return the completed years from `birth` to `day`; negative when it comes before."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _day(words: str) -> date | None:
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    month = next((number for number, name in enumerate(_MONTHS, 1) if name in words), None)
    day, month, year = (numbers[0], month, numbers[-1]) if month else (numbers[0], numbers[1], numbers[-1])
    if year < _CENTURY:
        year += 2000 if year <= _LAST_OF_THIS_CENTURY else 1900
    try:
        return date(year, month, day)
    except ValueError:
        return None
