"""Tables, which are drawn on a canvas: a click goes to a place, not to an element."""

from tests.app.transport.catalogue.cases import case

ROW, HEADER, MARKER = 35, 35, 40


def _click(tab, table, x, row, *, double=False):
    """Click into a table, `x` pixels from its left; row 0 is the header."""
    canvas = tab.page.get_by_test_id("stDataFrame").nth(table).get_by_test_id("data-grid-canvas")
    position = {"x": x, "y": ROW * row + ROW / 2}
    (canvas.dblclick if double else canvas.click)(position=position, force=True)


def _type(tab, table, x, row, text):
    with tab.acting(f"type {text} into row {row} of table {table}") as page:
        _click(tab, table, x, row, double=True)
        editor = page.get_by_test_id("portal").locator("input, textarea").first
        editor.fill(text)
        editor.press("Enter")
        page.wait_for_timeout(300)


@case(sees="'kim'")
def data_editor(tab):
    _type(tab, 0, 100, 1, "zoe")
    _type(tab, 0, 100, 2, "kim")
    with tab.acting("tick") as page:
        _click(tab, 0, 430, 2)
        page.wait_for_timeout(300)
    for _ in range(2):
        with tab.acting("add a row") as page:
            page.get_by_test_id("stDataFrame").nth(1).hover()
            page.get_by_label("Add row").click()
            page.wait_for_timeout(300)


@case(sees="rows: [0, 2]")
def dataframe_selection(tab):
    for table, x, row in ((0, 15, 1), (0, 15, 3), (1, 15, 2), (1, 100, 0), (2, 15, 4)):
        with tab.acting(f"select at {x}, row {row} of table {table}") as page:
            _click(tab, table, x, row)
            page.wait_for_timeout(300)


@case(sees="'row'")
def dataframe_buttons(tab):
    for row in (1, 2, 1):
        with tab.acting(f"button in row {row}") as page:
            _click(tab, 0, 35, row)
            page.wait_for_timeout(300)


@case(sees="runs: 2")
def dataframe_lazy(tab):
    for distance in (3000, 90_000, -50_000):
        with tab.acting(f"scroll by {distance}", quiet_ms=500) as page:
            page.get_by_test_id("stDataFrame").hover()
            page.mouse.wheel(0, distance)
            page.wait_for_timeout(400)
    tab.press("Run")
    with tab.acting("scroll after a run", quiet_ms=500) as page:
        page.get_by_test_id("stDataFrame").hover()
        page.mouse.wheel(0, 60_000)
        page.wait_for_timeout(400)
    tab.press("Run")


@case(sees="ticks: [True, False]")
def table_columns(tab):
    tab.press("Again")
    tab.press("Again")
