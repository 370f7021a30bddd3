"""Finds every drug name of a text, with its substance: the check on what any engine leaves out.

The starter lexicon is `lexicon.tsv`. Where `invoke lexicon` has built the full one from the BDPM, that is
added to the starter, which keeps its own names. Read on first use. Names are compared folded (case, accents),
by whole words; a word broken by a hyphen at the end of a line ("kéta-" / "mine") is one word.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from app.insights import lexicon_file
from app.insights.evidence import plain
from app.insights.lexicon_file import DamagedLexiconError, Source

STARTER = Path(__file__).with_name("lexicon.tsv")
FULL = Path(__file__).with_name("lexicon_bdpm.tsv.gz")
STARTER_NAME = "Lexique de départ"

_log = logging.getLogger(__name__)

_WORD = re.compile(r"[^\W_]+")
_BROKEN_WORD = re.compile(r"[^\W_]+-\n[ \t]*[^\W_]+")
# Spelling is only forgiven in words long enough that one letter rarely makes another word, before a posology.
_FORGIVEN_LENGTH = 7
_POSOLOGY_FOLLOWS = re.compile(r"[ \t]+(?:[^\W\d_]+[ \t]+)?\d|[ \t]*:[ \t]*\d|\d")


@dataclass(frozen=True)
class Mention:
    """A drug name in a text: `text[start:end]`. `approximate` is one letter away from the lexicon."""

    start: int
    end: int
    dci: str
    approximate: bool = False


class Lexicon:
    """Drug names and the substance each stands for."""

    def __init__(self, substances: Mapping[str, str], exact: Mapping[str, str] | None = None) -> None:
        """Index `substances`, a map of names as written to DCI, and what it does not know of `exact`.

        Names of `exact` are found as they are spelt only: among thousands of names, a slip in one is too
        often another one, or an ordinary word.
        """
        forgiven = {plain(name): dci for name, dci in substances.items()}
        self._dci = {plain(name): dci for name, dci in (exact or {}).items()} | forgiven
        self._by_first_word: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._dci, key=len, reverse=True):
            self._by_first_word[_WORD.search(name).group()].append(name)  # type: ignore[union-attr]  # has a word
        self._misspelt = _index_of_misspellings(forgiven)

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the drug names of `text` from left to right, longest name first, without overlap."""
        folded, end = plain(text), 0
        # A name of several words may go on in the next line.
        unbroken = folded.replace("\n", " ")
        for word in _WORD.finditer(folded):
            if word.start() < end:
                continue
            mention = self._at(folded, unbroken, word)
            if mention is not None:
                end = mention.end
                yield mention

    def __len__(self) -> int:
        """The number of names."""
        return len(self._dci)

    def substances(self) -> frozenset[str]:
        """Return the DCI that the names stand for."""
        return frozenset(self._dci.values())

    def dci(self, name: str) -> str | None:
        """Return the substance behind exactly `name`, or None."""
        return self._dci.get(plain(name))

    def _at(self, folded: str, unbroken: str, word: re.Match[str]) -> Mention | None:
        """Return the name that begins with `word`: most words begin none, and cost three looks."""
        written, after = word.group(), folded[word.end() : word.end() + 1]
        return (
            (self._known(unbroken, word) if written in self._by_first_word else None)
            or (self._broken(folded, word) if after == "-" else None)
            or (self._nearly(folded, word) if len(written) >= _FORGIVEN_LENGTH else None)
        )

    def combination(self, *substances: str) -> str | None:
        """Return the DCI of the medicine that holds exactly `substances`, in whatever order, or None."""
        return self._combinations.get(frozenset(map(plain, substances)))

    @cached_property
    def _combinations(self) -> dict[frozenset[str], str]:
        return {
            frozenset(plain(part.strip()) for part in dci.split("+")): dci
            for dci in self.substances()
            if "+" in dci
        }

    def _known(self, folded: str, word: re.Match[str]) -> Mention | None:
        for name in self._by_first_word.get(word.group(), ()):
            end = word.start() + len(name)
            if folded.startswith(name, word.start()) and not folded[end : end + 1].isalnum():
                return Mention(word.start(), end, self._dci[name])
        return None

    def _broken(self, folded: str, word: re.Match[str]) -> Mention | None:
        broken = _BROKEN_WORD.match(folded, word.start())
        name = re.sub(r"-\s+", "", broken.group()) if broken else ""
        return (
            Mention(broken.start(), broken.end(), self._dci[name]) if broken and name in self._dci else None
        )

    def _nearly(self, folded: str, word: re.Match[str]) -> Mention | None:
        if not _POSOLOGY_FOLLOWS.match(folded, word.end()):
            return None
        names = {name for hole in _holes(word.group()) for name in self._misspelt.get(hole, ())}
        near = {self._dci[name] for name in names if is_one_slip_apart(name, word.group())}
        return Mention(word.start(), word.end(), near.pop(), approximate=True) if len(near) == 1 else None


def _index_of_misspellings(names: Iterable[str]) -> dict[str, list[str]]:
    """Return each long one-word name under itself less each of its letters: the key of a fast search."""
    index: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if len(name) >= _FORGIVEN_LENGTH and name.isalpha():
            for hole in _holes(name):
                index[hole].append(name)
    return index


def _holes(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def is_one_slip_apart(left: str, right: str) -> bool:
    """Return whether one letter added, lost or changed, or two neighbours swapped, makes one the other."""
    if left == right or left[0] != right[0]:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
    a, b = left[start:], right[start:]
    swapped = len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped


def current() -> Lexicon:
    """Return the lexicon in use, read once per process: the full one where there is one, else the starter."""
    return _in_use()[0]


def source() -> Source:
    """Return where the lexicon in use is from."""
    return _in_use()[1]


@lru_cache(maxsize=1)
def starter() -> Lexicon:
    """Return the lexicon that ships with the app; read once per process, in a few tens of milliseconds."""
    return Lexicon(_starter_names())


@lru_cache(maxsize=1)
def _in_use() -> tuple[Lexicon, Source]:
    return load(FULL)


def load(full: Path) -> tuple[Lexicon, Source]:
    """Return the starter with the names of the file `full`, and where they are from.

    Without that file, or with a damaged one, which is logged, it is the starter alone.
    """
    name, day = STARTER_NAME, None
    names: dict[str, str] = {}
    try:
        names, origin = lexicon_file.read(full)
        name, day = origin.name, origin.day
    except FileNotFoundError:
        _log.debug("No full lexicon: `invoke lexicon` builds one.")
    except DamagedLexiconError as error:
        _log.warning("The full lexicon is damaged, the starter is used instead: %s", error)
    lexicon = Lexicon(_starter_names(), names)
    return lexicon, Source(name, day, len(lexicon), len(lexicon.substances()))


def _starter_names() -> dict[str, str]:
    substances: dict[str, str] = {}
    for line in STARTER.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        dci, _, names = line.partition("\t")
        substances |= {name.strip(): dci for name in (dci, *filter(None, names.split(",")))}
    return substances | _hyphenated(substances)


def _hyphenated(substances: Mapping[str, str]) -> dict[str, str]:
    """Return "Co-Aprovel" for "Coaprovel": a prefix before another name is as often written apart."""
    plain_names = {plain(name) for name in substances}
    return {
        f"{name[:2]}-{name[2:]}": dci
        for name, dci in substances.items()
        if name[:2] in ("Co", "Bi") and plain(name[2:]) in plain_names
    }
