"""The file of a full lexicon: gzipped, names by DCI, under a heading that says where they are from."""

import gzip
import re
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_HEADING = re.compile(
    r"# source: (?P<name>.+)\n# date: (?P<day>\d{4}-\d{2}-\d{2})\n"
    r"# names: (?P<names>\d+)\n# substances: (?P<substances>\d+)\n"
)

DATED = "{name} (données du {day}) et lexique de départ : {names} noms, {substances} substances"
UNDATED = "{name} : {names} noms, {substances} substances"


class DamagedLexiconError(Exception):
    """The file is no lexicon, or not all of it."""


@dataclass(frozen=True)
class Source:
    """Where a lexicon is from: its name, the day of its data where it has one, and how much it holds.

    The terms of reuse ask for name and day wherever the lexicon is shown.
    """

    name: str
    day: date | None
    names: int
    substances: int

    @property
    def label(self) -> str:
        """What a reader is told, in French."""
        day = self.day.strftime("%d/%m/%Y") if self.day else ""
        template = DATED if self.day else UNDATED
        return template.format(name=self.name, day=day, names=self.names, substances=self.substances)


def write(path: Path, names: Mapping[str, str], source: Source) -> None:
    """Write `names`, a map of names to DCI, in one step: the same names make the same bytes.

    Raises:
        OSError: `path` is as it was.
    """
    by_dci: dict[str, list[str]] = defaultdict(list)
    for name, dci in names.items():
        by_dci[dci].append(name)
    heading = (
        f"# source: {source.name}\n# date: {source.day}\n"
        f"# names: {source.names}\n# substances: {source.substances}\n"
    )
    lines = ("\t".join((dci, *sorted(found))) + "\n" for dci, found in sorted(by_dci.items()))
    content = gzip.compress((heading + "".join(lines)).encode(), mtime=0)
    # Beside its destination, for the last step to be one, and out of the way of what packs the image.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.") as beside:
        partial = Path(beside, path.name)
        partial.write_bytes(content)
        partial.replace(path)


def read(path: Path) -> tuple[dict[str, str], Source]:
    """Return the names in a file, each with its DCI, and where they are from.

    Raises:
        FileNotFoundError: there is none.
        DamagedLexiconError: it can't be read, or its heading does not fit it.
    """
    try:
        content = gzip.decompress(path.read_bytes()).decode()
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DamagedLexiconError(f"{path.name}: {error}") from error
    heading = _HEADING.match(content)
    if heading is None:
        raise DamagedLexiconError(f"{path.name} has no heading of a lexicon")
    rows = [line.split("\t") for line in content[heading.end() :].splitlines()]
    names = {name: dci for dci, *found in rows for name in found}
    if (len(names), len(rows)) != (int(heading["names"]), int(heading["substances"])):
        raise DamagedLexiconError(f"{path.name} holds {len(names)} names, not {heading['names']}")
    try:
        day = date.fromisoformat(heading["day"])
    except ValueError as error:
        raise DamagedLexiconError(f"{path.name}: {error}") from error
    return names, Source(heading["name"], day, len(names), len(rows))
