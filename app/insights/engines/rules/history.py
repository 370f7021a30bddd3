"""Reads the medical history: listed under a heading, or told in sentences."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from app.insights.engines.rules import diseases
from app.insights.engines.rules.kinds import SPECIALTY, Kind
from app.insights.engines.rules.report import BULLET, Report
from app.insights.engines.rules.sections import Layout, Section
from app.insights.engines.rules.statements import lines, split, statement
from app.insights.evidence import plain
from app.insights.models import Span, Statement

_DENIED = re.compile(
    r"\s*(?:[ø∅]|pas\b|absence|aucune?\b|sans\b|non\b|ni\b|0\s|jamais|rien|neant|ras\b|nie\b|n'est|il n'"
    r"|elle n'|pas d')|.*\b(?:negatives?|n'est ni)\b|[^=:]*[=:]\s*(?:non|0|neant|aucune?|nie|niee)\s*$"
)
_FAMILY = re.compile(
    r"\s*(?:(?:grande?|petite?|demi)[ -])?(?:(?:sa|son|ses|chez (?:la|le|sa|son))\s+)?(?:pere|mere|papa"
    r"|maman|freres?|s(?:oe|o)urs?|fils|fille|parents?|oncle|tante|grand|heredite|atcd fam"
    r"|antecedents? famil"
    r"|cousine?|neveu|(?:cote |sur le plan |au plan )?famil|fam\b)"
)
_ALLERGY = re.compile(r"\s*(?:allergi|intoleranc)")
_NOT_HISTORY = re.compile(
    r"\s*(?:allergi|all\b|tolerance|vaccin|traitement|ttt\b|vit\b|vivant|autonom|profession|retraite"
    r"|mode de vie|marie|celibat|veu[fv]|enfants?\b|ne a terme|nee a terme|eutrophe|travaille"
    r"|ancien(?:ne)? "
    r"(?!fum|tabag|alcool|infarct|idm|avc|tubercul)|(?:tabac|oh|alcool|toxiques?)\s*:?\s*(?:0|non|jamais"
    r"|aucun)"
    r"|non[- ]fumeu|(?:elle|il|le patient|la patiente|on)\s+(?!y)\w+|echec|sort\b|revoir|rdv\b|retour\b"
    r"|.*\b(?:matin|midi|soir|coucher)\b|.*\d\s?(?:mg|ui"
    r"|[µμ]g)\b(?!\s?/\s?d?l)|[^\w]*$)"
)
_TOLD = re.compile(
    r"\b(?:vous (?:la|le|l') ?(?:suiv|connaiss)ez pour|suivie?\s+(?:\w+\s+){0,2}pour|connue? pour"
    r"|(?<!ete )traitee? pour"
    r"|ete traitee? pour(?=[^.;]{0,80}\b(?:en (?:19|20)\d\d|il y a))|porteu(?:r|se)\s+d(?:'|es?\b"
    r"|u\b)|porte"
    r"|atteinte?\s+d(?:'|es?\b|u\b)"
    r"|antecedents?[^.:;]{0,25}?(?:on (?:note|retient|retrouve|releve)|comportent|comprennent"
    r"|sont marques par|associent|\bqu'|\bque\b|hormis|\bd'|\bde\b|:|(?=\bune?\b))|\bon (?:note|retrouve"
    r"|retient) (?:egalement|aussi"
    r"|par ailleurs)"
    r"|a ete operee?\s+d(?:'|es?\b|u\b)|operee?\s+d(?:'|es?\b|u\b)|presente comme antecedents?"
    r"|passe medical[^.:;]{0,25}?\bpar\b|pour rappel,?"
    r"|comme (?:vous (?:le )?savez|tu (?:le )?sais),? (?:il |elle )?(?:a|est|presente|souffre)(?: d(?:'"
    r"|es?\b|u\b))?"
    r"|on (?:retient|note|releve|retrouve) (?:de|dans|parmi) (?:son|sa|ses|l')[^.,:;]{0,25}?(?=\b(?:une?"
    r"|des)\b)"
    r"|souffre d(?:'|es?\b|u\b)|\b(?:il|elle) (?:continue (?:de|a) )?(?=fumer?\b)"
    # "Patiente diabétique et hypertendue", "c'est un ancien marin, diabétique"
    r"|(?:\b(?:patiente?|homme|femme|dame|(?:il|elle) est|connue?)\b|\bc'est une?\b[^.;:]{0,30},)\s*"
    r"(?:de \d+ ans,?\s*)?(?=(?:diabetique|hypertendue?|obese|tabagique|coronarien|dyslipidemique"
    r"|asthmatique"
    r"|epileptique|parkinsonien|bronchopathe|cirrhotique|insuffisante?|vih|bpco|hemodialysee?|dialysee?"
    r"|transplantee?|greffee?)(?![^\W\d]*\?))"
    r"|\b(?:sa|son)\s+(?=[^.;]{3,60}\b(?:evolue|est connue?|diagnostiquee?|remonte)\b[^.;]{0,25}(?:depuis"
    r"|en|a)\b)"
    r"|\b(?:il|elle) a (?:egalement |aussi )?fait (?=une?\s[^.;]{3,60}\b(?:en (?:19|20)\d\d|il y a))"
    # An operation of another time: "elle a bénéficié d'une thyroïdectomie en 1998"
    r"|\b(?:beneficie|subi|eu)\s+(?:d')?(?=une?\s[^.,;:]{0,80}?\b(?:en (?:19|20)\d\d|en mille|en deux mille"
    r"|il y a .{1,12} ans|dans (?:l'enfance|sa jeunesse))))\s*"
)
# In a part that is about the history, "elle a une hypertension" says it too.
_TOLD_HERE = re.compile(
    rf"(?:{_TOLD.pattern}|\b(?:il|elle|le patient|la patiente)\s+(?:a|avait|presente"
    rf"|presentait)\s+(?=(?:une?|des)\s"
    r"|l'|un\b))"
)
_PROSE = (Kind.START, Kind.STORY, Kind.OTHER)
_PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
_LABEL = re.compile(r"[^\n:>,;.]{2,40}[:>][ \t]*")
_FEWEST_DISEASES = 3
_FOLLOWED = re.compile(
    r"\b(?:suivie?|connue?)\s+(?:\w+\s+){0,2}pour\s+|\bporteu(?:r|se)\s+d(?:'|e\s|une?\s)|\bsouffre\s+d(?:'|e\s)"
)
_LIST_BEFORE = re.compile(
    r"(?!.*\b(?:il|elle|patiente?|on|est|a ete|vous)\b)[^.]*[^\W\d]{3,}[^.]*[,;]", re.DOTALL
)
_RELATIVE = re.compile(
    r"\b(?:(?:sa|son|ses) (?:\w+ )?(?:fils|filles?)|peres?|meres?|freres?|s(?:oe|o)urs?|oncles?|tantes?"
    r"|cousine?s?"
    r"|grand-\w+)\b[^.,;]*$"
)
_NONE_OF = re.compile(r"\b(?:pas|sans|aucune?|ni|jamais)\b[^.,;:]{0,25}$")
_NEXT_CLAUSE = re.compile(
    # "une épilepsie par Dépakine 500 mg": the treatment is no part of the disease
    r"\s+par\s+(?=[^.;]{0,40}\d\s?(?:mg|g|[µμ]g|ui)\b)|,?\s+(?:est|a ete|etait) (?:hospitalis|admis"
    r"|adress)\w+"
    r"|\s+(?:est|a ete|vient|consulte|presente) (?=\w)"
    r"|\s+(?:et\s+)?(?:porte|est suivie?|a ete operee?|est porteu\w+|dont)\s+|\s+qui\s|\s*[.;]\s"
)


def history(report: Report, layout: Layout) -> tuple[Statement, ...]:
    """Return what the patient had before: neither denied, nor of the family, nor an allergy."""
    listed = [
        item for section in layout.of(Kind.HISTORY) if section.headed for item in _of_section(report, section)
    ]
    found = [*_followed_for(report, layout, listed), *listed] if listed else list(_told(report))
    if not listed:
        found = max(found, list(_dense(report, layout)), key=len)
    parts = [_without_specialty(report, item) for item in found]
    own = (item for item, is_own in zip(parts, _are_own(report, parts), strict=True) if is_own)
    statements = [statement(report, item.start, item.end) for item in own]
    kept = {said.citation: said for said in reversed(statements) if said and _is_own(said)}
    return tuple(reversed(kept.values()))


def _dense(report: Report, layout: Layout) -> Iterator[Span]:
    """Yield the first list of diseases that stands under words no rule knows, in lines or with commas."""
    for block in _PARAGRAPH.finditer(report.plain):
        lines_of = [line for line in report.lines_between(*block.span()) if line.end > line.start]
        items = [Span(start=_after_bullet(report, line), end=line.end) for line in lines_of]
        for parts in (items[1:], *(list(_parts(report, item)) for item in items)):
            if _are_diseases(report, parts) and _is_apart(layout.at(parts[0].start), block.start()):
                yield from parts
                return


def _is_apart(section: Section, start: int) -> bool:
    """Return whether a paragraph may hold the history: what stands beside "Motif :" tells the reason."""
    return section.kind in _PROSE or (section.kind is Kind.REASON and section.start < start)


def _after_bullet(report: Report, line: Span) -> int:
    bullet = BULLET.match(report.text, line.start, line.end)
    return bullet.end() if bullet else line.start


def _parts(report: Report, item: Span) -> Iterator[Span]:
    """Cut a line after its label: "Pb connus : BPCO, HTA"."""
    label = _LABEL.match(report.plain, item.start, item.end)
    return split(report, Span(start=label.end() if label else item.start, end=item.end))


def _are_diseases(report: Report, parts: list[Span]) -> bool:
    named = sum(bool(diseases.NAMED.match(report.plain, part.start, part.end)) for part in parts)
    return named >= _FEWEST_DISEASES and 2 * named >= len(parts)


def _followed_for(report: Report, layout: Layout, listed: list[Span]) -> Iterator[Span]:
    """Yield what a letter says the patient is followed for, before the list, where the list leaves it out."""
    held = set(re.findall(r"[^\W\d]{3,}", " ".join(report.plain[one.start : one.end] for one in listed)))
    for cue in _FOLLOWED.finditer(report.plain, 0, listed[0].start):
        before = report.plain[max(0, cue.start() - 60) : cue.start()]
        if layout.at(cue.start()).kind not in _PROSE or _RELATIVE.search(before):
            continue
        end = report.segment_at(cue.end()).end
        stop = _NEXT_CLAUSE.search(report.plain, cue.end(), end)
        for part in split(report, Span(start=cue.end(), end=stop.start() if stop else end)):
            words = set(re.findall(r"[^\W\d]{3,}", report.plain[part.start : part.end]))
            if words and not words & held:
                yield part


def _are_own(report: Report, parts: list[Span]) -> Iterator[bool]:
    """Tell for each part whether it is the patient's history.

    "mère : diabète, HTA" goes on after its comma, and so does "allergie acariens, aspirine".
    """
    relative_until, is_allergy = 0, False
    for item in parts:
        joined = (
            item.start <= relative_until and "." not in report.text[relative_until - len(", ") : item.start]
        )
        words = report.plain[item.start : item.end]
        if joined and is_allergy:
            joined = not diseases.NAMED.match(words)
        is_allergy = bool(joined and is_allergy) or bool(_ALLERGY.match(words))
        if (_FAMILY.match(words) and ":" in words) or is_allergy or joined:
            relative_until = item.end + len(", ")
            yield False
        else:
            yield _is_history(report, item)


def _is_own(said: Statement) -> bool:
    """Look again at what an article hid: "une allergie", "pas de diabète"."""
    words = plain(said.citation)
    return not (_DENIED.match(words) or _NOT_HISTORY.match(words) or _FAMILY.match(words))


def _of_section(report: Report, section: Section) -> Iterator[Span]:
    """One item per line; what begins beside its heading is a list with commas."""
    inline = bool(report.text[section.start : section.end].split("\n", 1)[0].strip())
    end = section.start + len(report.text[section.start : section.end].rstrip(" \n\t|"))
    items = [Span(start=section.start, end=end)] if inline else list(lines(report, section))
    for item in items:
        if _is_told(report, item):
            yield from _told_in(report, item, _TOLD_HERE)
        elif report.plain.count(";", item.start, item.end) > 1:
            # Where semicolons part, a comma goes on: "IRC stade 5, dialysée depuis 2019 ; HTA ; …".
            for part in split(report, item, at_commas=False):
                yield from _split_at_diseases(report, part)
        elif (
            SPECIALTY.match(report.plain, item.start, item.end)
            or inline
            or len(items) == 1
            or _is_prose(report, item)
        ):
            yield from split(report, item)
        else:
            yield from _split_at_diseases(report, item)


def _is_told(report: Report, item: Span) -> bool:
    """Return whether an item is a sentence that says what the patient has; a list may hold such words too."""
    cue = _TOLD_HERE.search(report.plain, item.start, item.end)
    return bool(cue and not _LIST_BEFORE.match(report.plain[item.start : cue.start()]))


def _is_prose(report: Report, item: Span) -> bool:
    """Return whether an item holds several sentences."""
    return bool(re.search(r"[^.]{12,}\.\s+\S", report.plain[item.start : item.end]))


def _without_specialty(report: Report, item: Span) -> Span:
    bullet = BULLET.match(report.text, item.start, item.end)
    own = SPECIALTY.match(report.plain, bullet.end() if bullet else item.start, item.end)
    return Span(start=own.end(), end=item.end) if own else item


def _split_at_diseases(report: Report, item: Span) -> Iterator[Span]:
    """Cut a line where each part names a disease: "HTA, diabète"; but not "goutte, deux crises"."""
    parts = list(split(report, item))
    if len(parts) > 1 and all(diseases.NAMED.match(report.plain, part.start, part.end) for part in parts[1:]):
        yield from parts
    else:
        yield item


def _told(report: Report) -> Iterator[Span]:
    """Yield the diseases of sentences such as "suivi pour une HTA, un asthme et une goutte"."""
    for segment in report.segments:
        yield from _told_in(report, segment, _TOLD)


def _told_in(report: Report, segment: Span, told: re.Pattern[str]) -> Iterator[Span]:
    cues = list(told.finditer(report.plain, segment.start, segment.end))
    for cue, following in zip_longest(cues, cues[1:]):
        end = following.start() if following else segment.end
        before = report.plain[max(segment.start, cue.start() - 60) : cue.start()]
        if not _RELATIVE.search(before) and not _NONE_OF.search(before):
            stop = _NEXT_CLAUSE.search(report.plain, cue.end(), end)
            yield from split(report, Span(start=cue.end(), end=stop.start() if stop else end))


def _is_history(report: Report, item: Span) -> bool:
    words = report.plain[item.start : item.end]
    in_table = "|" in words or not any(char.isalpha() for char in words)
    return not (in_table or _DENIED.match(words) or _FAMILY.match(words) or _NOT_HISTORY.match(words))
