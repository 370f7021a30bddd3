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


@case(sees="7 1.75 3.0")
def number_inputs(tab):
    tab.fill("Whole", "7")
    tab.push("Real", "ArrowUp")
    tab.fill("None", "3")
    tab.fill("Called", "4")
    # One by one: of two changes that come before a run begins, Streamlit tells a callback the last alone.
    tab.push("Called", "ArrowDown")
    tab.push("Called", "ArrowDown")
    tab.fill("Whole", "99")


@case(sees="text: ['x', 'y', 'z']")
def text_input(tab):
    tab.fill("Name", "Ada")
    tab.fill("Secret", "s3cret")
    tab.fill("Area", "line one\nline two", "Control+Enter")
    tab.fill("Called", "x")
    tab.fill("Called", "y")
    tab.fill("Called", "z", "Tab")


@case(sees="typed a@b")
def text_live(tab):
    with tab.acting("type") as page:
        page.get_by_label("Live").press_sequentially("typed", delay=20)
    tab.fill("Mail", "wrong")
    tab.fill("Mail", "a@b")
    with tab.acting("search") as page:
        page.get_by_label("Search").press_sequentially("xyz", delay=20)


@case(sees="Ada True a runs: 2")
def ignored_changes(tab):
    tab.fill("Name", "Ada")
    tab.tick("Tick")
    tab.press("Run")


@case(sees="b c c typed")
def radio_selectbox(tab):
    radios = tab.page.get_by_test_id("stRadio")
    for index, option in ((0, "B"), (1, "c"), (2, "b"), (2, "c")):
        with tab.acting(f"radio {index} {option}"):
            radios.nth(index).get_by_text(option, exact=True).first.click()
    tab.choose("Box", "C")
    tab.choose("Called box", "b")
    with tab.acting("a new option") as page:
        page.get_by_label("New").fill("typed")
        page.get_by_label("New").press("Enter")
    tab.choose("Called box", "a")


@case(sees="['red', 'blue'] ['green'] ['fresh']")
def multiselect(tab):
    tab.choose_many("Some", "blue")
    tab.choose_many("Most", "green")
    with tab.acting("a new option") as page:
        page.get_by_label("New").fill("fresh")
        page.get_by_label("New").press("Enter")
        page.keyboard.press("Escape")
    tab.choose_many("Called", "red", "green")
    with tab.acting("clear") as page:
        page.get_by_test_id("stMultiSelect").nth(3).get_by_label("Clear all").click()


@case(sees="7 (0.3, 0.75)")
def sliders(tab):
    names = {"Whole": 0, "Ends": 1, "Day": 2, "Hour": 3, "Moment": 4, "Called": 5}
    for name, index in names.items():
        with tab.acting(f"move {name}") as page:
            thumb = page.get_by_test_id("stSlider").nth(index).get_by_role("slider").first
            thumb.press("ArrowRight")
    with tab.acting("move again") as page:
        page.get_by_test_id("stSlider").nth(0).get_by_role("slider").first.press("ArrowRight")
    for index in (6, 7):
        with tab.acting(f"select slider {index}") as page:
            page.get_by_role("slider").nth(index).press("ArrowRight")


@case(sees="2024-01-20")
def dates_times(tab):
    dates = tab.page.get_by_test_id("stDateInput")
    for part, key in (("day, Day", "ArrowUp"), ("month, Called", "ArrowUp"), ("year, Called", "ArrowDown")):
        with tab.acting(f"{key} in {part}") as page:
            page.get_by_label(part).press(key)
            page.keyboard.press("Tab")
    for part, key in (("hour, Hour", "ArrowUp"), ("minute, Hour", "ArrowUp"), ("hour, Moment", "ArrowDown")):
        with tab.acting(f"{key} in {part}") as page:
            page.get_by_label(part).press(key)
            page.keyboard.press("Enter")
    with tab.acting("pick from the calendar") as page:
        dates.first.get_by_role("button", name="Choose date").click()
        page.get_by_role("button", name="January 20, 2024").click()


@case(sees="north ['east', 'south'] y ['k', 'l'] 0 2 2 3")
def choices(tab):
    groups = tab.page.get_by_test_id("stButtonGroup")
    chosen = ((0, "North"), (1, "south"), (2, "p"), (2, "q"), (3, "y"), (4, "k"), (4, "l"))
    for index, option in chosen:
        with tab.acting(f"choose {option}"):
            groups.nth(index).get_by_text(option, exact=True).click()
    feedback = tab.page.get_by_test_id("stFeedback")
    for index, star in ((0, 1), (1, 2)):
        with tab.acting(f"feedback {index}"):
            feedback.nth(index).get_by_role("radio").nth(star).click()
    for number in ("2", "3"):
        with tab.acting(f"page {number}") as page:
            page.get_by_test_id("stPagination").get_by_text(number, exact=True).click()
    with tab.acting("colour") as page:
        page.get_by_test_id("stColorPicker").get_by_role("button").first.click()
        page.get_by_label("hex").or_(page.locator("input[id^=rc-editable-input]")).first.fill("#112233")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")


