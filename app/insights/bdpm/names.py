"""The name in a denomination: "KARDEGIC 75 mg, poudre pour solution buvable en sachet" is Kardegic."""

import re

from app.insights.bdpm.files import Medicine
from app.insights.evidence import plain

_UNITS = (
    r"mg|g|gr|kg|µg|mcg|ng|ml|l|cl|mm|cm2?|mol|mmol|meq|ui|u\.i\.?|u|mui|m\.u\.i\.?|kui|m?bq|gbq|ppm|ir|pour"
    r"|sq-\w+|microgrammes?|milligrammes?|grammes?|unit[eé]s?|millions?|doses?|microlitres?|heures?|h"
)
_STRENGTH = re.compile(
    rf"(?:^|\s)\d[\d\s.,/x+-]*(?:%|‰|(?:{_UNITS})\b).*|\s\d[\d.,/ -]*$",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\s(?:comprim[eé]s?|g[eé]lules?|capsules?|sachets?|solution|suspension|sirop|cr[eè]me|pommade|gel|collyre"
    r"|poudre|granul[eé]s?|suppositoires?|dispositif|pastilles?|gomme|emplâtre|spray|lyophilisat|mousse|lotion"
    r"|[eé]mulsion|shampooing|injectable|buvable|p[aâ]te|ovules?|patch|stylo|flacon|ampoules?)\b.*",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s*[(\[].*")
# Words that end a denomination and that prescriptions leave out or write as they like.
_ENDING = re.compile(
    r"\s(?:l\.?p\.?|g\.?r\.?|adultes?|enfants?|nourrissons?|nouveau-n[eé]s?|b[eé]b[eé]s?|et|sans|sucr[eé]?e?|ss"
    r"|[eé]dulcor[eé]e?|menthe|orange|citron|fraise|miel|framboise|cassis|cerise|caramel|vanille|ar[oô]me"
    r"|fruits?|tropical|faible|forte?|conseil|conservateur|intraveineuse?|i\.?v\.?|im|unidose|au|a|aux|en|pour"
    r"|de|du|le|la|les|l|go[uû]t|-|ou|avec|doses?|injection|cutan[eé]e|nasale?)$",
    re.IGNORECASE,
)
_SHORTEST_WORD = 3


def brand(medicine: Medicine) -> str | None:
    """Return the brand in the denomination, in lower case, or None where it begins with the substance."""
    name = _head(medicine.name)
    words = plain(name).split()
    if not words or words[0].split("/")[0] in _own_words(medicine):
        return None
    holder = set(plain(medicine.holder).split())
    while len(words) > 1 and words[-1] in holder:
        words.pop()
    kept = " ".join(name.split()[: len(words)])
    return kept.casefold() if re.search(r"[^\W\d]{2}", kept) else None


def _head(denomination: str) -> str:
    """Return the denomination up to strength or form, without what may be left out at its end."""
    name = " ".join(denomination.replace("’", "'").replace("®", "").replace('"', " ").split(",")[0].split())
    for rest in (_STRENGTH, _FORM, _REMARK):
        name = rest.sub("", name)
    while (shorter := _ENDING.sub("", name)) != name:
        name = shorter
    return name.strip(" -/.")


def _own_words(medicine: Medicine) -> set[str]:
    """Return the words of its substances; "acide" and the like begin no brand either."""
    published = " ".join(component.substance for component in medicine.components)
    return {word for word in re.findall(r"[^\W_][\w-]*", plain(published)) if len(word) >= _SHORTEST_WORD}
