"""Reads renal and hepatic values wherever they stand: in sentences, lists or tables."""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.insights.engines.rules import lab_names, lab_tables, measures
from app.insights.engines.rules.lab_names import Test
from app.insights.engines.rules.measures import DATE, UNIT, Measure
from app.insights.engines.rules.report import Report
from app.insights.models import Lab

_LINE_DATE = re.compile(
    rf"[ \t]*(?:[-*•→►]\s*)?(?:bio(?:logie)?\s+|bilan\s+)?(?:le\s+|du\s+|de\s+)?{DATE}\s*(?::|-|–|\()"
)
# "Créatinine (µmol/L) : 187 puis 96": the unit stands before the values.
_UNIT_FIRST = re.compile(rf"\s*[(\[,]?\s*{UNIT}\s*[)\]]?\s*(?=[:=]|\s\d)")
_UNIT_LAST = re.compile(rf"\s*{UNIT}")
# "une cytolyse à 10N sur les ASAT"
_BEFORE = re.compile(rf"(?P<value>\d+(?:[.,]\d+)?)\s*{UNIT}\s+(?:sur|pour|en)\s+(?:les?\s+|la\s+|l')?$")


def read(report: Report) -> tuple[tuple[Lab, ...], tuple[Lab, ...]]:
    """Return renal then hepatic values, in the order of the text."""
    found = _once(sorted(_all(report), key=lambda lab: lab.span.start if lab.span else 0))
    return tuple(lab for lab in found if lab.test in lab_names.RENAL), tuple(
        lab for lab in found if lab.test not in lab_names.RENAL
    )


def _once(labs: list[Lab]) -> list[Lab]:
    """A value without a date that stands in two places of a report is one."""
    kept: dict[object, Lab] = {}
    for place, lab in enumerate(labs):
        kept.setdefault(place if lab.date or lab.value is None else (lab.test, lab.value, lab.unit), lab)
    return list(kept.values())


def _all(report: Report) -> Iterator[Lab]:
    for line, test, measure in lab_tables.columns(report):
        yield _lab(report, test, measure, measure.unit, (line.start, line.end))
    end, headers = 0, {line.start for line in lab_tables.headers(report)}
    for match in lab_names.ONE.finditer(report.plain):
        if match.start() < end or report.line_at(match.start()).start in headers:
            continue
        tests, after = lab_names.group(report.plain, match)
        row = lab_tables.row(report, after, report.line_at(match.start()))
        found = row if len(row) > 1 else _measures(_readable(report, match), after, several=len(tests) > 1)
        if found:
            # "créatinine 152 (DFG 44), contre 148": what the bracket holds is read for itself.
            holds_another = lab_names.ONE.search(report.plain, after, found[-1].end)
            end = after if holds_another else found[-1].end
            yield from _labs(report, tests, match.start(), found, shared=len(row) > 1)
        elif before := _BEFORE.search(report.plain, max(0, match.start() - 30), match.start()):
            value = Measure(
                measures.number(before["value"]), before.span("unit"), None, before.start(), after
            )
            yield _lab(report, tests[0], value, value.unit, (before.start(), after))


def _readable(report: Report, test: re.Match[str]) -> str:
    """Return the text that may hold the values of a test: one that a bracket opens ends with the bracket."""
    opened = report.plain[test.start() - 1 : test.start()] == "("
    close = report.plain.find(")", test.end()) if opened else -1
    return report.plain if close < 0 else report.plain[:close]


def _measures(folded: str, start: int, *, several: bool) -> list[Measure]:
    """Return the values after a test; a unit that stands before or after them all is that of each."""
    first = _UNIT_FIRST.match(folded, start)
    found = list(measures.read(folded, first.end() if first else start, several=several))
    unit = first or (_UNIT_LAST.match(folded, found[-1].end) if found and not found[-1].unit else None)
    return [replace(m, unit=m.unit or unit.span("unit")) if unit else m for m in found]


def _labs(
    report: Report, tests: list[Test], start: int, found: list[Measure], *, shared: bool
) -> Iterator[Lab]:
    """Give tests their values: "ASAT/ALAT 45/32" one each, "ASAT et ALAT 3N" the same, a trend all to one."""
    if len(tests) == len(found) > 1:
        pairs = list(zip(tests, found, strict=True))
    else:
        pairs = [(test, measure) for test in tests for measure in found]
    whole = len(tests) > 1 or shared
    units = [measure.unit for measure in found if measure.unit]
    for position, (test, measure) in enumerate(pairs):
        # "42 puis 65 mL/min": the unit is written once.
        unit = measure.unit or (units[-1] if units else None)
        first = whole or position == 0 or (measure.unit is None and not measure.date)
        begin, end = (
            start if first else measure.start,
            found[-1].end if whole or (first and unit) else measure.end,
        )
        end = max(end, unit[1]) if unit and first and unit[0] >= begin else end
        yield _lab(report, test, measure, unit, (begin, end if first else measure.end))


def _lab(
    report: Report, test: Test, measure: Measure, unit: tuple[int, int] | None, quote: tuple[int, int]
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
    return words if "/" in folded else "N" if re.search(r"n\b|lsn|x|normale", folded) else words


def _date_of_line(report: Report, offset: int) -> tuple[int, int] | None:
    line = report.line_at(offset)
    match = _LINE_DATE.match(report.plain, line.start, offset)
    return match.span("date") if match else None
