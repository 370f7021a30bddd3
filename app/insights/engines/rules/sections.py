"""Which part of a report each character belongs to: by heading, else by the words of a sentence.

Headings are recognised by the words they hold and by their shape (a short line, a label before a colon),
never by an exact wording: "3. Traitement à l'entrée", "TTT HABITUEL", "Médicaments avant l'admission :".
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from app.insights.engines.rules.report import Report
from app.insights.models import Span


class Kind(Enum):
    """What a part of a report is about."""

    START = auto()
    REASON = auto()
    HISTORY = auto()
    FAMILY = auto()
    ALLERGY = auto()
    USUAL = auto()
    DISCHARGE = auto()
    STAY = auto()
    STORY = auto()
    LABS = auto()
    OTHER = auto()
    ASIDE = auto()


@dataclass(frozen=True)
class Section:
    """A part of the report; `start` is after its heading. `headed` is False when a sentence gave the kind."""

    kind: Kind
    start: int
    end: int
    headed: bool = True


_TREATMENT = (
    r"\b(?:traitements?|trt|ttt?s?|ordonnances?|prescriptions?|medicaments?|medications?"
    r"|therapeutiques?|medicamenteux)\b"
)
_LEAVING = r"(?:sort(?:ie|ant)\b|retour|\brad\b|poursuivre|relais ville|fin d'hospitalisation|fin de sejour)"
_BEFORE = (
    r"(?:habituel|entree|admission|perso|domicile|maison|avant|anterieur|long cours|de fond|en cours"
    r"|actuel|usuel"
    r"|chronique|ambulatoire|prealable|initial|arrivee|prehospitalier|quotidien|pris\b)"
)
_HERE = (
    r"(?:service|hospitalisation|hospitalier|sejour|recus?\b|administre|aux? urgences|urg\b"
    r"|institue|instaure|entrepris)"
)

# First match wins. A label is a folded heading without number, bullet and colon.
_LABELS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.FAMILY, r"famil|heredit|^fam\b"),
        (Kind.ALLERGY, r"^(?:antecedents? )?(?:all\b|allergi|intoleranc|terrain allerg)|allergies?$"),
        (
            Kind.DISCHARGE,
            rf"{_TREATMENT}.*{_LEAVING}|^(?:a la )?sortie sous\b|^{_LEAVING}.*{_TREATMENT}"
            rf"|^(?:cat|conduite a tenir)\b.*{_LEAVING}",
        ),
        (
            Kind.USUAL,
            rf"{_TREATMENT}.*{_BEFORE}|^(?:(?:il |elle |patiente? )?prend )?"
            r"(?:chez (?:lui|elle)\b|a domicile|a la maison|au domicile|avant l'(?:entree"
            rf"|hospitalisation))\b",
        ),
        (Kind.STAY, rf"{_TREATMENT}.*{_HERE}"),
        (Kind.REASON, r"^(?:mot[il]f|raison|mc\b|mh\b|objet\b|cause d|pourquoi|venue? pour)"),
        (
            Kind.HISTORY,
            r"^(?:principaux |ses |les )?(?:antecedents?|atcds?|comorbidites?|terrain"
            r"|facteurs? de risque|fdr)\b"
            r"|^(?:medicaux|chirurgicaux|medico-chirurgicaux|personnels|gyneco\w*|ce qu'il faut savoir"
            r"|obstetricaux)\b",
        ),
        (
            Kind.STORY,
            r"^(?:histoire|hdlm|hdm|anamnese|mode de vie|a l'(?:entree|arrivee|admission)"
            r"|examen (?:clinique|physique|a|d)"
            r"|ec\b|clinique|clin\b|ddn|habitus|contexte)",
        ),
        (
            Kind.LABS,
            r"^(?:evolution )?(?:biolog|bio\b|bilans?\b|examens?\b|explorations?|paraclin|imagerie"
            r"|resultats?|labo"
            r"|fonction (?:renale|hepatique)|foie\b|rein\b|iono)",
        ),
        (
            Kind.STAY,
            r"^(?:evolution|prise en charge|pec\b|sejour|hospitalisation\b|dans le service|aux urg"
            r"|au cours|suites"
            r"|conduite|deroulement|en (?:salle|rea|hospitalisation))",
        ),
        (
            Kind.OTHER,
            r"^(?:suivi|conciliation|tableau|conclusion|au total|synthese|diagnostic|devenir|rendez|rdv"
            r"|conseils?|surveillance|identite"
            r"|patiente?\b|consignes?|cs\b|consultations?|a prevoir|modalites|projet|soins|examens a"
            r"|remarques?"
            r"|service\b|secretariat|destinataire|copie|regime|recommandations?|sortie)",
        ),
    )
)
# Before the usual list it says where that list was taken, after it where the patient goes.
_AT_HOME = re.compile(r"a (?:la maison|domicile|son domicile)$")
_BARE_TREATMENT = re.compile(rf"^(?:le |les |son )?{_TREATMENT}$")

_PREFIX = (
    r"[ \t]*(?:[-*•·→>–—▪#]+[ \t]*)?"
    r"(?:\d{1,2}(?:\.\d{1,2})*[.)/°-]*[ \t]+(?=[a-z])|\d{1,2}[.)][ \t]*|(?:[ivx]{1,4}|[a-h])[.)/°-]+[ \t]+)?"
)
_LABEL_LINE = re.compile(rf"{_PREFIX}(?P<label>[^\s:][^\n:]{{0,68}}[^\s:])[ \t]*(?P<colon>:)?$")
_LABEL_AND_CONTENT = re.compile(rf"{_PREFIX}(?P<label>[^\n:.;,]{{2,60}}(?:\([^)\n]*\))?)\.?[ \t]*:")
_INLINE_LABEL = re.compile(r"(?<=[.;][ \t])(?P<label>[^\W\d][^\n:.;,]{1,40}?)\.?[ \t]*:")
_TITLE_SENTENCE = re.compile(r"[ \t]*(?:le |la |l')?(?P<label>[^\n:.;,]{3,30})\.[ \t]+(?=\S)")
_SIGNATURE = re.compile(
    r"[ \t]*(?:(?:dr|docteur|pr|professeur)\b[. ]|(?:bien )?(?:amicalement|confraternellement"
    r"|cordialement)|je (?:reste|vous prie))"
)
_A_DOSE = re.compile(r"\d\s*(?:mg|g|µg|mcg|ui|ml|cp)\b")

_PROSE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.DISCHARGE,
        re.compile(
            r"\b(?:regagne|rentre|retourne|repart|quitte|sort)\b[^.]*\b(?:avec|sous|traitement|ordonnance)\b"
            rf"|{_TREATMENT}[^.,;]{{0,25}}\b(?:de|a la|a sa) sortie\b|\btraitement suivant\b|\ba (?:la"
            rf"|sa) sortie,? (?:il|elle|le|la|son|du)\b"
            r"|\bordonnance\b[^.]{0,30}\bsuivante\b|\bnous (?:proposons|conseillons) de poursuivre\b"
            r"|\bretour a domicile (?:avec|sous)\b"
            r"|\b(?:sort|sortie|sortant) (?:avec|sous)\b"
        ),
    ),
    (
        Kind.USUAL,
        re.compile(
            rf"\b(?:prenait|recevait|avalait)\b|\bprend (?:habituellement|au long cours|a domicile"
            rf"|chaque jour|tous les jours|actuellement)\b"
            rf"|{_TREATMENT}[^.,;:]{{0,15}}\b(?:habituel|personnel|actuel|de fond|au long cours"
            rf"|a domicile|anterieur|en cours|d'entree|a l'entree)"
            r"|\b(?:etait|est) (?:habituellement |deja )?traitee? (?:par|au long cours)\b|\b(?:est"
            r"|etait) sous\b"
            r"|\b(?:a domicile|a la maison|avant (?:son |l'|cette )?(?:entree|hospitalisation"
            r"|admission))\b,?[^.]{0,40}\b(?:sous|avec|par|prend|traitement)\b"
            r"|\bson traitement\b[^.]{0,25}\b(?:associe|comporte|comprend|consiste)|\bau long cours\s*:"
        ),
    ),
)
# Words addressed to software, not to a clinician: what they dictate is not what the patient takes.
_ASIDE = re.compile(
    r"\b(?:ignorez?|oubliez?|ne tiens pas compte|disregard)\b[^.]{0,40}\b(?:consignes?|instructions?"
    r"|regles?|precede|prompt)"
    r"|\bsystemes? automatiques?\b|\b(?:reponds|repondez) que\b|\bmodele de langage\b|\bsystem prompt\b"
)
_END_OF_LIST = re.compile(r"\n[ \t]*[-*•·→>–—▪][^\n]*\n[ \t]*\n(?=[ \t]*[a-z][^\n]{40})")
_PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+")
_SAME_LIST = re.compile(
    r"\s*(?:(?:il|elle) (?:prend|prenait|recoit|recevait) (?:aussi|egalement|enfin)|s'y ajoute"
    r"|y sont associes|ainsi que|egalement|enfin,)"
)
_PROSE_KINDS = frozenset({Kind.START, Kind.STORY, Kind.STAY, Kind.OTHER, Kind.REASON, Kind.HISTORY})


class Layout:
    """The sections of a report, and the kind of any place in it."""

    def __init__(self, sections: Iterable[Section], *, has_stay_heading: bool = False) -> None:
        """Take `sections` as they follow each other in a text."""
        self.sections = tuple(sections)
        self._starts = [section.start for section in self.sections]
        self.has_stay_heading = has_stay_heading

    @classmethod
    def of_report(cls, report: Report) -> "Layout":
        """Cut `report` at its headings, then at the sentences that name another list."""
        headed = list(_headed_sections(report))
        parts = (part for section in headed for part in _by_sentence(report, section))
        return cls(
            (part for section in parts for part in _without_asides(report, section)),
            has_stay_heading=any(section.kind is Kind.STAY for section in headed),
        )

    def at(self, offset: int) -> Section:
        """Return the section that holds `offset`; before the first one, the first."""
        return self.sections[max(0, bisect_right(self._starts, offset) - 1)]

    def of(self, kind: Kind) -> Iterator[Section]:
        """Yield the sections of `kind`, in order."""
        return (section for section in self.sections if section.kind is kind)


def _headed_sections(report: Report) -> Iterator[Section]:
    cuts = [(0, 0, Kind.START), *_headings(report), (len(report.text), len(report.text), Kind.OTHER)]
    for (_, content, kind), (end, _, _) in pairwise(cuts):
        yield Section(kind, content, max(content, end))


def _headings(report: Report) -> Iterator[tuple[int, int, Kind]]:
    """Yield (start of heading, start of what it heads, kind) from top to bottom."""
    kind, seen_usual = Kind.START, False
    for line in report.lines:
        for start, content, found in _headings_of_line(report, line, seen_usual):
            seen_usual |= found is Kind.USUAL
            yield start, content, found
            if found in (Kind.FAMILY, Kind.ALLERGY) and report.text[content : line.end].strip():
                # "Allergies : aucune" speaks of its own line; what follows is the list it stands in.
                yield line.end, line.end, kind
            else:
                kind = found


def _headings_of_line(report: Report, line: Span, seen_usual: bool) -> Iterator[tuple[int, int, Kind]]:
    words = report.plain[line.start : line.end].rstrip()
    if _SIGNATURE.match(words):
        yield line.start, line.start, Kind.OTHER
        return
    whole, labelled, sentence = (p.match(words) for p in (_LABEL_LINE, _LABEL_AND_CONTENT, _TITLE_SENTENCE))
    for match, is_whole in ((whole, True), (labelled, False), (sentence, False)):
        kind = _kind_of(match["label"], seen_usual) if match else None
        if match and kind and (not is_whole or match["colon"] or _looks_like_heading(match["label"])):
            yield line.start, line.start + match.end(), kind
            break
    for match in _INLINE_LABEL.finditer(words):
        kind = _kind_of(match["label"], seen_usual)
        if kind and kind not in (Kind.OTHER, Kind.STORY):
            yield line.start + match.start(), line.start + match.end(), kind


def _kind_of(label: str, seen_usual: bool) -> Kind | None:
    label = label.strip(" .*_#=-'\"")
    if _A_DOSE.search(label):
        return None
    if _BARE_TREATMENT.match(label):
        return Kind.DISCHARGE if seen_usual else Kind.USUAL
    if seen_usual and _AT_HOME.match(label):
        return Kind.DISCHARGE
    return next((kind for kind, pattern in _LABELS if pattern.search(label)), None)


def _looks_like_heading(label: str) -> bool:
    """Return whether a line without a colon is a title: few words, and no sentence."""
    return len(label.split()) <= 7 and not re.search(
        r"[,;.]\s|[.,;]$|\b(?:est|a ete|sont|avait|avec|associe|comporte|comprend|consiste)\b", label
    )


def _by_sentence(report: Report, section: Section) -> Iterator[Section]:
    """Cut a section of prose where a sentence says that it lists usual or discharge medicines."""
    yield section
    if section.kind in (Kind.USUAL, Kind.DISCHARGE):
        yield from _after_list(report, section)
    if section.kind not in _PROSE_KINDS:
        return
    listing: Kind | None = None
    for segment in report.segments:
        if not section.start <= segment.start < section.end:
            continue
        words = report.plain[segment.start : segment.end]
        named = next((kind for kind, cue in _PROSE if cue.search(words)), None)
        now = named or (listing if _SAME_LIST.match(words) else None)
        if now or listing:
            yield Section(now or section.kind, segment.start, segment.end, headed=now is None)
        listing = now


def _after_list(report: Report, section: Section) -> Iterator[Section]:
    """A list with bullets ends where a paragraph without one follows a gap."""
    match = _END_OF_LIST.search(report.plain, section.start, section.end)
    if match:
        yield Section(Kind.OTHER, match.end(), section.end, headed=False)


def _without_asides(report: Report, section: Section) -> Iterator[Section]:
    """Cut out the paragraphs that speak to software."""
    yield section
    for paragraph in _PARAGRAPH.finditer(report.plain, section.start, section.end):
        if _ASIDE.search(paragraph.group()):
            yield Section(Kind.ASIDE, paragraph.start(), paragraph.end(), headed=False)
            yield Section(section.kind, paragraph.end(), section.end, headed=section.headed)
