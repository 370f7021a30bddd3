"""The sheet, read back from the PDF and from the DOCX: both say what their common content says."""

import io
import re
from itertools import pairwise

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.export import content, pdf, word
from app.insights.models import Lab
from tests.app.insights.export import dossiers
from tests.app.insights.export.dossiers import AT, HOSTILE, NAMES

ANY_TEXT = st.text(max_size=80)
FEW = settings(max_examples=25, deadline=None)


def pages(file: bytes) -> list[str]:
    """The text of each page, with each run of white space as one space."""
    document = pypdfium2.PdfDocument(file)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def text_of_pdf(file: bytes) -> str:
    return " ".join(pages(file))


def cells(file: bytes) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in opened(file).tables]


def opened(file: bytes):
    return docx.Document(io.BytesIO(file))


def text_of_docx(file: bytes) -> str:
    said = [paragraph.text for paragraph in opened(file).paragraphs]
    said += [cell for table in cells(file) for row in table for cell in row]
    return "\n".join(said)


def text_of_content(sheet: content.Sheet) -> list[str]:
    rows = [row for section in sheet.sections if section.table for row in section.table.rows]
    return [piece.text for row in rows for cell in row for piece in cell]


def sections(dossier) -> dict[str, content.Section]:
    return {section.title: section for section in content.sheet(dossier, AT).sections}


def rows(dossier, title) -> dict[str, list[str]]:
    """The rows of a section as text, by the first line of their first cell."""
    table = sections(dossier)[title].table
    return {row[0][0].text: ["\n".join(piece.text for piece in cell) for cell in row] for row in table.rows}


# ------------------------------------------------------------- what it says


def test_a_line_says_before_after_and_what_changes():
    row = rows(dossiers.compared(), "Conciliation")["MYCOPHÉNOLATE MOFÉTIL"]

    assert row[1] == "500 mg 2x/j\n«\u00a0Cellcept 500 mg 2x/j\u00a0»"
    assert row[2] == "250 mg matin et soir\n«\u00a0Cellcept 250 mg matin et soir\u00a0»"
    assert row[3:6] == ["Changé", "dose 500 mg → 250 mg (÷2)", "non qualifiée"]
    assert row[6:] == ["", ""]


def test_a_qualified_line_says_who_when_and_why():
    row = rows(dossiers.qualified(), "Conciliation")["MYCOPHÉNOLATE MOFÉTIL"]

    assert row[5:] == ["intentionnelle", "Leucopénie", "Dr Test\n05/01/2026 à 09:41"]


def test_an_equivalence_names_both_brands():
    assert rows(dossiers.compared(), "Conciliation")["AMLODIPINE"][0] == "AMLODIPINE\nAmlor → Amlodipine"


def test_medicines_stand_in_alphabetical_order():
    names = list(rows(dossiers.compared(), "Conciliation"))

    assert names == sorted(names, key=lambda name: name.replace("É", "E"))


def test_no_medicine_of_the_report_is_left_out_of_a_sheet():
    for name in NAMES:
        for dossier in (dossiers.dossier(name), dossiers.compared(name), dossiers.compared(name, "")):
            said = " ".join(text_of_content(content.sheet(dossier, AT)))
            assert [
                drug.name for drug in dossier.insights().drugs() if drug.citation.split()[0] not in said
            ] == []


def test_questions_ask_what_the_lines_leave_open():
    asked = sections(dossiers.compared())["Questions à poser"].lines

    assert asked == tuple(
        sorted(one.line.question for one in dossiers.compared().judged() if one.line.question)
    )


def test_what_needs_a_look_comes_first():
    odd = dossiers.drug("Kardegik", span=None, approximate=True, dci="acide acétylsalicylique")
    first = content.sheet(dossiers.of_drugs(odd, omissions=[dossiers.omission()]), AT).sections[0]

    assert (first.title, first.is_warning) == ("À vérifier", True)
    assert [line.split(" : ")[0] for line in first.lines] == [
        "Non retrouvé dans le texte",
        "Cité dans le texte, absent de l'extraction",
        "Orthographe approchée",
    ]


def test_an_omission_that_the_reader_added_needs_no_look():
    corrected = dossiers.corrected()
    case = corrected.case.model_copy(update={"omissions": (dossiers.omission("Doliprane", "paracétamol"),)})

    assert "À vérifier" not in sections(corrected.model_copy(update={"case": case}))


def test_nothing_to_check_is_no_section():
    assert "À vérifier" not in sections(dossiers.compared())


def test_corrections_stand_beside_what_was_extracted():
    corrected = list(sections(dossiers.corrected())["Corrections du lecteur"].table.rows)
    said = [[" ".join(piece.text for piece in cell) for cell in row] for row in corrected]

    assert said[0][1:] == ["ADVAGRAF 5 mg 1x/j", "ADVAGRAF 7 mg 1x/j", "«\u00a0Advagraf 5 mg 1x/j\u00a0»"]
    assert [row[0] for row in said] == [
        "Traitement habituel corrigé",
        "Traitement habituel ajouté par le lecteur",
        "Retiré",
    ]


