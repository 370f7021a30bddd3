"""Reads what a reader of a Word document sees: its words in their order, and each row of a table on a line.

The parts of the file are walked here, and python-docx only parses them: its own documents would unfold every
part first, whatever it holds, and show neither lists, text boxes nor accepted insertions.

Source: ECMA-376, part 1 (WordprocessingML). Names are compared without namespace: the strict and the
transitional form differ in nothing else that matters here.
"""

import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from docx.oxml import parse_xml

from app.insights.documents.failures import UnreadableReportError, megabytes
from app.insights.documents.limits import MAX_DOCX_XML_BYTES
from app.insights.documents.numbering import Numbering
from app.insights.documents.text import refuse_too_long
from app.insights.documents.wordml import attribute, child, local_name, value
from app.insights.documents.zips import UNREADABLE, beginning, open_zip

DAMAGED = (
    "Ce document Word est abîmé ou incomplet. Rien n'en a été lu. "
    "Ouvrez-le et enregistrez-le à nouveau en DOCX, ou collez son texte."
)
SCAN = (
    "Ce document Word ne contient que des images : c'est un scan, sans texte à lire. "
    "Passez-le par une reconnaissance de caractères (OCR), ou collez le texte."
)
TOO_LARGE_UNPACKED = (
    "Ce document Word dépasse {max_size} une fois décompressé. Rien n'en a été lu. "
    "Gardez-en un seul compte rendu, ou collez son texte."
)

_MAIN = "word/document.xml"
_MEDIA = "word/media/"
_NEVER_THERE = "<!DOCTYPE"
# What is deleted, moved away or not shown.
_UNSEEN = frozenset(("del", "moveFrom", "pPr", "rPr", "instrText", "delText", "sdtPr", "Fallback", "docPr"))
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
# What wraps paragraphs, rows or cells without being one.
_WRAPPERS = frozenset(("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
# A cell with more lines is no entry of a table: the page is laid out with it.
_MAX_CELL_LINES = 4
_FRAME = "|"


def read(content: bytes) -> str:
    """Return the text of a DOCX: headers, body, notes, footers.

    Raises:
        UnreadableReportError: damaged, a scan, or larger unfolded than any report.
    """
    try:
        with open_zip(content) as archive:
            text = _joined(_Document(_Parts(archive)).lines())
            pictures = any(name.startswith(_MEDIA) for name in archive.namelist())
    except (*UNREADABLE, KeyError, SyntaxError) as error:
        # lxml's errors of syntax are Python's SyntaxError.
        raise UnreadableReportError(DAMAGED) from error
    if pictures and not text.strip():
        raise UnreadableReportError(SCAN)
    return text


def _joined(lines: Iterable[str]) -> str:
    """Join `lines`, and stop where they are too long for a report: little XML may stand for much text."""
    kept: list[str] = []
    characters = 0
    for line in lines:
        kept.append(line)
        characters += len(line) + 1
        refuse_too_long(characters - 1)
    return "\n".join(kept)


class _Parts:
    """The XML parts of a document, unfolded one by one and no further than the limit for all of them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left_bytes = MAX_DOCX_XML_BYTES

    def xml(self, name: str) -> Any:
        """Parse a part.

        Raises:
            KeyError: there is none of that name.
            UnreadableReportError: too large.
            SyntaxError, or one of UNREADABLE: damaged.
        """
        content = beginning(self._archive, self._archive.getinfo(name), self._left_bytes + 1)
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise UnreadableReportError(TOO_LARGE_UNPACKED.format(max_size=megabytes(MAX_DOCX_XML_BYTES)))
        # No document has a type (ECMA-376, part 2, 8.2.2); entities are what bombs are made of.
        if any(_NEVER_THERE.encode(encoding) in content for encoding in ("ascii", "utf-16-le", "utf-16-be")):
            raise SyntaxError("a document type in a part")
        return parse_xml(content)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the name of each part that `name` refers to, by the id of the reference."""
        folder, file = posixpath.split(name)
        try:
            references = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        except KeyError:
            return {}
        return {
            reference.get("Id", ""): (
                reference.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, reference.get("Target", ""))).lstrip("/"),
            )
            for reference in references
            if isinstance(reference.tag, str) and reference.get("TargetMode") != "External"
        }


