"""How often, when and for how long: the rhythm of a posology as numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.insights.dosing.amounts import NUMBER, ONE, Quantity, number
from app.insights.dosing.forms import ROUTE

_MOMENTS = {
    "matin": r"matins?|petit[- ]dejeuner|petit[- ]dej|reveil|lever|0?[6-9] ?h(?:00)?",
    "midi": r"midis?|dejeuner|1[1-3] ?h(?:00)?",
    "après-midi": r"gouter|apres-midi|1[4-7] ?h(?:00)?",
    "soir": r"soirs?|diner|souper|1[89] ?h(?:00)?|20 ?h(?:00)?",
    "coucher": r"coucher|nuit|2[1-3] ?h(?:00)?",
}
_MOMENT = "|".join(rf"(?P<m{i}>{names})" for i, names in enumerate(_MOMENTS.values()))
_FORM = (
    r"(?:comprimes?|cps?|cpr|gelules?|gelu?|capsules?|sachets?|sach|ampoules?|amp|bouff?(?:ees?)?|inhalations?"
    r"|inhal|gouttes?|gt?tes?|gtt|patchs?|injections?|inj|doses?|ui|unites?|cuilleres?(?:[- ]mesures?)?"
    r"(?: a (?:soupe|cafe))?|applications?|suppositoires?|suppo|ovules?|flacons?|dosettes?|pulverisations?"
    r"|mesures?|ml)"
)
_NO_QUANTITY = r"(?! ?(?:mg|g|µg|μg|γ|mcg|h|heures?|j|jours?|sem|semaines?|mois|fois|prises?|/|x)(?![^\W_]))"
_WHEN = re.compile(
    rf"(?<![^\W_])(?:(?:{_MOMENT})(?![^\W_])|(?<![/,.\d])(?P<low>{NUMBER})(?: ?(?:a|ou) ?(?P<high>{NUMBER}))?"
    rf"(?: ?-?{_FORM}(?![^\W_])|{_NO_QUANTITY}(?![^\W_])))"
)
_PLAN = re.compile(
    rf"(?<![\d/,.-])({NUMBER}) ?- ?({NUMBER}) ?- ?({NUMBER})(?: ?- ?({NUMBER}))?(?![\d/,-])"
    r"|(?<![\d/,.-])(\d)[./](\d)[./](\d)(?:[./](\d))?(?![\d/,.-])"
    # The cells of a table
    rf"|(?<![\d/,.-])({NUMBER}) ({NUMBER}) ({NUMBER})(?: ({NUMBER}))?(?! ?[^\W_]|[/,-])"
)
# "1 cp | x | | x", "1 | 0 | 1": a column for each moment, after one for the quantity
_CELL = re.compile(rf"\s*(?:(?P<many>{NUMBER})(?P<form> ?{_FORM})?|(?P<once>x|oui|✓|•))?\s*")
_MEALS = re.compile(r"\b(?:aux|les|chaque|des|3) (?:3 |principaux )*repas\b")
_LETTERS = (
    (re.compile(r"\bm ?[-/+]? ?m ?[-/+]? ?s\b"), "matin midi soir"),
    (re.compile(r"\bm ?[-/+] ?s\b"), "matin soir"),
    (re.compile(r"(?<![\d.,] )(?<![^\W_])m(?![^\W_.])"), "matin"),
    (re.compile(r"(?<![^\W_])s(?![^\W_'.])"), "soir"),
)
_LATE = re.compile(r"\bsoir,? (?:au|avant le|le) (?=coucher)")

_DAY = r"(?:jours?|j|24 ?h(?:eures?)?)"
_SPAN = r"(?P<span>jours?|j|24 ?h(?:eures?)?|semaines?|sem|mois|trimestre|ans?)(?![^\W_])"
_DAYS_OF = {"s": 7, "m": 30, "t": 90, "a": 365}
# A fortnight is 14 or 15 days, a month 28 to 31, a quarter three months.
_SAME_PERIODS = {15: 14, 28: 30, 29: 30, 31: 30, 84: 90, 91: 90, 92: 90}
_EVERY = re.compile(rf"\btou(?:te)?s les (?:(?P<count>\d+) ?)?{_SPAN}")
_HOURS = re.compile(r"(?:\btoutes les |/ ?|\bpar )(?P<low>\d+)(?: ?(?:a|-) ?\d+)? ?h(?:eures?)?(?![^\W_])")
_ONE_IN = re.compile(
    r"\b(?P<on>\d) ?(?P<span>jours?|j|semaines?|sem) ?(?:/|sur) ?(?P<of>\d)\b"
    r"|\bjours? (?:alternes?|pairs?|impairs?)\b"
)
_PER = re.compile(rf"(?:/ ?|\bpar |\bchaque ){_SPAN}")
_DIALYSIS = re.compile(r"\bles jours (?:de|(?P<without>sans)) dialyse")
_ADVERB = re.compile(r"\b(?P<span>hebdo|mensuel)")
_ADVERB_DAYS = {"hebdo": 7, "mensuel": 30}
_TIMES = re.compile(
    r"\bx ?(?P<x>\d+)|(?<![\d,./])(?P<n>\d+) ?(?:x|fois|prises?)(?![^\W_])"
    rf"|(?<![\d,./])(?P<slash>\d+) ?(?:/|par) ?(?:{_DAY}|sem(?:aine)?|mois)(?![^\W_])"
)
_UNITS_PER = re.compile(rf"(?P<low>{NUMBER})(?: ?a ?(?P<high>{NUMBER}))? ?{_FORM} ?(?:/|par) ?{_SPAN}")
_DAILY = re.compile(r"\bquotidien|\bjournalier|\bchaque jour\b|\btous les jours\b")
_WEEKDAY = re.compile(r"\b(lun|mar|mer|jeu|ven|sam|dim)(?:di|credi|dredi|e?di|anche)?s?\b")
_NO_MORE = r"max(?:i(?:mum)?)?"
_MAX = re.compile(
    rf"(?:\b(?:{_NO_MORE}\.?|sans depasser|au plus|jusqu'a) ?:? ?(?P<after>\d+) ?(?:{_FORM} ?)?"
    rf"(?:(?:fois|prises?) ?)?(?:/ ?|par ){_DAY}"
    rf"|(?P<before>\d+) ?(?:(?:fois|prises?) ?)?(?:/ ?|par ){_DAY},? (?:au )?{_NO_MORE})(?![^\W_])"
)
_LASTING = re.compile(
    r"\b(?:(?:pendant|pdt|pour|durant|encore|x) ?)?(?P<count>\d+) ?"
    r"(?P<span>jours?|j|semaines?|sem|mois)(?![^\W_/])"
    r"|\b(?:jusqu'(?:a|au)|jsq(?:u'au)?) [^,;]*|\bdepuis [^,;]*"
    r"|\b(?:du|le) \d{1,2}/\d{1,2}(?: au \d{1,2}/\d{1,2})?"
)
_SKIPPED = re.compile(
    r"\b(?:de )?\d{1,2} ?h a \d{1,2} ?h\b"
    r"|\ba (?:retirer|enlever|oter)\b.*|\((?!max|jusqu|sans depasser).*?\)"
    r"|\bdans (?:les 2 (?:yeux|narines)|chaque (?:oeil|narine))"
)
_AS_NEEDED = re.compile(
    r"\bs['i] ?[^\W\d]|\ben cas d|\ba la demande\b|\bau besoin\b|\bprn\b|\bs\.?b\.?(?![^\W_])"
)


@dataclass(frozen=True)
class Rhythm:
    """When and how often. A moment maps to what is taken then; `times` counts intakes in `days` days.

    `units` counts units in `days` days where intakes are not told ("2 cp/j"). `phases` are the numbers of a
    course that tapers. `most` is a daily limit of intakes. None and empty: not written.
    """

    moments: tuple[tuple[str, Quantity], ...] = ()
    times: Fraction | None = None
    units: Quantity | None = None
    days: Fraction = Fraction(1)
    weekdays: frozenset[str] = frozenset()
    as_needed: bool = False
    most: Fraction | None = None
    lasting_days: Fraction | None = None
    phases: tuple[Fraction, ...] = ()
    quantity: Quantity | None = None

    @property
    def is_told(self) -> bool:
        """Return whether anything says how often."""
        return bool(self.moments or self.times or self.units or self.weekdays or self.phases)


def read(words: str, quantity: Quantity | None) -> Rhythm:
    """Return the rhythm that folded `words` tell; `quantity` is one intake, when the dose said it."""
    words = _spelled_moments(words)
    if len(list(_LASTING.finditer(words))) > 1 and "puis" in words:
        return Rhythm(phases=tuple(number(found) for found in re.findall(NUMBER, words)))
    most, rest = _taken_out(_MAX, _SKIPPED.sub(" ", ROUTE.sub(" ", words)))
    days, on, rest = _days(rest)
    lasting, rest = _taken_out(_LASTING, rest)
    moments, own = _moments(rest, quantity)
    times = _times(rest)
    units = _UNITS_PER.search(rest)
    several = units is not None and number(units["low"]) != 1 and not moments
    return Rhythm(
        moments=moments,
        times=None if several else on or times or _implied(moments, words, days),
        units=_range(units) if units and several else None,
        days=days,
        weekdays=frozenset(match[1] for match in _WEEKDAY.finditer(rest)),
        as_needed=bool(_AS_NEEDED.search(words)),
        most=number(most["after"] or most["before"]) if most else None,
        lasting_days=_lasting(lasting),
        quantity=None if several else own,
    )


def _spelled_moments(words: str) -> str:
    """Return `words` with "M-S" and "MMS" as the moments they stand for."""
    for letters, moments in _LETTERS:
        words = letters.sub(moments, words)
    return words


def _taken_out(pattern: re.Pattern[str], words: str) -> tuple[re.Match[str] | None, str]:
    match = pattern.search(words)
    return match, f"{words[: match.start()]} {words[match.end() :]}" if match else words


def _days(words: str) -> tuple[Fraction, Fraction | None, str]:
    """Return the period in days, the days it is taken on if told, and what is left of `words` to count in."""
    if match := _EVERY.search(words):
        days = _span(match["span"]) * int(match["count"] or 1)
        return Fraction(_SAME_PERIODS.get(int(days), days)), None, _taken_out(_EVERY, words)[1]
    if match := _ONE_IN.search(words):
        day = _span(match["span"] or "j")
        return int(match["of"] or 2) * day, int(match["on"] or 1) * day, _taken_out(_ONE_IN, words)[1]
    if match := _DIALYSIS.search(words):
        # Three sessions a week: what is taken between them is taken on the four other days.
        return Fraction(7), Fraction(4 if match["without"] else 3), _taken_out(_DIALYSIS, words)[1]
    if match := _ADVERB.search(words):
        return Fraction(_ADVERB_DAYS[match["span"]]), None, words
    spans = (_span(match["span"]) for match in _PER.finditer(words))
    return next((days for days in spans if days != 1), Fraction(1)), None, words


def _span(word: str) -> Fraction:
    return Fraction(_DAYS_OF.get(word[0], 1))


def _moments(
    words: str, quantity: Quantity | None
) -> tuple[tuple[tuple[str, Quantity], ...], Quantity | None]:
    """Return what is taken when, and the quantity of one intake when it is always the same."""
    if "|" in words and (cells := [_CELL.fullmatch(cell) for cell in words.split("|")]) and all(cells):
        taken, quantity = _in_columns([cell for cell in cells if cell], quantity)
    elif plan := _PLAN.search(words):
        parts = zip(("matin", "midi", "soir", "coucher") * 3, plan.groups(), strict=True)
        taken = tuple((moment, (number(part),) * 2) for moment, part in parts if part and number(part))
    else:
        taken, quantity = _told_moments(_LATE.sub("", _HOURS.sub(" ", _TIMES.sub(" ", words))), quantity)
    quantities = {amount for _, amount in taken}
    return taken, quantities.pop() if len(quantities) == 1 else quantity


def _in_columns(
    cells: list[re.Match[str]], quantity: Quantity | None
) -> tuple[tuple[tuple[str, Quantity], ...], Quantity | None]:
    if cells[0]["form"]:
        quantity, cells = (number(cells[0]["many"]),) * 2, cells[1:]
    parts = zip(("matin", "midi", "soir", "coucher"), cells, strict=False)
    amounts = (
        (moment, (number(cell["many"]),) * 2 if cell["many"] else quantity or ONE)
        for moment, cell in parts
        if cell["many"] or cell["once"]
    )
    return tuple((moment, amount) for moment, amount in amounts if amount[0]), quantity


def _told_moments(
    words: str, quantity: Quantity | None
) -> tuple[tuple[tuple[str, Quantity], ...], Quantity | None]:
    """Read "2 cp le matin et 1 le soir", "matin et soir", "matin : 2 cp, soir : 1 cp"."""
    tokens = list(_WHEN.finditer(_MEALS.sub(" ", words)))
    amounts = [_range(token) for token in tokens if token["low"]]
    told = [_moment(token) for token in tokens if not token["low"]]
    first = quantity or (amounts[0] if amounts else None)
    if not told and _MEALS.search(words):
        return tuple((moment, first or ONE) for moment in ("matin", "midi", "soir")), first
    if tokens and not tokens[0]["low"] and len(amounts) == len(told):
        return tuple(zip(told, amounts, strict=True)), first
    return tuple(_in_turn(tokens, first or ONE)), first


def _in_turn(tokens: list[re.Match[str]], current: Quantity) -> Iterator[tuple[str, Quantity]]:
    for token in tokens:
        if token["low"]:
            current = _range(token)
        else:
            yield _moment(token), current


def _moment(token: re.Match[str]) -> str:
    return next(name for i, name in enumerate(_MOMENTS) if token[f"m{i}"])


def _range(match: re.Match[str]) -> Quantity:
    low = number(match["low"])
    return low, number(match["high"]) if match["high"] else low


def _times(words: str) -> Fraction | None:
    if hours := _HOURS.search(words):
        return Fraction(24, int(hours["low"]) or 24)
    times = _TIMES.search(words)
    return number(times["x"] or times["n"] or times["slash"]) if times else None


def _implied(moments: tuple[tuple[str, Quantity], ...], words: str, days: Fraction) -> Fraction | None:
    """A period, or "par jour", without a number is once."""
    once = days != 1 or _DAILY.search(words) or _PER.search(words)
    return Fraction(1) if once and not moments else None


def _lasting(match: re.Match[str] | None) -> Fraction | None:
    return int(match["count"]) * _span(match["span"]) if match and match["count"] else None
