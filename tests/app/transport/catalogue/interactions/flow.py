"""How the script runs: reruns, fragments, dialogs, errors, long runs."""

import re

from tests.app.transport.catalogue.cases import case

NUMBER = re.compile("number [0-9]$")


@case(sees="outer: 1, app runs: 3")
def fragment(tab):
    for _ in range(3):
        tab.press("Inner")
    tab.press("Nested")
    tab.press("Whole app")
    tab.press("Inner")
    tab.press("Again")
    tab.press("Outside")


@case(sees="ticks: 4, on: False")
def fragment_run_every(tab):
    for _ in range(2):
        tab.press("Start", quiet_ms=1200)


@case(sees="left: 4")
def fragment_parallel(tab):
    tab.press("Run left")
    tab.press("Run side")
    tab.press("Run left")
    tab.press("All")


@case(sees="one sees both")
def fragment_keyed(tab):
    tab.press("Two")
    tab.press("Both")
    tab.press("Two")
    tab.press("Everything")
    tab.press("Both")


@case(sees="('sent', 2)")
def fragment_widgets(tab):
    tab.fill("Name", "Ada")
    for _ in range(2):
        with tab.acting("slide") as page:
            page.get_by_role("slider").press("ArrowRight")
    tab.press("Send")
    tab.choose("Box", "b")
    tab.press("Write")
    tab.put(("a.txt", b"aaa"))
    tab.download("Late")
    tab.fill("Name", "Grace")
    tab.download("Late")
    tab.press("Write")


@case(sees="'kept': 'word'")
def reruns(tab):
    tab.press("Thrice")
    tab.press("In callback")
    tab.press("Stop")
    tab.press("In callback")
    tab.fill("Kept", "word")


@case(sees="ValueError: in a callback")
def exceptions(tab):
    for name in ("Recover", "In fragment", "Recover", "Own", "Recover", "In callback"):
        tab.press(name)


@case(sees="answered: yes")
def dialog(tab):
    tab.press("Ask")
    tab.fill("Answer", "yes")
    tab.press("OK")
    tab.press("Ask")
    tab.press("Close")
    tab.press("Ask called")
    tab.press("Close")


@case(sees="works: 2")
def progress_status(tab):
    tab.press("Work")
    tab.press("Work")


@case(sees="after the skeleton")
def placeholders(tab):
    with tab.acting("press Long") as page:
        page.get_by_role("button", name="Long").click()
        tab.shows(NUMBER)
    with tab.acting("interrupt") as page:
        page.get_by_role("button", name="Long").click()
        tab.shows(NUMBER)
        page.get_by_role("button", name="Clear").click()
    tab.press("Skeleton")


@case(sees="snow falls")
def messages(tab):
    for name in ("Toast", "Toast again", "Balloons"):
        tab.press(name)
    with tab.acting("close a toast") as page:
        page.get_by_test_id("stToast").first.get_by_role("button").last.click()
    tab.press("Snow")


@case(sees="kept: ")
def session_state(tab):
    for _ in range(4):
        tab.press("Next")


@case(sees="cart: 6 aapaap, held: {'in': {'n': 3}}, rows: [{'n': 2}, {'n': 1}, {'n': 11}]")
def held_objects(tab):
    for _ in range(2):
        tab.press("Put in")
        tab.press("Put in")
        tab.press("In part")
        tab.press("Bump")
        tab.press("Row 0")
    tab.press("Row 1")
    tab.press("Another row")
    tab.press("Row 2")
    tab.press("Bump")
    tab.press("Again")


@case(sees="n: 11111")
def nested_presses(tab):
    tab.press("Ask")
    tab.press("Sure")
    tab.press("Open")
    tab.press("Confirm")
    tab.press("Really")
    with tab.acting("close") as page:
        page.keyboard.press("Escape")
    tab.press("Open")
    tab.press("Yes")
    tab.press("More")
    tab.press("Deep")
    tab.press("Prepare")
    tab.download("Get")
    tab.press("Show")
    tab.press("Shown")
    tab.press("Again")
