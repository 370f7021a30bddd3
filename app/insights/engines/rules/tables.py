"""Reads tables that show medicines at admission and at discharge side by side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.insights.engines.rules import posology
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Kind
from app.insights.lexicon import Lexicon
from app.insights.models import Drug, Span

_HEADERS = (
    (Kind.DISCHARGE, re.compile(r"\bsortie\b|\bretour\b|\bapres\b")),
    (Kind.USUAL, re.compile(r"\bentree\b|\badmission\b|\bdomicile\b|\bavant\b|\bhabituel|\banterieur")),
)
_RULE = re.compile(r"[\s|+=_:-]*$")
_NOTHING = re.compile(r"\s*(?:[-–—/0x.]*|neant|non|aucun|absent)\s*$")
_STOPPED = re.compile(r"\s*(?:arret|stop|suspen|interromp|non repris)")
_SAME = re.compile(r"\s*(?:idem|inchangee?|identique|=|poursuite|poursuivi|id\.?)\s*")


@dataclass(frozen=True)
class Row:
    """A medicine of a table in the list its column stands for (None: stopped)."""

    kind: Kind | None
    drug: Drug


@dataclass(frozen=True)
class _Table:
    columns: tuple[tuple[int, Kind], ...]
    width: int
    separator: re.Pattern[str]


def read(report: Report, lexicon: Lexicon) -> Iterator[tuple[Span, tuple[Row, ...]]]:
    """Yield each line of each table with the medicines it holds; headers and rules yield none."""
    table: _Table | None = None
    for line in report.lines:
        words = report.plain[line.start : line.end]
        header = _header(words)
        table = header or (table if table and words.strip() else None)
        if header or (table and _RULE.match(words)):
            yield line, ()
        elif table:
            cells = list(_cells(words, table.separator, line.start))
            if len(cells) == table.width:
                yield line, tuple(_rows(report, lexicon, table, cells))


def _header(words: str) -> _Table | None:
    separator = re.compile(r"\|") if "|" in words else re.compile(r"\t| {2,}")
    labels = [words[cell.start : cell.end] for cell in _cells(words, separator, 0)]
    found = (
        (i, next((kind for kind, cue in _HEADERS if cue.search(label)), None))
        for i, label in enumerate(labels)
    )
    columns = tuple((i, kind) for i, kind in found if kind is not None and i > 0)
    kinds = {kind for _, kind in columns}
    return _Table(columns, len(labels), separator) if len(kinds) == len(_HEADERS) == len(columns) else None


def _cells(words: str, separator: re.Pattern[str], offset: int) -> Iterator[Span]:
    """Yield the cells of a line; the empty ones that a frame makes at its ends are not cells."""
    inner = words.strip().strip("|") if "|" in words else words.strip()
    start = words.index(inner) if inner else 0
    stop = start + len(inner)
    for cut in [*separator.finditer(words, start, stop), None]:
        end = cut.start() if cut else stop
        yield Span(start=offset + start, end=offset + end)
        start = cut.end() if cut else start


def _rows(report: Report, lexicon: Lexicon, table: _Table, cells: list[Span]) -> Iterator[Row]:
    mention = next(lexicon.mentions(report.text[cells[0].start : cells[0].end]), None)
    if mention is None:
        return
    name = Span(
        start=cells[0].start + mention.start,
        end=posology.name_end(report.plain, cells[0].start + mention.end),
    )
    previous: Span | None = None
    for index, kind in table.columns:
        cell, words = cells[index], report.plain[cells[index].start : cells[index].end]
        if previous and _SAME.match(words):
            cell = previous
        if _NOTHING.match(words):
            continue
        previous = cell
        stopped = bool(_STOPPED.match(words))
        drug = _drug(report, mention.dci, mention.approximate, name, cells[0], cell, read_cell=not stopped)
        yield Row(None if stopped else kind, drug)


def _drug(
    report: Report, dci: str, approximate: bool, name: Span, first: Span, cell: Span, *, read_cell: bool
) -> Drug:
    """Join the strength beside the name with the posology of a column; either may hold the dose."""
    beside = posology.read(report.plain, name.end, first.end, known=True)
    given = (
        posology.read(report.plain, cell.start, cell.end)
        if read_cell
        else posology.Posology(None, None, False, 0)
    )
    dose, frequency = beside.dose or given.dose, given.frequency
    if beside.dose and given.dose:
        # "Crestor 10 mg | 1 cp le soir": the quantity of the cell belongs to the frequency.
        frequency = (given.dose[0], (given.frequency or given.dose)[1])
    if read_cell and (frequency is None or beside.dose):
        frequency = _whole(report, cell) if dose != given.dose or given.dose is None else frequency
    return Drug(
        name=report.text[name.start : name.end],
        dci=dci,
        dose=report.text[slice(*dose)] if dose else None,
        frequency=report.text[slice(*frequency)] if frequency else None,
        as_needed=given.as_needed,
        approximate=approximate,
        **report.quote(name.start, cell.end),
    )


def _whole(report: Report, cell: Span) -> tuple[int, int]:
    """Return the words of a cell up to a remark between brackets."""
    words = report.plain[cell.start : cell.end].partition("(")[0]
    start = cell.start + len(words) - len(words.lstrip())
    return start, start + len(words.strip())
