"""PDF reports as they are printed, scanned, protected and damaged."""

import re
import zlib

import pypdfium2
import pytest
from fpdf import FPDF

from app.insights.documents import MAX_PAGES, UnreadableReportError, read_file
from tests.app.insights.documents.made import pdf, raw_pdf, scanned

LETTER = """Compte rendu d'hospitalisation

Il rentre avec Lasilix 40 mg le matin
et Kardegic 75 mg le midi.

              08/06     11/06
Creat         298       254"""


def read(content):
    return read_file("a.pdf", content)


def test_a_letter_keeps_its_lines_its_paragraphs_and_its_columns():
    assert read(pdf(LETTER)) == LETTER


def test_pages_are_read_in_their_order():
    lines = [f"ligne {number}" for number in range(1, 121)]
    assert read(pdf("\n".join(lines))).split() == " ".join(lines).split()


def test_rows_of_a_table_with_borders_are_lines_with_all_their_cells():
    table = FPDF()
    table.set_font("Helvetica", size=9)
    table.add_page()
    with table.table(first_row_as_headings=False, width=120) as rows:
        for cells in (
            ("Médicament", "Matin", "Midi", "Soir"),
            ("SOTALOL 80 mg", "1", "", "1"),
            ("Vitamine D, une ampoule tous les trois mois", "", "1", ""),
        ):
            row = rows.row()
            for cell in cells:
                row.cell(cell)
    assert read(bytes(table.output())).split("\n") == [
        "| Médicament | Matin | Midi | Soir |",
        "| SOTALOL 80 mg | 1 |  | 1 |",
        "| Vitamine D, une ampoule tous les trois mois |  | 1 |  |",
    ]


def test_cells_printed_column_by_column_are_put_into_rows():
    printed = FPDF()
    printed.set_font("Helvetica", size=10)
    printed.add_page()
    for x, cells in ((20, ("Coversyl 5 mg", "Lantus")), (100, ("1 cp le matin", "20 UI le soir"))):
        for index, cell in enumerate(cells):
            printed.text(x, 30 + 6 * index, cell)
    assert [re.split(" {2,}", line) for line in read(bytes(printed.output())).split("\n")] == [
        ["Coversyl 5 mg", "1 cp le matin"],
        ["Lantus", "20 UI le soir"],
    ]


def test_ligatures_are_spelled_out_and_hyphens_at_line_ends_kept():
    stream = (
        rb"BT /F1 12 Tf 50 700 Td (\001brillation, re\002ux, e\004cace) Tj"
        rb" 0 -14 Td (hospitali-) Tj 0 -14 Td (sation) Tj ET"
    )
    assert (
        read(raw_pdf(stream, fonts="/Encoding<</Differences[1/fi/fl/ff/ffi]>>"))
        == "fibrillation, reflux, efficace\nhospitali-\nsation"
    )


@pytest.mark.parametrize(
    ("unnamed", "read_as"), [(r"\003", "□ Lasilix 40 mg le matin"), (r"\003" * 40, None)]
)
def test_characters_that_a_font_does_not_name_are_shown_missing(unnamed, read_as):
    content = raw_pdf(
        f"BT /F1 12 Tf 50 700 Td ({unnamed} Lasilix 40 mg le matin) Tj ET".encode(),
        fonts="/Encoding<</Differences[3/g1]>>",
    )
    if read_as:
        assert read(content) == read_as
    else:
        with pytest.raises(UnreadableReportError, match="quelles lettres"):
            read(content)


def test_a_landscape_page_is_read_as_it_is_seen():
    turned = raw_pdf(b"BT /F1 12 Tf 0 1 -1 0 100 100 Tm (Lasilix 40 mg) Tj 0 -14 Td (Kardegic 75 mg) Tj ET")
    assert read(turned) == "Lasilix 40 mg\nKardegic 75 mg"


def test_a_superscript_stays_on_its_line():
    stream = (
        b"BT /F1 12 Tf 50 700 Td (1,73 m) Tj 7 0 0 7 89 705 Tm (2) Tj 12 0 0 12 94 700 Tm (, stable) Tj ET"
    )
    assert read(raw_pdf(stream)) == "1,73 m2, stable"


@pytest.mark.parametrize("stamp", ["", "Numérisé le 12/03/2024 - page 1 sur 1"])
def test_a_scan_is_said_to_be_one(stamp):
    with pytest.raises(UnreadableReportError, match=r"est un scan.*OCR"):
        read(scanned(pdf(LETTER), pdf(LETTER), stamp=stamp))


def test_a_scanned_page_among_others_is_named_where_it_is_missing():
    mixed = FPDF()
    mixed.set_font("Helvetica", size=9)
    mixed.add_page()
    mixed.multi_cell(0, 5, "Page une")
    mixed.add_page()
    with pypdfium2.PdfDocument(pdf(LETTER)) as document:
        mixed.image(document[0].render(scale=1).to_pil(), x=0, y=0, w=mixed.w, h=mixed.h)
    assert read(bytes(mixed.output())) == "Page une\n[Page 2 sur 2 : image sans texte, non lue]"


def test_a_pdf_without_anything_is_said_to_hold_no_text():
    with pytest.raises(UnreadableReportError, match="aucun texte"):
        read(raw_pdf(b""))


def test_a_password_is_said_and_that_of_an_owner_alone_is_no_obstacle():
    for user, is_read in (("", True), ("secret", False)):
        printed = FPDF()
        printed.set_font("Helvetica", size=9)
        printed.add_page()
        printed.cell(text="Lasilix 40 mg")
        printed.set_encryption(owner_password="owner", user_password=user)
        if is_read:
            assert read(bytes(printed.output())) == "Lasilix 40 mg"
        else:
            with pytest.raises(UnreadableReportError, match="mot de passe"):
                read(bytes(printed.output()))


@pytest.mark.parametrize("kept", [20, 300, 700])
def test_a_damaged_pdf_is_said_to_be_one(kept):
    with pytest.raises(UnreadableReportError, match="PDF est abîmé"):
        read(pdf(LETTER)[:kept])


def test_three_hundred_pages_are_refused_with_the_numbers_allowed():
    with pytest.raises(
        UnreadableReportError, match=f"300 pages, pour {MAX_PAGES} pages et 100\u202f000 caractères au plus"
    ):
        read(raw_pdf(b"BT /F1 12 Tf 50 700 Td (Lasilix) Tj ET", pages=300))


def test_too_many_characters_are_refused_on_one_page_or_on_many():
    line = b"(" + b"Lasilix 40 mg " * 7 + b") Tj 0 -14 Td "
    for lines, pages in ((40, 90), (3_000, 1)):
        with pytest.raises(UnreadableReportError, match="dépasse 100\u202f000 caractères"):
            read(raw_pdf(b"BT /F1 6 Tf 50 700 Td " + line * lines + b"ET", pages=pages))


@pytest.mark.parametrize("times", [1, 2])
def test_a_stream_that_unfolds_without_end_is_refused(times):
    unfolding = zlib.compressobj(1)
    bomb = b"".join(unfolding.compress(bytes(1_000_000)) for _ in range(700)) + unfolding.flush()
    filters = "/Filter/FlateDecode"
    if times == 2:
        bomb, filters = zlib.compress(bomb), "/Filter[/FlateDecode/FlateDecode]"
    with pytest.raises(UnreadableReportError, match=r"trop complexe|aucun texte"):
        read(raw_pdf(bomb, filters=filters))