def test_without_a_reconciliation_the_sheet_is_a_list_of_medicines():
    sheet = content.sheet(dossiers.dossier(), AT)

    assert sheet.title == "Bilan médicamenteux"
    assert {"Traitement habituel", "Traitement de sortie", "Médicaments arrêtés"} <= set(
        sections(dossiers.dossier())
    )
    assert "Conciliation" not in sections(dossiers.dossier())


def test_values_are_told_with_sign_unit_and_date():
    found = dossiers.case("greffe").insights
    labs = (
        Lab(test="DFG", value=90, unit="mL/min", date="14/06", citation="DFG > 90 mL/min", span=None),
        Lab(test="creatinine", value=1.5, unit="N", citation="1,5 N", span=None),
    )
    case = dossiers.case("greffe").model_copy(update={"insights": found.model_copy(update={"renal": labs})})
    dossier = dossiers.dossier().model_copy(update={"case": case})
    said = rows(dossier, "Fonction rénale")

    assert said["DFG"][1:3] == ["> 90 mL/min", "14/06"]
    assert said["Créatinine"][1:3] == ["1,5 × N", "—"]


def test_a_sheet_says_what_made_it_and_when():
    assert content.sheet(dossiers.dossier(), AT, "Lexique du 01/12/2025").source == (
        "Moteur : moteur embarqué (démonstration) · Lexique du 01/12/2025 · 05/01/2026 à 10:00"
    )


# ------------------------------------------------------------- both files


@pytest.mark.parametrize("name", NAMES)
def test_both_files_hold_all_that_the_content_says(name):
    dossier = dossiers.compared(name)
    said = text_of_content(content.sheet(dossier, AT))
    in_pdf, in_docx = (text_of_pdf(pdf.write(dossier, AT)), text_of_docx(word.write(dossier, AT)))

    assert [text for text in said if text not in in_docx] == []
    # A line of the PDF may break anywhere between words.
    words = {word for text in said for word in text.split() if len(word) < 12}
    assert sorted(words - set(in_pdf.split())) == []


def test_both_files_say_that_they_propose_and_where_to_sign():
    dossier = dossiers.compared()
    in_pdf, in_docx = text_of_pdf(pdf.write(dossier, AT)), word.write(dossier, AT)
    footer = "\n".join(p.text for p in opened(in_docx).sections[0].footer.paragraphs)

    assert content.NOTICE in in_pdf
    assert content.NOTICE in footer
    for signatory in content.SIGNATORIES:
        assert f"{signatory} {content.SIGNATURE}" in in_pdf
        assert f"{signatory}\n{content.SIGNATURE}" in text_of_docx(in_docx)


def test_french_and_medical_characters_are_drawn():
    told = "Éàçœµ ≥ ≤ → ×2 ÷ ½ α β – « » • ² ≈ ± °"

    assert told in text_of_pdf(pdf.write(dossiers.qualified(comment=told), AT))


def test_a_character_that_no_font_of_ours_draws_shows_as_a_box():
    assert "a □ b □□□□" in text_of_pdf(pdf.write(dossiers.qualified(comment="a 🙂 b שלום"), AT))


def test_markup_of_a_report_stays_text():
    dossier = dossiers.of_drugs(
        dossiers.drug("<b>**Kardegic**</b> & ]]>", citation="<script>"), name="<i>x</i>"
    )

    for said in (text_of_pdf(pdf.write(dossier, AT)), text_of_docx(word.write(dossier, AT))):
        assert "<B>**KARDEGIC**</B> & ]]>" in said.replace("\n", " ")
        assert "<script>" in said
        assert "Compte rendu : <i>x</i>" in said


@FEW
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_breaks_a_sheet(name, dose, citation, comment):
    drug = dossiers.drug(name, dose=dose, citation=citation)
    dossier = dossiers.qualified(comment=comment, by=dose).model_copy(update={"name": name})
    unusual = dossiers.of_drugs(
        drug, name=citation, prescription=comment, omissions=[dossiers.omission(name)]
    )

    for one in (dossier, unusual):
        assert pages(pdf.write(one, AT))
        assert opened(word.write(one, AT)).tables


@FEW
@given(ANY_TEXT)
def test_a_comment_comes_back_from_the_docx(comment):
    # What is but white space is no comment, control characters that count as such among it.
    illegal = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    legal = re.sub(illegal, "□", comment).strip() if comment.strip() else ""
    said = text_of_docx(word.write(dossiers.qualified(comment=comment), AT))

    # Word has one kind of line end.
    assert legal.replace("\r\n", "\n").replace("\r", "\n") in said


