"""Reads why the patient came: what stands under a heading, else the sentence that says it."""

import re

from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import Report
from app.insights.engines.rules.sections import Layout
from app.insights.engines.rules.statements import has_letters, lines, statement
from app.insights.models import Statement

_REASON_TOLD = re.compile(
    r"\b(?:hospitalis\w+|admise?s?|adress\w+|sejourn\w+|transfer\w+|prise? en charge|consult\w+"
    r"|admission|s'est presentee?|confiee?s?\b|amenee?s?"
    r"|accueilli\w*|vue? (?:ce jour )?(?:en|le)\b|entre[e]? |pris(?:e)? le|recue?|a ete vue?|cesarienne"
    r"|accouchement|garde[e]?"
    r"|se presente|vient|venue?|(?:j'ai|nous avons) (?:re)?vu)\b(?:(?!\n[ \t]*\n)(?:[^.]|(?<=\bm)\."
    r"|(?<=\bmme)\.|(?<=\bdr)\.)){0,160}?"
    r"\b(?:pour|a la suite d(?:e|')|suite a|dans les suites d(?:e|')|devant|dans un contexte d(?:e|')"
    r"|en raison d(?:e|')"
    r"|dans le cadre d(?:e|')|au decours d(?:e|'))\s*(?=[^\W\d])"
)
_REASON_ENDS = re.compile(
    r"\s*[;(]|,\s*(?:et (?:il|elle)\b|qui\b|ou (?:il|elle)\b|dans le cadre\b|chez\b|il\b|elle\b|adresse"
    r"|evolu)"
    r"|\s+(?:du|le|depuis le) \d{1,2}[/ ]"
)
_LED_TO = re.compile(
    r"\W*(?:(?:il|elle|patiente?) (?:est|a ete) )?(?:adress|hospitalis|transfer"
    r"|admi)\w+\b[^.,;]{0,60}?\b(?:pour|devant)\s+"
)
_HISTORY_OF_ILLNESS = re.compile(r"\W*(?:\d[\d.)]*\s*)?(?:histoire|hdlm|hdm|anamnese)")
_DIAGNOSIS = re.compile(
    r"^\W*(?:\d[\d.)]*\s*)?(?:diagnostics?(?: (?:principal|retenu|de sortie|d'entree"
    r"|final))?|dg|diag|pec|contexte|intervention|acte (?:chirurgical|operatoire)"
    r"|(?:amene|adresse|transfere|accompagne)e?\b[^\n:.]{0,40})\s*[:.]\s*(?P<what>[^\n]{4,})",
    re.MULTILINE,
)
_TAKEN_CHARGE_OF = re.compile(
    r"^\W*(?:prise en charge|bilan|suivi) d(?:'une?|'|e l'|e la|e|u)\s*(?=[^\W\d])", re.MULTILINE
)
_DOSED = re.compile(r"\d\s?(?:mg|g|ui)\s?/\s?m[²2]")
_OPERATED = re.compile(r"\boperee?\b(?:(?!\n[ \t]*\n)[^.]){0,100}?\bd(?:e\s+|'\s*)(?:une?\s+)?")


def reason(report: Report, layout: Layout) -> Statement | None:
    """Return why the patient came: the first words under its heading, else the sentence that says it."""
    for section in layout.of(Kind.REASON):
        words = next((line for line in lines(report, section) if has_letters(report, line)), None)
        # "Protocole : rituximab 375 mg/m² J1": how, not why.
        if words is not None and not _DOSED.search(report.plain, words.start, words.end):
            # "Motif : adressée par les urgences pour …"
            led = _LED_TO.match(report.plain, words.start, words.end)
            return statement(report, led.end() if led else words.start, words.end)
    told = _REASON_TOLD.search(report.plain) or _OPERATED.search(report.plain)
    if told is None:
        return _diagnosis(report) or _taken_charge_of(report) or _first_of_story(report, layout)
    end = report.segment_at(told.end()).end
    clause = _REASON_ENDS.search(report.plain, told.end(), end)
    return statement(report, told.end(), clause.start() if clause else end)


def _taken_charge_of(report: Report) -> Statement | None:
    """Return what "Prise en charge d'un adénocarcinome" says at the start of a line."""
    match = _TAKEN_CHARGE_OF.search(report.plain)
    if match is None:
        return None
    return statement(report, match.end(), min(report.segment_at(match.end()).end, len(report.text)))


def _diagnosis(report: Report) -> Statement | None:
    """Return what "Diagnostic principal :" or "Intervention :" says, for want of a reason."""
    match = _DIAGNOSIS.search(report.plain)
    return statement(report, *match.span("what")) if match else None


def _first_of_story(report: Report, layout: Layout) -> Statement | None:
    """Return the first sentence under "Histoire de la maladie", for want of better."""
    for section in layout.of(Kind.STORY):
        opening = report.plain[: section.start].rsplit("\n", 1)[-1]
        if section.headed and _HISTORY_OF_ILLNESS.match(opening):
            first = next((line for line in lines(report, section) if has_letters(report, line)), None)
            end = report.segment_at(first.start).end if first else 0
            return statement(report, first.start, min(first.end, end)) if first else None
    return None
