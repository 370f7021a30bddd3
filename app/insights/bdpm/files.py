"""Reads the files of the BDPM: tab-separated, without a heading line, as the database publishes them.

Columns as its "Contenu et format des fichiers téléchargeables" names them. A row ends in a tab in some files.
"""

import gzip
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

MEDICINES = "CIS_bdpm.txt"
COMPOSITIONS = "CIS_COMPO_bdpm.txt"
CLASSES = "CIS_MITM.txt"

_CODE = re.compile(r"\d{8}")
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
# A medicine without a composition is rare, a composition without a medicine rarer.
_COMMON = 0.8
# Typographic marks of cp1252 that the database has published as control characters of UTF-8.
_MARKS = str.maketrans({"\x91": "'", "\x92": "'", "\x93": '"', "\x94": '"', "\x96": "-", "\x9c": "œ"})
# Which column holds the code of a medicine, and how many columns there are at least.
_SHAPES = {MEDICINES: (0, 11), COMPOSITIONS: (0, 8), CLASSES: (0, 3)}


class UnusableFileError(Exception):
    """A file is missing, damaged or another one; nothing was written. The message says what to type next."""


@dataclass(frozen=True)
class Component:
    """A row of the composition: a substance as it stands (SA), or the part of it that acts (FT)."""

    element: str
    substance: str
    nature: str
    link: str


@dataclass(frozen=True)
class Medicine:
    """A medicine of the database: what it is called, what it holds, and whether it is sold."""

    code: str
    name: str
    procedure: str
    holder: str
    is_sold: bool
    authorised: date | None
    atc: str = ""
    components: tuple[Component, ...] = field(default=())

    def substances(self) -> tuple[str, ...]:
        """Return what acts in it, as published, each once.

        The rows of one substance share an element and a link number: its FT row, which is the DCI, stands
        for it, and its SA row only where there is no FT. Without the link, the SA rows of an association that
        has one FT row would be lost.
        """
        linked: dict[tuple[str, str], list[Component]] = defaultdict(list)
        for component in self.components:
            linked[component.element, component.link].append(component)
        acting = (_acting(rows) for rows in linked.values())
        return tuple(dict.fromkeys(row.substance for rows in acting for row in rows))


def _acting(rows: list[Component]) -> list[Component]:
    return [row for row in rows if row.nature == "FT"] or rows


def read(folder: Path) -> tuple[Medicine, ...]:
    """Return the medicines that the files in `folder` describe, in the order of their codes.

    Raises:
        UnusableFileError: a file is missing, or is not what its name says.
    """
    compositions: dict[str, list[Component]] = defaultdict(list)
    for row in _rows(folder, COMPOSITIONS):
        compositions[row[0]].append(Component(row[1], row[3], row[6], row[7]))
    classes = {row[0]: row[1] for row in _rows(folder, CLASSES)} if has_classes(folder) else {}
    found = [_medicine(row, compositions, classes) for row in _rows(folder, MEDICINES)]
    _check_they_belong_together(found, compositions)
    return tuple(sorted(found, key=lambda medicine: medicine.code))


def _medicine(
    row: list[str], compositions: Mapping[str, list[Component]], classes: Mapping[str, str]
) -> Medicine:
    code = row[0]
    return Medicine(
        code=code,
        name=row[1],
        procedure=row[5],
        holder=row[10],
        is_sold=row[4] == "Autorisation active" and row[6] == "Commercialisée",
        authorised=_day(row[7]),
        atc=classes.get(code, ""),
        components=tuple(compositions.get(code, ())),
    )


def _check_they_belong_together(medicines: Collection[Medicine], described: Collection[str]) -> None:
    """Refuse files of which one ends early, at the end of a line, or is of another day."""
    held = {medicine.code for medicine in medicines}
    both = len(held.intersection(described))
    if both < _COMMON * max(len(held), len(described)):
        raise _unusable(
            f"{MEDICINES} holds {len(held)} medicines, {COMPOSITIONS} describes {len(described)}, and only "
            f"{both} are in both: one of them is cut short, or they are of different days"
        )


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    """Yield the rows of a file, cell by cell, without the space around and without quotes of spreadsheets."""
    at, width = _SHAPES[name]
    path = _find(folder, name)
    lines = [line for line in _text(path).split("\n") if line.strip()]
    if not lines:
        raise _unusable(f"{path} is empty")
    for number, line in enumerate(lines, 1):
        cells = [cell.strip().strip('"').strip() for cell in line.split("\t")]
        if len(cells) < width or not _CODE.fullmatch(cells[at]):
            raise _unusable(f"{path}, line {number}, is no row of {name}: {line[:60]!r}")
        yield cells


def has_classes(folder: Path) -> bool:
    """Return whether the file of classes is there; without it, fewer vaccines and infusions are left out."""
    return bool(_files_named(folder, CLASSES))


def _files_named(folder: Path, name: str) -> list[Path]:
    wanted = {name.casefold(), f"{name}.gz".casefold()}
    try:
        return sorted(path for path in folder.iterdir() if path.name.casefold() in wanted)
    except OSError as error:
        raise _unusable(f"{folder} can't be read: {error.strerror}") from error


def _find(folder: Path, name: str) -> Path:
    found = _files_named(folder, name)
    if not found:
        raise _unusable(f"{folder} holds no {name} and no {name}.gz")
    if len(found) > 1:
        raise _unusable(f"{folder} holds {name} twice: {', '.join(path.name for path in found)}; remove one")
    return found[0]


def _text(path: Path) -> str:
    """Read UTF-8, or else cp1252: the database has published both."""
    try:
        content = path.read_bytes()
        if path.suffix.casefold() == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise _unusable(f"{path} can't be read: {error}") from error
    try:
        return content.decode("utf-8-sig").translate(_MARKS)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _day(written: str) -> date | None:
    found = _DAY.fullmatch(written)
    try:
        return date(*map(int, reversed(found.groups()))) if found else None
    except ValueError:
        return None


def _unusable(what: str) -> UnusableFileError:
    return UnusableFileError(
        f"{what}.\nThe lexicon in use is unchanged. Download the files again from "
        "https://base-donnees-publique.medicaments.gouv.fr/telechargement into one folder, "
        "then type: invoke lexicon --from FOLDER"
    )
