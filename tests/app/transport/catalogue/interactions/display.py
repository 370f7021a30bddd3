"""What is shown, and what of it can be selected."""

from tests.app.transport.catalogue.cases import case


@case(sees="shade: 160")
def media(tab):
    tab.press("Change")
    tab.press("Change")


@case(sees="grown: True")
def charts(tab):
    for index, name in enumerate(("altair", "vega")):
        with tab.acting(f"pick in {name}") as page:
            box = page.get_by_test_id("stVegaLiteChart").nth(index).bounding_box()
            page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] * 0.7)
            page.wait_for_timeout(300)
    with tab.acting("pick in echarts") as page:
        box = page.get_by_test_id("stEChartsChart").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.75)
        page.wait_for_timeout(300)
    tab.press("Grow")


@case(sees="2")
def maps(tab):
    tab.press("Again")
    tab.press("Again")


@case(sees="value: {'count': 3}")
def component_v1(tab):
    for _ in range(3):
        with tab.acting("send") as page:
            page.frame_locator("iframe").first.locator("#send").click()


@case(sees="('clicked', 'now')")
def component_v2(tab):
    for name in ("State", "Trigger", "State", "Trigger"):
        with tab.acting(name) as page:
            page.get_by_role("button", name=name).click()


@case(sees="line: typed")
def texts(tab):
    tab.press("Again")
    tab.fill("Line", "typed")
