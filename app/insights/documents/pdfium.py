"""`python -m app.insights.documents.pdfium MAX_PAGES MAX_CHARACTERS`: a PDF in, its pages as JSON out.

A process of its own: PDFium is C++, unfolds whatever a stream holds (half a megabyte of file may take
gigabytes) and may crash on what somebody made to crash it. Nothing here writes but to its output.
"""

import contextlib
import ctypes
import json
import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

# The bindings come without types.
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # likewise

from app.insights.documents.layout import UNNAMED, Glyph, Rule, page_text
from app.insights.documents.limits import MAX_PDF_MEMORY_BYTES, MAX_PDF_SECONDS

_FORM_DEPTH = 4
# Of a page that is a picture; and the pixels of such a picture in a form, whose measures are its own.
_PICTURE_SHARE = 0.5
_PICTURE_PIXELS = 500_000


def main(max_pages: int, max_characters: int) -> None:
    """Read a PDF from the standard input, and write its pages, or what is in the way, as JSON."""
    _limit()
    try:
        answer = _read(sys.stdin.buffer.read(), max_pages, max_characters)
    except pypdfium2.PdfiumError as error:
        is_locked = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        answer = {"refused": "password" if is_locked else "damaged"}
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _limit() -> None:
    """Let the system end this process when it takes too much; some systems know no such limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (MAX_PDF_SECONDS, MAX_PDF_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_PDF_MEMORY_BYTES, MAX_PDF_MEMORY_BYTES))


def _read(content: bytes, max_pages: int, max_characters: int) -> dict[str, Any]:
    with pypdfium2.PdfDocument(content) as document:
        if len(document) > max_pages:
            return {"refused": "pages", "pages": len(document)}
        pages: list[dict[str, Any]] = []
        left = max_characters
        for index in range(len(document)):
            with contextlib.closing(document[index]) as page:
                pages.append(_page(page, left))
            left -= len(pages[-1]["text"])
            if left < 0:
                return {"refused": "characters", "pages": len(document)}
        return {"pages": pages}


def _page(page: Any, max_characters: int) -> dict[str, Any]:
    with contextlib.closing(page.get_textpage()) as words:
        # Spaces count here and not later; no page has as many of them.
        if words.count_chars() > 2 * max_characters + 1_000:
            return {"text": "\0" * (max_characters + 1), "is_picture": False}
        turned = list(_glyphs(words.raw))
    directions = Counter(direction for direction, glyph in turned if glyph and not glyph.char.isspace())
    texts = []
    for direction, _ in directions.most_common():
        own = [glyph for of, glyph in turned if of == direction or glyph is None]
        texts.append(page_text(own, list(_rules(page, direction))))
    return {"text": "\n\n".join(texts), "is_picture": _is_picture(page)}


def _glyphs(words: Any) -> Iterator[tuple[int, Glyph | None]]:
    """Yield each character with the quarter turn it was printed with, as if it had none."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    direction = 0
    index, count = 0, pdfium.FPDFText_CountChars(words)
    while index < count:
        char, width = _character(words, index, count)
        if char in "\r\n":
            yield direction, None
        elif pdfium.FPDFText_IsGenerated(words, index) == 1:
            # PDFium saw a gap; so do we.
            pass
        elif pdfium.FPDFText_GetLooseCharBox(words, index, box) and pdfium.FPDFText_GetCharOrigin(
            words, index, x, y
        ):
            # PDFium counts clockwise.
            direction = -round(pdfium.FPDFText_GetCharAngle(words, index) / (math.pi / 2)) % 4
            corners = _turned(box.left, box.bottom, direction), _turned(box.right, box.top, direction)
            (x0, y0), (x1, y1) = corners
            base = _turned(x.value, y.value, direction)[1]
            yield direction, Glyph(char, min(x0, x1), max(x0, x1), base, abs(y1 - y0) or 1.0)
        index += width


def _character(words: Any, index: int, count: int) -> tuple[str, int]:
    """Return a character and how many of PDFium's it takes: two halves make one beyond U+FFFF."""
    code = pdfium.FPDFText_GetUnicode(words, index)
    if 0xD800 <= code < 0xDC00 and index + 1 < count:
        low = pdfium.FPDFText_GetUnicode(words, index + 1)
        if 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), 2
    char = chr(code) if code <= sys.maxunicode else UNNAMED
    # Where a font names no character, PDFium tells its place in the font, or 0; 2 is a line-end hyphen.
    is_named = char in "\t\r\n\x02" or unicodedata.category(char) not in ("Cc", "Cs")
    return (char if is_named else UNNAMED), 1


def _turned(x: float, y: float, direction: int) -> tuple[float, float]:
    """Turn a point back by so many quarter turns to the left."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[direction]


def _rules(page: Any, direction: int) -> Iterator[Rule]:
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=_FORM_DEPTH):
        matrix = shape.get_matrix()
        last: tuple[float, float] | None = None
        first: tuple[float, float] | None = None
        for index in range(pdfium.FPDFPath_CountSegments(shape.raw)):
            segment = pdfium.FPDFPath_GetPathSegment(shape.raw, index)
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            placed_x, placed_y = matrix.on_point(x.value, y.value)
            point = _turned(placed_x, placed_y, direction)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                first = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO and last:
                yield Rule(*last, *point)
            last = point
            if pdfium.FPDFPathSegment_GetClose(segment) and first:
                yield Rule(*last, *first)


def _is_picture(page: Any) -> bool:
    """Return whether pictures cover most of the page."""
    width, height = page.get_size()
    covered = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_FORM_DEPTH):
        if picture.level:
            pixels = picture.get_px_size()
            covered += width * height if pixels[0] * pixels[1] >= _PICTURE_PIXELS else 0
        else:
            left, bottom, right, top = picture.get_bounds()
            covered += max(right - left, 0) * max(top - bottom, 0)
    return bool(covered >= _PICTURE_SHARE * width * height)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
