"""Whoever reads the page with a screen reader, by the keyboard, on a phone or at night can work with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ARTIFACTS, Stage
from tests.e2e.reader import (
    LONG_MS,
    PRESCRIPTION,
    analyse,
    as_zip,
    in_sight,
    report,
    table_of,
    upload,
    write_in_first_row,
)
from tests.ops.worlds import eventually

SERIOUS: Final = {"serious", "critical"}
# Findings in Streamlit's own widgets that a page can't mend: rule, selector of the widget, reason.
NOT_OURS: Final = {
    # Named by the style, which puts it into French; browsers read that out, axe does not.
    ("button-name", '[data-testid="stFileUploaderDropzone"] button'),
}
_TRANSITIONS_END: Final = """() => Promise.allSettled(document.getAnimations()
    .filter(one => one instanceof CSSTransition).map(one => one.finished))"""
# Whether what has the focus looks another way without it: itself, or what frames it.
_FOCUS_IS_SEEN: Final = """async () => {
    const focused = document.activeElement;
    const frames = [];
    for (let one = focused; one && frames.length < 4; one = one.parentElement) frames.push(one);
    const looks = () => JSON.stringify(frames.map(one => getComputedStyle(one)).map(style =>
        [style.outlineStyle, style.outlineColor, style.boxShadow, style.borderColor, style.backgroundColor]));
    const settled = () => new Promise(resume => setTimeout(resume, 100)).then(TRANSITIONS_END);
    await settled();
    const withFocus = looks();
    focused.blur();
    await settled();
    const without = looks();
    focused.focus({ focusVisible: true });
    return withFocus !== without;
}""".replace("TRANSITIONS_END", _TRANSITIONS_END)


@dataclass(frozen=True)
class Screen:
    """What somebody reads the page on: its width in pixels, and its colours."""

    width: int
    colours: Any

    def __str__(self) -> str:
        return f"{self.width}-{self.colours}"


SCREENS: Final = [Screen(width, colours) for width in (1400, 390) for colours in ("light", "dark")]


@pytest.fixture(params=SCREENS, ids=str)
def screen(request: pytest.FixtureRequest) -> Screen:
    """Each screen in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def page(browser: Browser, screen: Screen) -> Iterator[Page]:
    """A window on that screen, with no memory of other tests."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": 900}, locale="fr-FR", color_scheme=screen.colours
    )
    yield context.new_page()
    context.close()


def first_sight(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("button", name="Analyser")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("button", name="Parcourir")).to_be_visible()


def error(page: Page, url: str) -> None:
    first_sight(page, url)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("alert").filter(has_text="vide")).to_be_visible(timeout=LONG_MS)


def results(page: Page, url: str) -> None:
    analyse(page, url, report("cardiologie"))


def correction_tables(page: Page, url: str) -> None:
    results(page, url)
    for number in range(4):
        page.get_by_text("Corriger", exact=True).nth(number).click()
        expect(page.get_by_role("switch").nth(number)).to_be_checked()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3, timeout=LONG_MS)


def reconciliation(page: Page, url: str) -> None:
    results(page, url)
    page.get_by_role("tab", name="Conciliation").click()
    page.get_by_role("textbox", name="Nouvelle prescription").fill(PRESCRIPTION)
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_text("dose 2,5 mg → 5 mg (×2)")).to_be_visible(timeout=LONG_MS)


def exports(page: Page, url: str) -> None:
    results(page, url)
    page.get_by_role("tab", name="Exporter").click()
    expect(page.get_by_role("button", name="FHIR R4")).to_be_visible(timeout=LONG_MS)


def batch(page: Page, url: str) -> None:
    upload(
        page,
        url,
        ("lot.zip", as_zip("cardiologie", "lettre", "tableau")),
        ("vide.txt", b" "),
        ("n" * 196 + ".txt", report("greffe").encode()),
    )
    expect(page.get_by_text("5 comptes rendus sur 5, 1 échec")).to_be_visible()


def hostile(page: Page, url: str) -> None:
    """Words that no line holds, another direction of writing, markup, and a long list."""
    drugs = "\n".join(f"- Doliprane {number} mg : 1 cp le matin" for number in range(1, 31))
    text = f"<b>Motif</b> : {'x' * 500}\nהמטופל נוטל תרופות\nTraitement habituel\n{drugs}\n"
    analyse(page, url, f"{text}- Eliquis {'y' * 300} 5 mg")
    expect(page.get_by_text("<b>Motif</b>").last).to_be_visible()


STATES: Final[list[Callable[[Page, str], None]]] = [
    first_sight,
    error,
    results,
    correction_tables,
    reconciliation,
    exports,
    batch,
    hostile,
]


@pytest.mark.parametrize("screen", [SCREENS[0]], ids=str, indirect=True)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_serious_is_found_and_nothing_is_cut_on_any_screen(
    stage: Stage, page: Page, state: Callable[[Page, str], None]
) -> None:
    state(page, stage.url)
    page.mouse.move(0, 0)
    for seen_on in SCREENS:
        page.set_viewport_size({"width": seen_on.width, "height": 900})
        page.emulate_media(color_scheme=seen_on.colours)
        # A colour on its way to another is no contrast to measure.
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", seen_on.colours)
        page.evaluate(_TRANSITIONS_END)
        photograph(page, f"{state.__name__}-{seen_on}", seen_on)
        assert serious_findings(page) == [], seen_on
        assert levels_skipped(page) == [], seen_on
        assert eventually(lambda: overflow_px(page) == 0), seen_on


@pytest.mark.parametrize("screen", [SCREENS[0], SCREENS[-1]], ids=str, indirect=True)
def test_a_report_is_read_by_the_keyboard_alone(stage: Stage, page: Page) -> None:
    first_sight(page, stage.url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", report("cardiologie"))
    tab_to(page, page.get_by_role("textbox", name="Compte rendu"))
    page.keyboard.press("ControlOrMeta+v")
    tab_to(page, page.get_by_role("button", name="Analyser"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible(timeout=LONG_MS)
    link = table_of(page, "Traitements habituels").get_by_role("row", name="LASILIX").locator("a.citation")
    tab_to(page, link)
    page.keyboard.press("Enter")
    proof = page.locator("mark:target, mark:has(:target)")
    expect(proof).to_have_text("Lasilix 40 mg : 1 cp le matin")
    assert eventually(lambda: in_sight(proof))
    # The next stop is in the text that the link led to.
    tab_to(page, proof.locator("a"), stops=2)
    page.keyboard.press("Enter")
    expect(page.locator("tr:target")).to_contain_text("LASILIX")
    assert eventually(lambda: in_sight(page.locator("tr:target")))


@pytest.mark.parametrize("screen", [SCREENS[0]], ids=str, indirect=True)
def test_what_must_be_checked_is_in_sight_once_a_report_is_read(stage: Stage, page: Page) -> None:
    results(page, stage.url)
    expect(page.get_by_role("region", name="À vérifier")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", [SCREENS[0]], ids=str, indirect=True)
def test_going_to_the_proof_asks_nothing_of_the_server(stage: Stage, page: Page) -> None:
    results(page, stage.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def nothing_is_asked() -> bool:
        asked.clear()
        page.wait_for_timeout(1000)
        return not asked

    assert eventually(nothing_is_asked), "what came with the results is not over"
    table_of(page, "Traitement de sortie").locator("a.citation").first.click()
    expect(page.locator("mark:target, mark:has(:target)")).to_be_visible()
    page.wait_for_timeout(1000)
    assert asked == []


@pytest.mark.parametrize("screen", [SCREENS[0]], ids=str, indirect=True)
def test_a_cell_is_sent_once_it_is_written_and_not_letter_by_letter(stage: Stage, page: Page) -> None:
    results(page, stage.url)
    page.get_by_text("Corriger", exact=True).nth(1).click()
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.get_by_test_id("glide-cell-1-0")).to_be_attached(timeout=LONG_MS)
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    write_in_first_row(page, grid, "Migraine", column=0)
    assert not any(b"Migr" in body for body in sent)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Revenir à l'extraction")).to_be_visible(timeout=LONG_MS)
    page.wait_for_timeout(1000)
    assert sum(b"Migraine" in body for body in sent) == 1


def serious_findings(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds that keeps somebody out, less what is not ours: rules and what breaks them."""
    page.evaluate(axe())
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        (finding["id"], where)
        for finding in found["violations"]
        if finding["impact"] in SERIOUS
        and (
            where := [node["html"] for node in finding["nodes"] if not is_excused(page, finding["id"], node)]
        )
    ]


