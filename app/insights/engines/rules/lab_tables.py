"""Reads tables of results: a test per line and a date per column, or the other way round."""

import re
from collections.abc import Iterator

from app.insights.engines.rules import lab_names
from app.insights.engines.rules.lab_names import Test
from app.insights.engines.rules.measures import DATE, UNIT, VALUE, Measure, number
from app.insights.engines.rules.report import Report
from app.insights.models import Span

_UNIT_BESIDE = re.compile(r"\s*[(|,]?\s*" + UNIT + r"\)?")
_UNIT_AFTER = re.compile(r"[\s|]*" + UNIT)
_CELL = re.compile(
    rf"(?:\t| {{2,}}|\s*\|)\s*(?:{VALUE}(?:\s*\(?{UNIT}\)?)?|(?P<none>[-–/]|nd|nf)(?=\s|\|))(?=\s|$|\|)"
)
_DATE = re.compile(DATE)
_FIRST_DATE = re.compile(rf"[ \t|]*(?:le\s+)?{DATE}[ \t:]*(?=\||\t| {{2,}}|[ \t]\d)")
_NUMBER = re.compile(
    r"(?<![\d/.,])(?:[<>]\s*)?(?P<value>\d+(?:[.,]\d+)?)(?![\d/.])|(?P<none>(?<=[\s|])[-–](?=\s|\||$))"
)
_FARTHEST_HEADER = 600
_HOLDS_VALUE = re.compile(r"[a-z)²] *[:=]? *\d+[ ,]")
_SEPARATED = re.compile(r"\||\t| {2,}")


def row(report: Report, start: int, line: Span) -> list[Measure]:
    """Return the values of a table row whose first cell is a test that ends at `start`."""
    beside = _UNIT_BESIDE.match(report.plain, start, line.end)
    at = beside.end() if beside else start
    cells: list[re.Match[str]] = []
    while cell := _CELL.match(report.plain, at, line.end):
        cells.append(cell)
        at = cell.end()
    after = _UNIT_AFTER.match(report.plain, at, line.end) if cells and not beside else None
    where = beside or after
    dates = _dates_above(report, line) if len(cells) > 1 else []
    return [
        Measure(
            number(cell["value"]),
            cell.span("unit") if cell["unit"] else where.span("unit") if where else None,
            dates[i] if len(dates) == len(cells) else None,
            cell.start("value"),
            at,
        )
        for i, cell in enumerate(cells)
        if cell["value"]
    ]


def _dates_above(report: Report, line: Span) -> list[tuple[int, int]]:
    """Return the dates of the nearest line above that holds several: the header of a table."""
    for other in report.lines_before(line.start, _FARTHEST_HEADER):
        found = [match.span() for match in _DATE.finditer(report.plain, other.start, other.end)]
        if len(found) > 1:
            return found
    return []


def columns(report: Report) -> Iterator[tuple[Span, Test, Measure]]:
    """Yield the values of tables whose header names tests and whose lines begin with a date."""
    header: list[Test] = []
    units: list[tuple[int, int] | None] = []
    for line in report.lines:
        words = report.plain[line.start : line.end]
        if named := _named(words):
            header = [test for test, _ in named] if _covers(words, len(named)) else []
            units = [_unit_of(report, line.start + match.end(), line.end) for _, match in named]
        elif header and (date := _FIRST_DATE.match(report.plain, line.start, line.end)):
            cells = list(_NUMBER.finditer(report.plain, date.end(), line.end))
            for test, unit, cell in (
                zip(header, units, cells, strict=False) if len(cells) == len(header) else ()
            ):
                if cell["value"]:
                    where = (cell.start("value"), line.end)
                    yield line, test, Measure(number(cell["value"]), unit, date.span("date"), *where)
        elif not re.match(r"[\s|+=_:-]*$", words):
            header = []


def headers(report: Report) -> Iterator[Span]:
    """Yield the lines that name the columns of such tables; no value stands beside their tests."""
    for line in report.lines:
        words = report.plain[line.start : line.end]
        if (named := _named(words)) and _covers(words, len(named)):
            yield line


def _named(words: str) -> list[tuple[Test, re.Match[str]]]:
    """Return the tests that a line names if it may be a header: several, apart, and without values."""
    if not _SEPARATED.search(words.strip()):
        return []
    named = [(lab_names.name(match), match) for match in lab_names.ONE.finditer(words)]
    return named if len(named) > 1 and not _HOLDS_VALUE.search(words) else []


def _covers(words: str, count: int) -> bool:
    """Return whether a header has no other columns than a date and the tests."""
    cells = [cell for cell in _SEPARATED.split(words.strip().strip("|")) if cell.strip()]
    return len(cells) - count in (0, 1)


def _unit_of(report: Report, start: int, end: int) -> tuple[int, int] | None:
    match = _UNIT_BESIDE.match(report.plain, start, end)
    return match.span("unit") if match else None
