"""Reads tables of medicines: admission beside discharge, or the moments of the day side by side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.insights.engines.rules import posology
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.phrases import QUANTITY
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.lexicon import Lexicon, Mention
from app.insights.models import Drug, Span

_HEADERS = (
    (Kind.DISCHARGE, re.compile(r"\bsortie\b|\bretour\b|\bapres\b")),
    (
        Kind.STAY,
        re.compile(
            r"\bprescriptions? (?:d'|en |a l'|du |dans le )?(?:hospit|service|sejour|actuel|en cours)"
        ),
    ),
    (
        Kind.USUAL,
        re.compile(
            r"\bentree\b|\badmission\b|\bdomicile\b|\bavant\b|\bhabituel|\banterieur|\bbmo\b|\bde ville\b"
        ),
    ),
)
_MOMENTS = re.compile(r"\s*(?:matin|midi|soir|coucher|nuit|gouter|m|mi|s|c|[0-2]?\dh)\.?\s*$")
# In a column after the moments: how long it is taken.
_LASTS = re.compile(r"\s*(?:jusqu'|pendant|pdt|pour|\d+ ?(?:j|jours?|sem|semaines?|mois)\b)")
_INDENT = " " * 4
_TAKEN = re.compile(r"\s*(?:[\d½¼][\d.,/]*\s*[^\W\d]*|x|oui|✓|•)\s*$")
_BRACKET = re.compile(r"\s*\([^)\d]*\)")
_STRENGTH = re.compile(r"\d\s?(?:mg|g|µg|μg|mcg|ui|%)(?![^\W\d])")
_RULE = re.compile(r"[\s|+=_:-]*$")
_QUANTITY = re.compile(rf"\s*{QUANTITY}")
_NOTHING = re.compile(r"\s*(?:[-–—/0x.]*|neant|non|aucun|absent)\s*$")
_STOPPED = re.compile(r"\s*(?:arret|stop|suspen|interromp|non repris)")
_MARKED = re.compile(r"\s*(?:x|oui|✓|✔|•|\+)\s*$")
_SAYS_MORE = re.compile(r"[:\d]")
_POSOLOGY = re.compile(r"posolog|\bdos(?:e|age)|frequence|\bprises?\b|rythme|schema")
_ON_DEMAND = re.compile(r"\s*(?:si besoin|si bes\.?|s\.?b\.?|a la demande|prn)\s*$")
_SAME = re.compile(r"\s*(?:idem|inchangee?|identique|=|poursuite|poursuivi|id\.?)\s*")


@dataclass(frozen=True)
class Row:
    """A medicine of a table in the list its column stands for (None: stopped)."""

    kind: Kind | None
    drug: Drug


@dataclass(frozen=True)
class _Table:
    """Columns by list (`kinds`), or the first and last of those that stand for moments of the day.

    With `names_in_each` no column is for names: each list has its own, with a posology in the columns up to
    that of `ends`. `needed` is the column of what is taken on demand. `starts` are where the labels stand in
    a table that spaces align; its empty cells are told by nothing else.
    """

    separator: re.Pattern[str]
    width: int
    kinds: tuple[tuple[int, Kind], ...] = ()
    moments: tuple[int, int] | None = None
    needed: int | None = None
    names_in_each: bool = False
    ends: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """The first column that stands for a list or a moment; the name stands before."""
        return self.moments[0] if self.moments else min(i for i, _ in self.kinds)


def read(report: Report, layout: Layout, lexicon: Lexicon) -> Iterator[tuple[Span, tuple[Row, ...]]]:
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
            if table.starts and 1 < len(cells) < table.width:
                cells = _aligned(cells, table.starts, line)
            # A word processor leaves out the tabs of the last empty cells.
            if "\t" in words:
                cells += [Span(start=line.end, end=line.end)] * (table.width - len(cells))
            if table.names_in_each:
                rows = tuple(_side_by_side(report, lexicon, table, _filled(words, table, cells)))
            else:
                rows = tuple(_rows(report, layout, lexicon, table, cells))
            if rows or (table.kinds and len(cells) == table.width):
                yield line, rows


def _header(words: str) -> _Table | None:
    separator = re.compile(r"\|" if "|" in words else r"\t" if "\t" in words.strip() else r" {2,}")
    cells = list(_cells(words, separator, 0))
    starts: tuple[int, ...] = ()
    if separator.pattern == " {2,}":
        # Nothing may stand above the names.
        blank = [Span(start=0, end=0)] if words.startswith(_INDENT) else []
        cells = [*blank, *cells]
        starts = tuple(cell.start for cell in cells)
    labels = [words[cell.start : cell.end] for cell in cells]
    found = (
        (i, next((kind for kind, cue in _HEADERS if cue.search(label)), None))
        for i, label in enumerate(labels)
    )
    every = tuple((i, kind) for i, kind in found if kind is not None)
    if _are_lists(every, labels):
        ends = tuple(_last_column(labels, i) for i, _ in every)
        return _Table(separator, len(labels), kinds=every, names_in_each=True, ends=ends, starts=starts)
    columns = tuple((i, kind) for i, kind in every if i > 0)
    kinds = {kind for _, kind in columns}
    if kinds == {Kind.USUAL, Kind.DISCHARGE} and len(columns) == len(kinds):
        return _Table(separator, len(labels), kinds=columns, starts=starts)
    needed = next((i for i, label in enumerate(labels) if _ON_DEMAND.match(label)), None)
    moments = [i for i, label in enumerate(labels) if i and (_MOMENTS.match(label) or i == needed)]
    if len(moments) > 1 and moments[-1] - moments[0] == len(moments) - 1:
        return _Table(separator, len(labels), moments=(moments[0], moments[-1]), needed=needed, starts=starts)
    return None


def _are_lists(every: tuple[tuple[int, Kind], ...], labels: list[str]) -> bool:
    """Return whether labels head two lists side by side: not "Entrée : 02/05    Sortie : 11/05"."""
    kinds = [kind for _, kind in every]
    is_pair = len(kinds) == len(set(kinds)) == 2 and Kind.USUAL in kinds and every[0][0] == 0
    return is_pair and not any(_SAYS_MORE.search(labels[i]) for i, _ in every)


def _last_column(labels: list[str], column: int) -> int:
    """Return the last column that goes on with the medicine of `column`: "Entrée | Posologie | Sortie"."""
    while column + 1 < len(labels) and _POSOLOGY.search(labels[column + 1]):
        column += 1
    return column


def _cells(words: str, separator: re.Pattern[str], offset: int) -> Iterator[Span]:
    """Yield the cells of a line. The empty ones that a frame makes at its ends are none; tabs make some."""
    tabs = separator.pattern == r"\t"
    inner = words.strip().strip("|") if "|" in words else words.strip(" ") if tabs else words.strip()
    start = words.index(inner) if inner else 0
    stop = start + len(inner)
    for cut in [*separator.finditer(words, start, stop), None]:
        end = cut.start() if cut else stop
        yield Span(start=offset + start, end=offset + end)
        start = cut.end() if cut else start


def _aligned(cells: list[Span], starts: tuple[int, ...], line: Span) -> list[Span]:
    """Put each cell of a line under the label nearest to where it starts, and empty ones under the others."""
    placed = [Span(start=line.end, end=line.end)] * len(starts)
    for cell in cells:
        column = min(range(len(starts)), key=lambda i: abs(line.start + starts[i] - cell.start))
        placed[column] = cell
    return placed


def _rows(
    report: Report, layout: Layout, lexicon: Lexicon, table: _Table, cells: list[Span]
) -> Iterator[Row]:
    named = next(_names(report, lexicon, cells[: table.first]), None)
    if named is None:
        return
    column, mention, name = named
    beside = _beside(report, name, cells[column : table.first])
    if table.moments:
        kind = layout.at(name.start).kind
        taken = _taken(report, cells, table.moments)
        if kind in (Kind.USUAL, Kind.DISCHARGE) and taken:
            drug = _drug(report, mention, name, beside, taken, read_cell=True)
            needed = table.needed is not None and taken.start == cells[table.needed].start
            yield Row(kind, drug.model_copy(update={"as_needed": drug.as_needed or needed}))
        return
    if len(cells) == table.width:
        yield from _by_list(report, table, cells, mention, name, beside)


def _names(report: Report, lexicon: Lexicon, cells: list[Span]) -> Iterator[tuple[int, Mention, Span]]:
    """Yield the medicines named before the columns of a table: a number may stand before the name."""
    for column, cell in enumerate(cells):
        for mention in lexicon.mentions(report.plain[cell.start : cell.end]):
            start, end = cell.start + mention.start, cell.start + mention.end
            yield column, mention, Span(start=start, end=posology.name_end(report.plain, end))


def _beside(report: Report, name: Span, cells: list[Span]) -> posology.Posology:
    """Read the strength beside a name, after a second name in brackets, or in a column of its own."""
    second_name = _BRACKET.match(report.plain, name.end, cells[0].end)
    start = second_name.end() if second_name else name.end
    given = [
        posology.read(report.plain, start, cells[0].end, known=True),
        *(posology.read(report.plain, cell.start, cell.end) for cell in cells[1:]),
    ]
    return next((one for one in given if one.dose), given[0])


def _filled(words: str, table: _Table, cells: list[Span]) -> list[Span]:
    """Put back the empty cell of a line that has no name on one side: "| Bisoprolol 1,25 mg"."""
    if len(cells) != table.width - 1 or "|" not in words:
        return cells
    if words.lstrip().startswith("|"):
        return [Span(start=cells[0].start, end=cells[0].start), *cells]
    return [*cells, Span(start=cells[-1].end, end=cells[-1].end)]


def _side_by_side(report: Report, lexicon: Lexicon, table: _Table, cells: list[Span]) -> Iterator[Row]:
    """Read the lines of two lists that stand beside each other, each with its own names."""
    before: Drug | None = None
    if len(cells) != table.width:
        return
    groups = [(kind, cells[i], cells[end]) for (i, kind), end in zip(table.kinds, table.ends, strict=True)]
    for kind, first, last in groups:
        cell = Span(start=first.start, end=max(first.end, last.end))
        words = report.plain[cell.start : cell.end]
        mention = next(lexicon.mentions(words), None)
        if mention is None or _STOPPED.match(words):
            if before and _STOPPED.match(words):
                yield Row(None, before.model_copy(update={"dose": None, "frequency": None}))
            elif before and kind is not Kind.STAY and _SAME.match(words):
                yield Row(kind, before.model_copy(update=report.quote(cell.start, cell.end)))
            continue
        start, end = cell.start + mention.start, posology.name_end(report.plain, cell.start + mention.end)
        given = posology.read(report.plain, end, cell.end, known=True)
        before = Drug(
            name=report.text[start:end],
            dci=mention.dci,
            dose=report.text[slice(*given.dose)] if given.dose else None,
            frequency=report.text[slice(*given.frequency)] if given.frequency else None,
            as_needed=given.as_needed,
            approximate=mention.approximate,
            **report.quote(start, max(end, given.end)),
        )
        if kind is not Kind.STAY:
            yield Row(kind, before)
    remarks = (report.plain[cell.start : cell.end] for cell in cells[table.ends[-1] + 1 :])
    if before and any(map(_STOPPED.match, remarks)):
        yield Row(None, before.model_copy(update={"dose": None, "frequency": None}))


def _taken(report: Report, cells: list[Span], moments: tuple[int, int]) -> Span | None:
    """Return what is taken over the day: from the first quantity to the last moment that is not empty."""
    first, last = moments
    filled = [i for i, cell in enumerate(cells) if report.text[cell.start : cell.end].strip()]
    at = [
        i for i in filled if first <= i <= last and _TAKEN.match(report.plain, cells[i].start, cells[i].end)
    ]
    if not at:
        return None
    begin = min(at) if len(cells) > last else 1
    lasting = max(at) + 1
    if lasting in filled and _LASTS.match(report.plain, cells[lasting].start, cells[lasting].end):
        at.append(lasting)
    quantity = [
        i for i in filled if 0 < i < first and _QUANTITY.match(report.plain[cells[i].start : cells[i].end])
    ]
    begin = quantity[-1] if quantity else first if not _is_blank(report, cells[first]) else begin
    return Span(start=cells[begin].start, end=cells[max(at)].end)


def _is_blank(report: Report, cell: Span) -> bool:
    return not report.text[cell.start : cell.end].strip()


def _by_list(
    report: Report,
    table: _Table,
    cells: list[Span],
    mention: Mention,
    name: Span,
    beside: posology.Posology,
) -> Iterator[Row]:
    previous: Span | None = None
    for index, kind in table.kinds:
        cell, words = cells[index], report.plain[cells[index].start : cells[index].end]
        if _MARKED.match(words) and table.first > 1:
            cell = cells[table.first - 1]  # "Bisoprolol | 1 le matin | x | x": taken, as told before
        elif previous and _SAME.match(words):
            cell = previous
        elif _NOTHING.match(words):
            continue
        previous = cell
        stopped = bool(_STOPPED.match(words))
        drug = _drug(report, mention, name, beside, cell, read_cell=not stopped)
        yield Row(None if stopped else kind, drug)
    remarks = (report.plain[cell.start : cell.end] for cell in cells[table.kinds[-1][0] + 1 :])
    if _NOTHING.match(words) and any(map(_STOPPED.match, remarks)):
        yield Row(None, _drug(report, mention, name, beside, cells[-1], read_cell=False))


def _drug(
    report: Report,
    mention: Mention,
    name: Span,
    beside: posology.Posology,
    cell: Span,
    *,
    read_cell: bool,
) -> Drug:
    """Join the strength `beside` the name with the posology of a column; either may hold the dose."""
    given = (
        posology.read(report.plain, cell.start, cell.end)
        if read_cell
        else posology.Posology(None, None, False, 0)
    )
    dose, frequency = beside.dose or given.dose, given.frequency
    if given.dose and _STRENGTH.search(report.plain, *given.dose):
        # "Amlor 10 mg | 5 mg : 1-0-0": the strength of a column is that of its time.
        dose = given.dose
    elif beside.dose and given.dose:
        # "Crestor 10 mg | 1 cp le soir": the quantity of the cell belongs to the frequency.
        frequency = (given.dose[0], (given.frequency or given.dose)[1])
    if read_cell and (frequency is None or beside.dose):
        frequency = _whole(report, cell) if dose != given.dose or given.dose is None else frequency
    return Drug(
        name=report.text[name.start : name.end],
        dci=mention.dci,
        dose=report.text[slice(*dose)] if dose else None,
        frequency=report.text[slice(*frequency)] if frequency else None,
        as_needed=given.as_needed,
        approximate=mention.approximate,
        **report.quote(name.start, cell.end),
    )


def _whole(report: Report, cell: Span) -> tuple[int, int]:
    """Return the words of a cell up to a remark between brackets."""
    words = report.plain[cell.start : cell.end].partition("(")[0]
    start = cell.start + len(words) - len(words.lstrip())
    return start, start + len(words.strip())
