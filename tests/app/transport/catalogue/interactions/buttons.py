"""What is pressed."""

from tests.app.transport.catalogue.cases import case


@case(sees="pressed: 2, callbacks: ['a', 'a', 'b']")
def button(tab):
    tab.press("Count")
    tab.press("Call a")
    tab.press("Count")
    tab.press("Call a")
    tab.press("Call b")


@case(sees="count: 5")
def fast_clicks(tab):
    # Faster than this, a native server drops some of them too, by chance.
    tab.press("Add", times=5, every_ms=150)


@case(sees="submitted: ('Ada', 7)")
def form(tab):
    tab.write("Name", "Ada")
    tab.fill("Size", "7", "Tab")
    tab.press("Send")
    tab.fill("Kept", "enter sends", "Enter")
    tab.fill("No enter", "nothing", "Enter")
    tab.press("Send second")
