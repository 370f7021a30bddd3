"""Names substances as prescriptions do: the DCI, without salt and water, spelt as the starter spells it."""

import re
from collections.abc import Iterable, Iterator

from app.insights.evidence import plain
from app.insights.lexicon import Lexicon

# The database writes some names the other way round: "CLAVULANIQUE (ACIDE)", "SODIUM (LACTATE DE) ANHYDRE".
_INVERTED = re.compile(r"([^()]+)\((acide|[^()]+ de|[^()]+ d')\)(.*)")
_REMARK = re.compile(r"[(\[][^()\[\]]*[)\]]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ACIDS = _words(
    "acéponate acétate acétonide adipate arginate ascorbate aspartate benzoate bésilate bitartrate "
    "bromhydrate bromure butyrate camsilate caproate carbonate chlorhydrate chlorure citrate décanoate "
    "dipropionate diiséthionate édisilate embonate énantate ésilate estolate éthylsuccinate fumarate furoate "
    "gluconate hippurate iodure isétionate lactate lactobionate laurate malate maléate mandélate mésilate "
    "métilsulfate mucate napsilate nitrate orotate oxalate palmitate pamoate phosphate pidolate pivalate "
    "propionate salicylate stéarate succinate sulfate tartrate téoclate tosilate undécanoate undécylénate "
    "valérate xinafoate"
)
# Preparations of a substance, which prescriptions do not tell apart.
_PREPARED = re.compile(r"(?:solution|concentrat|gel) (?:de |d')(?=.* )")
_TIMES = re.compile(r"hydrogéno-?|sesqui|hémi|mono|tétra|bis|tri|di")
_METALS = _words(
    "sodique potassique calcique magnésique zincique disodique monosodique dipotassique hémicalcique calcium "
    "sodium potassium magnésium"
)
_BASES = _words(
    "arginine lysine trométamol trométhamine méglumine erbumine tert-butylamine olamine diéthylamine "
    "diolamine épolamine"
)
_ESTERS = _words("cilexétil médoxomil proxétil axétil pivoxil disoproxil étexilate hexacétonide")
_WATER = re.compile(
    r"anhydre|base|\w*hydraté?e?|micronisée?|solvatée?|racémique|amorphe|élément|recombinante?|isophane"
    r"|biphasique|soluble|neutre|biogénétique|acide"
)
# Plants whose many extracts are one thing to whoever takes them: by a word in the name, the name they share.
_PLANTS = {
    "floride": "sérénoa répens",
    "serenoa": "sérénoa répens",
    "ginkgo": "ginkgo biloba",
    "ispaghul": "ispaghul",
    "lierre": "lierre grimpant",
    "millepertuis": "millepertuis",
    "séné": "séné",
    "valériane": "valériane",
}
# What is left of "chlorure de sodium" without its salt is no medicine.
_ELEMENTS = _words(
    "sodium potassium calcium magnésium zinc ammonium aluminium fer cuivre manganèse argent sélénium chrome "
    "lithium strontium bismuth cobalt éthyle méthyle benzyle diméthyle"
)
# Other spellings of what the starter knows, and of what the database itself spells in two ways.
SPELLINGS = {
    "acide ursodéoxycholique": "acide ursodésoxycholique",
    "béclométhasone": "béclométasone",
    "bupropione": "bupropion",
    "butylbromure de scopolamine": "butylscopolamine",
    "carbocysteine": "carbocistéine",
    "cholécalciférol": "colécalciférol",
    "diacéréine": "diacerhéine",
    "fumarate de diméthyle": "diméthyl fumarate",
    "l-carnitine": "lévocarnitine",
    "polyvidone iodée": "povidone iodée",
    "pseudo-éphédrine": "pseudoéphédrine",
    "rémifentanyl": "rémifentanil",
    "somatotropine": "somatropine",
    "tédizolid": "tédizolide",
    "topotécane": "topotécan",
    "toxine botulinique type a": "toxine botulinique A",
}


class Substances:
    """The DCI of what the database publishes; each name is worked out once."""

    def __init__(self, starter: Lexicon) -> None:
        """Spell as `starter` does."""
        self._starter = starter
        self._known: dict[str, str] = {}

    def dci(self, published: str) -> str:
        """Return the DCI of a substance: as the starter calls it, else without its salt."""
        if published not in self._known:
            names = [SPELLINGS.get(name, name) for name in _ever_shorter(_plant(written(published)))]
            known = (self._starter.dci(name) for name in names)
            self._known[published] = next(filter(None, known), names[-1])
        return self._known[published]

    def together(self, published: Iterable[str]) -> str:
        """Return the DCI of what holds them all: in the order of the starter, else of the alphabet."""
        parts = {part for name in published for part in self.dci(name).split(" + ")}
        if len(parts) == 1:
            return parts.pop()
        return self._starter.combination(*parts) or " + ".join(sorted(parts, key=plain))


def written(published: str) -> str:
    """Return a published name in lower case and the right way round."""
    name = " ".join(published.casefold().replace("’", "'").split())
    turned = _INVERTED.fullmatch(name)
    if turned is None:
        return name
    head, kind, tail = (part.strip() for part in turned.groups())
    return f"{kind}{'' if kind.endswith(chr(39)) else ' '}{head} {tail}".strip()


def _plant(name: str) -> str:
    return next((plant for word, plant in _PLANTS.items() if word in re.findall(r"\w+", name)), name)


def _ever_shorter(name: str) -> Iterator[str]:
    """Yield `name`, and what is left of it without remark, water and salt, each time with less."""
    yield name
    for less in (_without_remark, _without_water, _without_salt, _without_water):
        if (rest := less(name)) != name:
            name = rest
            yield name


def _without_remark(name: str) -> str:
    name = _PREPARED.sub("", name, count=1)
    return " ".join(_REMARK.sub(" ", name).split(" , ")[0].strip(" -").split()) or name


def _without_water(name: str) -> str:
    words = name.split()
    return " ".join(words[:1] + [word for word in words[1:] if not _WATER.fullmatch(word)])


def _without_salt(name: str) -> str:
    """Return "bisoprolol" for "hémifumarate de bisoprolol", "losartan" for "losartan potassique"."""
    whole = name.replace(" d'", " de ").split()
    words = whole
    if "de" in words[1:3] and (_is_acid(words[0]) or words[0] in _BASES | _ESTERS):
        rest = words[words.index("de") + 1 :]
        words = rest if rest and rest[0] not in _ELEMENTS else words
    while len(words) > 1 and words[-2] != "de" and _is_counterpart(words[-1]):
        words = words[:-1]
    if words[-2:-1] == ["de"] and words[-1] in _BASES:
        words = words[:-2]
    return " ".join(words) if words != whole else name


def _is_acid(word: str) -> bool:
    return word in _ACIDS or _TIMES.sub("", word, count=1) in _ACIDS


def _is_counterpart(word: str) -> bool:
    return word in _METALS | _BASES | _ESTERS or _is_acid(word)
