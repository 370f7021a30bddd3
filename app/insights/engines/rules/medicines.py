"""Puts every drug named in a report in its list, with its posology.

A name that nothing puts in a list stays unclassified; one that is denied, or an allergy, is in no list and so
shows among the omissions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.insights.engines.rules import posology, tables
from app.insights.engines.rules.context import Context, Fate
from app.insights.engines.rules.duplicates import is_held, once, one_per_substance, same_substance
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Kind, Layout, Section
from app.insights.lexicon import Lexicon, Mention
from app.insights.models import Drug, Span


@dataclass(frozen=True)
class Medicines:
    """The five lists of medicines."""

    usual: tuple[Drug, ...]
    discharge: tuple[Drug, ...]
    during_stay: tuple[Drug, ...]
    stopped: tuple[Drug, ...]
    unclassified: tuple[Drug, ...]


_UNKNOWN_NAME = re.compile(
    r"(?:^|(?<=[,;:]))[ \t]*(?:[-*•·→>–—▪]+[ \t]*"
    r"|\d{1,2}[.)][ \t]+)?(?P<name>[^\W\d_]{4,}(?:[ -][^\W\d_]{2,})?)(?=[ \t:]+\d)",
    re.MULTILINE,
)
# fmt: off
_NOT_A_NAME = frozenset({
    "puis", "soit", "avec", "regime", "controle", "oxygene", "eau", "sucre", "sel", "poids",
    "tension", "reconsulter", "consultation", "suivi", "pansement", "bilan", "rendez", "glycemie",
    "biologie", "kine", "dose", "oxygenotherapie", "plaquettes", "surveillance", "total",
    "objectif", "alimentation", "perfusion", "traitement", "pendant", "jusqu",
})
# fmt: on
# A remark between a name and its posology; "(arrêté)" is none.
_REMARK = re.compile(r"\s*\((?!\s*(?:arret|stop|suspen|interromp|non |pas |ne |n'))[^)\d]*\)")
# "potassium 4,2 mmol/L" is a result, not a medicine.
_MEASURED = re.compile(
    r"[ \t:=]*[<>≤≥]?[ \t]*\d+(?:[.,]\d+)?[ \t]*(?:(?:[kmµμnp]?g|[mµμnp]?mol|m?eq|m?ui|u)[ \t]*/[ \t]*d?l\b"
    r"|mm[ \t]*hg\b|ml[ \t]*/[ \t]*min)"
)
_UNCHANGED = re.compile(
    r"\b(?:(?P<all>(?:traitements?|ordonnance)(?: (?:habituels?|personnels?|d'entree|anterieurs?"
    r"|de fond|par ailleurs|habituelle))*)\s*:?\s*)?"
    r"(?:(?:est |etait )?(?:repri\w*|reconduit\w*|poursuivi\w*|laisse\w*) )?(?:inchangee?s?"
    r"|a l'identique|idem|sans (?:changement|modification)|identique a l'entree)\b"
)


# What may stand between two names of one medicine, and the name that a brand of insulin adds to.
_SAME_MEDICINE = ("(", "", "/", "=", "[", "ou")
_ANY_INSULIN = "insuline humaine"


def read(report: Report, layout: Layout, lexicon: Lexicon) -> Medicines:
    """Return the medicines of `report`, list by list, in the order of the text."""
    return _Reader(report, layout, lexicon).medicines()


class _Reader:
    """One reading of one report: the names it holds, and the lists as they fill."""

    def __init__(self, report: Report, layout: Layout, lexicon: Lexicon) -> None:
        self._report = report
        self._layout = layout
        names = tuple(_without_repeats(report, lexicon.mentions(report.text)))
        self._mentions = tuple(mention for mention, _ in names)
        self._names_end = tuple(end for _, end in names)
        self._context = Context(report, self._mentions)
        self._tables = tuple(tables.read(report, lexicon))
        self._lists: dict[Kind, list[Drug]] = defaultdict(list)
        self._stopped: list[Drug] = []
        self._unclassified: list[Drug] = []
        # Named in the usual or discharge part, but in words that do not say it is taken.
        self._doubtful: dict[Kind, list[Drug]] = defaultdict(list)

    def medicines(self) -> Medicines:
        self._fill_from_tables()
        for index, mention in enumerate(self._mentions):
            if not any(line.start <= mention.start < line.end for line, _ in self._tables):
                self._place(index, mention)
        self._add_unknown_names()
        self._repeat_unchanged()
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
        if _MEASURED.match(self._report.plain, mention.end):
            return
        drug, end = self._drug(index, mention)
        fate = self._context.fate(mention.start, end)
        in_list = section.kind in (Kind.USUAL, Kind.DISCHARGE)
        if section.kind in (Kind.FAMILY, Kind.ALLERGY, Kind.ASIDE):
            return
        if fate is Fate.NOT_GIVEN:
            if in_list:
                self._doubtful[section.kind].append(drug)
            return
        if fate is Fate.STOPPED:
            # Quote the words that say so, not the name alone.
            stopping = self._report.quote(*self._context.stopping(mention.start, end))
            self._stopped.append(drug.model_copy(update=stopping))
        elif in_list:
            is_taken = drug.dose or drug.frequency or self._context.is_listed(mention.start)
            (self._lists if is_taken else self._doubtful)[section.kind].append(drug)
        elif self._is_stay(section):
            if drug.dose or drug.frequency or self._context.is_giving(mention.start):
                self._lists[Kind.STAY].append(drug)
        elif drug.dose:
            self._unclassified.append(drug)

    def _is_stay(self, section: Section) -> bool:
        """Prose that nothing classifies tells the stay, unless the report has a part of its own for it."""
        told = section.kind in (Kind.START, Kind.STORY, Kind.OTHER) and not self._layout.has_stay_heading
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
        drug = Drug(
            name=self._report.text[mention.start : end],
            dci=mention.dci,
            dose=self._report.text[slice(*given.dose)] if given.dose else None,
            frequency=self._report.text[slice(*given.frequency)] if given.frequency else None,
            as_needed=given.as_needed,
            approximate=mention.approximate,
            **self._report.quote(mention.start, quote_end),
        )
        return drug, quote_end

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

    def _add_unknown_names(self) -> None:
        """A word with a strength in a list of medicines is one, even when the lexicon doesn't know it."""
        for match in _UNKNOWN_NAME.finditer(self._context.masked):
            kind = self._layout.at(match.start("name")).kind
            limit = self._report.segment_at(match.start("name")).end
            given = posology.read(self._context.masked, match.end(), max(limit, match.end()))
            measured = _MEASURED.match(self._report.plain, match.end("name"))
            in_list = kind in (Kind.USUAL, Kind.DISCHARGE) and not self._in_table(match.start("name"))
            if in_list and given.dose and _may_be_a_name(match["name"]) and not measured:
                self._lists[kind].append(self._unknown(match, given))

    def _unknown(self, match: re.Match[str], given: posology.Posology) -> Drug:
        start, end = match.span("name")
        return Drug(
            name=self._report.text[start:end],
            dci=None,
            dose=self._report.text[slice(*given.dose)] if given.dose else None,
            frequency=self._report.text[slice(*given.frequency)] if given.frequency else None,
            as_needed=given.as_needed,
            **self._report.quote(start, given.end),
        )

    def _in_table(self, offset: int) -> bool:
        return any(line.start <= offset < line.end for line, _ in self._tables)

    def _repeat_unchanged(self) -> None:
        """Repeat the usual list where "traitement habituel inchangé" stands, with these words as proof."""
        for section in self._layout.of(Kind.DISCHARGE):
            match = _UNCHANGED.search(self._report.plain, section.start, section.end)
            listed = any(_starts_in(drug, section) for drug in self._lists[Kind.DISCHARGE])
            # Beside a list, "inchangé" may speak of one line; "traitement habituel inchangé" speaks of all.
            if match and (match["all"] or not listed):
                held = [*self._stopped, *self._lists[Kind.DISCHARGE]]
                again = (drug for drug in self._lists[Kind.USUAL] if not same_substance(drug, held))
                quote = self._report.quote(*match.span())
                self._lists[Kind.DISCHARGE] += [drug.model_copy(update=quote) for drug in again]


def _without_repeats(report: Report, mentions: Iterable[Mention]) -> Iterator[tuple[Mention, int]]:
    """Join two names of one medicine, "Lasilix (furosémide)" or "insuline Lantus"; yield where both end."""
    last: Mention | None = None
    end = 0
    for mention in mentions:
        between = report.text[end : mention.start].strip(" \n\t") if last else "."
        if last and between in _SAME_MEDICINE and mention.dci == last.dci:
            end = mention.end
            continue
        if last and not (last.dci == _ANY_INSULIN and not between and mention.dci.startswith("insuline")):
            yield last, end
        last, end = mention, mention.end
    if last:
        yield last, end


def _with_posology(drugs: Iterable[Drug]) -> Iterator[Drug]:
    """Only a prescription in full says that a stopped medicine was taken up again."""
    return (drug for drug in drugs if drug.dose or drug.frequency)


def _starts_in(drug: Drug, section: Section | Span) -> bool:
    return drug.span is not None and section.start <= drug.span.start < section.end


def _may_be_a_name(words: str) -> bool:
    """Leave out common words, and what blood and urine are measured for ("lithiémie")."""
    return not set(words.split()) & _NOT_A_NAME and not words.endswith(("emie", "urie"))
