"""Reads the reason for admission and the medical history: listed under a heading, or told in sentences."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Kind, Layout, Section
from app.insights.models import Span, Statement

_BULLET = re.compile(r"[ \t]*(?:[-*•·→>–—▪]+|\d{1,2}[.)])[ \t]*")
_DENIED = re.compile(
    r"\s*(?:pas\b|absence|aucune?\b|sans\b|non\b|ni\b|0\s|jamais|rien|neant|ras\b|nie\b|n'est|il n'"
    r"|elle n'|pas d')|.*\b(?:negatives?|n'est ni)\b"
)
_FAMILY = re.compile(
    r"\s*(?:(?:grande?|petite?|demi)[ -])?(?:(?:sa|son|ses|chez (?:la|le|sa|son))\s+)?(?:pere|mere|papa"
    r"|maman|freres?|s(?:oe|o)urs?|fils|fille|parents?|oncle|tante|grand|heredite|atcd fam|antecedents? famil"
    r"|cousine?|neveu|famil|fam\b)"
)
_NOT_HISTORY = re.compile(
    r"\s*(?:allergi|all\b|tolerance|vaccin|traitement|ttt\b|vit\b|vivant|autonom|profession|retraite"
    r"|mode de vie)"
)
_ARTICLE = re.compile(r"\s*(?:et\s+)?(?:(?:une?|des|du|de la|la|le|les|son|sa|ses|d'une?)\s+|l'\s*)?")
_SEPARATOR = re.compile(
    r"\s*[;,]\s*(?:et\s+)?|\s+et\s+(?=(?:une?|des|d'une?|d'un|de la|la|le|l')\b)|\s*\.\s+|\n\s*\n"
)
_TOLD = re.compile(
    r"\b(?:suivie?\s+(?:\w+\s+){0,2}pour|connue? pour|traitee? pour|porteu(?:r|se)\s+d'?e?|porte"
    r"|atteinte?\s+d'?e?"
    r"|antecedents?[^.:;]{0,25}?(?:on (?:note|retient|retrouve|releve)|comportent|comprennent"
    r"|sont marques par|associent|d'|de|:)"
    r"|a ete operee?\s+d'?e?|operee?\s+d'?e?|presente comme antecedents?)\s*"
)
_RELATIVE = re.compile(
    r"\b(?:sa|son|ses) (?:\w+ )?"
    r"(?:pere|mere|freres?|s(?:oe|o)urs?|fils|filles?|oncle|tante|cousine?)\b[^.,;]*$"
)
_NEXT_CLAUSE = re.compile(
    r"\s+(?:et\s+)?(?:porte|est suivie?|a ete operee?|est porteu\w+|dont)\s+|\s+qui\s|\s*[.;]\s"
)
_REASON_TOLD = re.compile(
    r"\b(?:hospitalis\w+|admise?s?|adress\w+|sejourn\w+|transfer\w+|prise? en charge|consult\w+"
    r"|accueilli\w*|vue? (?:ce jour )?en|entre[e]? )\b[^.]{0,160}?"
    r"\b(?:pour|a la suite d(?:e|')|suite a|devant|dans un contexte d(?:e|')|en raison d(?:e|')"
    r"|dans le cadre d(?:e|')|au decours d(?:e|'))\s*(?=\b)"
)
_REASON_ENDS = re.compile(
    r"\s*[;(]|,\s*(?:et (?:il|elle)\b|qui\b|ou (?:il|elle)\b|dans le cadre\b|chez\b|il\b|elle\b|adresse"
    r"|evolu)"
    r"|\s+(?:du|le|depuis le) \d{1,2}[/ ]"
)
_OPERATED = re.compile(r"\boperee?\b[^.]{0,60}?\bd(?:e\s+|'\s*)(?:une?\s+)?")


def reason(report: Report, layout: Layout) -> Statement | None:
    """Return why the patient came: the first words under its heading, else the sentence that says it."""
    for section in layout.of(Kind.REASON):
        words = next((line for line in _items(report, section) if _has_letters(report, line)), None)
        if words is not None:
            return _statement(report, words.start, words.end)
    told = _REASON_TOLD.search(report.plain) or _OPERATED.search(report.plain)
    if told is None:
        return None
    end = report.segment_at(told.end()).end
    clause = _REASON_ENDS.search(report.plain, told.end(), end)
    return _statement(report, told.end(), clause.start() if clause else end)


def history(report: Report, layout: Layout) -> tuple[Statement, ...]:
    """Return what the patient had before: neither denied, nor of the family, nor an allergy."""
    listed = [
        item for section in layout.of(Kind.HISTORY) if section.headed for item in _of_section(report, section)
    ]
    found = listed or list(_told(report))
    statements = (_statement(report, item.start, item.end) for item in found if _is_history(report, item))
    kept: dict[str, Statement] = {}
    for statement in statements:
        if statement is not None:
            kept.setdefault(statement.citation, statement)
    return tuple(kept.values())


def _of_section(report: Report, section: Section) -> Iterator[Span]:
    """One item per line; what begins beside its heading is a list with commas."""
    inline = bool(report.text[section.start : section.end].split("\n", 1)[0].strip())
    items = [Span(start=section.start, end=section.end)] if inline else list(_items(report, section))
    for item in items:
        yield from _split(report, item) if inline or len(items) == 1 else (item,)


def _items(report: Report, section: Section) -> Iterator[Span]:
    """Yield the lines of a section without bullets, wrapped lines joined."""
    item: Span | None = None
    for line in report.lines:
        start, end = max(line.start, section.start), min(line.end, section.end)
        if start >= end or not report.text[start:end].strip():
            continue
        bullet = _BULLET.match(report.text, start, end)
        begin = bullet.end() if bullet else start
        if item and not bullet and report.segment_at(item.start) == report.segment_at(begin):
            item = Span(start=item.start, end=end)
            continue
        if item:
            yield item
        item = Span(start=begin, end=end)
    if item:
        yield item


def _split(report: Report, item: Span) -> Iterator[Span]:
    """Cut at commas, semicolons, full stops and "et une …" that stand outside brackets."""
    start, depth_text = item.start, report.plain[item.start : item.end]
    for cut in _SEPARATOR.finditer(depth_text):
        before = depth_text[: cut.start()]
        if before.count("(") == before.count(")"):
            yield Span(start=start, end=item.start + cut.start())
            start = item.start + cut.end()
    yield Span(start=start, end=item.end)


def _told(report: Report) -> Iterator[Span]:
    """Yield the diseases of sentences such as "suivi pour une HTA, un asthme et une goutte"."""
    for segment in report.segments:
        cues = list(_TOLD.finditer(report.plain, segment.start, segment.end))
        for cue, following in zip_longest(cues, cues[1:]):
            end = following.start() if following else segment.end
            if not _RELATIVE.search(report.plain, max(segment.start, cue.start() - 60), cue.start()):
                stop = _NEXT_CLAUSE.search(report.plain, cue.end(), end)
                yield from _split(report, Span(start=cue.end(), end=stop.start() if stop else end))


def _is_history(report: Report, item: Span) -> bool:
    words = report.plain[item.start : item.end]
    in_table = "|" in words or not any(char.isalpha() for char in words)
    return not (in_table or _DENIED.match(words) or _FAMILY.match(words) or _NOT_HISTORY.match(words))


def _has_letters(report: Report, item: Span) -> bool:
    return any(char.isalpha() for char in report.text[item.start : item.end])


def _statement(report: Report, start: int, end: int) -> Statement | None:
    article = _ARTICLE.match(report.plain, start, end)
    start = article.end() if article else start
    words = report.text[start:end].rstrip(" \n\t.;,:")
    return Statement(**report.quote(start, start + len(words))) if len(words) > 1 else None
