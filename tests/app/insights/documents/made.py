"""Files as hospitals make them, made here: nothing binary is kept in the repository."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import docx
import pypdfium2
from fpdf import FPDF

# fpdf2's own fonts know Latin-1; what else the reports hold is written as typewriters do.
_TYPED = str.maketrans(
    {"→": "->", "►": ">", "•": "-", "–": "-", "—": "-", "Œ": "OE", "œ": "oe", "’": "'", "…": "...", "μ": "µ"}
    | {"≥": ">=", "≤": "<=", "↑": "+", "↓": "-"}
)
_RULE = re.compile(r"[\s|+=_:-]*")


def typed(text: str) -> str:
    """Return `text` in Latin-1."""
    return text.translate(_TYPED).encode("latin-1", errors="replace").decode("latin-1")


def pdf(
    text: str,
    *,
    font: str = "Courier",
    size: int = 9,
    width_mm: int = 190,
    align: str = "L",
    tables: bool = False,
) -> bytes:
    """Print `text`, on as many pages as it takes; with `tables`, rows of "a | b" in drawn borders."""
    printed = FPDF()
    printed.set_font(font, size=size)
    printed.add_page()
    for is_table, lines in _parts(text) if tables else [(False, text.split("\n"))]:
        if is_table:
            with printed.table(first_row_as_headings=False, width=width_mm) as table:
                for cells in _rows(lines):
                    row = table.row()
                    for cell in cells:
                        row.cell(cell)
            printed.set_x(printed.l_margin)
        else:
            printed.multi_cell(width_mm, 5, "\n".join(lines), align=align, new_x="LMARGIN", new_y="NEXT")
    return bytes(printed.output())


def word(text: str) -> bytes:
    """Type `text` in Word, rows of "a | b" as a table."""
    document = docx.Document()
    for is_table, lines in _parts(text):
        if not is_table:
            for line in lines:
                document.add_paragraph(line)
            continue
        rows = _rows(lines)
        table = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, words in zip(row.cells, cells, strict=True):
                cell.text = words
    return saved(document)


def saved(document: Any) -> bytes:
    """Return what Word writes."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def scanned(*pages: bytes, stamp: str = "") -> bytes:
    """Print a PDF and put it on a scanner; `stamp` is what archives print on each page."""
    scan = FPDF()
    scan.set_font("Helvetica", size=8)
    for content in pages:
        with pypdfium2.PdfDocument(content) as document:
            for page in document:
                scan.add_page()
                scan.image(page.render(scale=1).to_pil(), x=0, y=0, w=scan.w, h=scan.h)
                if stamp:
                    scan.set_y(5)
                    scan.cell(text=stamp)
    return bytes(scan.output())


def zipped(members: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(name, content)
    return file.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Pack an archive again, with its members changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zipped({name: change(name, archive.read(name)) for name in archive.namelist()})


def raw_pdf(stream: bytes, *, filters: str = "", fonts: str = "", pages: int = 1) -> bytes:
    """Write a PDF by hand, each page with the same stream."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (4 + i) for i in range(pages))),
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), filters.encode(), stream),
        *[
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R/Resources<</Font<</F1"
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica%s>>>>>>>>" % fonts.encode()
        ]
        * pages,
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, held in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            len(written),
        )
    )


def _parts(text: str) -> list[tuple[bool, list[str]]]:
    parts: list[tuple[bool, list[str]]] = []
    for line in text.split("\n"):
        is_table = line.count("|") >= 2
        if not parts or parts[-1][0] != is_table:
            parts.append((is_table, []))
        parts[-1][1].append(line)
    return parts


def _rows(lines: list[str]) -> list[list[str]]:
    rows = [
        [cell.strip() for cell in (line.strip().strip("|") if line.strip()[0] == "|" else line).split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]
