"""Cuts text into statements: lines without bullets, parts between commas, words without articles."""

import re
from collections.abc import Iterator

from app.insights.engines.rules import diseases
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Section
from app.insights.models import Span, Statement

_BULLET = re.compile(r"[ \t]*(?:[-*•·→>–—▪‣►▶➤●◆■◦✓.+]+|\d{1,2}[.)/]|[a-h]\)|o[ \t])[ \t]*")
_ARTICLE = re.compile(r"\s*(?:et\s+)?(?:(?:une?|des|du|de la|la|le|les|son|sa|ses|d'une?|de)\s+|[ld]'\s*)?")
_SEPARATOR = re.compile(
    r"\s*[;,]\s*(?:et\s+)?|\s+et\s+(?=(?:une?|des|d'une?|d'un|de la|la|le|l'|de|d')(?:\b|(?<=')))"
    r"|\s*\.\s+|\s+/\s+|\s+[·•]\s+|\n[ \t]*[-*•→>–]+[ \t]+|\n\s*\n|\n[ \t]*(?=[^\W\d]{2,15}[ \t]*:)"
)

_DASH = re.compile(r"\s+[-–]\s+")


def lines(report: Report, section: Section) -> Iterator[Span]:
    """Yield the lines of a section without bullets, wrapped lines joined."""
    item: Span | None = None
    for line in report.lines_between(section.start, section.end):
        start, end = max(line.start, section.start), min(line.end, section.end)
        if start >= end or not report.text[start:end].strip():
            continue
        end = start + len(report.text[start:end].rstrip(" \t|;,"))
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


# What goes on with the part before a comma: "diabète de type 2, compliqué d'une rétinopathie".
_GOES_ON = re.compile(
    r"\s*,\s*(?:compliquee?s?|avec|sous|traitee?s?(?! pour)|stentee?s?|appareillee?s?|sevree?s?"
    r"|equilibree?s?|en remission"
    r"|operee?s?(?! d)|suivie?s?(?! pour)|non (?:operee?|traitee?|compliquee?|insulino\w*|appareillee?)"
    r"|responsable|secondaire|revelee?|diagnostiquee?|substituee?|decouverte?|(?:hemo)?dialysee?|insulino\w*"
    r"|deux|trois|derni(?:er|ere))\b"
)


def split(report: Report, item: Span, *, at_commas: bool = True) -> Iterator[Span]:
    """Cut at commas, semicolons, full stops and "et une …" that stand outside brackets."""
    start, depth_text = item.start, report.plain[item.start : item.end]
    cuts = [
        cut
        for cut in _SEPARATOR.finditer(depth_text)
        if not _GOES_ON.match(depth_text, cut.start())
        and (at_commas or not cut.group().strip().startswith(","))
    ]
    dashes = list(_DASH.finditer(depth_text))
    cuts += [dash for dash in dashes if cuts and diseases.NAMED.match(depth_text, dash.end())]
    cuts.sort(key=lambda cut: cut.start())
    # Two dashes and no comma separate; one sets apart: "fracture du poignet - 2019".
    for cut in dashes if not cuts and len(dashes) > 1 else cuts:
        before = depth_text[: cut.start()]
        if before.count("(") == before.count(")"):
            yield Span(start=start, end=item.start + cut.start())
            start = item.start + cut.end()
    yield Span(start=start, end=item.end)


def has_letters(report: Report, item: Span) -> bool:
    """Return whether `item` holds a word."""
    return any(char.isalpha() for char in report.text[item.start : item.end])


def statement(report: Report, start: int, end: int) -> Statement | None:
    """Return the words from `start` to `end` without article and punctuation around them, or None."""
    article = _ARTICLE.match(report.plain, start, end)
    start = article.end() if article else start
    words = re.sub(r"\s+et$", "", report.text[start:end].rstrip(" \n\t.;,:|"))
    return Statement(**report.quote(start, start + len(words))) if len(words) > 1 else None
