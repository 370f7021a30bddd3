"""Reads the posology that follows a drug name: dose, then frequency, verbatim.

The frequency is the longest run of phrases that speak of quantity, rhythm, moment, duration or condition,
with nothing but small connecting words between them. The first other word ends it.
"""

import re
from dataclasses import dataclass

# A scan writes "4O0" for 400.
_NUMBER = r"(?:\d{1,3}(?:[  ]\d{3})+|\d[\do]*(?:[.,]\d+)?)"
_STRENGTH_UNIT = (
    r"(?:mg|g|µg|μg|mcg|microgrammes?|milligrammes?|grammes?|gr|ml|mui|m ?ui|ui|u|unites?|meq|mmol|%)"
)
_STRENGTH = re.compile(
    rf"{_NUMBER}\s?{_STRENGTH_UNIT}?(?:\s?/\s?{_NUMBER}\s?{_STRENGTH_UNIT}?)*\s?{_STRENGTH_UNIT}(?![^\W\d])"
    rf"(?:\s?/\s?(?:{_NUMBER}\s?)?(?:mg|g|µg|μg|ml|h|heures?|bouffee|dose|m[²2]|kg(?:/j)?)(?![^\W\d]))?"
    r"|\d+(?:[.,]\d+)?(?:\s?/\s?\d+(?:[.,]\d+)?){1,2}(?=\s+(?:\d|un)|\s*:|\s*$)"
)
_FRACTION = (
    r"(?:\d+(?:[.,]\d+)?(?:\s?/\s?\d)?|½|¼|une?\s+demi[e-]*|un\s+quart\s+de|demi[- ]|une?|deux"
    r"|trois|quatre|cinq|six)"
)
_FORM = (
    r"(?:comprimes?|cps?|cpr|cp|gelules?|gel|gelu|sachets?|sach|ampoules?|amp|bouffees?|bouf"
    r"|inhalations?|inhal|gouttes?|gttes?|gtt"
    r"|patchs?|dispositifs?|injections?|inj|doses?|ui|unites?"
    r"|cuilleres?(?:[- ]mesures?)?(?:\s+a\s+(?:soupe|cafe))?|c\.?\s?a\.?\s?[sc]\.?"
    r"|applications?|prises?|suppositoires?|suppo|ovules?|flacons?|stylos?|seringues?|pulverisations?"
    r"|sprays?|mesures?|dosettes?|capsules?)"
)
_QUANTITY = (
    rf"{_FRACTION}(?:\s*(?:a|ou|-)\s*{_FRACTION})?\s*-?{_FORM}(?![^\W\d])"
    r"(?:\s+et\s+(?:une?\s+)?demie?(?![^\W\d]))?"
)
# "Eliquis 5 : 1-0-1", "Tahor 20": right after a name that is surely a drug, a number alone is its strength.
_BARE_STRENGTH = re.compile(
    r"[ \t]+(?P<number>(?!(?:19|20)\d\d\b)\d{1,4}(?:[.,]\d{1,3})?)"
    r"(?=[ \t]*(?:[:(),;\n]|\.?[ \t]*$)|[ \t]+[\d½¼]+(?:[.,/]\d)?(?:\s?[-–]\s?[\d½¼]){2}"
    rf"|[ \t]+{_QUANTITY})"
    # "Levothyrox 75 le matin"; but "Kardegic 1 le midi" counts units.
    r"|[ \t]+(?P<large>(?!(?:19|20)\d\d\b)(?:[5-9]|\d{2,4}|\d{1,4}[.,]\d{1,3}))"
    r"(?=[ \t]+(?:(?:le |au |a )?(?:matin|midi|soir|coucher)|x[ \t]?\d|\d[ \t]?(?:x|fois|/|par)))"
)
_MOMENT = (
    r"(?:(?:le|la|au|aux|a|du|chaque|tous les|avant|apres|pendant|l')\s*(?:le|les|la)?\s*)?"
    r"(?:matins?|midis?|soirs?|coucher|lever|reveil|nuit|petit[- ]dejeuner|dejeuner|diner|gouter"
    r"|repas(?:\s+d[eu]\s+(?:matin|midi|soir))?|\d{1,2}\s?h(?:\d\d)?(?![^\W\d]))"
)
_PERIOD = r"(?:jours?|j|24\s?h|semaines?|sem|mois|heures?|h|prise|nuit|soir|an)"
_DAYS = r"(?:lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|lun|mer|jeu|ven|sam|dim)"
_COUNT = r"(?:\d+|une|deux|trois|quatre|cinq|six)"
_LASTING = r"(?:jours?|j|semaines?|sem|mois|ans?|heures?|h)(?![^\W\d])"
_CONDITION = (
    r"(?:s['i]\s?(?:besoin|necessaire|[^\W\d]+(?:\s+(?:ou|et)\s+[^\W\d]+)?)|en\s+cas\s+(?:de"
    r"|d')\s?[^\W\d]+(?:\s+(?:[^\W\d]+ante?s?|graves?|severes?|intenses?|fortes?|aigues?|rebelles?))?"
    r"|a\s+la\s+demande|au\s+besoin|prn|s\.?b\.?(?![^\W\d]))"
)
_PHRASES = (
    # 1-0-1, ½-0-½, 1 – 0 – 1 – 0, 1.0.1, 1/0/1
    r"[\d½¼]+(?:[.,/]\d)?(?:\s?[-–—]\s?[\d½¼]+(?:[.,/]\d)?){2,3}(?:\s?(?:ui|cp))?(?![\w-])",
    r"\d(?:\.\d){2,3}(?![\w.,])|\d(?:/\d){2,3}(?![\w/])",
    rf"{_QUANTITY}(?:\s?/\s?{_PERIOD}(?![^\W\d]))?",
    rf"x\s?{_COUNT}(?:\s*(?:fois))?(?:\s*(?:/|par)\s*{_PERIOD}(?![^\W\d]))?",
    rf"{_COUNT}\s*(?:fois\s*)?(?:/|par\s)\s*{_PERIOD}",
    rf"{_COUNT}\s+fois",
    rf"{_COUNT}\s?x(?:\s?(?:/|par)\s?{_PERIOD})?(?![^\W_])",
    r"dans\s+(?:les\s+(?:2|deux)\s+yeux|chaque\s+(?:oeil|narine)|l'oeil\s+[^\W\d]+)",
    rf"/\s?{_PERIOD}",
    rf"(?:par|chaque)\s+{_PERIOD}",
    rf"tou(?:te)?s\s+les\s+(?:\d+\s?)?{_PERIOD}",
    r"toutes\s+les\s+\d+\s*a\s*\d+\s*h(?:eures?)?",
    r"(?:1|un)\s?(?:jour|j)\s?(?:/|sur)\s?(?:2|3|deux|trois)",
    r"\d\s?j(?:ours?)?\s?(?:sur|/)\s?\d",
    rf"(?:les?\s+)?{_DAYS}(?:[\s,/]*(?:et\s+)?(?:le\s+)?{_DAYS})*",
    r"quotidien(?:ne)?(?:ment)?|journalier|hebdomadaires?|mensuel(?:le)?s?|bi-?quotidien|hebdo",
    rf"(?:pendant|pdt|pour|durant|sur|encore|depuis)\s+(?:{_COUNT}\s*{_LASTING}|(?:la|le|les|l'"
    rf"|toute la)\s*[^\W\d]+)",
    rf"{_COUNT}\s*{_LASTING}",
    r"(?:de\s+)?j\s?\d+\s*(?:a|-|au)\s*j\s?\d+|a\s+j\s?\d+",
    r"(?:du\s+\d{1,2}(?:/\d\d)*\s+)?(?:jusqu'a|jusqu'au|au|le)\s*(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    r"|j\s?\d+|[\d]{1,2}\s+[^\W\d]{3,9}(?=\b))(?!/)",
    r"(?:en|a)\s+(?:une\s+|\d\s+)?prises?(?:\s+unique)?|en\s+(?:une|prise)\s+unique|dose\s+unique"
    r"|unique|en\s+(?:une|deux|trois)\s+(?:fois|prises?)",
    r"(?:a\s+)?jeun|au\s+long\s+cours|en\s+continu|au\s+pse|ivse|en\s+per-operatoire|en\s+nebulisation"
    r"|en\s+aerosols?",
    r"j\s?\d+(?:\s*(?:,|et|puis)\s*j\s?\d+)*",
    rf"{_FRACTION}(?=\s+{_MOMENT})",
    _CONDITION,
    r"(?:sans\s+depasser|maximum|maxi?\.?|au\s+max(?:imum)?)\s*(?:de\s+)?(?:\d+|[^\W\d]+)\s*(?:g|mg|cp"
    r"|prises?|sachets?|fois)?(?:\s*(?:/|par)\s*(?:jour|j|24\s?h))?",
    r"dans\s+(?:chaque|les\s+deux|l')\s*(?:oe?il|yeux|ol|narine)\w*|od?g(?![^\W\d])|oe?il\s+(?:droit"
    r"|gauche)|dans chaque narine",
    r"a\s+retirer\s+[^\W\d]+\s+[^\W\d]+|puis\s+(?:stop|arret)|uniquement|seulement"
    r"|avec\s+(?:une\s+)?chambre\s+d'inhalation",
    _MOMENT,
)
_PHRASE = re.compile(f"(?:{'|'.join(_PHRASES)})(?![^\\W\\d])")
_LINK = re.compile(
    r"(?:[\s,+&-]|et(?![^\W\d])|puis(?!\s+(?:stop|arret)|[^\W\d])|ou(?![^\W\d])|a(?=\s\d)|soit(?![^\W\d]))*"
)
_ROUTE = (
    r"(?:ivd|ivl|ivse|iv|s/?c|im|po|per\s?os|voie\s+\w+|v\.o\.|par\s+voie\s+\w+|sous[- ]cutanee?"
    r"|sublinguale?|inhale)"
)
_ROUTE_LINK = re.compile(rf"[\s,]*{_ROUTE}(?![^\W\d])(?:\s+puis\s+{_ROUTE}(?![^\W\d]))?[\s,]*")
_ROUTE_AFTER = re.compile(rf"\s+{_ROUTE}(?![^\W\d])")
# What may stand between a name and its dose, or a dose and its frequency, without being either.
_FILLER = re.compile(
    rf"(?:[\s:,;=|()–—-]|{_ROUTE}(?![^\W\d])|(?:lp|l\.p\.|xr|sr|ret|gastro-?resistante?s?"
    rf"|orodispersible|effervescente?s?|collyre|pommade|creme|gel"
    r"|sirop|solution|buvable|suspension|poudre|pellicules?|secables?|comprimes?|cp|gelules?|patchs?"
    r"|transdermique|spray|nasal"
    r"|a la dose de|a raison de|dosee? a|au dosage de|de|sous forme de|respimat|ellipta|elipta"
    r"|turbuhaler|diskus|breezhaler|autohaler"
    r"|nexthaler|flexpen|kwikpen|solostar|penfill|biogaran|arrow|mylan|viatris|sandoz|teva|zentiva|eg"
    r"|cristers|zydus|almus|ranbaxy)"
    r"(?![^\W\d]))*"
)
_AS_NEEDED = re.compile(_CONDITION)
_NAME_ENDING = re.compile(
    r"\s+(?:lp|l\.p\.|respimat|ell?ipta|turbuhaler|diskus|breezhaler|autohaler|flexpen|solostar)(?![^\W\d])"
)


