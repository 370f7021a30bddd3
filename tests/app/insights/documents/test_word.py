"""Word reports: what a reader sees, in the order in which it stands there."""

import io
import re
import zipfile

import docx
import pypdfium2
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.insights.documents import UnreadableReportError, read_file
from tests.app.insights.documents.made import pdf, repacked, saved, scanned, word, zipped

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def read(content):
    return read_file("a.docx", content)


def body(inner):
    """Return a document of which the body is written by hand."""
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w', 'r', 'wp', 'a')}>{inner}</w:p>"))
    return saved(document)


def test_paragraphs_and_tables_are_read_in_their_order():
    text = "Traitement :\nMédicament | Entrée | Sortie\nCoversyl 5 mg | 1 le matin | \nÀ revoir."
    assert read(word(text)) == (
        "Traitement :\n| Médicament | Entrée | Sortie |\n| Coversyl 5 mg | 1 le matin |  |\nÀ revoir."
    )


def test_a_merged_cell_is_read_once_and_keeps_the_columns_in_place():
    document = docx.Document()
    table = document.add_table(3, 3)
    for row, cells in zip(
        table.rows, (("Nom", "Matin", "Soir"), ("SOTALOL", "1", "1"), ("", "2", "")), strict=True
    ):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    assert read(saved(document)).split("\n") == [
        "| Nom | Matin Soir |  |",
        "| SOTALOL | 1 | 1 |",
        "|  | 2 |  |",
    ]


def test_a_page_laid_out_with_a_table_is_read_cell_by_cell():
    document = docx.Document()
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "Pr Astier\nDr Vasseur"
    table.cell(
        0, 1
    ).text = "Motif : chute\nATCD : HTA\nTraitement :\nLasilix 40 mg\nKardegic 75 mg\nBiologie : RAS"
    assert read(saved(document)).split("\n")[:4] == ["Pr Astier", "Dr Vasseur", "Motif : chute", "ATCD : HTA"]


def test_lists_have_their_bullets_and_numbers():
    document = docx.Document()
    for style, words in (
        ("List Bullet", "Lasilix"),
        ("List Bullet", "Kardegic"),
        ("List Number", "Motif"),
        ("List Number", "Biologie"),
    ):
        document.add_paragraph(words, style=style)
    assert read(saved(document)) == "- Lasilix\n- Kardegic\n1. Motif\n2. Biologie"


def test_headers_come_first_and_footers_last():
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "CHU de Port-Blanc"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    document.add_paragraph("Lasilix 40 mg")
    assert read(saved(document)) == "CHU de Port-Blanc\nLasilix 40 mg\nPage 1"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (
            "<w:r><w:t>Lasilix </w:t></w:r><w:del><w:r><w:delText>20</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>40</w:t></w:r></w:ins><w:r><w:t> mg</w:t></w:r>",
            "Lasilix 40 mg",
        ),
        (
            "<w:moveFrom><w:r><w:t>ici</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>là</w:t></w:r></w:moveTo>",
            "là",
        ),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>caché</w:t></w:r><w:r><w:t>vu</w:t></w:r>", "vu"),
        (
            '<w:r><w:t>40</w:t></w:r><w:r><w:t xml:space="preserve"> </w:t></w:r><w:r><w:t>mg</w:t></w:r>',
            "40 mg",
        ),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a\tb\nc"),
        ("<w:r><w:t>demi</w:t><w:noBreakHyphen/><w:t>vie</w:t><w:softHyphen/></w:r>", "demi-vie"),
        ('<w:hyperlink w:anchor="x"><w:r><w:t>Vidal</w:t></w:r></w:hyperlink>', "Vidal"),
        ("<w:sdt><w:sdtContent><w:r><w:t>70 ans</w:t></w:r></w:sdtContent></w:sdt>", "70 ans"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>3</w:t></w:r>", "3"),
        (
            "<w:r><w:t>corps</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>encadré</w:t></w:r></w:p>"
            "</w:txbxContent></w:pict></w:r>",
            "corps\nencadré",
        ),
    ],
)
def test_what_a_reader_sees_of_a_paragraph_is_read(inner, text):
    assert read(body(inner)).strip() == text


def test_a_text_box_written_for_old_and_new_readers_is_read_once():
    box = "<w:txbxContent><w:p><w:r><w:t>encadré</w:t></w:r></w:p></w:txbxContent>"
    inner = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
    )
    assert read(body(f"<w:r>{inner}</w:r>")).strip() == "encadré"


def test_a_word_document_of_pictures_is_said_to_be_a_scan(tmp_path):
    with pypdfium2.PdfDocument(scanned(pdf("Lasilix"))) as page:
        page[0].render(scale=1).to_pil().save(tmp_path / "page.png")
    document = docx.Document()
    document.add_picture(str(tmp_path / "page.png"))
    with pytest.raises(UnreadableReportError, match=r"que des images.*OCR"):
        read(saved(document))


def test_entities_that_multiply_are_refused():
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{held};" * 10}">' for held, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = "<w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body>"
    bomb = f"{laughs}]><w:document {NAMESPACE}>{body}</w:document>"
    for encoding in ("utf-8", "utf-16"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>{bomb}'.encode(encoding)
        with pytest.raises(UnreadableReportError, match="abîmé"):
            read(
                repacked(word("x"), lambda name, held, d=declared: d if name == "word/document.xml" else held)
            )


def test_a_part_that_unfolds_without_end_is_refused():
    spaces = b" " * 50_000_000
    with pytest.raises(UnreadableReportError, match="10 Mo une fois décompressé"):
        read(repacked(word("x"), lambda name, held: held + spaces if name == "word/document.xml" else held))


def test_pictures_are_not_unfolded_however_large():
    packed = io.BytesIO(word("Lasilix 40 mg"))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.png", bytes(60_000_000))
    assert read(packed.getvalue()) == "Lasilix 40 mg"


@pytest.mark.parametrize(
    "missing", ["word/document.xml", "word/styles.xml", "word/numbering.xml", "_rels/.rels"]
)
def test_a_document_without_a_part_is_read_or_said_to_be_damaged(missing):
    content = word("Lasilix 40 mg")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rest = zipped({name: archive.read(name) for name in archive.namelist() if name != missing})
    if missing == "word/document.xml":
        with pytest.raises(UnreadableReportError, match="abîmé"):
            read(rest)
    else:
        assert read(rest) == "Lasilix 40 mg"


def test_the_strict_form_of_the_format_is_read():
    strict = repacked(
        word("Lasilix 40 mg"),
        lambda _, held: re.sub(
            rb"http://schemas.openxmlformats.org/(wordprocessingml|officeDocument)/2006/(main|relationships)",
            rb"http://purl.oclc.org/ooxml/\1/\2",
            held,
        ),
    )
    assert read(strict) == "Lasilix 40 mg"
