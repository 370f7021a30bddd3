"""Puts every drug named in a report in its list, with its posology.

A name that nothing puts in a list stays unclassified; one that is denied, or an allergy, is in no list and so
shows among the omissions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from app.insights.engines.rules import posology, tables
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Kind, Layout, Section
from app.insights.evidence import plain
from app.insights.lexicon import Lexicon, Mention
from app.insights.models import Drug, Span


class Fate(Enum):
    """What the words around a name say of it."""

    GIVEN = auto()
    STOPPED = auto()
    NOT_GIVEN = auto()


@dataclass(frozen=True)
class Medicines:
    """The five lists of medicines."""

    usual: tuple[Drug, ...]
    discharge: tuple[Drug, ...]
    during_stay: tuple[Drug, ...]
    stopped: tuple[Drug, ...]
    unclassified: tuple[Drug, ...]


# How many characters around a name may speak of it; a bound, so that a line of 100 000 stays quick.
_REACH = 200
# "§" stands for a drug name in the words around another one.
_CHAIN = (
    r"(?:[\s,/§’'-]|\b(?:le|la|les|l|du|de|des|d|son|sa|ses|et|ou|ni|par|traitement|un|une|tout"
    r"|toute|toutes|antibiotherapie|medicaments?)\b)*"
)
_STOPPING = (
    r"(?:arret\w*|stopp\w*|stop|suspen\w*|interr?omp\w*|supprim\w*|sevrage|ne prend plus"
    r"|ne prenait plus|plus (?:de|d')|retire\w*)"
)
_ADVERBS = (
    r"(?:\s+(?:\w+ement|d'elle-meme|de lui-meme|deja|depuis \w+|immediate?|definiti(?:f|ve)"
    r"|progressi(?:f|ve)|temporaire|transitoire|precoce))*"
)
_STOP_BEFORE = re.compile(rf"\b{_STOPPING}{_ADVERBS}{_CHAIN}(?:\([^)]*\)\s*)?$")
_STOP_AFTER = re.compile(
    rf"[\s,;:()=\-–>→]*(?:\([^)]*\)[\s,]*)?{_CHAIN}[\s,(]*(?:ce\s+dernier|cette\s+derniere|qui|lequel"
    rf"|que l'on)?\s*"
    rf"(?:n'(?:est|a|ont|etait)|ne sont|est|a ete|ont ete|sont|ayant ete|etait|etaient|avait ete|a|:|="
    rf"|fut)?{_ADVERBS}\s*\b"
    r"(?:arret\w*|stopp\w*|stop\b|suspen\w*|interromp\w*|supprim\w*|non (?:repris|poursuivi"
    r"|reconduit)\w*|(?:pas|jamais)(?: ete)? (?:repris|poursuivi|reconduit)\w*)"
)
_RESUMED = re.compile(r"\b(?:puis|et|avant d'etre) (?:a nouveau )?repri\w+|\breintrodui")
_DENIED_BEFORE = re.compile(
    rf"(?:\b(?:pas|sans|aucune?|ni|jamais|non|absence|eviter|refus\w*|contre-indication\w*"
    rf"|contre-indiquee?s?|intolerance\w*|intolerante?"
    rf"|allerg\w*|proscri\w*|passage|voire|discuter|envisage\w*|hypersensibilite|reaction|(?:si"
    rf"|en cas) (?:besoin|echec)[^.]*,)\b|\b0){_CHAIN}"
    rf"(?:\b(?:a|au|aux)\b{_CHAIN})?$"
)
_DENIED_AFTER = re.compile(
    r"[^;]{0,60}?(?:\bnon (?:retenu|prescrit|introduit|indique|debut)\w*|\brefus\w*|\bpropose\w* mais\b"
    r"|\b(?:n'est|ne sera|n'a|n'etait)[^;.]{0,12} pas (?:ete )?(?:prescri|introdui|retenu|repri|indiqu"
    r"|debut)\w*|\ba introduire\b|\ba (?:re)?discuter\b"
    r"|\b(?:sera|seront|serait|pourra) (?:introdui|discut|repri|debut|envisag|prescri)\w*"
    r"|\betant programm\w*|\bprogramm(?:ee?s?)\b"
    r"|\ba la reprise\b|\bcontre-indiqu\w*|\ba reprendre\b|\bnon prescrit ce jour|\bpar le (?:mt"
    r"|medecin traitant))"
    r"|\s*(?:\([^)]*(?:allerg|urticaire|quincke|intoleran|vomis)[^)]*\)|=\s*0\b)"
)
_GIVING = re.compile(
    r"\b(?:traitee?s? (?:par|avec)|sous|mise? sous|relais|relaye|introduction|introdui\w*|instaur\w*"
    r"|debut\w*|recu|recoit|perfusion|antibiotherapie|mise en place"
    r"|administr\w*|par|anesthesie|analgesie|antibioprophylaxie|cure|bolus|necessite|dose de charge|iv"
    r"|ivse|ivl|pse|aerosols?)\b"
)
_UNKNOWN_NAME = re.compile(
    r"(?:^|(?<=[,;:]))[ \t]*(?:[-*•·→>–—▪]+[ \t]*"
    r"|\d{1,2}[.)][ \t]+)?(?P<name>[^\W\d_]{4,}(?:[ -][^\W\d_]{2,})?)(?=[ \t:]+\d)",
    re.MULTILINE,
)
_NOT_A_NAME = frozenset(
    [
        "puis",
        "soit",
        "avec",
        "regime",
        "controle",
        "oxygene",
        "eau",
        "sucre",
        "sel",
        "poids",
        "tension",
        "reconsulter",
        "consultation",
        "suivi",
        "pansement",
        "bilan",
        "rendez",
        "glycemie",
        "biologie",
        "kine",
        "dose",
        "oxygenotherapie",
        "plaquettes",
        "surveillance",
        "total",
        "objectif",
        "alimentation",
        "perfusion",
        "traitement",
        "pendant",
        "jusqu",
    ]
)
_UNCHANGED = re.compile(
    r"\b(?:(?P<all>(?:traitements?|ordonnance)(?: (?:habituels?|personnels?|d'entree|anterieurs?"
    r"|de fond|par ailleurs|habituelle))*)\s*:?\s*)?"
    r"(?:(?:est |etait )?(?:repri\w*|reconduit\w*|poursuivi\w*|laisse\w*) )?(?:inchangee?s?"
    r"|a l'identique|idem|sans (?:changement|modification)|identique a l'entree)\b"
)


def read(report: Report, layout: Layout, lexicon: Lexicon) -> Medicines:
    """Return the medicines of `report`, list by list, in the order of the text."""
    return _Reader(report, layout, lexicon).medicines()


class _Reader:
    """One reading of one report: the names it holds, and the lists as they fill."""

    def __init__(self, report: Report, layout: Layout, lexicon: Lexicon) -> None:
        self._report = report
        self._layout = layout
        self._mentions = tuple(_without_repeats(report, lexicon.mentions(report.text)))
        self._masked = _mask(report.plain, self._mentions)
        self._tables = tuple(tables.read(report, lexicon))
        self._lists: dict[Kind, list[Drug]] = defaultdict(list)
        self._stopped: list[Drug] = []
        self._unclassified: list[Drug] = []

    def medicines(self) -> Medicines:
        self._fill_from_tables()
        for index, mention in enumerate(self._mentions):
            if not any(line.start <= mention.start < line.end for line, _ in self._tables):
                self._place(index, mention)
        self._add_unknown_names()
        self._repeat_unchanged()
        usual, discharge = (tuple(_once(self._lists[kind])) for kind in (Kind.USUAL, Kind.DISCHARGE))
        return Medicines(
            usual=usual,
            discharge=discharge,
            during_stay=tuple(
                _once(drug for drug in self._lists[Kind.STAY] if not _is_held(drug, usual, discharge))
            ),
            stopped=tuple(
                _one_per_substance(drug for drug in self._stopped if not _same_substance(drug, discharge))
            ),
            unclassified=tuple(
                _one_per_substance(
                    d
                    for d in self._unclassified
                    if not _same_substance(d, (*usual, *discharge, *self._stopped))
                )
            ),
        )

    def _fill_from_tables(self) -> None:
        for _, rows in self._tables:
            for row in rows:
                (self._stopped if row.kind is None else self._lists[row.kind]).append(row.drug)

    def _place(self, index: int, mention: Mention) -> None:
        section = self._layout.at(mention.start)
        drug, end = self._drug(index, mention)
        fate = self._fate(mention, end)
        if section.kind in (Kind.FAMILY, Kind.ALLERGY, Kind.ASIDE) or fate is Fate.NOT_GIVEN:
            return
        if fate is Fate.STOPPED:
            self._stopped.append(self._with_reason(drug, mention, end))
        elif section.kind in (Kind.USUAL, Kind.DISCHARGE):
            self._lists[section.kind].append(drug)
        elif self._is_stay(section):
            if drug.dose or drug.frequency or self._is_giving(mention):
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
        start = self._mentions[index].end if end == mention.end else end
        limit = self._window_end(index, mention)
        bracket = re.compile(r"\s*\([^)\d]*\)").match(folded, start, limit)
        given = posology.read(folded, bracket.end() if bracket else start, limit)
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
        return max(mention.end, min(ends))

    def _fate(self, mention: Mention, end: int) -> Fate:
        segment = self._report.segment_at(mention.start)
        before = self._masked[max(segment.start, mention.start - _REACH) : mention.start]
        after = self._masked[end : min(segment.end, end + _REACH)]
        own = after.partition("§")[0]
        resumed = _RESUMED.search(own)
        if _STOP_AFTER.match(after) and not resumed:
            return Fate.STOPPED
        if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(own):
            return Fate.NOT_GIVEN
        return Fate.STOPPED if _STOP_BEFORE.search(before) and not resumed else Fate.GIVEN

    def _is_giving(self, mention: Mention) -> bool:
        segment = self._report.segment_at(mention.start)
        return bool(_GIVING.search(self._masked[max(segment.start, mention.start - 60) : mention.start]))

    def _with_reason(self, drug: Drug, mention: Mention, end: int) -> Drug:
        """Quote the words that say the medicine is stopped, not its name alone."""
        segment = self._report.segment_at(mention.start)
        reach = max(segment.start, mention.start - _REACH)
        before = _STOP_BEFORE.search(self._masked[reach : mention.start])
        start = reach + before.start() if before else mention.start
        after = None if before else _STOP_AFTER.match(self._masked, end, segment.end)
        return drug.model_copy(update=self._report.quote(start, after.end() if after else end))

    def _add_unknown_names(self) -> None:
        """A word with a strength in a list of medicines is one, even when the lexicon doesn't know it."""
        for match in _UNKNOWN_NAME.finditer(self._masked):
            kind = self._layout.at(match.start("name")).kind
            limit = self._report.segment_at(match.start("name")).end
            given = posology.read(self._masked, match.end(), max(limit, match.end()))
            in_list = kind in (Kind.USUAL, Kind.DISCHARGE) and not self._in_table(match.start("name"))
            if in_list and given.dose and _may_be_a_name(match["name"]):
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
                again = (drug for drug in self._lists[Kind.USUAL] if not _same_substance(drug, held))
                quote = self._report.quote(*match.span())
                self._lists[Kind.DISCHARGE] += [drug.model_copy(update=quote) for drug in again]


