"""What is typed, ticked and chosen."""

from tests.app.transport.catalogue.cases import case


@case(sees="checked: True, toggled: True")
def checkbox_toggle(tab):
    tab.tick("Check")
    tab.tick("Toggle")
    tab.tick("Called")
    tab.tick("Check")


@case(sees="early: 8, number: 8")
def number_input_state(tab):
    for _ in range(3):
        with tab.acting("step up") as page:
            page.get_by_test_id("stNumberInputStepUp").first.click()
    with tab.acting("step up fast") as page:
        for _ in range(3):
            page.get_by_test_id("stNumberInputStepUp").first.click()
    tab.fill("Number", "8")


@case(sees="text: ['x', 'y', 'z']")
def text_input(tab):
    tab.fill("Name", "Ada")
    tab.fill("Secret", "s3cret")
    tab.fill("Area", "line one\nline two", "Control+Enter")
    tab.fill("Called", "x")
    tab.fill("Called", "y")
    tab.fill("Called", "z", "Tab")
