"""Reads each medicine that a report names, with the posology beside its name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.insights.engines.rules import posology
from app.insights.engines.rules.phrases import QUANTITY, STRENGTH
from app.insights.engines.rules.report import Report
from app.insights.lexicon import Mention
from app.insights.models import Drug

# A remark between a name and its posology; "(arrêté)" is none.
_REMARK = re.compile(
    r"\s*\((?!\s*(?:arret|stop|suspen|interromp|echec|inefficac|perte|non |pas |ne |n'|si\b|s'|en cas"
    r"|a la demande|au besoin|s\.?b\.?\)|prn|matin|midi|soir|au coucher|le (?:matin|midi|soir)"
    r"|chaque|tous les|une? (?:demi|quart|le\b)|demi"
    rf"|toutes les|{QUANTITY}))[^)\d]*\)"
)
# "40 mg de furosémide", "un comprimé d'Aldactazine": the dose may come first.
_DOSE_BEFORE = re.compile(rf"(?<![\d.,])(?P<dose>{STRENGTH.pattern}|{QUANTITY})\s+(?:de\s+|d['’]\s?)$")
# What such a dose follows when it opens the next item of a list.
_NEXT_ITEM = re.compile(r"(?:[,;:]|\b(?:et|puis|avec|plus))\s*$")
_FARTHEST_DOSE = 30
_CONDITION_BEFORE = re.compile(
    r"(?:^[ \t]*(?:[-*•·→▪o][ \t]+)?|[,;:.]|\bet)\s*(?P<condition>(?:en cas d|si "
    r"|lors d)[^,;:.\n]{3,45}?)\s?[,:]\s*"
    r"(?:(?:de la|du|de l'|des|une?|le|la|les|l'|d'|de)\s*)?\Z",
    re.MULTILINE,
)
_FARTHEST_CONDITION = 60


# "10 mg → 5 mg", "5 mg augmenté à 10 mg"
_BECOMES = re.compile(
    r"[\s,(:]*(?:→|➔|⇒|=+>|-+>|–>"
    r"|(?:augmente|majore|diminue|minore|baisse|reduit|ramene|passe|porte|monte)e?s?\s+(?:a|jusqu'a)(?=\s+\d))"
    r"\s*"
)
_AS_BEFORE = re.compile(
    r"(?:idem|inchange|identique|poursui(?:te|vi)|maintenu|meme (?:dose|posologie))\w*[\s,:]*"
)


@dataclass(frozen=True)
class Named:
    """A medicine named at `start`; its name ends at `name_end`, its posology at `end`.

    `becomes` is what an arrow changes it to: "10 mg → 5 mg".
    """

    drug: Drug
    start: int
    name_end: int
    end: int
    becomes: Drug | None = None


def read(report: Report, names: tuple[tuple[Mention, int], ...]) -> Iterator[Named]:
    """Yield what stands at each of `names`, pairs of a mention and the end of all its names."""
    for index, (mention, names_end) in enumerate(names):
        following = names[index + 1 : index + 2]
        yield _read(report, mention, names_end, following[0][0].start if following else len(report.text))


def _read(report: Report, mention: Mention, names_end: int, next_start: int) -> Named:
    folded = report.plain
    name_end = posology.name_end(folded, mention.end)
    limit = _limit(report, mention, names_end, next_start)
    posology_start = _posology_start(folded, name_end, names_end, limit)
    given = posology.read(folded, posology_start, limit, known=True)
    arrow = _arrow(folded, posology_start, limit)
    if arrow:
        given = posology.read(folded, posology_start, arrow.start(), known=True)
    # "deux comprimés de Glucophage 500": the quantity is quoted, though the strength is the dose.
    quantity = _dose_before(report, mention.start)
    before = None if given.dose else quantity
    dose, end = before or given.dose, max(name_end, given.end)
    start = quantity[0] if quantity else mention.start
    condition = None if given.frequency else _condition_before(report, start)
    frequency = condition or given.frequency
    drug = Drug(
        name=report.text[mention.start : name_end],
        dci=mention.dci,
        dose=report.text[slice(*dose)] if dose else None,
        frequency=report.text[slice(*frequency)] if frequency else None,
        as_needed=given.as_needed or condition is not None,
        approximate=mention.approximate,
        **report.quote(condition[0] if condition else start, end),
    )
    changed, end = _changed(report, drug, arrow, limit) if arrow else (None, end)
    return Named(drug, mention.start, mention.end, end, changed)


def _arrow(folded: str, start: int, limit: int) -> re.Match[str] | None:
    """Return the arrow that leads from one posology to another, or to "inchangé"."""
    arrow = _BECOMES.search(folded, start, limit)
    if arrow is None or not _is_told(posology.read(folded, start, arrow.start(), known=True)):
        return None
    told = _AS_BEFORE.match(folded, arrow.end(), limit) or _is_told(posology.read(folded, arrow.end(), limit))
    return arrow if told else None


def _is_told(given: posology.Posology) -> bool:
    return bool(given.dose or given.frequency)


def _changed(report: Report, drug: Drug, arrow: re.Match[str], limit: int) -> tuple[Drug, int]:
    """Return the medicine as it goes on after `arrow`, and where its posology ends."""
    same = _AS_BEFORE.match(report.plain, arrow.end(), limit)
    given = posology.read(report.plain, same.end() if same else arrow.end(), limit)
    end = max(given.end, same.end() if same else 0)
    parts = {"dose": given.dose, "frequency": given.frequency}
    if drug.dose and given.dose and not STRENGTH.match(report.plain, given.dose[0]):
        # "50 mg → inchangé : 1 gélule": how many, of the strength told before
        parts = {"frequency": (given.dose[0], (given.frequency or given.dose)[1])}
    told = {name: report.text[slice(*part)] for name, part in parts.items() if part}
    quote = report.quote(drug.span.start if drug.span else arrow.start(), end)
    as_needed = given.as_needed if given.frequency else drug.as_needed
    return drug.model_copy(update={**told, "as_needed": as_needed, **quote}), end


def _posology_start(folded: str, name_end: int, names_end: int, limit: int) -> int:
    """Return where to look for a posology: after a second name, its bracket and a remark."""
    start = max(name_end, names_end)
    if start > name_end and folded[start : start + 1] in (")", "]"):
        start += 1
    remark = _REMARK.match(folded, start, limit)
    return remark.end() if remark else start


def _limit(report: Report, mention: Mention, names_end: int, next_start: int) -> int:
    """A posology ends before the next name, and with its sentence or list item."""
    semicolon = report.text.find(";", mention.end)
    of_next = _dose_before(report, next_start) if next_start < len(report.text) else None
    if of_next and _NEXT_ITEM.search(report.plain, names_end, of_next[0]):
        next_start = of_next[0]
    condition = _condition_before(report, next_start) if next_start < len(report.text) else None
    next_start = max(names_end, condition[0]) if condition else next_start
    ends = (report.segment_at(mention.start).end, next_start, semicolon if semicolon >= 0 else next_start)
    return max(names_end, min(ends))


def _dose_before(report: Report, start: int) -> tuple[int, int] | None:
    segment = report.segment_at(start)
    match = _DOSE_BEFORE.search(report.plain, max(segment.start, start - _FARTHEST_DOSE), start)
    return match.span("dose") if match else None


def _condition_before(report: Report, start: int) -> tuple[int, int] | None:
    """Read "en cas de constipation, un sachet de Forlax": the condition may open the item."""
    segment = report.segment_at(start)
    match = _CONDITION_BEFORE.search(report.plain, max(segment.start, start - _FARTHEST_CONDITION), start)
    return match.span("condition") if match else None
