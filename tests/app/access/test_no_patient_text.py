"""Marked text on its ways through the page: none of it is in what the instances write."""

from playwright.sync_api import Page, expect

from tests.app.access.test_signing_in import come_in, report

# What nothing but the reader says.
MARK = "zyxmarque"


def test_nothing_that_a_reader_gives_is_written_into_a_log(page: Page, serve) -> None:
    restricted = serve(count=1)
    come_in(page, restricted)
    page.goto(f"{restricted.url}/?q={MARK}")
    field = page.get_by_role("textbox", name="Compte rendu")
    field.fill(f"{report('cardiologie')}\n{MARK}")
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()
    page.get_by_role("tab", name="Exporter").click()
    with page.expect_download():
        page.get_by_role("button", name="JSON", exact=True).click()
    page.get_by_role("button", name="Nouveau cas").click()
    expect(field).to_have_value("")
    broken = {"name": f"{MARK}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.7 {MARK}".encode()}
    page.locator("input[type=file]").set_input_files([broken])
    expect(page.get_by_test_id("stFileChip")).to_have_count(1)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text(f"{MARK}.pdf").first).to_be_visible()
    assert MARK not in restricted.output.lower()
    assert "ada@chu.example" not in restricted.output.lower()
