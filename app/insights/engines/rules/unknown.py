"""Medicines that the lexicon does not know: a word with a strength, in a list of medicines."""

import re
from collections.abc import Iterator, Sequence

from app.insights.engines.rules import lab_names, posology
from app.insights.engines.rules.context import Context, Fate
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.engines.rules.tables import Row
from app.insights.measured import is_result
from app.insights.models import Drug, Span

_UNKNOWN_NAME = re.compile(
    r"(?:^|(?<=[,;:.]))[ \t]*(?:[-*•·→>–—▪]+[ \t]*"
    r"|\d{1,2}[.)][ \t]+)?(?P<name>[^\W\d_]{4,}(?:[ -][^\W\d_]{2,})?)(?=[ \t:]+\d)",
    re.MULTILINE,
)
# "Zorglubine solution 500 mg": its form is no part of a name.
_FORM = re.compile(
    r"[ -](?:solution|sirop|gel|creme|pommade|collyre|patchs?|comprimes?|gelules?|sachets?|gouttes|cp|gel|inj"
    r"|injectable|buvable|suppo\w*|spray)$"
)
# fmt: off
_NOT_A_NAME = frozenset({
    "puis", "soit", "avec", "regime", "controle", "oxygene", "eau", "sucre", "sel", "poids",
    "tension", "reconsulter", "consultation", "suivi", "pansement", "bilan", "rendez", "glycemie",
    "biologie", "kine", "dose", "oxygenotherapie", "plaquettes", "surveillance", "total",
    "matin", "midi", "soir", "coucher", "jour", "jours", "semaine", "et", "ou", "fois",
    "objectif", "alimentation", "perfusion", "traitement", "pendant", "jusqu", "bolus", "debit",
})
# fmt: on


def read(
    report: Report, layout: Layout, context: Context, tables: Sequence[tuple[Span, tuple[Row, ...]]]
) -> Iterator[tuple[Kind | None, Drug]]:
    """Yield the medicines that only place and strength show, each with its list (None: stopped)."""
    for match in _UNKNOWN_NAME.finditer(context.masked):
        start, end = match.span("name")
        if form := _FORM.search(match["name"]):
            end = start + form.start()
        kind = layout.at(start).kind
        in_table = any(line.start <= start < line.end for line, _ in tables)
        if in_table or kind not in (Kind.USUAL, Kind.DISCHARGE):
            continue
        given = posology.read(context.masked, end, max(report.segment_at(start).end, end))
        if lab_names.ONE.search(context.masked, start, end):
            continue
        # A share ("FEVG 52 %") is measured.
        measured = is_result(report.plain, end) or (given.dose and report.plain[given.dose[1] - 1] == "%")
        if given.dose and not measured and _may_be_a_name(match["name"]):
            is_stopped = context.fate(start, given.end) is Fate.STOPPED
            yield None if is_stopped else kind, _drug(report, (start, end), given)


def _drug(report: Report, name: tuple[int, int], given: posology.Posology) -> Drug:
    return Drug(
        name=report.text[slice(*name)],
        dci=None,
        dose=report.text[slice(*given.dose)] if given.dose else None,
        frequency=report.text[slice(*given.frequency)] if given.frequency else None,
        as_needed=given.as_needed,
        **report.quote(name[0], given.end),
    )


def _may_be_a_name(words: str) -> bool:
    """Leave out common words, and what blood and urine are measured for ("lithiémie")."""
    return (
        not set(words.split()) & _NOT_A_NAME
        and not words.endswith((" de", " du", " a", " le", " la"))
        and not words.endswith(("emie", "urie"))
    )
