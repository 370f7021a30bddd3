"""Which part of a report each character belongs to: by heading, else by the words of a sentence."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from app.insights.engines.rules import headings, kinds, sentences
from app.insights.engines.rules.headings import Heading
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import BULLET, Report
from app.insights.models import Span


@dataclass(frozen=True)
class Section:
    """A part of the report; `start` is after its heading. `headed` is False when a sentence gave the kind."""

    kind: Kind
    start: int
    end: int
    headed: bool = True


_PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
_COLON_LINE = re.compile(r"^[ \t#*>-]*(?P<label>[^\W\d][^\n:]{1,60}?)[ \t]*:", re.MULTILINE)
_PROSE_KINDS = frozenset({Kind.START, Kind.STORY, Kind.STAY, Kind.OTHER, Kind.REASON, Kind.HISTORY})
_LISTS = (Kind.USUAL, Kind.DISCHARGE)
_DOSE = re.compile(r"\d\s?(?:mg|g|[µμ]g|ui|ml|cp)(?![^\W\d])")
# A line this long that is no item of a list is a sentence.
_SENTENCE_LENGTH = 55
_AN_ITEM = re.compile(
    r"[^\w\n]*[^\W\d][\w'-]*(?:[ \t/+]+[^\W\d][\w'-]*){0,3}[ \t]*(?:\([^)\n]*\))?[ \t]*[:,(]?[ \t]*[\d½¼]"
    r"|[^\n]*\||[^\n]{0,60}?\d\s?[-–]\s?\d\s?[-–]\s?\d"
)
# "L'hémoglobine était à 7,2 g/dL": a verb where an item has a dose.
_HAS_VERB = re.compile(
    r"[^:;\n]{0,60}\b(?:etai(?:t|ent)|a ete|ont ete|a montre|montre|montrait|retrouvait?|avons|s'est"
    r"|s'elevait)\b"
)
# How a paragraph begins that tells what happened, even when it names doses.
_TELLS = re.compile(
    r"\s*(?:ici|dans le service|a (?:l'|son )(?:arrivee|entree|admission)|aux urgences|au cours|pendant"
    r"|durant|devant"
    r"|(?:il|elle|le patient|la patiente|on|nous) (?:a|est|avons|s'|sera|lui|l'a)|evolution|sur le plan"
    r"|au total"
    r"|les suites|la prise en charge|l'evolution|merci|cordialement|bien a toi|amities|rendez"
    r"|consultation)\b"
)


# A line that ends a list without a gap: what was given here, or what the patient leaves with.
_TELLS_ON = re.compile(
    r"^[ \t]*(?:(?:pendant|durant|au cours d[eu]) (?:le |la |l'|son |ce |cette )?(?:sejour"
    r"|hospitalisation)\b(?![^\n]{0,3}:)"
    r"|(?:il|elle|le patient|la patiente) (?:rentre|sort|repart|regagne|quitte|retourne)\b)",
    re.MULTILINE,
)


class Layout:
    """The sections of a report, and the kind of any place in it."""

    def __init__(self, sections: Iterable[Section], *, has_stay_heading: bool = False) -> None:
        """Take `sections` as they follow each other in a text."""
        self.sections = tuple(sections)
        self._starts = [section.start for section in self.sections]
        self.has_stay_heading = has_stay_heading

    @classmethod
    def of_report(cls, report: Report) -> "Layout":
        """Cut `report` at its headings, where lists end, then at the sentences that name another list."""
        spans = [part for part in _blocks(report) if kinds.is_aside(report.plain[part.start : part.end])]
        headed = list(_headed_sections(report, spans))
        parts = list[Section]()
        seen_usual = False
        has_discharge = any(_lists_doses(report, section) for section in headed)
        for section in headed:
            cut = list(_by_sentence(report, section, seen_usual=seen_usual, has_discharge=has_discharge))
            seen_usual = seen_usual or any(part.kind is Kind.USUAL for part in cut)
            parts += cut
        return cls(
            (part for section in parts for part in _without_asides(section, spans)),
            has_stay_heading=any(section.kind is Kind.STAY and section.headed for section in headed),
        )

    def at(self, offset: int) -> Section:
        """Return the section that holds `offset`; before the first one, the first."""
        return self.sections[max(0, bisect_right(self._starts, offset) - 1)]

    def of(self, kind: Kind) -> Iterator[Section]:
        """Yield the sections of `kind`, in order."""
        return (section for section in self.sections if section.kind is kind)


def _blocks(report: Report) -> Iterator[Span]:
    """Yield the paragraphs, each cut before its lines that begin with a heading and a colon."""
    for paragraph in _PARAGRAPH.finditer(report.plain):
        cuts = [
            line.start()
            for line in _COLON_LINE.finditer(report.plain, *paragraph.span())
            if kinds.of_label(line["label"], seen_usual=False)
        ]
        for start, end in pairwise((paragraph.start(), *cuts, paragraph.end())):
            yield Span(start=start, end=end)


def _headed_sections(report: Report, asides: list[Span]) -> Iterator[Section]:
    end = len(report.text)
    cuts = [Heading(0, 0, Kind.START), *headings.find(report, asides), Heading(end, end, Kind.OTHER)]
    for heading, following in pairwise(cuts):
        section = Section(
            heading.kind, heading.content, max(heading.content, following.start), headed=heading.headed
        )
        yield from _ended(report, section, beside=heading.beside)


def _ended(report: Report, section: Section, *, beside: bool) -> Iterator[Section]:
    """End a list where, after a gap, a sentence stands: what follows tells the story again."""
    paragraphs = list(_PARAGRAPH.finditer(report.plain, section.start, section.end))
    is_list = section.kind in _LISTS or (beside and section.kind in (Kind.HISTORY, Kind.REASON))
    told = _TELLS_ON.search(report.plain, section.start, section.end) if section.kind is Kind.USUAL else None
    if told and told.start() > section.start:
        yield from _ended(report, replace(section, end=told.start()), beside=beside)
        yield Section(Kind.STORY, told.start(), section.end, headed=False)
        return
    for paragraph in paragraphs[1:] if is_list else ():
        if _is_prose(paragraph.group()):
            yield replace(section, end=paragraph.start())
            yield Section(Kind.STORY, paragraph.start(), section.end, headed=False)
            return
    yield section


def _is_prose(paragraph: str) -> bool:
    first = paragraph.split("\n", 1)[0].strip()
    if _TELLS.match(first):
        return True
    is_long = len(first) > _SENTENCE_LENGTH and not BULLET.match(first)
    return is_long and bool(_HAS_VERB.match(first) or not _AN_ITEM.match(first))


def _lists_doses(report: Report, section: Section) -> bool:
    """Return whether a section is headed as what the patient leaves with, and holds more than one dose."""
    is_list = section.kind is Kind.DISCHARGE and section.headed
    return is_list and len(_DOSE.findall(report.plain[section.start : section.end])) > 1


def _by_sentence(
    report: Report, section: Section, *, seen_usual: bool, has_discharge: bool
) -> Iterator[Section]:
    """Cut a section of prose where a sentence says that it lists usual or discharge medicines.

    Where a heading says what the patient leaves with, "à poursuivre 3 mois" in the story adds nothing to it.
    Once the usual list is told, "le traitement actuel" of a later paragraph is the one on leaving.
    """
    yield section
    if section.kind not in _PROSE_KINDS:
        return
    listing: Kind | None = None
    told_usual = False
    for segment in report.segments_between(section.start, section.end):
        words = report.plain[segment.start : segment.end]
        now = sentences.list_told(words) or (listing if sentences.goes_on(words, listing) else None)
        if seen_usual and now is Kind.USUAL and listing is None and sentences.is_current(words):
            now = Kind.DISCHARGE
        told_usual = told_usual or now is Kind.USUAL
        seen_usual = seen_usual or (told_usual and now is None)
        if has_discharge and now is Kind.DISCHARGE and section.kind in (Kind.STAY, Kind.STORY):
            now = None
        if now or listing:
            yield Section(now or section.kind, segment.start, segment.end, headed=now is None)
        listing = now


def _without_asides(section: Section, asides: list[Span]) -> Iterator[Section]:
    """Cut out the paragraphs that speak to software."""
    yield section
    for aside in asides:
        start, end = max(section.start, aside.start), min(section.end, aside.end)
        if start < end:
            yield Section(Kind.ASIDE, start, end, headed=False)
            yield Section(section.kind, end, section.end, headed=section.headed)
