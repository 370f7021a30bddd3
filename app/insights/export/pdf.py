"""The sheet as a PDF: A4 on its side, headings of tables repeated, no row cut that fits on a page.

Lines are broken and placed here: the tables of fpdf2 refuse a row that is taller than a page, and a comment
may be. fpdf2 writes no structure of tables, so the file is not tagged; it has its title and its language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from app.insights.dossier import Dossier
from app.insights.export import content, typeface
from app.insights.export.characters import printable
from app.insights.export.content import Cell, Column, Piece, Sheet, Style, Table
from app.insights.export.typeface import Face

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN_MM: Final = 10
_WIDTH_MM: Final = 277
_TOP_MM: Final = 12
_BOTTOM_MM: Final = 192
_PAD_MM: Final = 1.2
_FAMILY: Final = "sheet"
_INK: Final = (25, 35, 50)
_GREY: Final = (95, 105, 115)
_RULE: Final = (190, 197, 205)
_HEAD: Final = (228, 235, 243)
_WARNING: Final = (255, 246, 224)
_WARNING_RULE: Final = (196, 138, 20)


@dataclass(frozen=True)
class _Type:
    """A size, weight and colour; `leading_mm` is from one line to the next."""

    size: float
    leading_mm: float
    is_bold: bool = False
    colour: tuple[int, int, int] = _INK

    @property
    def face(self) -> Face:
        return typeface.bold() if self.is_bold else typeface.regular()


_TITLE: Final = _Type(15, 7, is_bold=True)
_HEADING: Final = _Type(10.5, 5.5, is_bold=True)
_TEXT: Final = _Type(8.5, 4.2)
_LABEL: Final = _Type(8.5, 4.2, is_bold=True)
_SMALL: Final = _Type(7, 3.4, colour=_GREY)
_CELLS: Final = {
    Style.PLAIN: _Type(7.5, 3.5),
    Style.STRONG: _Type(7.5, 3.5, is_bold=True),
    Style.QUOTE: _Type(6.8, 3.5, colour=_GREY),
}
_COLUMN_HEAD: Final = _Type(7.5, 3.5, is_bold=True)
_LEADING_MM: Final = 3.5

_Line = tuple[str, _Type]


def write(dossier: Dossier, at: datetime, lexicon: str = "") -> bytes:
    """Return the sheet of `dossier`, made at `at`, as a PDF; `lexicon` as in `content.sheet`."""
    return drawn(content.sheet(dossier, at, lexicon), at)


def drawn(sheet: Sheet, at: datetime) -> bytes:
    """Return `sheet` as a PDF that says it was made at `at`."""
    page = _Page(_document(sheet), at)
    page.title(sheet)
    for section in sheet.sections:
        page.section(section)
    page.signatures()
    return bytes(page.pdf.output())


def _document(sheet: Sheet) -> "FPDF":
    """Return an empty document with the footer of `sheet`; fpdf2 is only imported when a sheet is made."""
    from fpdf import FPDF

    class Document(FPDF):
        def footer(self) -> None:
            _footer(self, sheet)

    pdf = Document(orientation="landscape", format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_font(_FAMILY, "", typeface.regular().file)
    pdf.add_font(_FAMILY, "B", typeface.bold().file)
    pdf.set_title(_printable(f"{sheet.title} – {sheet.name}"))
    pdf.set_lang("fr-FR")
    pdf.set_creator("Patient Insight Extractor")
    return pdf


def _footer(pdf: "FPDF", sheet: Sheet) -> None:
    _set(pdf, _SMALL)
    pdf.set_draw_color(*_RULE)
    pdf.line(_MARGIN_MM, _BOTTOM_MM + 2, _MARGIN_MM + _WIDTH_MM, _BOTTOM_MM + 2)
    pdf.text(_MARGIN_MM, _BOTTOM_MM + 6, content.NOTICE)
    pdf.text(_MARGIN_MM, _BOTTOM_MM + 9.5, _broken(sheet.source, _SMALL, _WIDTH_MM - 30)[0])
    # `text` would print the placeholder: only cells put the number of pages in its place.
    pdf.set_xy(_MARGIN_MM, _BOTTOM_MM + 7)
    pdf.cell(_WIDTH_MM, 3.5, f"Page {pdf.page_no()}/{{nb}}", align="R")


class _Page:
    """Where the next thing goes, and how each kind of thing is drawn there."""

    def __init__(self, pdf: "FPDF", at: datetime) -> None:
        self.pdf = pdf
        self.pdf.set_creation_date(at)
        self._break()

    def title(self, sheet: Sheet) -> None:
        """Draw the title, the name of the report and what is known of the patient."""
        self._put([(line, _TITLE) for line in _broken(sheet.title, _TITLE, _WIDTH_MM)])
        self._put([(line, _TEXT) for line in _broken(f"Compte rendu : {sheet.name}", _TEXT, _WIDTH_MM)])
        self.y += 1.5
        for fact in sheet.facts:
            self._fact(fact)
        self.y += 1

    def section(self, section: content.Section) -> None:
        """Draw a heading with at least the beginning of what it is about."""
        self._room(_HEADING.leading_mm + 16)
        self.y += 2
        self._put([(line, _HEADING) for line in _broken(section.title, _HEADING, _WIDTH_MM)])
        self.y += 0.5
        for line in section.lines:
            self._bullet(line, section.is_warning)
        if section.table:
            self._table(section.table)

    def signatures(self) -> None:
        """Draw a box for each who signs, all on one page."""
        height, gap = 24, 6
        self._room(height + 4)
        self.y += 3
        width = (_WIDTH_MM - gap * (len(content.SIGNATORIES) - 1)) / len(content.SIGNATORIES)
        self.pdf.set_draw_color(*_RULE)
        for number, signatory in enumerate(content.SIGNATORIES):
            x = _MARGIN_MM + number * (width + gap)
            self.pdf.rect(x, self.y, width, height)
            self._text(x + 2, self.y + 4.5, signatory, _LABEL)
            self._text(x + 2, self.y + 8.5, content.SIGNATURE, _SMALL)
        self.y += height

    def _fact(self, fact: content.Fact) -> None:
        indent = 46
        value, quote = (
            _broken(fact.value, _TEXT, _WIDTH_MM - indent),
            _broken(fact.quote, _SMALL, _WIDTH_MM - 2 * indent),
        )
        self._room(_TEXT.leading_mm)
        self._text(_MARGIN_MM, self.y + _TEXT.leading_mm * 0.75, fact.label, _LABEL)
        self._put([(line, _TEXT) for line in value], indent)
        used = _TEXT.face.width_mm(value[-1], _TEXT.size) + 3
        if used + indent + _SMALL.face.width_mm(quote[0], _SMALL.size) <= _WIDTH_MM and len(quote) == 1:
            self._text(_MARGIN_MM + indent + used, self.y - _TEXT.leading_mm * 0.25, quote[0], _SMALL)
        else:
            self._put([(line, _SMALL) for line in quote], indent)

    def _bullet(self, text: str, is_warning: bool) -> None:
        """Draw one line of a list, on a coloured ground when it asks for a look."""
        indent = 5
        for number, line in enumerate(_broken(text, _TEXT, _WIDTH_MM - indent - 3)):
            self._room(_TEXT.leading_mm)
            if is_warning:
                self.pdf.set_fill_color(*_WARNING)
                self.pdf.rect(_MARGIN_MM, self.y, _WIDTH_MM, _TEXT.leading_mm, style="F")
                self.pdf.set_fill_color(*_WARNING_RULE)
                self.pdf.rect(_MARGIN_MM, self.y, 0.8, _TEXT.leading_mm, style="F")
            if number == 0:
                self._text(_MARGIN_MM + 2, self.y + _TEXT.leading_mm * 0.75, "•", _TEXT)
            self._put([(line, _TEXT)], indent)

    def _table(self, table: Table) -> None:
        widths = _widths(table.columns)
        heads = [
            [(line, _COLUMN_HEAD) for line in _broken(column.title, _COLUMN_HEAD, width - 2 * _PAD_MM)]
            for column, width in zip(table.columns, widths, strict=True)
        ]
        self._head(heads, widths)
        for row in table.rows:
            cells = [_cell_lines(cell, width) for cell, width in zip(row, widths, strict=True)]
            self._row(cells, widths, heads)
        self.y += 1

    def _head(self, heads: list[list[_Line]], widths: list[float]) -> None:
        self.pdf.set_fill_color(*_HEAD)
        self.pdf.rect(_MARGIN_MM, self.y, _WIDTH_MM, _height(heads), style="F")
        self._cells(heads, widths)

    def _row(self, cells: list[list[_Line]], widths: list[float], heads: list[list[_Line]]) -> None:
        """Draw a row on one page if any page holds it, else from page to page."""
        whole_page = _BOTTOM_MM - _TOP_MM - _height(heads)
        if self.y + _height(cells) > _BOTTOM_MM and (_height(cells) <= whole_page or self._capacity() < 1):
            self._break()
            self._head(heads, widths)
        while any(len(lines) > self._capacity() for lines in cells):
            fits = self._capacity()
            self._cells([lines[:fits] for lines in cells], widths)
            cells = [lines[fits:] for lines in cells]
            self._break()
            self._head(heads, widths)
        self._cells(cells, widths)

    def _capacity(self) -> int:
        """Return how many lines of a row fit on what is left of the page."""
        return int((_BOTTOM_MM - self.y - 2 * _PAD_MM) // _LEADING_MM)

    def _cells(self, cells: list[list[_Line]], widths: list[float]) -> None:
        x, height = float(_MARGIN_MM), _height(cells)
        self.pdf.set_draw_color(*_RULE)
        for lines, width in zip(cells, widths, strict=True):
            self.pdf.rect(x, self.y, width, height)
            for number, (line, kind) in enumerate(lines):
                self._text(x + _PAD_MM, self.y + _PAD_MM + (number + 0.75) * _LEADING_MM, line, kind)
            x += width
        self.y += height

    def _put(self, lines: Iterable[_Line], indent: float = 0) -> None:
        """Draw lines one under the other, on the next page where this one ends."""
        for line, kind in lines:
            self._room(kind.leading_mm)
            self._text(_MARGIN_MM + indent, self.y + kind.leading_mm * 0.75, line, kind)
            self.y += kind.leading_mm

    def _room(self, height: float) -> None:
        if self.y + height > _BOTTOM_MM:
            self._break()

    def _break(self) -> None:
        self.pdf.add_page()
        self.y: float = _TOP_MM

    def _text(self, x: float, y: float, line: str, kind: _Type) -> None:
        if line:
            _set(self.pdf, kind)
            self.pdf.text(x, y, line)


def _set(pdf: "FPDF", kind: _Type) -> None:
    pdf.set_font(_FAMILY, "B" if kind.is_bold else "", kind.size)
    pdf.set_text_color(*kind.colour)


def _broken(text: str, kind: _Type, width: float) -> list[str]:
    return list(kind.face.lines(text, width, kind.size))


def _cell_lines(cell: Cell, width: float) -> list[_Line]:
    return [line for piece in cell for line in _piece_lines(piece, width - 2 * _PAD_MM)]


def _piece_lines(piece: Piece, width: float) -> list[_Line]:
    kind = _CELLS[piece.style]
    return [(line, kind) for line in _broken(piece.text, kind, width)]


def _widths(columns: tuple[Column, ...]) -> list[float]:
    total = sum(column.share for column in columns)
    return [column.share * _WIDTH_MM / total for column in columns]


def _height(cells: list[list[_Line]]) -> float:
    return max(1, *(len(lines) for lines in cells)) * _LEADING_MM + 2 * _PAD_MM


def _printable(text: str) -> str:
    return printable(text, typeface.regular().advances)