def _without_repeats(report: Report, mentions: Iterator[Mention]) -> Iterator[Mention]:
    """Join "Lasilix (furosémide)" into one mention of Lasilix."""
    last: Mention | None = None
    for mention in mentions:
        between = report.text[last.end : mention.start].strip(" \n") if last else ""
        if last and between == "(" and mention.dci == last.dci:
            continue
        last = mention
        yield mention


def _mask(folded: str, mentions: tuple[Mention, ...]) -> str:
    """Replace each drug name by as many "§", so that rules see that a drug stands there."""
    parts, end = [], 0
    for mention in mentions:
        parts += [folded[end : mention.start], "§" * (mention.end - mention.start)]
        end = mention.end
    return "".join([*parts, folded[end:]])


def _substance(drug: Drug) -> str:
    return drug.dci or plain(drug.name)


def _same_substance(drug: Drug, others: Iterable[Drug]) -> bool:
    return any(_substance(drug) == _substance(other) for other in others)


def _is_held(drug: Drug, usual: tuple[Drug, ...], discharge: tuple[Drug, ...]) -> bool:
    """A medicine of the stay isn't repeated when it is usual, or goes on after discharge, at that dose."""
    same = [other for other in (*usual, *discharge) if _substance(other) == _substance(drug)]
    return any(drug.dose is None or _compact(drug.dose) == _compact(other.dose) for other in same)


def _compact(words: str | None) -> str:
    return re.sub(r"\s", "", plain(words or ""))


def _once(drugs: Iterator[Drug] | list[Drug]) -> Iterator[Drug]:
    """Keep one of equal lines: same substance, dose and frequency; a bare name adds nothing to a posology."""
    kept: list[Drug] = []
    for drug in drugs:
        same = [other for other in kept if _substance(other) == _substance(drug)]
        bare = not drug.dose and not drug.frequency
        if not any(
            bare
            or (_compact(o.dose), _compact(o.frequency)) == (_compact(drug.dose), _compact(drug.frequency))
            for o in same
        ):
            kept.append(drug)
    yield from kept


def _one_per_substance(drugs: Iterator[Drug]) -> Iterator[Drug]:
    kept: list[Drug] = []
    for drug in drugs:
        if not _same_substance(drug, kept):
            kept.append(drug)
    yield from kept


def _starts_in(drug: Drug, section: Section | Span) -> bool:
    return drug.span is not None and section.start <= drug.span.start < section.end


def _may_be_a_name(words: str) -> bool:
    """Leave out common words, and what blood and urine are measured for ("lithiémie")."""
    return not set(words.split()) & _NOT_A_NAME and not words.endswith(("emie", "urie"))