@case(sees="('called', 'y')")
def menu_button(tab):
    for label, option in (("Menu", "Save"), ("Called", "y"), ("Menu", "Print"), ("Called", "x")):
        with tab.acting(f"{label} {option}") as page:
            page.get_by_role("button", name=label, exact=True).click()
            page.get_by_text(option, exact=True).last.click()


@case(sees="'name': 'Ada'", start="/?level=5&box=b&other=1")
def bind_query_params(tab):
    tab.fill("Name", "Ada")
    tab.tick("Tick")
    tab.choose("Box", "a")
    with tab.acting("pill") as page:
        page.get_by_text("x", exact=True).click()
    with tab.acting("slide") as page:
        page.get_by_role("slider").press("ArrowRight")
    tab.press("Set")
    tab.reload()
    tab.fill("Name", "Ada")


@case(sees="{'z': 'ä b', 'called': 'yes'}", start="/?first=1&letter=z")
def query_params(tab):
    for name in ("Add", "Add", "List", "Update", "Delete", "Clear", "Add", "From", "Called"):
        tab.press(name)


@case(sees="'in_session': 'c'")
def persist_state(tab):
    for label, text in (("Lost", "a"), ("On page", "b"), ("In session", "c")):
        tab.fill(label, text)
    tab.tick("Show")
    tab.tick("Show")
    tab.visit("Second")
    tab.press("Nothing")
    tab.visit("First")
    tab.tick("Show")


@case(sees="'number': 1")
def widget_state_rules(tab):
    tab.fill("Text", "typed")
    tab.fill("Number", "42")
    tab.press("Set too late")
    tab.press("Reset")
    tab.tick("Show")
    tab.tick("Show")
    tab.choose("Options", "other")
    tab.fill("Number", "8")
    tab.press("Delete")
    tab.press("Reset")


@case(sees="('moment', '2024-05-06 08:30:00', 8)")
def callbacks_typed(tab):
    tab.fill("Line", "line")
    tab.fill("Area", "area", "Control+Enter")
    tab.fill("Number", "2.5")
    for index in (0, 1):
        with tab.acting(f"slide {index}") as page:
            page.get_by_role("slider").nth(index).press("ArrowRight")
    for part, key in (("day, Day", "Tab"), ("hour, Hour", "Enter"), ("hour, Moment", "Enter")):
        with tab.acting(f"raise {part}") as page:
            page.get_by_label(part).press("ArrowUp")
            page.keyboard.press(key)


@case(sees="('said', 'hello', 15)")
def callbacks_chosen(tab):
    tab.tick("Check")
    tab.tick("Toggle")
    tab.choose_many("Many", "n")
    for index, option in ((0, "p"), (1, "s")):
        with tab.acting(f"choose {option}") as page:
            page.get_by_test_id("stButtonGroup").nth(index).get_by_text(option, exact=True).click()
    with tab.acting("thumb") as page:
        page.get_by_test_id("stFeedbackButton").first.click()
    with tab.acting("page") as page:
        page.get_by_label("Page 3").click()
    with tab.acting("menu") as page:
        page.get_by_role("button", name="Menu", exact=True).click()
        page.get_by_text("v", exact=True).last.click()
    tab.write("In form", "formed")
    tab.press("Send")
    tab.download("Down")
    tab.put(("a.txt", b"aaa"))
    with tab.acting("second tab") as page:
        page.get_by_role("tab", name="Two").click()
    with tab.acting("expander") as page:
        page.get_by_test_id("stExpander").get_by_text("Expander").click()
    with tab.acting("popover") as page:
        page.get_by_test_id("stPopover").get_by_role("button").click()
    with tab.acting("leave it") as page:
        page.keyboard.press("Escape")
    with tab.acting("say hello") as page:
        page.get_by_label("Chat", exact=True).fill("hello")
        page.get_by_label("Chat", exact=True).press("Enter")


@case(
    sees="'number': '3'",
    start="/?number=2&radio=b&many=m&letter=c&day=2024-07-08&toggle=true&tab=Two&stars=3",
)
def bind_everything(tab):
    tab.fill("Number", "3")
    tab.choose_many("Many", "n")
    tab.fill("Area", "long", "Control+Enter")
    with tab.acting("first tab") as page:
        page.get_by_role("tab", name="One").click()
    with tab.acting("page") as page:
        page.get_by_label("Page 3").click()
    with tab.acting("expander") as page:
        page.get_by_test_id("stExpander").get_by_text("Expander").click()
    tab.press("Again")
    tab.reload()


@case(sees="'line': 'typed'")
def persist_everything(tab):
    tab.tick("Check")
    tab.tick("Toggle")
    tab.fill("Line", "typed")
    tab.fill("Number", "5")
    tab.choose("Box", "b")
    with tab.acting("page") as page:
        page.get_by_label("Page 3").click()
    tab.tick("Hide")
    tab.tick("Hide")
    tab.fill("Area", "word", "Control+Enter")
    tab.visit("Second")
    tab.press("Nothing")
    tab.visit("First")
    tab.fill("Line", "typed")
