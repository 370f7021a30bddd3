"""Makes the names of the full lexicon: what the database knows and the starter does not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.insights.bdpm import files, names, scope
from app.insights.bdpm.ordinary import is_ordinary
from app.insights.bdpm.substances import SPELLINGS, Substances
from app.insights.evidence import plain
from app.insights.lexicon import Lexicon
from app.insights.lexicon_file import Source

SOURCE = "Base de données publique des médicaments"

# A name of several medicines stands for what most of them hold, if nearly all do.
_MOST = 2 / 3


@dataclass(frozen=True)
class Built:
    """Names, each with its DCI, what they come from, and the brands that stand for too many things."""

    names: Mapping[str, str]
    source: Source
    ambiguous: tuple[str, ...]


def build(folder: Path, starter: Lexicon, day: date | None = None) -> Built:
    """Return what the files in `folder` add to `starter`, which keeps every name that it knows.

    Args:
        folder: Holds the files of the database.
        starter: Spells substances, and wins.
        day: When the files were published; without it, the last day that a medicine of theirs was authorised.

    Raises:
        UnusableFileError: a file is missing, damaged or another one.
    """
    medicines = files.read(folder)
    kept = scope.in_scope(medicines)
    dcis = Substances(starter)
    brands, ambiguous = _brands(kept, dcis)
    found = {**_with_first_words(brands), **_substances(kept, dcis)}
    added = _without_longer_names_of_the_same(
        {name: dci for name, dci in found.items() if starter.dci(name) is None and not is_ordinary(name)},
        starter,
    )
    ordered = dict(sorted(added.items()))
    day = day or max((one.authorised for one in medicines if one.authorised), default=None)
    if day is None:
        raise files.UnusableFileError(
            "No medicine has a date: say the day of the files with --date YYYY-MM-DD."
        )
    source = Source(SOURCE, day, len(ordered), len(set(ordered.values())))
    return Built(ordered, source, ambiguous)


def _substances(medicines: Iterable[files.Medicine], dcis: Substances) -> dict[str, str]:
    """Return the substances that prescriptions name; what a plant holds is an ordinary word."""
    published = {name for one in medicines if not scope.is_of_plants(one) for name in one.substances()}
    held = {dci for name in published if "+" not in (dci := dcis.dci(name))}
    respelt = {name: dcis.dci(name) for name, dci in SPELLINGS.items() if dci in held}
    return {dci: dci for dci in sorted(held)} | respelt


def _brands(medicines: Iterable[files.Medicine], dcis: Substances) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the DCI of each brand, and the brands that have none because they have several."""
    sold: dict[str, Counter[str]] = defaultdict(Counter)
    gone: dict[str, Counter[str]] = defaultdict(Counter)
    for one in medicines:
        if (brand := names.brand(one)) is not None:
            (sold if one.is_sold else gone)[brand][dcis.together(one.substances())] += 1
    # A brand that is no longer sold is still in what people took before; what is sold today decides.
    counted = {**gone, **sold}
    agreed = {brand: dci for brand, counts in counted.items() if (dci := _most(counts))}
    return agreed, tuple(sorted(counted.keys() - agreed.keys()))


def _most(counts: Counter[str]) -> str | None:
    (dci, count), *_ = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dci if count >= _MOST * counts.total() else None


def _with_first_words(brands: Mapping[str, str]) -> dict[str, str]:
    """Return `brands` with "seretide" for "seretide diskus", where all that begin so hold the same."""
    beginning: dict[str, set[str]] = defaultdict(set)
    for brand, dci in brands.items():
        beginning[brand.split()[0]].add(dci)
    shared = {word: dcis.pop() for word, dcis in beginning.items() if len(dcis) == 1}
    return {**shared, **brands}


def _without_longer_names_of_the_same(found: Mapping[str, str], starter: Lexicon) -> dict[str, str]:
    """Leave out "kenacort retard" beside "kenacort": the name in a report is the shorter one."""
    known = {plain(name): dci for name, dci in found.items()}

    def is_needed(name: str, dci: str) -> bool:
        first = plain(name.split()[0])
        return first == plain(name) or dci not in (known.get(first), starter.dci(first))

    return {name: dci for name, dci in found.items() if is_needed(name, dci)}