class _Document:
    """The body of a document and what stands around it."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        main = next((part for kind, part in parts.related("").values() if kind == "officeDocument"), _MAIN)
        self._root = parts.xml(main)
        self._related = parts.related(main)
        self._numbering = Numbering(self._named("numbering"), self._named("styles"))

    def lines(self) -> Iterator[str]:
        """Yield the lines of headers, body, notes and footers."""
        yield from self._around("headerReference")
        yield from self._blocks(self._root)
        for kind in ("footnotes", "endnotes"):
            notes = self._named(kind)
            # Notes of a type are the lines that separate notes from the text.
            for note in notes if notes is not None else ():
                if attribute(note, "type") is None:
                    yield from self._blocks(note)
        yield from self._around("footerReference")

    def _named(self, kind: str) -> Any | None:
        """Return the part of a kind of which a document has one, if it has it."""
        name = next((part for of, part in self._related.values() if of == kind), None)
        try:
            return None if name is None else self._parts.xml(name)
        except KeyError:
            return None

    def _around(self, reference: str) -> Iterator[str]:
        """Yield what stands above or below the pages, once."""
        names = dict.fromkeys(
            self._related[attribute(element, "id") or ""][1]
            for section in self._root.iter()
            if local_name(section) == "sectPr"
            for element in section
            if local_name(element) == reference and attribute(element, "id") in self._related
            if _is_shown(section, attribute(element, "type"))
        )
        texts = dict.fromkeys("\n".join(self._blocks(self._parts.xml(name))).strip() for name in names)
        yield from (text for text in texts if text)

    def _blocks(self, element: Any) -> Iterator[str]:
        """Yield the lines of the paragraphs and tables within `element`."""
        for block in _seen(element):
            match local_name(block):
                case "p":
                    yield from self._paragraph(block)
                case "tbl":
                    yield from self._table(block)
                case "sectPr":
                    pass
                case _:
                    yield from self._blocks(block)

    def _paragraph(self, paragraph: Any) -> Iterator[str]:
        pieces: list[str] = []
        boxes: list[Any] = []
        _collect(paragraph, pieces, boxes)
        text = "".join(pieces)
        if text.strip():
            text = self._numbering.marker(paragraph) + text
        if text.strip() or not boxes:
            yield text
        for box in boxes:
            yield from self._blocks(box)

    def _table(self, table: Any) -> Iterator[str]:
        for row in _within(table, "tr"):
            properties = child(row, "trPr")
            if properties is None or child(properties, "del") is None:
                yield from _row([self._cell(cell) for cell in _within(row, "tc")])

    def _cell(self, cell: Any) -> tuple[int, list[str]]:
        """Return how many columns a cell takes, and its lines: none when it goes on from the row above."""
        properties = child(cell, "tcPr")
        span = value(properties, "gridSpan")
        merged = child(properties, "vMerge")
        # Word itself knows no more than 63 columns.
        columns = min(int(span), 63) if span and span.isdecimal() else 1
        if merged is not None and attribute(merged, "val") in (None, "continue"):
            return columns, []
        return columns, [line for block in self._blocks(cell) for line in block.split("\n") if line.strip()]


def _row(cells: list[tuple[int, list[str]]]) -> Iterator[str]:
    """Yield a row as the rules read one, "| a | b |", or its cells below each other if laid out with it."""
    is_laid_out = len(cells) < 2 or any(
        len(lines) > _MAX_CELL_LINES or any(line.startswith(_FRAME) for line in lines) for _, lines in cells
    )
    if is_laid_out:
        yield from (line for _, lines in cells for line in lines)
        return
    texts = [
        text
        for columns, lines in cells
        for text in (" ".join(" ".join(lines).split()), *[""] * (columns - 1))
    ]
    if any(texts):
        yield f"{_FRAME} {f' {_FRAME} '.join(texts)} {_FRAME}"


def _is_shown(section: Any, kind: str | None) -> bool:
    """A first page may have a header of its own, if the section says so; even pages repeat odd ones."""
    return kind in (None, "default") or (kind == "first" and child(section, "titlePg") is not None)


def _seen(element: Any) -> Iterator[Any]:
    """Yield the children of `element` that a reader sees."""
    for inner in element:
        if local_name(inner) == "AlternateContent":
            # The same content for new and for old readers: one of them.
            chosen = child(inner, "Choice")
            yield from _seen(chosen if chosen is not None else next(iter(inner), ()))
        elif local_name(inner) and local_name(inner) not in _UNSEEN:
            yield inner


def _within(element: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, also those in wrappers."""
    for inner in _seen(element):
        if local_name(inner) == name:
            yield inner
        elif local_name(inner) in _WRAPPERS:
            yield from _within(inner, name)


def _collect(element: Any, pieces: list[str], boxes: list[Any]) -> None:
    """Add the words in `element` to `pieces`, and the text boxes that hang there to `boxes`."""
    for inner in _seen(element):
        name = local_name(inner)
        if name == "t":
            pieces.append(" ".join((inner.text or "").splitlines()))
        elif name in _CHARACTERS:
            pieces.append(_CHARACTERS[name])
        elif name == "txbxContent":
            boxes.append(inner)
        elif name != "r" or not _is_hidden(inner):
            _collect(inner, pieces, boxes)


def _is_hidden(run: Any) -> bool:
    hidden = child(child(run, "rPr"), "vanish")
    return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")
