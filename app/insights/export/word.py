"""The sheet as a Word document: real headings and lists; headings of tables repeat, rows stay whole."""

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from app.insights.dossier import Dossier
from app.insights.export import content
from app.insights.export.characters import legal
from app.insights.export.content import Cell, Section, Sheet, Style, Table

if TYPE_CHECKING:
    from docx.document import Document

_FONT: Final = "Arial"
_WIDTH_MM: Final = 277
_MARGIN_MM: Final = 10
_HEAD_FILL: Final = "E4EBF3"
_WARNING_FILL: Final = "FFF6E0"
_GREY: Final = (95, 105, 115)
_INK: Final = (25, 35, 50)
# The paragraph styles of cells: python-docx makes the identifier of a style from its name, without spaces.
_CELL_STYLES: Final = {Style.PLAIN: "SheetCell", Style.STRONG: "SheetStrong", Style.QUOTE: "SheetQuote"}


def write(dossier: Dossier, at: datetime, lexicon: str = "") -> bytes:
    """Return the sheet of `dossier`, made at `at`, as a DOCX; `lexicon` as in `content.sheet`."""
    return drawn(content.sheet(dossier, at, lexicon), at)


def drawn(sheet: Sheet, at: datetime) -> bytes:
    """Return `sheet` as a DOCX that says it was made at `at`."""
    from docx import Document  # heavy: only when a sheet is made

    document = Document()
    _lay_out(document)
    _describe(document, sheet, at)
    _footer(document, sheet)
    document.add_heading(legal(sheet.title), 0)
    document.add_paragraph(legal(f"Compte rendu : {sheet.name}"))
    for fact in sheet.facts:
        _fact(document, fact)
    for section in sheet.sections:
        _section(document, section)
    _signatures(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _lay_out(document: "Document") -> None:
    """Turn the page, and set the type of every style that is used."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt, RGBColor

    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Mm(297), Mm(210)
    page.left_margin = page.right_margin = Mm(_MARGIN_MM)
    page.top_margin, page.bottom_margin = Mm(12), Mm(16)
    page.header_distance = page.footer_distance = Mm(7)
    for name, size in (("Normal", 9), ("Title", 16), ("Heading 1", 11), ("List Bullet", 9)):
        style: Any = document.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = RGBColor(*_INK)
        style.paragraph_format.space_after = Pt(1)
        _every_script(style, _FONT)
    heading: Any = document.styles["Heading 1"]
    heading.paragraph_format.space_before = Pt(8)
    _cell_styles(document)
    _language(document)


def _cell_styles(document: "Document") -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    for kind, name in _CELL_STYLES.items():
        style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size = Pt(7 if kind is Style.QUOTE else 8)
        style.font.bold = kind is Style.STRONG
        style.font.color.rgb = RGBColor(*(_GREY if kind is Style.QUOTE else _INK))


def _every_script(style: Any, font: str) -> None:
    """Name the font for all scripts: a theme's font, which headings have, would win over `w:ascii`."""
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), font)


def _language(document: "Document") -> None:
    from docx.oxml.ns import qn

    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "fr-FR")


def _describe(document: "Document", sheet: Sheet, at: datetime) -> None:
    said = document.core_properties
    # The schema of these properties allows no more.
    said.title = legal(f"{sheet.title} – {sheet.name}")[:255]
    said.language = "fr-FR"
    said.author = said.last_modified_by = "Patient Insight Extractor"
    said.comments = ""
    said.created = said.modified = at


def _footer(document: "Document", sheet: Sheet) -> None:
    footer = document.sections[0].footer
    _small(footer.paragraphs[0], content.NOTICE)
    last = footer.add_paragraph()
    _small(last, f"{sheet.source} · Page ")
    _field(last, "PAGE")
    _small(last, "/")
    _field(last, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    """Add what Word counts itself: the page, or how many there are."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    field.append(_small(paragraph, "1")._r)
    paragraph._p.append(field)


def _small(paragraph: Any, text: str) -> Any:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(legal(text))
    run.font.size, run.font.color.rgb = Pt(7), RGBColor(*_GREY)
    return run


def _fact(document: "Document", fact: content.Fact) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(f"{fact.label} : ").bold = True
    paragraph.add_run(legal(fact.value))
    if fact.quote:
        _small(paragraph, f"  {fact.quote}")


def _section(document: "Document", section: Section) -> None:
    document.add_heading(legal(section.title), 1)
    for line in section.lines:
        paragraph = document.add_paragraph(legal(line))
        paragraph._p.style = "ListBullet"
        if section.is_warning:
            paragraph._p.get_or_add_pPr().append(_shade(_WARNING_FILL))
    if section.table:
        _table(document, section.table)


def _table(document: "Document", table: Table) -> None:
    from docx.shared import Mm

    total = sum(column.share for column in table.columns)
    drawn = document.add_table(rows=len(table.rows) + 1, cols=len(table.columns), style="Table Grid")
    drawn.autofit = False
    for number, column in enumerate(table.columns):
        drawn.columns[number].width = Mm(column.share * _WIDTH_MM / total)
    heads, *rows = drawn._tbl.tr_lst
    _stay_whole(heads, repeats=True)
    for cell, column in zip(heads.tc_lst, table.columns, strict=True):
        cell.get_or_add_tcPr().append(_shade(_HEAD_FILL))
        _fill(cell, (content.Piece(column.title, Style.STRONG),))
    for row, cells in zip(rows, table.rows, strict=True):
        _stay_whole(row)
        for cell, pieces in zip(row.tc_lst, cells, strict=True):
            _fill(cell, pieces)


def _stay_whole(row: Any, *, repeats: bool = False) -> None:
    """Keep a row on one page; `repeats` makes it the heading of each page (ISO 29500-1, 17.4)."""
    from docx.oxml import OxmlElement

    properties = row.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeats:
        properties.append(OxmlElement("w:tblHeader"))


def _fill(cell: Any, pieces: Cell) -> None:
    """Set a paragraph for each piece; their look is in the styles."""
    for number, piece in enumerate(pieces):
        paragraph = cell.p_lst[0] if number == 0 else cell.add_p()
        paragraph.style = _CELL_STYLES[piece.style]
        paragraph.add_r().text = legal(piece.text)


def _shade(colour: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    return shade


def _signatures(document: "Document") -> None:
    from docx.shared import Mm

    document.add_paragraph()
    boxes = document.add_table(rows=1, cols=len(content.SIGNATORIES), style="Table Grid")
    boxes.rows[0].height = Mm(24)
    _stay_whole(boxes.rows[0]._tr)
    for cell, signatory in zip(boxes.rows[0].cells, content.SIGNATORIES, strict=True):
        lines = (content.Piece(signatory, Style.STRONG), content.Piece(content.SIGNATURE, Style.QUOTE))
        _fill(cell._tc, lines)
