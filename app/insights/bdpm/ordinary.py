"""Keeps ordinary words out of the lexicon: "fer" in a blood count is no medicine, nor is "Mag" one.

`ordinary_words.txt` holds the words; the kinds of things below are recognised by how their names begin.
"""

import re
from functools import lru_cache
from pathlib import Path

from app.insights.evidence import plain

_WORDS = Path(__file__).with_name("ordinary_words.txt")
_ENTRY = re.compile(r'"([^"]+)"|(\S+)')

# Parts of plants, preparations and minerals, and proteins of the blood that laboratories measure.
_BEGINNING = re.compile(
    r"(?:acetates?|alcools?|baume|bleu|carbonate|cellules?|chlorures?|citrate|collyre|concentre?|concentrat"
    r"|eau|ecorce|essence|esters?|extrait|facteur|fer|feuilles?|fibres?|fleurs?|fluorures?|fractions?|fragments"
    r"|fruits?|gel|glycerophosphate|gomme|gouttes|grains?|graines?|hormone|huiles?|hydroxydes?|inhibiteur|jus"
    r"|larmes|levure|milieu|mousse|or|oxydes?|parahydroxybenzoate|partie|pate|pepin|phosphates?|pommade|poudre"
    r"|proteines?|racine|sedatif|serum|solute|solution|sommite|soufre|suppositoires?|teinture|thalle|tisane"
    r"|triglycerides|venin)(?= )|vitamines? .$"
)
_SHORTEST = 4
_MOST_WORDS = 4


def is_ordinary(name: str) -> bool:
    """Return whether `name`, in a report, is more likely something else than the medicine it also is."""
    folded = plain(name)
    words = folded.split()
    return (
        folded in _words()
        or sum(char.isalpha() for char in folded) < _SHORTEST
        or len(words) > _MOST_WORDS
        or _BEGINNING.match(folded) is not None
        or all(word in _words() or len(word) < _SHORTEST for word in words)
    )


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    lines = _WORDS.read_text(encoding="utf-8").splitlines()
    entries = (entry for line in lines if not line.startswith("#") for entry in _ENTRY.findall(line))
    return frozenset(plain(quoted or word) for quoted, word in entries)
