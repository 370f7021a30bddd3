"""The pharmaceutical form and the way in that the words of a prescription name."""

import re

_FORMS = {
    "collyre": r"collyres?|oeil|yeux|odg|og|od",
    "crème": r"cremes?|pommades?|applications?",
    "comprimé": r"comprimes?|cps?|cpr|gelules?|gelu?|capsules?",
    "sachet": r"sachets?|sach",
    "solution buvable": r"buvables?|sirop|cuilleres?(?:[- ]mesures?)?|(?<!en )c ?a ?[sc]",
    "gouttes": r"gouttes?|gt?tes?|gtt",
    "inhalation": r"bouff?(?:ees?)?|inhalations?|inhal|aerosols?|nebulisations?"
    r"|respimat|ell?ipta|turbuhaler|diskus",
    "patch": r"patchs?|transdermiques?|dispositifs? transdermiques?",
    "injection": r"injections?|injectables?|inj|seringues?|stylos?|flexpen|solostar",
    "suppositoire": r"suppositoires?|suppo",
}
_ROUTES = {
    "orale": r"per os|po|v\.?o\.?|voie orale|orale?|orodispersibles?",
    "intraveineuse": r"ivd|ivl|ivse|iv|intraveineu(?:se|x)|pse|perfusions?",
    "sous-cutanée": r"s/?c|sous[- ]cutanee?",
    "intramusculaire": r"im|intramusculaire",
}


def _any_of(names: dict[str, str]) -> re.Pattern[str]:
    """Return what finds the words of any of `names`; group g0 is the first of them."""
    groups = "|".join(rf"(?P<g{i}>{words})" for i, words in enumerate(names.values()))
    return re.compile(rf"(?<![^\W_])(?:{groups})(?![^\W_])")


FORM, ROUTE = _any_of(_FORMS), _any_of(_ROUTES)
_PROLONGED = re.compile(r"(?<![^\W_])(?:lp|l\.p\.?|liberation prolongee|xr|sr|chrono)(?![^\W_])")


def form(words: str) -> str | None:
    """Return the form that folded `words` name, or None: a capsule and a tablet count as one form."""
    return _first(FORM, tuple(_FORMS), words)


def route(words: str) -> str | None:
    """Return the way in that folded `words` name, or None."""
    return _first(ROUTE, tuple(_ROUTES), words)


def is_prolonged(words: str) -> bool:
    """Return whether folded `words` say that the substance is released slowly."""
    return bool(_PROLONGED.search(words))


def _first(pattern: re.Pattern[str], names: tuple[str, ...], words: str) -> str | None:
    """Return the name whose place in the dictionary is first, whatever its place in the words."""
    found = {int(match.lastgroup[1:]) for match in pattern.finditer(words) if match.lastgroup}
    return names[min(found)] if found else None
