"""How the script runs: fragments, reruns, dialogs, pages."""

from tests.app.transport.catalogue.cases import case


@case(sees="outer: 1, app runs: 3")
def fragment(tab):
    for _ in range(3):
        tab.press("Inner")
    tab.press("Nested")
    tab.press("Whole app")
    tab.press("Inner")
    tab.press("Again")
    tab.press("Outside")


@case(sees="answered: yes")
def dialog(tab):
    tab.press("Ask")
    tab.fill("Answer", "yes")
    tab.press("OK")
    tab.press("Ask")
    tab.press("Close")
    tab.press("Ask called")
    tab.press("Close")


@case(sees="kept: ")
def session_state(tab):
    for _ in range(4):
        tab.press("Next")
