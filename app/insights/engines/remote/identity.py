"""Checks that the words quoted for age and sex say that age and that sex."""

import re

from app.insights import dates
from app.insights.engines.remote.answers import CitedAge, CitedSex
from app.insights.evidence import plain
from app.insights.models import Sex

_NUMBER = re.compile(r"(?<![\d.,/-])(?P<count>\d{1,3})(?![\d/]|[.,-]\d)\s*(?P<unit>mois|semaines?|jours?)?")
_CUES: dict[Sex, re.Pattern[str]] = {
    "F": re.compile(
        r"\b(?:mme|madame|mlle|mademoiselle|f|feminin|femme|fille|fillette|dame|patiente|veuve|enceinte|elle"
        r"|nee|agee|retraitee?|connue|\w+ee)\b"
    ),
    "M": re.compile(
        r"\b(?:m|mr|monsieur|h|masculin|homme|garcon|garconnet|patient|veuf|il|ne|age|connu"
        r"|hospitalise|admis|adresse|suivi|opere|transfere|sorti)\b"
    ),
}


def proves_age(cited: CitedAge, text: str) -> bool:
    """Return whether the citation holds this age, or a date of birth that gives it on a day of the report."""
    quoted = plain(cited.citation)
    births = list(dates.find(quoted))
    if any(_years(match) == cited.valeur for match in _NUMBER.finditer(_without(quoted, births))):
        return True
    days = [written.day for written in dates.find(plain(text))] if births else []
    return any(dates.years_between(birth.day, day) == cited.valeur for birth in births for day in days)


def proves_sex(cited: CitedSex) -> bool:
    """Return whether the citation holds a title, a noun or an agreement of this sex."""
    return bool(_CUES[cited.valeur].search(plain(cited.citation)))


def _years(match: re.Match[str]) -> int:
    if match["unit"] is None:
        return int(match["count"])
    return int(match["count"]) // 12 if match["unit"] == "mois" else 0


def _without(quoted: str, found: list[dates.WrittenDate]) -> str:
    for written in reversed(found):
        quoted = f"{quoted[: written.start]}|{quoted[written.end :]}"
    return quoted