def test_hostile_words_come_back_from_both():
    dossier = dossiers.qualified(comment=HOSTILE)

    assert "<script>alert('x')</script>" in text_of_docx(word.write(dossier, AT))
    assert "**gras**" in text_of_pdf(pdf.write(dossier, AT))


# ------------------------------------------------------------- the PDF


def many_drugs(count):
    return dossiers.of_drugs(*(dossiers.drug(f"Produit{n:02d}", dose=f"{n} mg") for n in range(count)))


def test_thirty_medicines_have_the_heading_of_their_table_on_each_page():
    printed = pages(pdf.write(many_drugs(30), AT))
    with_rows = [page for page in printed if "PRODUIT" in page and "Médicament" in page]

    assert len(with_rows) >= 2
    assert all("Médicament Avant Après Statut" in page for page in with_rows)


def test_pages_are_numbered_of_how_many():
    # PDFium may see a space around what fpdf2 puts in the place of the number of pages.
    printed = [page.replace("/ ", "/") for page in pages(pdf.write(many_drugs(30), AT))]

    assert [page for n, page in enumerate(printed, 1) if f"Page {n}/{len(printed)}" not in page] == []


def test_a_row_that_fits_on_a_page_is_not_cut():
    comment = " ".join(f"mot{n}" for n in range(60))
    printed = pages(pdf.write(dossiers.qualified("tacrolimus", comment=comment), AT))

    assert sum("mot0" in page for page in printed) == sum("mot59" in page for page in printed) == 1
    assert any("mot0" in page and "mot59" in page for page in printed)


def test_a_comment_longer_than_a_page_goes_on_in_the_next():
    comment = " ".join(f"mot{n}" for n in range(2000))
    printed = " ".join(pages(pdf.write(dossiers.qualified(comment=comment), AT)))

    assert [n for n in range(2000) if f"mot{n}" not in printed] == []


def test_nothing_is_drawn_outside_the_page():
    comment = "x" * 500 + " " + "ligne " * 200
    for page in pypdfium2.PdfDocument(pdf.write(dossiers.qualified(comment=comment), AT)):
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        width, height = page.get_size()
        assert all(
            left >= 0 and right <= width and low >= 0 and top <= height for left, low, right, top in boxes
        )


def test_the_pdf_tells_its_title_and_its_language():
    file = pdf.write(dossiers.compared(), AT)

    title = pypdfium2.PdfDocument(file).get_metadata_value("Title")
    assert title == "Fiche de conciliation des traitements médicamenteux – greffe"
    assert b"/Lang (fr-FR)" in file
    assert pypdfium2.PdfDocument(file)[0].get_size() == pytest.approx((841.89, 595.28), abs=0.1)


def test_the_same_dossier_gives_the_same_pdf():
    assert pdf.write(dossiers.compared(), AT) == pdf.write(dossiers.compared(), AT)


# ------------------------------------------------------------- the DOCX


def test_the_docx_has_real_headings_in_order():
    styles = [(p.style.name, p.text) for p in opened(word.write(dossiers.compared(), AT)).paragraphs]
    headings = [text for style, text in styles if style == "Heading 1"]

    assert styles[0] == ("Title", "Fiche de conciliation des traitements médicamenteux")
    assert headings == list(sections(dossiers.compared()))


def test_the_heading_of_each_table_repeats_and_no_row_is_cut():
    *tables, _signatures = opened(word.write(dossiers.compared(), AT)).tables

    for table in tables:
        first, *others = table.rows
        assert first._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in (first, *others))
        assert all(row._tr.trPr.find(qn("w:tblHeader")) is None for row in others)


def test_the_docx_is_french_landscape_and_titled():
    document = opened(word.write(dossiers.compared(), AT))
    page, said = document.sections[0], document.core_properties

    assert {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))} == {"fr-FR"}
    assert (said.language, said.title) == (
        "fr-FR",
        "Fiche de conciliation des traitements médicamenteux – greffe",
    )
    assert (page.page_width.mm, page.page_height.mm) == pytest.approx((297, 210), abs=0.1)
    assert said.created.year == said.modified.year == AT.year


def test_the_properties_of_rows_and_paragraphs_follow_the_schema():
    """Word repairs a file whose elements are out of order, and says so to its reader."""
    odd = dossiers.of_drugs(dossiers.drug(span=None))
    document = opened(word.write(odd, AT))
    order = [qn(f"w:{tag}") for tag in ("pStyle", "keepNext", "numPr", "pBdr", "shd", "spacing", "ind", "jc")]
    for properties in document.element.iter(qn("w:pPr")):
        places = [order.index(child.tag) for child in properties if child.tag in order]
        assert all(left < right for left, right in pairwise(places))
