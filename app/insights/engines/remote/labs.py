"""Checks that the words quoted for a renal or hepatic value hold that value, for that test, in that unit."""

import re

from app.insights.engines.remote.answers import CitedHepaticTest, CitedRenalTest
from app.insights.engines.remote.places import Places
from app.insights.evidence import plain
from app.insights.models import Lab, Span

CitedTest = CitedRenalTest | CitedHepaticTest

# "7 850" and "3N" are one number each; a piece of a date ("25/01") or of a unit ("/1,73 m²") is none.
_NUMBER = re.compile(
    r"(?<![\d.,/])(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d])|\d+)(?:[.,]\d+)?(?!\d|[.,]\d|/\s?\d)"
)
_TESTS = {
    "creatinine": r"\bcreat",
    "DFG": r"\bdfge?\b|\begfr\b|\bdebit de filtration|\bckd|\bmdrd",
    "clairance": r"\bclairance|\bclear|\bcl\b|cockcroft",
    "uree": r"\buree\b|\bazotemie",
    "ASAT": r"\basat\b|\bs?got\b|\btgo\b|\bast\b",
    "ALAT": r"\balat\b|\bs?gpt\b|\btgp\b|\balt\b",
    "GGT": r"\b(?:gamma|g|y)[ -]?gt\b|\bggt\b",
    "PAL": r"\bpal\b|\bphosphatases?",
    "bilirubine": r"\bbili",
}
# A unit is often written once, in the heading of a table or beside the first of two values.
_UNIT_WITHIN = 300
_OWN_UNIT = re.compile(r"[\d(]\s*(?:n\b|[a-zµμ]+/\s?[a-z])")


def lab(cited: CitedTest, places: Places) -> Lab:
    """Return the value with its place, which is None when its words do not prove it."""
    span = places.next(cited.citation, of=(cited.test, cited.valeur))
    if span is not None and not _proves(cited, span, places):
        span = None
    return Lab(
        test=cited.test,
        value=cited.valeur,
        unit=cited.unite,
        date=cited.date,
        citation=places.text[span.start : span.end] if span else cited.citation,
        span=span,
    )


def _proves(cited: CitedTest, span: Span, places: Places) -> bool:
    around = places.text[max(0, span.start - _UNIT_WITHIN) : span.end + _UNIT_WITHIN]
    return (
        (cited.valeur is None or cited.valeur in _numbers(cited.citation))
        and _names_no_other(cited)
        and (cited.unite is None or _is_in_unit(cited.citation, cited.unite, around))
        and (cited.date is None or places.holds(cited.date))
    )


def _numbers(citation: str) -> set[float]:
    found = (re.sub(r"\s", "", match.group()).replace(",", ".") for match in _NUMBER.finditer(citation))
    return {float(number) for number in found}


def _names_no_other(cited: CitedTest) -> bool:
    """Return whether the citation names this test, or none: "puis 88 le 25/01"."""
    quoted = plain(cited.citation)
    named = {test for test, pattern in _TESTS.items() if re.search(pattern, quoted)}
    return not named or cited.test in named


def _is_in_unit(citation: str, unit: str, around: str) -> bool:
    """Return whether the citation holds the unit, or holds none while the words around it do."""
    if _holds_unit(citation, unit):
        return True
    # All units of these tests have a stroke but N, which is any letter outside of its citation.
    return "/" in unit and not _OWN_UNIT.search(plain(citation)) and _holds_unit(around, unit)


def _holds_unit(words: str, unit: str) -> bool:
    """Return whether `unit` is written as such, after a number or where tables write units.

    "mL/min" is not "mL/min/1,73 m²", nor "g" the end of "mg".
    """
    written = re.escape(plain(unit.strip())).replace(r"\ ", r"\s*")
    return bool(re.search(rf"(?:[\d(|]\s*|\ben\s){written}(?![\w/²])", plain(words)))
