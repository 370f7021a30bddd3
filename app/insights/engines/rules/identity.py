"""Reads age and sex as the report writes them; neither is ever guessed from a first name."""

import re
from datetime import date

from app.insights.engines.rules.report import Report
from app.insights.models import Age, Sex, SexMention

_MONTHS = {
    name: number
    for number, name in enumerate(
        [
            "janvier",
            "fevrier",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "aout",
            "septembre",
            "octobre",
            "novembre",
            "decembre",
        ],
        start=1,
    )
}
_DATE = rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\d{{1,2}}(?:er)?\s+(?:{'|'.join(_MONTHS)})\s+\d{{4}})"
_YEARS = re.compile(
    r"\bage\s*:\s*(?P<stated>\d{1,3})\b(?!\s*(?:mois|sem|jours))"
    r"|\b(?:(?<!l')agee?s?\s+de\s+)?(?P<years>\d{1,3})\s*ans?\b"
    r"|\b(?P<short>\d{2,3})\s?a\b(?=\s*[.,;)\n/|–-]"
    r"|\s+\d+\s?(?:kg|cm|m)(?![^\W_]))"
)
_MONTHS_OLD = re.compile(
    r"\b(?:agee? de |(?:nourrisson|bebe|nouveau-ne|enfant|garcon|fille) (?:\w+ )?de "
    r"|age ?: ?)(?P<count>\d{1,2})\s*"
    r"(?P<unit>mois|semaines|jours)\b|\((?P<bracket>\d{1,2})\s*mois\)"
)
# "Norah D. - 7 mois - 7,9 kg": only where a report names its patient.
_MONTHS_AFTER_NAME = re.compile(
    r"^[^\d\n]{3,60}(?:, |[-–|] )(?P<count>\d{1,2})\s*(?P<unit>mois|semaines|jours)\b", re.MULTILINE
)
# fmt: off
_UNITS = (
    "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
)
# fmt: on
_TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre-vingt": 80}
_IN_WORDS = re.compile(
    rf"\b(?P<tens>quatre[- ]vingts?|{'|'.join(_TENS)}|)(?:[- ](?:et[- ])?)?(?P<ten>dix[- ](?=sept|huit"
    rf"|neuf))?"
    rf"(?P<unit>{'|'.join(sorted([*_UNITS, 'une'], key=len, reverse=True))}|)[- ]ans\b"
)
_OPENING = 300
# "infarctus à 54 ans" and "depuis 10 ans" are not the age of the patient, nor is the age of a relative.
_ANOTHER_TIME = re.compile(
    r"\b(?:a|depuis|pendant|il y a|vers|l'age de|des|durant|apres|en|tous les|sur|dans|avant|moins de"
    r"|plus de)\s*(?:environ )?$"
)
_RELATIVE = re.compile(
    r"\b(?:pere|mere|frere|s(?:oe|o)ur|fils|fille|mari|epouse|epoux|conjointe?|oncle|tante|parents?"
    r"|jumeau)\b[^.\n]{0,60}$"
)
_BORN = re.compile(
    rf"\b(?:nee?\s*(?:\(e\))?|ddn|dn|date\s+(?:de\s+)?naiss|(?:date de )?naissance"
    rf"|d\.d\.n\.?)\b[^\d\n]{{0,20}}(?P<date>{_DATE})"
)
# "Monsieur X (23/05/1958)"
_BORN_IN_BRACKETS = re.compile(
    rf"\b(?:m\.|mr|mme|mlle|monsieur|madame|mademoiselle|patiente?)[^\n(]{{2,60}}\((?P<date>{_DATE})\)"
)
_ADMITTED = re.compile(
    rf"(?:\b(?:du|entree?e?|admission|hospit\w*|admise?|sejour|le)\b[^\d\n]{{0,25}})(?P<date>{_DATE}"
    rf"|\d{{1,2}}\s+au\s+{_DATE})"
)

