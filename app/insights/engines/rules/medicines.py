"""Puts every drug named in a report in its list, with its posology.

A name that nothing puts in a list stays unclassified; one that is denied, or an allergy, is in no list and so
shows among the omissions.
"""

import re

from app.insights.engines.rules import classes, drugs, names, runs, tables, unchanged, unknown
from app.insights.engines.rules.context import Context, Fate
from app.insights.engines.rules.drugs import Named
from app.insights.engines.rules.duplicates import same_substance
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.lists import Lists, Medicines
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.lexicon import Lexicon
from app.insights.measured import is_result

# Parts whose medicines the patient doesn't take.
_SILENT = (Kind.FAMILY, Kind.ALLERGY, Kind.ASIDE)
_LISTS = (Kind.USUAL, Kind.DISCHARGE)
# Prose that tells the stay, unless the report has a part of its own for it.
_TELLING = (Kind.START, Kind.STORY, Kind.OTHER)
# "Xarelto 20 mg (suspendu avant le geste)" was taken until then; "arrêté en 2019" was not.
_STOPPED_NOW = re.compile(
    r"(?![^.;\n]{0,30}\bpar (?:le|la|son|sa) )[^.;\n]{0,60}?\b(?:a l'(?:entree|admission|arrivee)"
    r"|ce jour|avant (?:le|l'|la) ?(?:geste"
    r"|intervention|chirurgie|bloc)"
    r"|la veille|j ?-? ?\d|\d{1,2} ?j(?:ours?)? avant|en pre-?op|pendant (?:le|l')"
    r"|depuis l'(?:entree|admission)|aux urgences"
    r"|le \d{1,2}/\d{1,2}(?!/))"
)

# A dose that is reckoned for the body is given in hospital, whatever the part that tells it.
_PER_SURFACE = re.compile(r"/\s?m[²2]")


def read(report: Report, layout: Layout, lexicon: Lexicon) -> Medicines:
    """Return the medicines of `report`, list by list, in the order of the text."""
    found = tuple(names.read(report, lexicon))
    context = Context(report, [mention for mention, _ in found])
    every = tuple(drugs.read(report, found))
    layout = runs.listed(report, layout, every)
    rows = tuple(tables.read(report, layout, lexicon))
    lists = Lists()
    for _, line in rows:
        for row in line:
            (lists.stopped if row.kind is None else lists.by_kind[row.kind]).append(row.drug)
    placing = _Placing(report, layout, context, lists)
    for named in every:
        if not any(line.start <= named.start < line.end for line, _ in rows):
            placing.place(named)
    lists.take_history()
    for kind, drug in unknown.read(report, layout, context, rows):
        (lists.stopped if kind is None else lists.by_kind[kind]).append(drug)
    usual, discharge = (lists.by_kind[kind] for kind in _LISTS)
    lists.stopped += classes.stopped(report, layout, context, usual)
    lists.by_kind[Kind.DISCHARGE] = unchanged.fill(report, layout, usual, discharge, lists.stopped)
    return lists.medicines()


class _Placing:
    """Decides, for each medicine of one report, which list it belongs to."""

    def __init__(self, report: Report, layout: Layout, context: Context, lists: Lists) -> None:
        self._report = report
        self._layout = layout
        self._context = context
        self._lists = lists

    def place(self, named: Named) -> None:
        section = self._layout.at(named.start)
        if section.kind in _SILENT or self._is_measured(named, section):
            return
        if section.kind is Kind.STOPPED:
            self._lists.stopped += [named.drug] if self._context.is_listed(named.start) else []
            return
        fate = self._context.fate(named.start, named.end)
        if fate is Fate.NOT_GIVEN:
            self._lists.doubtful[section.kind].append(named.drug)
        elif fate is Fate.STOPPED or self._is_replaced(named, section):
            self._stop(named, section)
        else:
            self._give(named, section)

    def _is_measured(self, named: Named, section: Section) -> bool:
        """Tell "vit D 18" among results, and any name before a measured value, from a medicine."""
        drug = named.drug
        bare = not drug.frequency and (drug.dose or "").replace(",", "").isdecimal()
        return is_result(self._report.plain, named.name_end) or (section.kind is Kind.LABS and bare)

    def _is_replaced(self, named: Named, section: Section) -> bool:
        bare = section.kind in _LISTS and not named.drug.dose
        return bare and self._context.becomes_another(named.name_end)

    def _give(self, named: Named, section: Section) -> None:
        kind = section.kind
        drug = (kind is Kind.DISCHARGE and named.becomes) or named.drug
        told = bool(drug.dose or drug.frequency)
        if kind in _LISTS:
            is_taken = told or self._context.is_listed(named.start)
            (self._lists.by_kind if is_taken else self._lists.doubtful)[kind].append(drug)
        elif kind is Kind.HISTORY and told:
            # "glaucome traité par Xalacom 1 goutte le soir"
            self._lists.in_history.append(drug)
        elif kind in _TELLING and self._context.was_taken_before(named.start, named.end):
            self._lists.by_kind[Kind.USUAL].append(drug)
        elif self._is_given_here(named, section) or _PER_SURFACE.search(drug.dose or ""):
            self._lists.by_kind[Kind.STAY].append(drug)
        elif drug.dose and not self._is_stay(section):
            self._lists.unclassified.append(drug)

    def _is_given_here(self, named: Named, section: Section) -> bool:
        giving = self._context.is_giving(named.start, named.name_end)
        if self._is_stay(section):
            return bool(named.drug.dose or named.drug.frequency or giving)
        return bool(named.drug.dose and giving)

    def _stop(self, named: Named, section: Section) -> None:
        """List a stopped medicine, and where it was taken until then."""
        usual = self._lists.by_kind[Kind.USUAL]
        tried = self._context.has_failed(named.start)
        given = (named.drug.dose or named.drug.frequency) and self._is_stay(section) and not tried
        if given and not same_substance(named.drug, usual):
            # "héparine 500 UI/h relayée par …", "ceftriaxone 1 g, arrêtée à 48 h": given and ended there.
            self._lists.by_kind[Kind.STAY].append(named.drug)
            return
        # Quote the words that say so, not the name alone.
        words = self._report.quote(*self._context.stopping(named.start, named.end))
        self._lists.stopped.append(named.drug.model_copy(update=words))
        if section.kind is Kind.USUAL and _STOPPED_NOW.match(self._report.plain, named.end):
            usual.append(named.drug)

    def _is_stay(self, section: Section) -> bool:
        is_open = not self._layout.has_stay_heading or not section.headed
        return section.kind is Kind.STAY or (section.kind in _TELLING and is_open)