def is_excused(page: Page, rule: str, node: dict[str, Any]) -> bool:
    element = page.locator(node["target"][0])
    return any(
        rule == excused and element.evaluate("(element, selector) => element.matches(selector)", selector)
        for excused, selector in NOT_OURS
    )


@cache
def axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def levels_skipped(page: Page) -> list[str]:
    """Return the headings that stand more than one level below the one before."""
    headings = page.get_by_role("heading").evaluate_all(
        "all => all.map(one => [+one.tagName[1], one.innerText])"
    )
    before = 0
    skipped = []
    for level, words in headings:
        if level > before + 1:
            skipped.append(words)
        before = level
    return skipped


def overflow_px(page: Page) -> int:
    """Return by how much the page is wider than its window, or a row of choices than its place in it."""
    return int(
        page.evaluate(
            """selector => Math.max(...[...document.querySelectorAll(selector)]
                .map(one => one.scrollWidth - one.clientWidth))""",
            ":root, [data-testid=stMain], [role=radiogroup]",
        )
    )


def photograph(page: Page, name: str, screen: Screen) -> None:
    """Keep a picture of the whole page, for people to look at."""
    ARTIFACTS.mkdir(exist_ok=True)
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": screen.width, "height": min(max(900, height), 8000)})
    page.screenshot(path=ARTIFACTS / f"page-{name}.png")
    page.set_viewport_size({"width": screen.width, "height": 900})


def tab_to(page: Page, element: Locator, *, stops: int = 60) -> None:
    """Press Tab until `element` has the focus; wherever it goes on its way, it is seen."""
    expect(element).to_be_visible(timeout=LONG_MS)
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert_focus_is_seen(page)
        if element.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{stops} stops do not lead to {element}")


def assert_focus_is_seen(page: Page) -> None:
    """What has the focus looks another way than without it."""
    focused = page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
    assert page.evaluate(_FOCUS_IS_SEEN), focused