@dataclass(frozen=True)
class Posology:
    """Dose and frequency as spans of the text that was read (None: not written), and where reading ended."""

    dose: tuple[int, int] | None
    frequency: tuple[int, int] | None
    as_needed: bool
    end: int


def name_end(text: str, end: int) -> int:
    """Return where a drug name that the lexicon ends at `end` really ends: "LP" or a device belongs to it."""
    match = _NAME_ENDING.match(text, end)
    return match.end() if match else end


def read(text: str, start: int, limit: int, *, known: bool = False) -> Posology:
    """Read the posology in the folded `text` between `start`, the end of a name, and `limit`.

    After a name that is `known` to be a drug, a number without a unit is a dose.
    """
    at = _skip(_FILLER, text, start, limit)
    match = _STRENGTH.match(text, at, limit)
    dose = match.span() if match else None
    if dose is None and known and (bare := _BARE_STRENGTH.match(text, start, limit)):
        dose = bare.span("number" if bare["number"] else "large")
    after_dose = _skip(_FILLER, text, dose[1], limit) if dose else at
    frequency = _frequency(text, after_dose, limit)
    if dose is None and frequency is not None:
        dose, frequency = _quantity_as_dose(text, frequency)
    end = max((part[1] for part in (dose, frequency) if part), default=start)
    end = _skip(_ROUTE_AFTER, text, end, limit) if end > start else end
    return Posology(dose, frequency, bool(frequency and _AS_NEEDED.search(text, *frequency)), end)


def _frequency(text: str, start: int, limit: int) -> tuple[int, int] | None:
    end, at = start, start
    while phrase := _PHRASE.match(text, at, limit):
        end = phrase.end()
        route = _ROUTE_LINK.match(text, end, limit)
        at = _skip(_LINK, text, route.end() if route else end, limit)
    return (start, end) if end > start else None


def _quantity_as_dose(
    text: str, frequency: tuple[int, int]
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Without a written strength, the quantity of one intake ("2 sachets") is the dose."""
    quantity = re.compile(_QUANTITY).match(text, *frequency)
    if quantity is None:
        return None, frequency
    rest = _skip(_LINK, text, quantity.end(), frequency[1])
    return quantity.span(), (rest, frequency[1]) if rest < frequency[1] else None


def _skip(pattern: re.Pattern[str], text: str, start: int, limit: int) -> int:
    match = pattern.match(text, start, limit)
    return match.end() if match else start