# From the surest way of saying it to the least; within a tier the first in the text counts.
_SEX = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:sexe\s*:?\s*|de sexe )(?:(?P<F>f(?:eminin|emme)?)|(?P<M>masculin|homme|m|h))\b"
        r"|(?P<F4>♀)|(?P<M4>♂)",
        r"\((?:(?P<F>f)|(?P<M>[hm]))\)|(?<![^\s,/|(])(?:(?P<F2>f)"
        r"|(?P<M2>[hm]))[\s,/|–—-]+\d{1,3}\s?(?:ans?|a)\b"
        r"|\b\d{1,3}\s?(?:ans?|a)[\s,/|–—-]+(?:(?P<F3>f)|(?P<M3>[hm]))(?![^\s,/|])",
        # Not "Madame, Monsieur,", "Cher Monsieur" or "Madame le Docteur": whom a letter is addressed to.
        r"(?P<F>\b(?:mme|madame|mlle|mademoiselle)\b\.?(?!\s*[,;!]|\s*(?:et|ou|monsieur|le|la|cher"
        r"|chere)\b|\s*$))"
        r"|(?P<M>\b(?:mr|monsieur)\b\.?(?!\s*[,;!]|\s*(?:et|ou|le|la|cher|chere|madame)\b|\s*$)"
        r"|(?<![^\n])m [a-z]\.|(?<!\d )(?<!\d)\bm\.\s+(?=[a-z][a-z.])(?!le |dr|pr))",
        r"(?P<F>\b(?:patiente|femme|fillette|fille(?=,? (?:de |agee de )?\d+ (?:mois|ans|jours))"
        r"|(?:petite|jeune) fille|cette dame|adolescente)\b)"
        r"|(?P<M>\b(?:homme|garcon(?:net)?|jeune homme)\b|\bpatient\b(?!\s*(?::|\(e\)|/|\.e)))",
        r"(?P<F>\b(?:veuve|retraitee|venue (?:le|pour|aux)|(?:suivie|connue) pour"
        r"|ancienne (?=\w+(?:iere|euse|trice)\b)|agee de|nee (?:le|en)|hospitalisee|admise"
        r"|adressee par|nee a (?:terme|\d)"
        r"|etudiante|lyceenne|amenee par|d'elle-meme|ans,? entree|elle (?:a|est|prend|prenait"
        r"|sort))\b)"
        r"|(?P<M>\b(?:veuf|venu (?:le|pour|aux)|connu pour|ancien (?=\w+(?:ier|eur)\b)|age de"
        r"|ne (?:le |en )?\d|hospitalise|admis|adresse par|ne a (?:terme|\d)"
        r"|etudiant|lyceen|amene par|de lui-\s*meme|ans,? entre(?= le)|sorti le|il (?:prend|prenait|sort"
        r"|est (?:ne|admis)))\b)",
    )
)
# Titles of those who write the report, not of the one it is about.
_STAFF = re.compile(
    r"\b(?:internes?|externe|secretaire|infirmiere?|cadre|redige par|docteur|chef|pour|cher|chere"
    r"|sage-femme"
    r"|copie|destinataire|kinesitherapeute|psychologue|par)\b[^\n]{0,12}$"
)


def age(report: Report) -> Age | None:
    """Return the age written in the report, or the one that its dates give."""
    return (
        _written_in_years(report)
        or _written_in_months(report)
        or _from_birth(report)
        or _written_in_words(report)
    )


def sex(report: Report) -> SexMention | None:
    """Return the sex: stated, by title, by noun, then by agreement."""
    for tier in _SEX:
        for match in tier.finditer(report.plain):
            before = report.plain[max(0, match.start() - 60) : match.start()]
            if not _RELATIVE.search(before) and not _STAFF.search(before):
                return SexMention(value=_letter(match), **report.quote(*match.span()))
    return None


def _letter(match: re.Match[str]) -> Sex:
    """Every pattern names its groups after the sex they state."""
    return "F" if match.lastgroup and match.lastgroup.startswith("F") else "M"


def _written_in_years(report: Report) -> Age | None:
    for match in _YEARS.finditer(report.plain):
        before = report.plain[max(0, match.start() - 70) : match.start()]
        years = int(match["stated"] or match["years"] or match["short"])
        if years <= 120 and not _ANOTHER_TIME.search(before) and not _RELATIVE.search(before):
            return Age(years=years, **report.quote(*match.span()))
    return None


def _written_in_words(report: Report) -> Age | None:
    """Read "soixante-dix-neuf ans" in a dictated letter."""
    for match in _IN_WORDS.finditer(report.plain):
        before = report.plain[max(0, match.start() - 70) : match.start()]
        years = _number_in_words(match)
        if years and not _ANOTHER_TIME.search(before) and not _RELATIVE.search(before):
            return Age(years=years, **report.quote(*match.span()))
    return None


def _number_in_words(match: re.Match[str]) -> int:
    tens, unit = match["tens"].replace(" ", "-").removesuffix("s"), match["unit"].replace("une", "un")
    return (
        _TENS.get(tens, 0) + (10 if match["ten"] else 0) + (_UNITS.index(unit) + 1 if unit in _UNITS else 0)
    )


def _written_in_months(report: Report) -> Age | None:
    match = _MONTHS_OLD.search(report.plain) or _MONTHS_AFTER_NAME.search(report.plain, 0, _OPENING)
    if match is None:
        return None
    in_months = match["unit"] in (None, "mois")
    count = int(match["count"] or match["bracket"])
    return Age(years=count // 12 if in_months else 0, **report.quote(*match.span()))


def _from_birth(report: Report) -> Age | None:
    """Count the years from the date of birth to the first date of the stay."""
    born = _BORN.search(report.plain) or _BORN_IN_BRACKETS.search(report.plain, 0, _OPENING)
    if born is None:
        return None
    birth = _date(born["date"])
    others = [
        match for match in _ADMITTED.finditer(report.plain) if match.start("date") != born.start("date")
    ]
    days = [day for match in others if (day := _date(match["date"])) and birth and day > birth]
    if birth is None or not days:
        return None
    entry = days[0]
    years = entry.year - birth.year - ((entry.month, entry.day) < (birth.month, birth.day))
    return Age(years=years, **report.quote(*born.span())) if 0 <= years <= 120 else None


def _date(words: str) -> date | None:
    """Read "14/10/2022", "14.10.22", "14 octobre 2022" or "8 au 22 novembre 2022" (its first day)."""
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    month = next((number for name, number in _MONTHS.items() if name in words), None)
    day, month, year = (numbers[0], month, numbers[-1]) if month else (numbers[0], numbers[1], numbers[-1])
    try:
        return date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return None
