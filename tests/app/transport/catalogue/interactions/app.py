"""The app as a whole: its pages, its address, its settings, its connection."""

from tests.app.transport.catalogue.cases import case

ELSEWHERE = {"locale": "fr-CA", "timezone_id": "Asia/Tokyo", "color_scheme": "light"}


@case(sees="first: 11")
def multipage_v1(tab):
    tab.press("Count")
    tab.fill("Only here", "kept?")
    tab.visit("first")
    tab.press("Count")
    tab.back()
    tab.press("Switch")
    tab.press("Back from a fragment")
    tab.open("/second?word=1")
    tab.open("/nowhere")
    tab.open("/")
    tab.press("Count")
    with tab.acting("page link") as page:
        page.get_by_text("Link to first").click()
    tab.press("Count")
    tab.reload()
    tab.back()
    tab.press("Count")
    tab.visit("first")
    tab.press("Count")


@case(sees="Part")
def navigation(tab):
    tab.fill("Name", "Ada")
    tab.press("Go in callback")
    tab.back()
    with tab.acting("link") as page:
        page.get_by_test_id("stPageLink-NavLink").click()
    tab.press("Hidden")
    tab.visit("part")
    tab.press("On the part")
    tab.back()
    tab.forward()
    tab.reload()


@case(sees="two", browser={"viewport": {"width": 1200, "height": 800}})
def navigation_top(tab):
    tab.press("Position")
    tab.press("Position")
    with tab.acting("to two") as page:
        page.get_by_test_id("stTopNavLink").nth(1).click()


@case(sees="cleared: 2")
def caches(tab):
    for number in ("4", "3", "4"):
        tab.fill("Number", number)
    tab.press("Clear")
    tab.fill("Number", "3")
    tab.press("Clear")


@case(sees="echoed", browser={"color_scheme": "dark"})
def secrets_config(tab):
    tab.press("Fail")
    tab.press("Set option")
    with tab.acting("open the sidebar") as page:
        page.get_by_test_id("stExpandSidebarButton").click()


@case(sees="fr-CA Asia/Tokyo -540", browser=ELSEWHERE, start="/?word=1")
def context(tab):
    tab.page.context.add_cookies([{"name": "own", "value": "crumb", "url": tab.side.url}])
    # Natively, cookies are those of the WebSocket's opening.
    tab.reload()
    tab.press("Again")


@case(sees="count: 2 b'content'", options={"server.baseUrlPath": "deep/down"})
def base_path(tab):
    tab.press("Count")
    tab.put(("a.txt", b"content"))
    tab.press("Count")
    tab.download("Down")


@case(sees="A file")
def static_files(tab):
    tab.press("Again")


@case(sees="runs: 1 1")
def app_menu(tab):
    with tab.acting("rerun by key") as page:
        page.locator("body").press("r")
    with tab.acting("rerun by the menu") as page:
        page.get_by_test_id("stMainMenu").get_by_role("button").click()
        page.get_by_text("Rerun", exact=True).click()
    with tab.acting("stop a run") as page:
        page.get_by_role("button", name="Long").click()
        tab.shows("at work")
        page.get_by_test_id("stStatusWidget").get_by_text("Stop").click()
    with tab.acting("clear the caches") as page:
        page.locator("body").press("c")
        page.get_by_role("button", name="Clear caches").click()
    with tab.acting("rerun by key") as page:
        page.locator("body").press("r")


@case(sees="count: 3 b'content'")
def reconnect(tab):
    tab.fill("Name", "Ada")
    tab.press("Count")
    tab.put(("a.txt", b"content"))
    with tab.acting("disconnect") as page:
        page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    tab.press("Count")
    with tab.acting("disconnect again") as page:
        page.evaluate("window.streamlitDebug.disconnectWebsocket()")
    tab.press("Count")


@case(sees="count: 2")
def two_tabs(tab):
    tab.press("Count")
    with tab.acting("another tab counts for itself") as page:
        other = page.context.new_page()
        other.goto(page.url)
        for _ in range(3):
            other.get_by_role("button", name="Count").click()
            other.wait_for_timeout(300)
        other.get_by_text("count: 3").wait_for()
        other.close()
    tab.fill("Name", "Ada")
    tab.press("Count")
