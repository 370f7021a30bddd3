"""Finds headings by their shape: a short line, a label before a colon, numbered, in capitals or neither."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.insights.engines.rules import diseases, kinds, sentences
from app.insights.engines.rules.kinds import Kind
from app.insights.engines.rules.report import BULLET, Report
from app.insights.models import Span


@dataclass(frozen=True)
class Heading:
    """Where a heading starts, where what it heads starts, and what that is about.

    `beside` says that what it heads begins on its own line; without `headed` it only ends what stood before.
    """

    start: int
    content: int
    kind: Kind
    beside: bool = False
    headed: bool = True


_PREFIX = (
    r"[ \t]*(?:[-+*•·→>–—▪#►▶➤●◆■◦✓.=]+[ \t]*)?"
    r"(?:\d{1,2}(?:\.\d{1,2})*[ \t]?[.)/°–-]*[ \t]+(?=[a-z])|\d{1,2}[.)][ \t]*|(?:[ivx]{1,4}"
    r"|[a-h])[ \t]?[.)/°–-]+[ \t]+)?"
    r"[*_]{0,2}"
)
_PREFIXED = re.compile(rf"{_PREFIX}(?P<label>[^\n:]*)")
_LABEL_LINE = re.compile(
    rf"{_PREFIX}(?P<label>[^\s:|][^\n:|]{{0,68}}[^\s:|](?:[ \t]\([^)\n]*\))?)[ \t]*(?P<colon>:)?[ \t*_=-]*$"
)
# A sentence that a list follows ends with a colon, or in the middle.
_LONG_LABEL = re.compile(r"[^\n:]{0,160}:?[ \t]*$")
_FARTHEST_START = 300
_GOES_ON_BELOW = (
    *(":", " avec", " sous", " par", " comporte", " comportait", " comprend", " comprenait", " associe"),
    *(" associait", " suivant", " suivante", " suivants", " desormais", " recoit", " recevait", " prend"),
    *(" prenait", " poursuivre", " traitement est"),
)
_LABEL_AND_CONTENT = re.compile(
    rf"{_PREFIX}(?P<label>[^\n:.;,|]{{2,60}}(?:\([^)\n]*\))?)\.?[ \t]*(?::|=>|->|→"
    rf"|[ \t][–—=>-][ \t](?=[^\d\s]))"
)
# A line of a table with two cells: | Motif | syncope |
_ROW = re.compile(
    r"[ \t]*\|[ \t]*\**(?P<label>(?!medicaments?\b)[^|\n]{2,40}?)\**[ \t]*\|(?=[^|\n]{4,}\|?[ \t]*$)"
)
# Copied from a word processor: "Motif d'entrée<tab>syncope".
_TABBED = re.compile(r"[ \t]*(?P<label>(?!medicaments?\b)[^\t\n|:]{2,40})\t+(?=[^\t\n]{3,}$)")
_INLINE_LABEL = re.compile(r"(?<=[.;][ \t])(?P<label>[^\W\d][^\n:.;,]{1,40}?)\.?[ \t]*:")
_TITLE_SENTENCE = re.compile(
    r"[ \t]*(?:le |la |l')?(?P<label>[^\n:.;,]{3,30}"
    # A longer one says no more than what stands below: "traitement poursuivi sans modification" says it all.
    r"|(?![^\n.]*(?:poursui|inchang|identique|modifi|arret|repri|recondui))[^\n:.;,]{31,70})\.[ \t]+(?=\S)"
)
# A medicine with its posology at the start of a line: "- Eliquis 5 mg : 1-0-1"
_MEDICINE = re.compile(
    r"[ \t]*(?:[-*•·→>–—▪►]+[ \t]*|\d{1,2}[.)/][ \t]*)?[^\W\d][\w'-]{2,}(?:[ \t/+-]+[^\W\d][\w'-]*){0,3}"
    r"[ \t]*(?:\([^)\n]{0,40}\))?[ \t]*:?[ \t]*\d(?:[^\n.]|\.\d){0,40}?(?:mg|g\b|[µμ]g|ui\b|cp|gel|/ ?j|matin"
    r"|soir|\d ?- ?\d)"
)
_MORE_OF_A_LIST = re.compile(r"\W*(?:en cas|si|lors|et|puis|ainsi|plus|en plus|a la demande|parfois)\b")
_PARTS_BESIDE = (Kind.HISTORY, Kind.LABS, Kind.USUAL)
_OPEN = (Kind.START, Kind.STORY, Kind.LABS, Kind.STAY, Kind.OTHER, Kind.HISTORY, Kind.REASON)
_LONGEST_TITLE, _FAR_BELOW = 120, 300
_SHAPES = (
    (_TABBED, ("\t",)),
    (_LABEL_LINE, ("",)),
    (_LABEL_AND_CONTENT, (":", "=>", "->", "→", "- ", "– ", "— ", "= ", "> ")),
    (_TITLE_SENTENCE, (". ", ".\t")),
    (_ROW, ("|",)),
)
_ANY_LABEL = re.compile(r"[ \t]*[^\W\d][^\n:.,;]{1,30}?[ \t]*:")
_HABIT = re.compile(r"[ \t]*(?:tabac|tabagisme|alcool|oh|exogenose|toxiques?|addictions?)[ \t]*:")
_ALLERGIES = re.compile(
    rf"{_PREFIX}(?:allergies?|allergiques?|all|intolerances?|terrain|effets?|indesirables?|connues?"
    rf"|medicamenteuses?"
    r"|alimentaires?|antecedents?|atcds?|et|ou|[\s/,.*_=#>-])+$"
)
_FAMILY = re.compile(rf"{_PREFIX}(?:antecedents?|atcds?|famil\w*|fam|heredit\w*|et|ou|[\s/,.*_=#>-])+$")
_TITLES = {Kind.ALLERGY: _ALLERGIES, Kind.FAMILY: _FAMILY}
# "à J3 : 168 µmol/L ; sortie : 118": a value of that day.
_VALUE = re.compile(r"[\s<>]*\d+(?:[.,]\d+)?[ \t]*(?:[µμu]?mol|m?g[ \t]*/|ml[ \t]*/|u?i?[ \t]*/|%|[;,.)]|$)")
_DAY = re.compile(r"(?:le )?(?:\d{1,2}[/. -]|_)")
# "Il est traité par Modopar 125 : 1 gélule à 8h": the colon stands between a medicine and its posology.
_A_POSOLOGY = re.compile(r"[ \t]*(?:[\d½¼]|(?:une?|deux|trois|demi)\b)")
_LEAVES_WITH = re.compile(r"[:,][^.]*\b(?:avec|sous)[ \t]*:?$")
_IN_BRACKETS = re.compile(r"[ \t]*\([^)]*\)")
_SIGNATURE = re.compile(
    r"[ \t]*(?:(?:dr|docteur|pr|professeur)\b[. ]|(?:bien )?(?:amicalement|confraternellement|cordialement)"
    r"|je (?:reste|vous prie)|(?:merci|en vous remerciant) (?:de|pour)\b)"
)


# How a heading begins: "C.", "4)", or signs that no item of a list begins with: "==", "##".
_STYLE = re.compile(
    r"[ \t]*(?:(?P<mark>[A-H]|\d{1,2})[ \t]?(?P<sign>[.)/°-]+)[ \t]+(?=[^\W\d])"
    r"|(?P<signs>[=#*>_-]{2,}|[▪■◆●▶►➤])[ \t]*(?=[^\W\d]))"
)
_LONGEST_UNKNOWN = 60


def find(report: Report, asides: list[Span]) -> list[Heading]:
    """Return the headings of `report` from top to bottom; words to software, `asides`, head nothing.

    "CAT :" is what was done here where another heading says what the patient leaves with.
    """
    found = list(_in_turn(report, asides))
    found = sorted([*found, *_in_house_style(report, found)], key=lambda one: one.start)
    leaving = [i for i, one in enumerate(found) if one.kind is Kind.DISCHARGE and not _is_bare(report, one)]
    done_here = range(leaving[-1] if leaving else 0)
    return [
        replace(one, kind=Kind.STAY)
        if i in done_here and one.kind is Kind.DISCHARGE and _is_bare(report, one)
        else one
        for i, one in enumerate(found)
    ]


def _in_house_style(report: Report, found: list[Heading]) -> Iterator[Heading]:
    """Yield the headings that no word gives away, among those that begin as two others do.

    "D. AUTOUR DU LIT" after "C. TRAITEMENTS" ends that list, whatever it is about.
    """
    styles = Counter(style for one in found if (style := _style(report, one.start)))
    taken = {report.line_at(one.start).start for one in found}
    for line in report.lines:
        style = _style(report, line.start)
        if style and line.start not in taken and _is_next(style, styles) and _is_short(report, line):
            yield Heading(line.start, line.end, Kind.STORY)


def _style(report: Report, start: int) -> tuple[str, str] | None:
    """Return how a heading begins: its sign, and its number or letter if it has one."""
    match = _STYLE.match(report.text, start)
    return (match["sign"] or match["signs"], match["mark"] or "") if match else None


def _is_next(style: tuple[str, str], styles: Counter[tuple[str, str]]) -> bool:
    """Return whether `styles` hold two more of a sign, or the number or letter before."""
    sign, mark = style
    return (sign, _previous(mark)) in styles if mark else styles[style] > 1


def _previous(mark: str) -> str:
    return str(int(mark) - 1) if mark.isdecimal() else chr(ord(mark) - 1)


def _is_short(report: Report, line: Span) -> bool:
    words = report.plain[line.start : line.end].strip(" \t=#*:")
    return len(words) <= _LONGEST_UNKNOWN and not any(map(str.isdigit, words[3:]))


def _is_bare(report: Report, heading: Heading) -> bool:
    match = _PREFIXED.match(report.plain, heading.start, heading.content)
    return bool(match and kinds.is_bare(match["label"]))


def _in_turn(report: Report, asides: list[Span]) -> Iterator[Heading]:
    """Yield each heading with the kind that those before it let it have.

    "Allergies : aucune" speaks of its own line; what follows goes on with the part it stands in.
    """
    now, seen_usual = Heading(0, 0, Kind.START), False
    for line in report.lines:
        if any(aside.start <= line.start < aside.end for aside in asides):
            continue
        found = list(_of_line(report, line, now, seen_usual))
        if not found and _ends_part(report, line, now):
            found = [Heading(line.start, line.start, Kind.STORY, headed=False)]
        seen_usual = seen_usual or sentences.list_told(report.plain[line.start : line.end]) is Kind.USUAL
        for heading in found:
            seen_usual |= heading.kind is Kind.USUAL
            yield heading
            if heading.kind in (Kind.FAMILY, Kind.ALLERGY) and heading.beside:
                yield Heading(line.end, line.end, now.kind)
            else:
                now = heading


def _ends_part(report: Report, line: Span, now: Heading) -> bool:
    """A part that began beside its heading ends with its last full stop, or before a label of any kind."""
    if now.kind not in _PARTS_BESIDE or not now.beside or line.start <= now.content:
        return False
    words, before = report.plain[line.start : line.end], report.plain[now.content : line.start].rstrip()
    ended = before.endswith(".") and not BULLET.match(words)
    if now.kind is Kind.USUAL:
        return ended and not _MEDICINE.match(words) and not _MORE_OF_A_LIST.match(words)
    if now.kind is Kind.HISTORY and (diseases.NAMED.match(words) or _HABIT.match(words)):
        return False
    return bool(ended or (_ANY_LABEL.match(words) and not kinds.SPECIALTY.match(words)))


def _of_line(report: Report, line: Span, now: Heading, seen_usual: bool) -> Iterator[Heading]:
    words = report.plain[line.start : line.end].rstrip()
    if _SIGNATURE.match(words):
        yield Heading(line.start, line.start, Kind.OTHER)
        return
    first = (
        _labelled(words, seen_usual, now.kind is Kind.USUAL)
        or _told(report, line, words)
        or _above_a_list(report, line, now, seen_usual)
    )
    if first:
        end, kind = first
        if kind in (Kind.USUAL, Kind.DISCHARGE) and seen_usual and kinds.GOES_ON.match(words):
            # "Traitement inchangé, avec ajout de :" says what is taken over, and heads what is added.
            yield Heading(line.start, line.start, Kind.DISCHARGE, beside=True)
            return
        if kind is Kind.LABS and now.kind is Kind.HISTORY and kinds.SPECIALTY.match(words):
            return  # "Rein : IRC stade 3" among "Cardio : …" and "Chir : …"
        if kind is Kind.OTHER and _LEAVES_WITH.search(words):
            # "Devenir : médecine, avec", and the list in the lines below
            yield Heading(line.start, line.end, Kind.DISCHARGE)
        elif (title := _TITLES.get(kind)) and ":" not in words and not title.match(words):
            # "intolérance à la codéine" and "hérédité coronarienne" among other lines head only themselves.
            yield Heading(line.start, line.start, kind, beside=True)
        else:
            yield Heading(line.start, line.start + end, kind, beside=bool(words[end:].strip(" |*_")))
    for match in _INLINE_LABEL.finditer(words):
        found = kinds.of_label(match["label"], seen_usual=seen_usual)
        is_day = found in (Kind.USUAL, Kind.DISCHARGE) and _VALUE.match(words, match.end())
        if found and found not in (Kind.OTHER, Kind.STORY) and not is_day:
            yield Heading(line.start + match.start(), line.start + match.end(), found, beside=True)


def _labelled(words: str, seen_usual: bool, in_usual: bool) -> tuple[int, Kind] | None:
    """Return where the label of a line ends, and what it names."""
    if words.strip().count("\t") > 1:
        return None  # the row of a table
    for shape, signs in _SHAPES:
        # Most lines hold no sign of a heading, and a look for one is ten times as quick as the shape.
        if not any(sign in words for sign in signs):
            continue
        match = shape.match(words)
        if match and shape is _LABEL_LINE and not match["colon"] and kinds.TAKES_UP.match(match["label"]):
            continue  # "Reprise du traitement habituel" says all it has to say
        label = match["label"] if match else ""
        kind = kinds.of_label(label, seen_usual=seen_usual, in_usual=in_usual) if label else None
        if match and kind and (shape is not _LABEL_LINE or match["colon"] or _is_title(match["label"])):
            is_date = kind is Kind.DISCHARGE and _is_date_of_leaving(label, words[match.end() :])
            return match.end(), Kind.OTHER if is_date else kind
    return None


def _above_a_list(report: Report, line: Span, now: Heading, seen_usual: bool) -> tuple[int, Kind] | None:
    """Read a line in words of its own by what stands below it: medicines with their posologies."""
    words = report.plain[line.start : line.end].rstrip()
    if now.kind not in _OPEN or len(words) > _LONGEST_TITLE or _MEDICINE.match(words):
        return None
    kind = kinds.of_list(words, seen_usual=seen_usual)
    below = report.plain[line.end : line.end + _FAR_BELOW].split("\n") if kind else []
    items = [other for other in below if other.strip()][:2]
    return (len(words), kind) if kind and len(items) > 1 and all(map(_MEDICINE.match, items)) else None


def _is_date_of_leaving(label: str, content: str) -> bool:
    """Tell "Sortie : 12/05" and "Sortie le 12/05", which are dates, from "Sortie le 12 : Eliquis 5 mg"."""
    beside = content.strip(" |:")
    says_day = any(char.isdigit() for char in label) and not label.endswith(("avec", "sous")) and not beside
    return label.startswith("sortie") and (says_day or bool(_DAY.match(beside)))


def _is_title(label: str) -> bool:
    """Return whether a line without a colon is a title: few words, and no sentence."""
    if label.endswith((" avec", " sous")):
        return len(label.split()) <= 4
    if label.startswith(("[", "ce qu", "que s'", "qu'")) or label.endswith("?"):
        return True
    if " = " in label or " > " in label:
        return False  # what stands after it is already said of it
    label = _IN_BRACKETS.sub("", label)
    longest = 10 if kinds.NAMES_TREATMENT.match(label) else 7
    return len(label.split()) <= longest and not re.search(
        r"[,;.]\s|[.,;]$|\b(?:est|a ete|sont|avait|avec|associe|comporte|comprend|consiste|etait|ont)\b",
        label,
    )


def _told(report: Report, line: Span, words: str) -> tuple[int, Kind] | None:
    """Read "Il sort avec :" and "À la maison il avait : …", wrapped lines included."""
    colon = _LONG_LABEL.match(words) if words.endswith(_GOES_ON_BELOW) else None
    label = None if colon or ":" not in words else _LABEL_AND_CONTENT.match(words)
    end = colon.end() if colon else label.end() if label and words[label.end() - 1] == ":" else 0
    if not end or (label and _A_POSOLOGY.match(words, end)):
        return None
    start = max(report.segment_at(line.start).start, line.start - _FARTHEST_START)
    kind = sentences.list_told(report.plain[min(start, line.start) : line.start + end])
    return (end, kind) if kind else None
