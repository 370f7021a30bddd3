"""Finds lists of medicines by their density, where neither a heading nor a sentence names them.

Medicines that follow each other, each with its posology, are a list whatever stands above. Which of the two
lists it is, its place and the medicines it shares with the other one tell: what is taken before stands first,
and most of it is taken again on leaving. Only what the wording left open is decided so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.insights.engines.rules.drugs import Named
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.evidence import plain

_LISTS = (Kind.USUAL, Kind.DISCHARGE)
# Parts that no list of posologies belongs to.
_OPEN = (Kind.START, Kind.STORY, Kind.OTHER, Kind.REASON, Kind.LABS, Kind.ALLERGY, Kind.FAMILY)
_FARTHEST_NEXT = 60
_FEWEST, _FEWEST_SHARED = 3, 2
# What stands between two medicines that are told, not listed.
_TELLS = re.compile(
    r"\b(?:est|sont|etai(?:t|ent)|a ete|ont ete|avons|avait|n'a|relaye\w*|relais|remplac\w*|puis par"
    r"|devant|permet\w*|permis|suivie? (?:de|d'|par)|associee? a)\b|\n[ \t]*\n[^\n]*[^\W\d]{3}[^\n]*\n"
)
_IN_HOSPITAL = re.compile(
    r"(?<![^\W_])(?:iv|ivl|ivd|ivse|pse|perfusions?|bolus|nebulisations?|dose de charge|m[²2])(?![^\W_])"
)
_GIVEN = re.compile(r"\b(?:recu|recoit ici|administr\w*|traitee? par|mis\w* sous|urgences?|smur|bloc)\b")


@dataclass(frozen=True)
class _Run:
    """Medicines that follow each other; `kind` is that of the part most of them stand in."""

    medicines: tuple[Named, ...]
    start: int
    end: int
    kind: Kind
    substances: frozenset[str]

    def shares(self, other: "_Run") -> int:
        return len(self.substances & other.substances)


def listed(report: Report, layout: Layout, medicines: Sequence[Named]) -> Layout:
    """Return `layout` with the lists that no wording named cut out as parts of their own."""
    runs = [run for run in _runs(report, layout, medicines) if run.medicines]
    usual = None if _holds(layout, medicines, Kind.USUAL) else _usual(report, layout, runs)
    before = [usual] if usual else [run for run in runs if run.kind is Kind.USUAL]
    discharge = None if _holds(layout, medicines, Kind.DISCHARGE, usual) else _discharge(report, runs, before)
    found = [(run, kind) for run, kind in ((usual, Kind.USUAL), (discharge, Kind.DISCHARGE)) if run]
    return _with_lists(layout, found) if found else layout


def _runs(report: Report, layout: Layout, medicines: Sequence[Named]) -> Iterator[_Run]:
    group: list[Named] = []
    for named in medicines:
        if group and not _follows(report, layout, group[-1], named):
            yield _run(layout, group)
            group = []
        group.append(named)
    if group:
        yield _run(layout, group)


def _follows(report: Report, layout: Layout, named: Named, following: Named) -> bool:
    between = report.plain[named.end : following.start]
    near = len(between.strip()) <= _FARTHEST_NEXT and not _TELLS.search(between)
    return near and layout.at(named.start).kind is layout.at(following.start).kind


def _run(layout: Layout, group: Sequence[Named]) -> _Run:
    told = tuple(named for named in group if named.drug.dose or named.drug.frequency)
    start, end = group[0].start, group[-1].end
    return _Run(told, start, end, layout.at(start).kind, frozenset(_substance(named) for named in told))


def _substance(named: Named) -> str:
    return named.drug.dci or plain(named.drug.name)


def _holds(layout: Layout, medicines: Iterable[Named], kind: Kind, but: _Run | None = None) -> bool:
    """Return whether a part of `kind` holds a medicine with its posology, other than those of `but`."""
    return any(
        layout.at(named.start).kind is kind and (named.drug.dose or named.drug.frequency)
        for named in medicines
        if not (but and but.start <= named.start < but.end)
    )


def _usual(report: Report, layout: Layout, runs: Sequence[_Run]) -> _Run | None:
    """Return the list before the stay: the first open one, or the first of two that are headed alike."""
    leaving = [run for run in runs if run.kind is Kind.DISCHARGE]
    first = next((run for run in runs if run.kind in _OPEN and _is_list(report, run)), None)
    if first and (not leaving or first.start < leaving[0].start):
        return first
    apart = len(leaving) > 1 and any(
        section.kind not in _LISTS and leaving[0].end <= section.start < leaving[-1].start
        for section in layout.sections
    )
    return leaving[0] if apart and leaving[0].shares(leaving[-1]) >= _FEWEST_SHARED else None


def _discharge(report: Report, runs: Sequence[_Run], usual: Sequence[_Run]) -> _Run | None:
    """Return the last list after the usual one that takes up medicines of it."""
    after = [run for run in runs if usual and run.start > usual[0].end and run.kind is not Kind.DISCHARGE]
    again = [
        run
        for run in after
        if run.kind is not Kind.STOPPED
        and sum(run.shares(one) for one in usual if one is not run)
        >= min(_FEWEST_SHARED, len(run.substances))
        and not _is_given_here(report, run)
    ]
    return again[-1] if again else None


def _is_list(report: Report, run: _Run) -> bool:
    return len(run.medicines) >= _FEWEST and not _is_given_here(report, run)


def _is_given_here(report: Report, run: _Run) -> bool:
    """Return whether the words say that the medicines are given in hospital, not taken."""
    opening = report.plain[report.segment_at(run.start).start : run.start]
    return bool(_GIVEN.search(opening) or _IN_HOSPITAL.search(report.plain, run.start, run.end))


def _with_lists(layout: Layout, found: Sequence[tuple[_Run, Kind]]) -> Layout:
    sections = list(layout.sections)
    for run, kind in found:
        goes_on = layout.at(run.end)
        inside = [s for s in sections if run.start <= s.start < run.end]
        sections = [s for s in sections if s not in inside]
        sections += [
            Section(kind, run.start, run.end),
            Section(goes_on.kind, run.end, goes_on.end, headed=False),
        ]
    return Layout(sorted(sections, key=lambda s: s.start), has_stay_heading=layout.has_stay_heading)
