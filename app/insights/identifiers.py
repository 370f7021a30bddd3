"""Finds what identifies a person in a report: names, birth dates, numbers, addresses. Rules, so never all.

What a pharmacist needs is protected first: drug names, strengths and tests are never taken for an identifier,
nor is a date that is not said to be a birth date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.insights import dates, lexicon
from app.insights.evidence import plain


@dataclass(frozen=True)
class Identifier:
    """Words `text[start:end]` that identify somebody, and what stands for them."""

    start: int
    end: int
    placeholder: str


NAME = "[NOM]"

_UPPER = "A-ZÀ-ÖØ-Þ"
_S = r"[ \t]"
_CAPITALISED = rf"(?:[dDlL]['’])?[{_UPPER}][^\W\d_]*(?:[-'’][^\W\d_]+)*"
# "A. Vautrelle", "KERVADEC Th.": a full stop after more letters ends a sentence.
_WORD = rf"(?:[{_UPPER}][a-z]?\.(?:-[{_UPPER}]\.)?|{_CAPITALISED})"
_PARTICLE = r"(?:de la|de|du|des|le|la|von|van|ben|el|da|dos)"
# A name ends with its line, or at a gap: what comes next may be a list of medicines or another column.
_NAME = rf"(?P<is>{_WORD}(?:{_S}{{1,2}}(?:{_PARTICLE}{_S})?{_WORD}){{0,4}})"
_TITLE = r"""(?:
    MM?\.|(?:Mr|Mme|Mlle|Drs?|DR|Prs?|PR)\.?
    |Monsieur|Madame|Mademoiselle|Docteure?|Professeure?|MONSIEUR|MADAME|DOCTEUR|PROFESSEUR
    |[Ll]['’]enfant|[Ll][ea][ ]jeune
    # "M DUPONT" is somebody, "Sexe M" and "Sexe : M" are not.
    |(?<!exe[ ])(?<!:[ ])M(?=[ ][A-ZÀ-ÖØ-Þ]{3})
    |(?i:(?:sign|valid|r[ée]dig|dict|relu)\w*(?:[ ]\w+ment)?[ ]par)
)"""
_LABEL = r"""(?i:\b(?:
    noms?(?:\s(?:de\snaissance|d['’]usage|de\sfamille|du\spatient|et\spr[ée]noms?))?
    |pr[ée]noms?|interne|r[ée]dig[ée]e?\spar|sign[ée]e?(?:\spar)?|m[ée]decin\straitant
))[ \t]*:[ \t]*"""
# What follows these may be somebody, or "Homme de 70 ans": a sentence goes on in small letters.
_VAGUE_LABEL = r"(?i:\b(?:patiente?|concerne|identit[ée]))[ \t]*:[ \t]*"
_NO_SENTENCE = r"\b(?![ \t]+(?!n[ée]e?\b|[âa]g[ée]e?\b)[a-zà-ÿ])"
_STREET = r"""(?i:
    rue|avenue|av\.|boulevard|bd\.?|all[ée]e|impasse|chemin|place|route|quai|square|lotissement|r[ée]sidence
    |passage|cours
)"""
_FILE = r"""(?i:\b(?:
    IPP|NDA|NIP|IEP|INS|RPPS|ADELI|matricule|dossier
    |(?:num[ée]ro|n°|no)[ \t]*(?:de[ \t]+|d['’])?
    (?:dossier|s[ée]jour|patient|venue|[ée]pisode|s[ée]curit[ée][ ]sociale)
))"""


def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written, re.VERBOSE | re.MULTILINE)


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (NAME, _pattern(rf"\b{_TITLE}{_S}{{1,2}}{_NAME}")),
    (NAME, _pattern(rf"{_LABEL}(?:{_TITLE}{_S}+)?{_NAME}")),
    (NAME, _pattern(rf"{_VAGUE_LABEL}(?:{_TITLE}{_S}+)?{_NAME}{_NO_SENTENCE}")),
    ("[ADRESSE ÉLECTRONIQUE]", _pattern(r"(?P<is>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")),
    (
        # Sex, year, month, department, commune, order, and perhaps the key.
        "[NUMÉRO DE SÉCURITÉ SOCIALE]",
        _pattern(
            r"""(?<!\d)(?P<is>[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[AB])
            [ .]?\d{3}[ .]?\d{3}(?:[ ./]*\d{2})?)(?!\d)"""
        ),
    ),
    (
        "[TÉLÉPHONE]",
        _pattern(r"(?<![\d,.])(?P<is>(?:(?:\+|00)33[ .]?(?:\(0\))?|0)[1-9](?:[ .-]?\d{2}){4})(?![\d,])"),
    ),
    (
        "[NUMÉRO DE DOSSIER]",
        _pattern(rf"{_FILE}{_S}*(?:n°)?{_S}*:?{_S}*(?P<is>[A-Z]{{0,3}}\d[\d./-]{{4,}})"),
    ),
    (
        "[ADRESSE]",
        _pattern(
            rf"""(?P<is>\b\d{{1,4}}(?:{_S}?(?:bis|ter|quater))?,?{_S}+{_STREET}{_S}+
            (?:(?:de|du|des|la|le|les){_S}+|[ld]['’])*[{_UPPER}\d][^,;.()\n]{{0,60}}?)
            (?={_S}*(?:[,;.()]|{_S}{{2}}|$))"""
        ),
    ),
    (
        # A postcode stands after a street or begins a line; elsewhere five digits are a dose or a count.
        "[ADRESSE]",
        _pattern(
            rf"(?:^|[,;:–—-]){_S}*(?P<is>\d{{5}}{_S}+{_CAPITALISED}(?:{_S}{_CAPITALISED}){{0,3}}){_NO_SENTENCE}"
        ),
    ),
)
_BORN = re.compile(r"\b(?:nee?\s*(?:\(e\))?|ddn|(?:date de )?naissance)\b[^\d\n]{0,20}$")
_STRENGTH = re.compile(
    r"\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?[ \t]*(?:[mkµμ]?g|mcg|m?ui|u|ml|mmol|meq|[µμ]mol|%)\b",
    re.IGNORECASE,
)
_TEST = re.compile(
    r"\b(?:cr[ée]at\w*|dfg|clairance|ur[ée]e|asat|alat|tg[op]|sg[op]t|ggt|gamma|pal|phosphatases|bili\w*"
    r"|plaquettes|h[ée]moglobine|hb|inr|tp|tsh|crp|kali[ée]mie|natr[ée]mie|glyc[ée]mie|hba1c)\b",
    re.IGNORECASE,
)
# What becomes of a medicine: losing "Arrêt" with the name before it would turn a stop into an intake.
_ORDER = re.compile(
    r"\b(?:arr[êe]t\w*|stop\w*|suspen\w*|poursui\w*|repris\w*|repren\w*|introdu\w*|d[ée]but\w*|augment\w*"
    r"|diminu\w*|major\w*|traitement\w*|relais|pas|sans|allergi\w*|contre-indi\w*)\b",
    re.IGNORECASE,
)
_SHORTEST_REPEATED = 4


def find(text: str) -> tuple[Identifier, ...]:
    """Return the identifiers of `text` from left to right, without overlap."""
    protected = tuple(_protected(text))
    found = [*_births(text)]
    for placeholder, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = _before(protected, *match.span("is"))
            if text[start:end].strip():
                found.append(Identifier(start, start + len(text[start:end].rstrip()), placeholder))
    found += _repeated(text, found, protected)
    return tuple(_without_overlap(found))


def _protected(text: str) -> Iterator[tuple[int, int]]:
    # The starter, whichever lexicon is in use: among all brands of the database many are surnames too.
    for mention in lexicon.starter().mentions(text):
        if not mention.approximate:
            yield mention.start, mention.end
    for pattern in (_STRENGTH, _TEST, _ORDER):
        yield from (match.span() for match in pattern.finditer(text))


def _before(protected: tuple[tuple[int, int], ...], start: int, end: int) -> tuple[int, int]:
    """Return the range, cut where the first protected words in it begin."""
    return start, min([end, *(left for left, right in protected if left < end and start < right)])


def _births(text: str) -> Iterator[Identifier]:
    """Yield the dates of birth, each replaced by the age that it gave on the day of the report."""
    folded = plain(text)
    written = list(dates.find(folded))
    births = [day for day in written if _BORN.search(folded, max(0, day.start - 40), day.start)]
    others = [day.day for day in written if day not in births]
    for birth in births:
        yield Identifier(birth.start, birth.end, f"[DATE DE NAISSANCE{_age(birth.day, others)}]")


def _age(birth: date, others: list[date]) -> str:
    """Return the age on the first later day that the report names, as words to add."""
    years = next((dates.years_between(birth, day) for day in others if day > birth), None)
    return "" if years is None else f" : {years} an{'s' if years > 1 else ''}"


def _repeated(
    text: str, found: list[Identifier], protected: tuple[tuple[int, int], ...]
) -> Iterator[Identifier]:
    """Yield the words of a name wherever else they stand with a capital letter."""
    names = {
        word.casefold()
        for one in found
        if one.placeholder == NAME
        for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text[one.start : one.end])
        if len(word) >= _SHORTEST_REPEATED and word[0].isupper()
    }
    for match in re.finditer(rf"\b[{_UPPER}][^\W\d_]+(?:-[^\W\d_]+)*", text):
        is_protected = any(left < match.end() and match.start() < right for left, right in protected)
        if match.group().casefold() in names and not is_protected:
            yield Identifier(*match.span(), NAME)


def _without_overlap(found: list[Identifier]) -> Iterator[Identifier]:
    end = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            end = one.end
            yield one
