"""What a reader does with reports on the deployed page: upload, check, correct, compare, take away."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ops.settings import ROOT
from tests.e2e.conftest import ARTIFACTS, Stage
from tests.e2e.reader import (
    LONG_MS,
    PRESCRIPTION,
    analyse,
    as_zip,
    in_sight,
    report,
    table_of,
    upload,
    write_in_first_row,
)
from tests.ops.worlds import eventually


def as_pdf(text: str) -> bytes:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.add_font("DejaVu", fname=ROOT / "app/insights/export/fonts/DejaVuSans.ttf")
    pdf.set_font("DejaVu", size=10)
    pdf.multi_cell(0, 5, text)
    return bytes(pdf.output())


def as_docx(text: str) -> bytes:
    from docx import Document

    document, into = Document(), io.BytesIO()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.save(into)
    return into.getvalue()


def download(page: Page, name: str, into: Path) -> bytes:
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible(timeout=LONG_MS)
    with page.expect_download(timeout=LONG_MS) as given:
        button.click()
    given.value.save_as(into / "download")
    return (into / "download").read_bytes()


@pytest.mark.parametrize(("name", "made"), [("recu.pdf", as_pdf), ("recu.docx", as_docx)])
def test_a_document_is_read_as_its_text_is(stage: Stage, page: Page, name: str, made) -> None:  # type: ignore[no-untyped-def]
    upload(page, stage.url, (name, made(report("cardiologie"))))
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text(f"{name}, analysé par")).to_be_visible()
    expect(table_of(page, "Traitements habituels (7)")).to_be_visible()


def test_a_click_goes_to_the_proof_and_another_comes_back(stage: Stage, page: Page) -> None:
    analyse(page, stage.url, report("cardiologie"))
    row = table_of(page, "Traitement de sortie").get_by_role("row", name="FORXIGA")
    row.locator("a.citation").click()
    proof = page.locator("mark:target, mark:has(:target)")
    expect(proof).to_have_text("Forxiga 10 mg : 1 cp le matin")
    assert eventually(lambda: in_sight(proof))
    proof.locator("a").click()
    expect(page.locator("tr:target")).to_contain_text("FORXIGA")
    assert eventually(lambda: in_sight(page.locator("tr:target")))


def test_the_proof_is_reached_by_the_keyboard_alone(stage: Stage, page: Page) -> None:
    analyse(page, stage.url, report("cardiologie"))
    link = table_of(page, "Traitements habituels").get_by_role("row", name="LASILIX").locator("a.citation")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark:target, mark:has(:target)")).to_have_text("Lasilix 40 mg : 1 cp le matin")


def test_a_cell_is_corrected_and_the_extraction_stays_in_sight(
    stage: Stage, page: Page, tmp_path: Path
) -> None:
    analyse(page, stage.url, report("cardiologie"))
    switch = page.get_by_text("Corriger", exact=True).nth(2)
    switch.click()
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.get_by_test_id("glide-cell-4-0")).to_have_text("2,5 mg", timeout=LONG_MS)
    write_in_first_row(page, grid, "3,75 mg", column=3)
    page.keyboard.press("Enter")
    expect(grid.get_by_test_id("glide-cell-4-0")).to_have_text("3,75 mg")
    expect(page.get_by_role("button", name="Revenir à l'extraction")).to_be_visible(timeout=LONG_MS)
    switch.click()
    row = table_of(page, "Traitements habituels").get_by_role("row", name="BISOPROLOL")
    expect(row).to_contain_text("3,75 mg", timeout=LONG_MS)
    expect(row).to_contain_text("extrait : Bisoprolol, 2,5 mg")
    page.get_by_role("tab", name="Exporter").click()
    taken = json.loads(download(page, "JSON", tmp_path))
    assert [drug["dosage"] for drug in taken["traitements_habituels"] if drug["nom"] == "Bisoprolol"] == [
        "3,75 mg"
    ]


def test_a_reconciliation_is_qualified_and_signed_for(stage: Stage, page: Page, tmp_path: Path) -> None:
    analyse(page, stage.url, report("cardiologie"))
    page.get_by_role("tab", name="Conciliation").click()
    page.get_by_role("textbox", name="Nouvelle prescription").fill(PRESCRIPTION)
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_text("dose 2,5 mg → 5 mg (×2)")).to_be_visible(timeout=LONG_MS)
    who = page.get_by_role("textbox", name="Qualifié par")
    who.fill("C. Martin, pharmacien")
    who.press("Enter")
    page.get_by_role("radio", name="intentionnelle", exact=True).first.click()
    expect(page.get_by_text("Par C. Martin, pharmacien, le")).to_be_visible(timeout=LONG_MS)
    ARTIFACTS.mkdir(exist_ok=True)
    page.set_viewport_size({"width": 1400, "height": 2400})
    page.screenshot(path=ARTIFACTS / "reconciliation.png")
    page.get_by_role("tab", name="Exporter").click()
    assert download(page, "PDF", tmp_path).startswith(b"%PDF-")
    assert download(page, "DOCX", tmp_path).startswith(b"PK")
    bundle = json.loads(download(page, "FHIR R4", tmp_path))
    assert bundle["resourceType"] == "Bundle"
    assert "intentionnelle" in download(page, "CSV de la conciliation", tmp_path).decode("utf-8-sig")


def test_a_batch_is_read_in_order_opened_and_taken_away(stage: Stage, page: Page, tmp_path: Path) -> None:
    upload(
        page,
        stage.url,
        ("lot.zip", as_zip("cardiologie", "lettre", "tableau")),
        ("vide.txt", b" "),
        ("greffe.txt", report("greffe").encode()),
    )
    expect(page.get_by_text("5 comptes rendus sur 5, 1 échec")).to_be_visible()
    names = page.locator(".reports tbody th").all_inner_texts()
    assert [name.rsplit("/")[-1] for name in names] == [
        "cardiologie.txt",
        "lettre.txt",
        "tableau.txt",
        "vide.txt",
        "greffe.txt",
    ]
    page.get_by_role("combobox", name="Compte rendu affiché").click()
    page.get_by_role("option", name="cardiologie.txt").click()
    expect(table_of(page, "Traitements habituels (7)")).to_be_visible(timeout=LONG_MS)
    page.screenshot(path=ARTIFACTS / "batch.png")
    taken = zipfile.ZipFile(io.BytesIO(download(page, "Tout télécharger (ZIP)", tmp_path)))
    inside = taken.namelist()
    assert sum(name.endswith(".pdf") for name in inside) == 4
    assert any(name.endswith("echecs.txt") for name in inside)


def test_who_leaves_the_page_can_come_back(stage: Stage, page: Page) -> None:
    analyse(page, stage.url, report("cardiologie"))
    page.goto("about:blank")
    page.goto(stage.url)
    page.get_by_role("button", name="Reprendre").click(timeout=LONG_MS)
    expect(table_of(page, "Traitements habituels (7)")).to_be_visible(timeout=LONG_MS)


def test_who_erases_leaves_nothing_to_come_back_to(stage: Stage, page: Page) -> None:
    analyse(page, stage.url, report("cardiologie"))
    # A page whose session is erased loads itself anew, which would meet the user's own reload halfway.
    with page.expect_event("load", timeout=LONG_MS):
        page.get_by_role("button", name="Effacer mes données").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_hidden(timeout=LONG_MS)
    page.reload()
    expect(page.get_by_role("textbox", name="Compte rendu")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("button", name="Reprendre")).to_be_hidden()
    page.wait_for_function("() => !document.cookie.includes('patient-insight-worklist')")
