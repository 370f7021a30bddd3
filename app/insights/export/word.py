"""The sheet as a Word document: real headings and lists; headings of tables repeat, rows stay whole."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from app.insights.dossier import Dossier
from app.insights.export import content
from app.insights.export.characters import legal
from app.insights.export.content import Cell, Section, Sheet, Style, Table

if TYPE_CHECKING:
    from docx.document import Document

_FONT: Final = "Arial"
_WIDTH_MM: Final = 277
_MARGIN_MM: Final = 10
_TWIPS_PER_MM: Final = 1440 / 25.4
# WordprocessingML (ISO 29500-1, 17.4): a row may not be cut, and the first one is repeated on each page.
_TABLE: Final = (
    '<w:tbl xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:tblPr>'
    '<w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/><w:tblLayout w:type="fixed"/></w:tblPr>'
)
_REPEATS: Final = "<w:tblHeader/>"
_SIGNED: Final = f'<w:trHeight w:val="{round(24 * _TWIPS_PER_MM)}" w:hRule="atLeast"/>'
_FILLED: Final = '<w:shd w:val="clear" w:color="auto" w:fill="E4EBF3"/>'
_TEXT: Final = '<w:t xml:space="preserve">'
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
    _styled(document, sheet.title, "Title")
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


def _styled(document: "Document", text: str, style: str) -> Any:
    """Add a paragraph in the style of that identifier: looking a style up by its name takes milliseconds."""
    paragraph = document.add_paragraph(legal(text))
    paragraph._p.style = style
    return paragraph


def _fact(document: "Document", fact: content.Fact) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(f"{fact.label} : ").bold = True
    paragraph.add_run(legal(fact.value))
    if fact.quote:
        _small(paragraph, f"  {fact.quote}")


def _section(document: "Document", section: Section) -> None:
    _styled(document, section.title, "Heading1")
    for line in section.lines:
        paragraph = _styled(document, line, "ListBullet")
        if section.is_warning:
            paragraph._p.get_or_add_pPr().append(_shade(_WARNING_FILL))
    if section.table:
        _table(document, section.table)


def _table(document: "Document", table: Table) -> None:
    total = sum(column.share for column in table.columns)
    widths = [round(column.share * _WIDTH_MM * _TWIPS_PER_MM / total) for column in table.columns]
    heads = tuple((content.Piece(column.title, Style.STRONG),) for column in table.columns)
    rows = (_row(cells, widths) for cells in table.rows)
    _insert(document, [_row(heads, widths, _REPEATS, _FILLED), *rows], widths)


def _signatures(document: "Document") -> None:
    document.add_paragraph()
    widths = [round(_WIDTH_MM * _TWIPS_PER_MM / len(content.SIGNATORIES))] * len(content.SIGNATORIES)
    boxes = tuple(
        (content.Piece(signatory, Style.STRONG), content.Piece(content.SIGNATURE, Style.QUOTE))
        for signatory in content.SIGNATORIES
    )
    _insert(document, [_row(boxes, widths, _SIGNED)], widths)


def _insert(document: "Document", rows: Iterable[str], widths: Iterable[int]) -> None:
    """Add a table by its XML: python-docx takes ten times as long to make one cell by cell."""
    from docx.oxml import parse_xml

    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    table = f"{_TABLE}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    body: Any = document.element.body
    body._insert_tbl(parse_xml(table))


def _row(cells: Iterable[Cell], widths: Iterable[int], kind: str = "", fill: str = "") -> str:
    drawn = "".join(_cell(cell, width, fill) for cell, width in zip(cells, widths, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{kind}</w:trPr>{drawn}</w:tr>"


def _cell(pieces: Cell, width: int, fill: str) -> str:
    paragraphs = "".join(map(_paragraph, pieces)) or "<w:p/>"
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}</w:tcPr>{paragraphs}</w:tc>'


def _paragraph(piece: content.Piece) -> str:
    """Return a paragraph of a cell; its look is in its style."""
    text = escape(legal(piece.text)).replace("\r\n", "\n").replace("\r", "\n")
    broken = text.replace("\n", f"</w:t><w:br/>{_TEXT}").replace("\t", f"</w:t><w:tab/>{_TEXT}")
    style = f'<w:pPr><w:pStyle w:val="{_CELL_STYLES[piece.style]}"/></w:pPr>'
    return f"<w:p>{style}<w:r>{_TEXT}{broken}</w:t></w:r></w:p>"


def _shade(colour: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    return shade
