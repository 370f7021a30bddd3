"""Reads what is measured: numbers, units, dates, trends ("145 puis 98"), multiples of normal ("3N")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTH = (
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
    r"|(?:janv|fev|avr|juil|sept|oct|nov|dec)(?![^\W\d_])\.?)"
)
VALUE = r"(?P<sign>[<>≤≥]\s*)?(?P<value>(?:\d{1,2} \d{3}(?!\d)|\d+(?:[.,]\d+)?))"
UNIT = (
    r"(?P<unit>(?:[µμup]mol|micromol(?:es?)?|mmol|millimoles?|milligrammes?|millilitres?|mg|g|mui|ui|u|ml)"
    r"(?:\s*/\s*|\s+par\s+)(?:minute|min|mn|litre|dl|ml"
    r"|l)(?:\s*/\s*1[.,]73\s*m\s*[2²]?)?|ml\s?min"
    r"|(?:x|fois)\s*(?:la\s+)?(?:lsn|n(?:ormale)?)(?![^\W_])|lsn|n(?![^\W_]))"
)
DATE = (
    r"(?P<date>\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|[jh]\s?[+-]?\d+|(?:pre|post)-?op(?:eratoire)?"
    rf"|\d{{1,2}}(?:er)?\s+{_MONTH}(?:\s+\d{{4}})?|{_MONTH}\s+(?:20)?\d\d"
    r"|l'entree|l'admission|la sortie|l'arrivee|ce jour|entree|sortie|admission)"
)
_SAID = DATE.replace("<date>", "<said>")[:-1] + r"|\d{1,2}(?=\s*(?:[,;.()]|puis\b|et\b|$)))"
_MEASURE = re.compile(
    rf"{VALUE}(?:\s*{UNIT})?(?:\s*(?:\(\s*(?:le\s+|a\s+)?{DATE}\s*\)|,?\s*(?:le|a|en|du|au)\s+{_SAID}))?"
)
_LINK = re.compile(
    r"(?:\.|,(?=\s*(?:a|mesuree?|dosee?|evaluee?|elevee?|initialement)\s))?\s*(?:(?::|=|≈|~|\||\("
    r"|est|etai(?:en)?t|sont|a ete|a|restee?|(?:superieure?|inferieure?)s? a|mesuree?|dosee?"
    r"|evaluee?|calculee?|estimee?"
    r"|retrouvee?|elevee?s?|augmentee?s?|s'eleve|s'elevait|(?:re)?mont(?:ee?|ait|e)|descendue?|degradee?"
    r"|amelioree?"
    r"|pass(?:ee?|ait|ant)|cotee?|evolu\w+|stable|à|de|d'|au|autour|environ|initialement|d'abord|ce jour"
    r"|a l'entree"
    r"|a l'admission|a la sortie|a l'arrivee|jusqu'a|puis|(?:(?:avec )?un )?pic|atteint|controlee?"
    r"|maximum|max"
    r"|revenue?)(?=[\s:=≈~|<>\d(])\s*)*"
)
# "créat J1 150, J3 120": the date comes first.
_DATED = re.compile(
    rf"(?:le\s+|a\s+)?{DATE}(?:\s*\([^()\d]{{0,40}}\))?\s*[:=]?\s+{VALUE}(?:\s*{UNIT})?(?!\s*%|/)"
)
_TIMES = re.compile(
    r"(?:(?:x\s*|a\s+)?(?P<value>\d+(?:[.,]\d+)?)\s*(?:x\s*|fois\s+)?(?:la\s+)?(?P<unit>lsn|n"
    r"|normale)(?![^\W_])"
    r"|x\s*(?P<bare>\d+(?:[.,]\d+)?)(?:\s*n)?(?![^\W_]))"
    rf"(?:\s*(?:\(\s*(?:le\s+|a\s+)?{DATE}\s*\)|,?\s*(?:le|a|en"
    rf"|au)\s+{DATE.replace('?P<date>', '?P<said>')}))?"
)
# Words that lead from one value to the next of a trend; at least one of them must be there.
_TREND = (
    r"(?:puis|→|-+>|=+>|–>|\bet|contre|vs|versus|pic|nadir|maxi?(?:mum|mal)?|jusqu'a|(?:re)?descend\w*"
    r"|(?:re)?mont\w+|amelior\w+"
    r"|normalis\w+|diminu\w+|baiss\w+|augment\w+|pass\w+|stabilis\w+|stable|control\w+|evolu\w+"
    r"|recupera\w+|revenue?"
    r"|corrig\w+|(?:dont\s+)?(?:conjuguee?|directe?|indirecte?|libre)|habituel\w*|(?:de )?base|basale?"
    r"|anterieur\w*|precedent\w*|chut\w+|degrad\w+|atteign\w+|apres|pour)"
)
_SMALL = (
    r"(?:a|de|d'|une?|avec|la|le|l'|est|etait|en|ce jour|rapidement|progressivement|secondairement|soit"
    r"|sortie|au)"
)
_NEXT = re.compile(
    rf"(?:\s*\((?:[^()\d]{{0,60}}|(?:dfg|clairance|soit|ckd|mdrd|cockcroft)[^()]{{0,50}})\))?\s*(?:/\s*(?=\d|[jh]\s?\d+\s*[:=]?\s+\d)"
    rf"|[,;(]*\s*(?:{_SMALL}\s+)*{_TREND}(?:[\s:,]+(?:{_TREND}|{_SMALL}))*[\s:=]*(?=[<>\d])"
    r"|\s+a\s+(?=\d)"
    # "142 µmol/L (119 en mars)"
    rf"|\s*\((?=\d+(?:[.,]\d+)?\s+(?:en|le|au|a l'entree|de base|habituel\w*|il y a)\b)"
    # "112 µmol/L (10/05)   86 µmol/L (24/05)": two columns without a header
    rf"|(?<=\))\s{{2,}}(?=\d+(?:[.,]\d+)?\s*{UNIT.replace('?P<unit>', '?:')}\s*\()"
    r"|\s+[-–]\s+(?=\d+(?:[.,]\d+)?\s*(?:[,;.()]|$|[µμ]|m[lgu]))"
    # "168 (20/09) 201 (23/09)"
    rf"|(?<=\))\s+(?=\d+(?:[.,]\d+)?\s*\(\s*(?:le\s+|a\s+)?{DATE.replace('?P<date>', '?:')}\s*\))"
    # "156 µmol/L contre 98 habituellement ; elle était à 110"
    r"|(?:\s+habituellement)?\s*[,;]\s*(?:elle|celle-ci)\s+(?:est|etait)\s+(?:a|de)\s+(?=\d)"
    # "58, 98 puis 51"
    r"|\s*,\s+(?=\d+(?:[.,]\d+)?\s+(?:puis|et)\s+\d)"
    # "187 à l'entrée, 132 à J3": without a word of trend, only what has a unit or a date goes on.
    rf"|\s*[,;]\s*(?=\d+(?:[.,]\d+)?\s*(?:(?:x\s*)?n(?![^\W_])|[µμup]mol|ml/|\(|(?:a|le|au"
    rf"|en)\s+{DATE.replace('?P<date>', '?:')})|(?:a\s+|au\s+|le\s+)?[jh]\s?\d+\s*[:=]?\s+\d|(?:entree"
    rf"|sortie|admission|controle|(?:pre|post)-?op\w*)\s*[:=]\s*\d))"
)
_DAYS, _MONTHS = 31, 12
_OF_BASE = re.compile(r"\s*(?:de base|habituellement|de fond|anterieurement)?\s*\)")
_NORMAL = re.compile(
    r"\s*(?::|=|sont|est|etant|etaient|etait|reste\w*|demeure\w*|revenue?s?)?\s*(?:normale?s?"
    r"|normaux|dans les normes"
    r"|dans les valeurs normales|n(?![^\W_])|sans anomalie|sans particularite)"
)
# "normale (62 µmol/l)" and "normale à 62 µmol/l" tell the value after all.
_VALUE_BESIDE = re.compile(rf"\s*(?:\(|a\s|:)\s*{VALUE}\s*{UNIT}")


@dataclass(frozen=True)
class Measure:
    """A number read after a test, with the spans of its unit and date; None: said to be normal."""

    value: float | None
    unit: tuple[int, int] | None
    date: tuple[int, int] | None
    start: int
    end: int


def read(folded: str, start: int, *, several: bool) -> Iterator[Measure]:
    """Yield the values that follow a test: one, or a trend; after several tests "45/32" is no date."""
    normal = _NORMAL.match(folded, start)
    if normal and not _VALUE_BESIDE.match(folded, normal.end()):
        yield Measure(None, None, None, start, normal.end())
        return
    link = _LINK.match(folded, normal.end() if normal else start)
    at: int | None = link.end() if link else start
    while at is not None:
        measure = _one(folded, at, several=several)
        if measure is None:
            return
        yield measure
        closed = _OF_BASE.match(folded, measure.end)
        joint = _NEXT.match(folded, closed.end() if closed else measure.end)
        at = joint.end() if joint else None


def _one(folded: str, at: int, *, several: bool) -> Measure | None:
    if times := _TIMES.match(folded, at):
        written = times["value"] or times["bare"]
        unit = times.span("unit") if times["unit"] else times.span()
        dated = next((group for group in ("date", "said") if times[group]), None)
        return Measure(number(written), unit, times.span(dated) if dated else None, at, times.end())
    match = _MEASURE.match(folded, at)
    if match is None or _is_another_number(folded, match, several):
        match = _DATED.match(folded, at) or match
    if (
        match is None
        or folded[match.end() : match.end() + 1].isdigit()
        or _is_another_number(folded, match, several)
    ):
        return None
    dated = next((group for group in ("date", "said") if match.groupdict().get(group)), None)
    return Measure(
        number(match["value"]),
        match.span("unit") if match["unit"] else None,
        match.span(dated) if dated else None,
        match.start("sign") if match["sign"] else match.start(),
        match.end(),
    )


def _is_another_number(folded: str, match: re.Match[str], several: bool) -> bool:
    """Tell "créatinine 06/03", a share or a time from a value."""
    after = folded[match.end("value") : match.end("value") + 8]
    of_another_kind = re.match(r"\s*(?:h\d|h\b|%|ans\b|jours?\b|semaines?|mois|fois)", after)
    other = re.match(r"/(\d+)", after)
    # "310/112" is no day of any month
    if re.fullmatch(r"0\d\.\d\d", match["value"]):
        return True
    is_day = other and number(match["value"]) <= _DAYS and int(other[1]) <= _MONTHS
    return bool(of_another_kind or (not several and is_day))


def number(written: str) -> float:
    """Return the value of "7 850" or "2,5"."""
    return float(written.replace(" ", "").replace(",", "."))
