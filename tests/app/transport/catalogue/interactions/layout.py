"""Where things are put."""

from tests.app.transport.catalogue.cases import case


@case(sees="'popped': 'typed'")
def containers(tab):
    for name in ("Two", "First", "Second"):
        with tab.acting(f"tab {name}") as page:
            page.get_by_role("tab", name=name, exact=True).click()
    for name in ("Plain", "Called", "Called"):
        with tab.acting(f"expander {name}") as page:
            page.get_by_test_id("stExpander").get_by_text(name, exact=True).click()
    tab.tick("Inside plain")
    with tab.acting("popover") as page:
        page.get_by_test_id("stPopover").get_by_role("button").first.click()
    tab.fill("In popover", "typed")
    with tab.acting("leave the popover") as page:
        page.keyboard.press("Escape")
    for _ in range(2):
        with tab.acting("called popover") as page:
            page.get_by_test_id("stPopover").get_by_role("button").nth(1).click()
    tab.press("In sidebar")
    tab.press("In a cell")
