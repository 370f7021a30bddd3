"""Puts every drug named in a report in its list, with its posology.

A name that nothing puts in a list stays unclassified; one that is denied, or an allergy, is in no list and so
shows among the omissions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.insights.engines.rules import classes, names, posology, tables, unchanged, unknown
from app.insights.engines.rules.context import Context, Fate
from app.insights.engines.rules.duplicates import is_held, once, one_per_substance, same_substance
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.phrases import STRENGTH
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.lexicon import Lexicon, Mention
from app.insights.measured import is_result
from app.insights.models import Drug


@dataclass(frozen=True)
class Medicines:
    """The five lists of medicines."""

    usual: tuple[Drug, ...]
    discharge: tuple[Drug, ...]
    during_stay: tuple[Drug, ...]
    stopped: tuple[Drug, ...]
    unclassified: tuple[Drug, ...]


# A remark between a name and its posology; "(arrêté)" is none.
_REMARK = re.compile(
    r"\s*\((?!\s*(?:arret|stop|suspen|interromp|echec|inefficac|perte|non |pas |ne |n'))[^)\d]*\)"
)
# "40 mg de furosémide": the dose may come first.
_DOSE_BEFORE = re.compile(rf"(?P<dose>{STRENGTH.pattern})\s+(?:de\s+|d['’]\s?)$")
_FARTHEST_DOSE = 30


def read(report: Report, layout: Layout, lexicon: Lexicon) -> Medicines:
    """Return the medicines of `report`, list by list, in the order of the text."""
    return _Reader(report, layout, lexicon).medicines()


# "Xarelto 20 mg (suspendu avant le geste)" was taken until then; "arrêté en 2019" was not.
_STOPPED_NOW = re.compile(
    r"[^.;\n]{0,60}?\b(?:a l'(?:entree|admission|arrivee)|ce jour|avant (?:le|l'|la) ?(?:geste"
    r"|intervention|chirurgie|bloc)"
    r"|la veille|j ?-? ?\d|en pre-?op|pendant (?:le|l')|depuis l'(?:entree|admission)|aux urgences"
    r"|le \d{1,2}/\d{1,2}(?!/))"
)


class _Reader:
    """One reading of one report: the names it holds, and the lists as they fill."""

    def __init__(self, report: Report, layout: Layout, lexicon: Lexicon) -> None:
        self._report = report
        self._layout = layout
        found = tuple(names.read(report, lexicon))
        self._mentions = tuple(mention for mention, _ in found)
        self._names_end = tuple(end for _, end in found)
        self._context = Context(report, self._mentions)
        self._tables = tuple(tables.read(report, layout, lexicon))
        self._lists: dict[Kind, list[Drug]] = defaultdict(list)
        self._in_history: list[Drug] = []
        self._stopped: list[Drug] = []
        self._unclassified: list[Drug] = []
        # Named in the usual or discharge part, but in words that do not say it is taken.
        self._doubtful: dict[Kind, list[Drug]] = defaultdict(list)

    def medicines(self) -> Medicines:
        self._fill_from_tables()
        for index, mention in enumerate(self._mentions):
            if not any(line.start <= mention.start < line.end for line, _ in self._tables):
                self._place(index, mention)
        usual_so_far = tuple(self._lists[Kind.USUAL])
        self._lists[Kind.USUAL] += [
            drug for drug in self._in_history if not same_substance(drug, usual_so_far)
        ]
        for kind, drug in unknown.read(self._report, self._layout, self._context, self._tables):
            self._lists[kind].append(drug)
        self._stopped += classes.stopped(self._report, self._layout, self._context, self._lists[Kind.USUAL])
        self._lists[Kind.DISCHARGE] = unchanged.fill(
            self._report, self._layout, self._lists[Kind.USUAL], self._lists[Kind.DISCHARGE], self._stopped
        )
        usual, discharge = (tuple(once(self._lists[kind])) for kind in (Kind.USUAL, Kind.DISCHARGE))
        return Medicines(
            usual=usual,
            discharge=discharge,
            during_stay=tuple(
                once(drug for drug in self._lists[Kind.STAY] if not is_held(drug, usual, discharge))
            ),
            stopped=tuple(
                one_per_substance(
                    drug for drug in self._stopped if not same_substance(drug, _with_posology(discharge))
                )
            ),
            unclassified=tuple(
                one_per_substance(
                    d
                    for drugs, held in (
                        (self._unclassified, (*usual, *discharge)),
                        (self._doubtful[Kind.USUAL], usual),
                        (self._doubtful[Kind.DISCHARGE], discharge),
                    )
                    for d in drugs
                    if not same_substance(d, (*held, *self._stopped))
                )
            ),
        )

    def _fill_from_tables(self) -> None:
        for _, rows in self._tables:
            for row in rows:
                (self._stopped if row.kind is None else self._lists[row.kind]).append(row.drug)

    def _place(self, index: int, mention: Mention) -> None:
        section = self._layout.at(mention.start)
        if is_result(self._report.plain, mention.end):
            return
        drug, end = self._drug(index, mention)
        if (
            section.kind is Kind.LABS
            and not drug.frequency
            and (drug.dose or "").replace(",", "").isdecimal()
        ):
            return  # "vit D 18"
        fate = self._context.fate(mention.start, end)
        in_list = section.kind in (Kind.USUAL, Kind.DISCHARGE)
        if section.kind in (Kind.FAMILY, Kind.ALLERGY, Kind.ASIDE):
            return
        if section.kind is Kind.STOPPED:
            if self._context.is_listed(mention.start):
                self._stopped.append(drug)
            return
        if fate is Fate.NOT_GIVEN:
            if in_list:
                self._doubtful[section.kind].append(drug)
            return
        replaced = in_list and not drug.dose and self._context.becomes_another(mention.end)
        if fate is Fate.STOPPED or replaced:
            self._stop(drug, section, self._context.stopping(mention.start, end), end)
        elif in_list:
            is_taken = drug.dose or drug.frequency or self._context.is_listed(mention.start)
            (self._lists if is_taken else self._doubtful)[section.kind].append(drug)
        elif section.kind is Kind.HISTORY and (drug.dose or drug.frequency):
            # "glaucome traité par Xalacom 1 goutte le soir": taken before, though no list says so.
            self._in_history.append(drug)
        elif self._is_stay(section):
            if drug.dose or drug.frequency or self._context.is_giving(mention.start, mention.end):
                self._lists[Kind.STAY].append(drug)
        elif drug.dose and self._context.is_giving(mention.start, mention.end):
            self._lists[Kind.STAY].append(drug)
        elif drug.dose:
            self._unclassified.append(drug)

    def _stop(self, drug: Drug, section: Section, words: tuple[int, int], end: int) -> None:
        """List a stopped medicine, and where it was taken until then."""
        usual = self._lists[Kind.USUAL]
        if drug.dose and self._is_stay(section) and not same_substance(drug, usual):
            # "héparine 500 UI/h relayée par …", "ceftriaxone 1 g, arrêtée à 48 h": given and ended there.
            self._lists[Kind.STAY].append(drug)
            return
        # Quote the words that say so, not the name alone.
        self._stopped.append(drug.model_copy(update=self._report.quote(*words)))
        if section.kind is Kind.USUAL and _STOPPED_NOW.match(self._report.plain, end):
            usual.append(drug)

    def _is_stay(self, section: Section) -> bool:
        """Prose that nothing classifies tells the stay, unless the report has a part of its own for it."""
        is_open = not self._layout.has_stay_heading or not section.headed
        told = section.kind in (Kind.START, Kind.STORY, Kind.OTHER) and is_open
        return section.kind is Kind.STAY or told

    def _drug(self, index: int, mention: Mention) -> tuple[Drug, int]:
        """Return the medicine at `mention`, and where its posology ends."""
        folded = self._report.plain
        end = posology.name_end(folded, mention.end)
        start = max(end, self._names_end[index])
        limit = self._window_end(index, mention)
        start = start + 1 if folded[start : start + 1] in (")", "]") and start > end else start
        bracket = _REMARK.match(folded, start, limit)
        given = posology.read(folded, bracket.end() if bracket else start, limit, known=True)
        quote_end = max(end, given.end)
        first = None if given.dose else self._dose_before(mention.start)
        dose = first or given.dose
        drug = Drug(
            name=self._report.text[mention.start : end],
            dci=mention.dci,
            dose=self._report.text[slice(*dose)] if dose else None,
            frequency=self._report.text[slice(*given.frequency)] if given.frequency else None,
            as_needed=given.as_needed,
            approximate=mention.approximate,
            **self._report.quote(first[0] if first else mention.start, quote_end),
        )
        return drug, quote_end

    def _dose_before(self, start: int) -> tuple[int, int] | None:
        segment = self._report.segment_at(start)
        match = _DOSE_BEFORE.search(self._report.plain, max(segment.start, start - _FARTHEST_DOSE), start)
        return match.span("dose") if match else None

    def _window_end(self, index: int, mention: Mention) -> int:
        """A posology ends before the next name, and with its sentence or list item."""
        following = self._mentions[index + 1 : index + 2]
        next_start = following[0].start if following else len(self._report.text)
        semicolon = self._report.text.find(";", mention.end)
        ends = (
            self._report.segment_at(mention.start).end,
            next_start,
            semicolon if semicolon >= 0 else next_start,
        )
        return max(self._names_end[index], min(ends))


def _with_posology(drugs: Iterable[Drug]) -> Iterator[Drug]:
    """Only a prescription in full says that a stopped medicine was taken up again."""
    return (drug for drug in drugs if drug.dose or drug.frequency)
