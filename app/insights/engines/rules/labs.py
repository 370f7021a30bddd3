"""Reads renal and hepatic values: units, dates, trends ("145 puis 98"), multiples ("3N"), tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.insights.engines.rules.report import Report
from app.insights.models import HepaticTest, Lab, RenalTest, Span

_TESTS: tuple[tuple[RenalTest | HepaticTest, str], ...] = (
    (
        "clairance",
        r"(?:clairance|clcr|cl\.? ?creat\w*|cockcroft)(?:\s+(?:estimee\s+)?(?:de"
        r"|a)\s+la\s+creatinine?(?:mie)?)?",
    ),
    ("DFG", r"dfge?|debit de filtration(?: glomerulaire)?|egfr|mdrd|ckd-?epi"),
    ("creatinine", r"creat(?:inine|ininemie)?"),
    ("uree", r"uree"),
    ("ASAT", r"asat|sgot|tgo"),
    ("ALAT", r"alat|sgpt|tgp"),
    ("GGT", r"ggt|gamma[- ]?gt|γ-?gt"),
    ("PAL", r"pal|phosphatases?\s+alcalines?"),
    ("bilirubine", r"bili(?:rubine)?"),
)
RENAL = ("creatinine", "DFG", "clairance", "uree")
_TEST = "|".join(rf"(?P<t{i}>{pattern})" for i, (_, pattern) in enumerate(_TESTS))
_ONE = re.compile(rf"\b(?:{_TEST})(?![^\W_])")
# "clairance de la créatinine (Cockcroft)", "DFG MDRD": two names of one test.
_SAME_TEST = re.compile(rf"\s+\(?(?:{_TEST})\)?(?![^\W_])")
# "la clairance (Cockcroft)", "créatinine plasmatique", "DFG estimé (CKD-EPI)", "ASAT (TGO)".
_QUALIFIER = re.compile(
    r"(?:\s*\((?![^)]*\d\s*(?:µ|u|mmol|mg))[^)\n]{0,30}\)"
    r"|\s+(?:plasmatique|serique|sanguine|estimee?|calculee?|selon|(?:la\s+)?formule|(?:de|par"
    r"|en)?\s*(?:ckd[- ]?epi|mdrd|cockcroft(?:[- ]et[- ]gault)?)"
    r"|totale?|t(?![^\W_])|tot\.?|libre|conjuguee|initiale?|basale|habituelle|de base|d'entree"
    r"|de sortie|a l'entree"
    r"|a l'admission|a la sortie|de controle|stable|controlee?))*"
)
_LINK = re.compile(
    r"\.?\s*(?:(?::|=|≈|~|\||est|etait|sont|a ete|reste|mesuree?|dosee?|evaluee?|calculee?|estimee?"
    r"|retrouvee?|elevee?s?|augmentee?s?|s'eleve|s'elevait|passe(?:e|ait)?|cotee?"
    r"|stable|a|à|de|au|autour|environ|initialement|d'abord)(?=[\s:=≈~|<>\d])\s*)*"
)
# A scan writes "l6O" for 160 and "7O" for 70.
_VALUE = r"(?P<sign>[<>≤≥]\s*)?(?P<value>(?:\d{1,2} \d{3}(?!\d)|l?\d[\do]*(?:[.,]\d+)?))"
_UNIT = (
    r"(?P<unit>(?:[µμup]mol|micromol(?:es)?|mmol|mg|g|mui|ui|u|ml)\s*/\s*(?:min|mn|dl|ml"
    r"|l)(?:\s*/\s*1[.,]73\s*m\s*[2²]?)?|ml\s?min"
    r"|(?:x|fois)\s*(?:la\s+)?(?:lsn|n(?:ormale)?)(?![^\W_])|lsn|n(?![^\W_]))"
)
_DATE = (
    r"(?P<date>\d{1,2}/\d{1,2}(?:/\d{2,4})?|j\s?[+-]?\d+|preop(?:eratoire)?|postop(?:eratoire)?"
    r"|\d{1,2}(?:er)?\s+(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre"
    r"|decembre)"
    r"(?:\s+\d{4})?|l'entree|l'admission|la sortie|l'arrivee)"
)
_MEASURE = re.compile(
    rf"{_VALUE}(?:\s*{_UNIT})?(?:\s*(?:\(\s*{_DATE}\s*\)|(?:le|a|en|du"
    rf"|au)\s+{_DATE.replace('date', 'said')}))?"
)
_TIMES = re.compile(
    r"(?:x\s*|a\s+)?(?P<value>\d+(?:[.,]\d+)?)\s*(?:x\s*|fois\s+)?(?:la\s+)?(?P<unit>lsn|n"
    r"|normale)(?![^\W_])|x\s*(?P<bare>\d+(?:[.,]\d+)?)(?:\s*n)?(?![^\W_])"
)
_NEXT = re.compile(
    r"\s*(?:,?\s*(?:puis|→|-+>|=>|/|–>|et|contre|vs)\s*(?:a\s+)?"
    r"|,\s*(?=(?:\d+(?:[.,]\d+)?)\s*(?:[µμup]mol|ml/|\())|\s+a\s+(?=\d))"
)
_NORMAL = re.compile(
    r"\s*(?::|=|sont|est|etaient|etait|reste\w*)?\s*(?:normale?s?|normaux|dans les normes"
    r"|dans les valeurs normales|n(?![^\W_]))"
)
_JOINED = re.compile(r"\s*(?:/|,|et|-)\s*")
_ROW_VALUE = re.compile(rf"(?:\t| {{2,}}|\s*\|)\s*{_VALUE}(?=\s|$|\|)")
_ROW_DATE = re.compile(rf"{_DATE}|entree|sortie|admission")
_LINE_DATE = re.compile(
    r"[ \t]*(?:[-*•→]\s*)?(?:le\s+|du\s+)?(?P<date>\d{1,2}/\d{1,2}(?:/\d{2,4})?|j\s?\d+)\s*(?::|-|–|\()"
)


@dataclass(frozen=True)
class _Measure:
    """A number read after a test, with the spans of its unit and date."""

    value: float | None
    unit: tuple[int, int] | None
    date: tuple[int, int] | None
    start: int
    end: int


def read(report: Report) -> tuple[tuple[Lab, ...], tuple[Lab, ...]]:
    """Return renal then hepatic values, in the order of the text."""
    found = tuple(_all(report))
    return tuple(lab for lab in found if lab.test in RENAL), tuple(
        lab for lab in found if lab.test not in RENAL
    )


def _all(report: Report) -> Iterator[Lab]:
    end = 0
    for match in _ONE.finditer(report.plain):
        if match.start() < end:
            continue
        tests, after = _group(report.plain, match)
        line = _line(report, match.start())
        row = list(_row(report, after, line))
        measures = row if len(row) > 1 else list(_measures(report.plain, after, several=len(tests) > 1))
        if measures:
            end = measures[-1].end
            yield from _labs(report, tests, match.start(), measures, shared=bool(row[1:]))


def _group(folded: str, first: re.Match[str]) -> tuple[list[RenalTest | HepaticTest], int]:
    """Return the tests written together ("ASAT et ALAT"), and where the last one ends with its qualifiers."""
    tests, match = [_name(first)], first
    end = _end(_QUALIFIER, folded, match.end())
    for _ in _TESTS:  # nobody lists more tests than there are
        joint = _JOINED.match(folded, end)
        following = (_ONE.match(folded, joint.end()) if joint else None) or _SAME_TEST.match(folded, end)
        if following is None:
            break
        if joint and following.re is _ONE:
            tests.append(_name(following))
        end = _end(_QUALIFIER, folded, following.end())
    return tests, end


def _name(match: re.Match[str]) -> RenalTest | HepaticTest:
    return next(name for i, (name, _) in enumerate(_TESTS) if match[f"t{i}"])


def _measures(folded: str, start: int, *, several: bool) -> Iterator[_Measure]:
    """Yield the values that follow a test: one, or a trend; after several tests "45/32" is no date."""
    if normal := _NORMAL.match(folded, start):
        yield _Measure(None, None, None, start, normal.end())
        return
    at: int | None = _end(_LINK, folded, start)
    while at is not None:
        measure = _measure(folded, at, several=several)
        if measure is None:
            return
        yield measure
        joint = _NEXT.match(folded, measure.end)
        at = joint.end() if joint else None


def _measure(folded: str, at: int, *, several: bool) -> _Measure | None:
    if times := _TIMES.match(folded, at):
        number = times["value"] or times["bare"]
        unit = times.span("unit") if times["unit"] else times.span()
        return _Measure(_number(number), unit, None, at, times.end())
    match = _MEASURE.match(folded, at)
    if (
        match is None
        or folded[match.end() : match.end() + 1].isdigit()
        or _is_another_number(folded, match, several)
    ):
        return None
    dated = next((group for group in ("date", "said") if match[group]), None)
    return _Measure(
        _number(match["value"]),
        match.span("unit") if match["unit"] else None,
        match.span(dated) if dated else None,
        match.start("sign") if match["sign"] else match.start(),
        match.end(),
    )


def _is_another_number(folded: str, match: re.Match[str], several: bool) -> bool:
    """Tell "créatinine 06/03", a share or a time from a value."""
    after = folded[match.end("value") : match.end("value") + 6]
    of_another_kind = re.match(r"\s*(?:h\d|%|ans\b|jours?\b)", after)
    return bool(of_another_kind or (not several and re.match(r"/\d", after)))


def _row(report: Report, start: int, line: Span) -> Iterator[_Measure]:
    """Yield the values of a table row whose first cell is a test."""
    unit = re.compile(r"\s*\(?" + _UNIT + r"\)?").match(report.plain, start, line.end)
    at = unit.end() if unit else start
    dates = list(_ROW_DATE.finditer(report.plain, *_header_above(report, line)))
    values: list[re.Match[str]] = []
    while value := _ROW_VALUE.match(report.plain, at, line.end):
        values.append(value)
        at = value.end()
    trailing = (
        re.compile(r"[\s|]*" + _UNIT).match(report.plain, at, line.end) if values and not unit else None
    )
    where = unit or trailing
    for i, value in enumerate(values):
        date = dates[i].span() if len(dates) == len(values) else None
        yield _Measure(
            _number(value["value"]), where.span("unit") if where else None, date, value.start("value"), at
        )


def _header_above(report: Report, line: Span) -> tuple[int, int]:
    """Return the nearest line above in the same block that holds no test name: the dates of a table."""
    above = [other for other in report.lines if other.end < line.start and line.start - other.start < 600]
    for other in reversed(above):
        words = report.plain[other.start : other.end]
        if len(_ROW_DATE.findall(words)) > 1:
            return other.start, other.end
    return line.start, line.start


def _labs(
    report: Report,
    tests: list[RenalTest | HepaticTest],
    start: int,
    measures: list[_Measure],
    *,
    shared: bool,
) -> Iterator[Lab]:
    """Give tests their values: "ASAT/ALAT 45/32" one each, "ASAT et ALAT 3N" the same, a trend all to one."""
    if len(tests) == len(measures) > 1:
        pairs = list(zip(tests, measures, strict=True))
    else:
        pairs = [(test, measure) for test in tests for measure in measures]
    whole = len(tests) > 1 or shared
    units = [measure.unit for measure in measures if measure.unit]
    for position, (test, measure) in enumerate(pairs):
        # "42 puis 65 mL/min": the unit is written once.
        unit = measure.unit or (units[-1] if units else None)
        first = whole or position == 0 or (measure.unit is None and not measure.date)
        begin, end = (
            start if first else measure.start,
            measures[-1].end if whole or (first and unit) else measure.end,
        )
        end = max(end, unit[1]) if unit and first and unit[0] >= begin else end
        yield _lab(report, test, measure, unit, (begin, end if first else measure.end))


def _lab(
    report: Report,
    test: RenalTest | HepaticTest,
    measure: _Measure,
    unit: tuple[int, int] | None,
    quote: tuple[int, int],
) -> Lab:
    date = measure.date or _date_of_line(report, measure.start)
    return Lab(
        test=test,
        value=measure.value,
        unit=_unit(report.text[slice(*unit)]) if unit and measure.value is not None else None,
        date=report.text[slice(*date)] if date else None,
        **report.quote(*quote),
    )


def _unit(words: str) -> str:
    """Every way of counting multiples of normal is "N"; other units stay as written."""
    folded = words.lower()
    return words if "/" in folded else "N" if re.search(r"n\b|lsn|x", folded) else words


def _date_of_line(report: Report, offset: int) -> tuple[int, int] | None:
    line = _line(report, offset)
    match = _LINE_DATE.match(report.plain, line.start, offset)
    return match.span("date") if match else None


def _line(report: Report, offset: int) -> Span:
    return next(line for line in report.lines if line.start <= offset <= line.end)


def _number(written: str) -> float:
    return float(written.replace("l", "1").replace("o", "0").replace(" ", "").replace(",", "."))


def _end(pattern: re.Pattern[str], folded: str, start: int) -> int:
    match = pattern.match(folded, start)
    return match.end() if match else start
