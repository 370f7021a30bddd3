"""Marked text on every way through a deployed page with a sign-in: none of it stays anywhere but sealed.

Looked through are the account's logs and files (its state holds all that AWS would remember: logs, the
ledger, what the function is told, and the sealed sessions), the browser's console, and every address asked.
"""

import contextlib
import http.client
import http.server
import json
import re
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import url_in
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.e2e.reader import LONG_MS, PRESCRIPTION, as_zip, report, write_in_first_row
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, Provider
from tests.ops.worlds import eventually

# What nothing but a reader says; in capitals and not, since the page changes case.
MARK = "zyxmarque"
# What somebody types into the browser's own line, and so is part of an address.
TYPED = "zyxadresse"
# How zlib begins what it compresses, and more than a pack of log events takes.
ZLIB, PACK_BYTES = b"x\x9c", 1_000_000
REPORT = report("cardiologie").replace("Suivi", f"Suivi {MARK}")
FAIL, RAISE = "le travail échoue", "la page échoue"
# Of a name that holds the mark too: a claim that is logged would show.
ADA = {"email": f"{MARK}@chu.example", "email_verified": True, "given_name": MARK}

VARIABLES = """
model_provider       = "local"
engine_settings      = {{ OPENAI_BASE_URL = "{engine}/v1" }}
access               = "oidc"
oidc_metadata_url    = "{metadata_url}"
oidc_client_id       = "{client_id}"
oidc_allowed_domains = ["chu.example"]
"""


@dataclass
class Echo:
    """A language model's server that refuses whatever it is asked, and says it all back."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What a browser told of itself: lines of its console, and addresses that it asked."""

    console: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"])).decode()
            echo.asked.append(asked)
            said = json.dumps({"error": {"message": asked, "type": "invalid_request_error"}}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        # Under a name that does not say that it is this machine.
        echo.url = f"http://127.1:{server.server_address[1]}"
        yield echo
        server.shutdown()
        thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider({"Ada": ADA}) as provider:
        yield provider


@pytest.fixture
def copy(tmp_path: Path, provider: Provider, echo: Echo) -> Iterator[Copy]:
    """A copy of the repository whose page and whose rules raise what a reader gave, when told to."""
    copied = copy_of_the_repository(tmp_path)
    variables = VARIABLES.format(engine=echo.url, metadata_url=provider.metadata_url, client_id=CLIENT_ID)
    (copied.root / "terraform/stages/local.tfvars").write_text(variables)
    raised = f"if {RAISE!r} in given.pasted:\n    raise ValueError(given.pasted)\n"
    put_before(copied.page, "if given.analyse", raised)
    rules = copied.root / "app/insights/engines/rules/__init__.py"
    raised = f"        if {FAIL!r} in text:\n            raise ValueError(text)\n"
    put_before(rules, "        found = self._read(text)\n", raised)
    yield copied
    copied.invoke("down")


@pytest.fixture
def url(copy: Copy, provider: Provider) -> str:
    """Where the page answers, deployed, with its sign-in set up."""
    copy.invoke("up", check=True)
    copy.clients.ssm.put_parameter(
        Name="/patient-insight/openai-api-key", Value="sk-" + "a" * 48, Type="SecureString"
    )
    # Before the first instance starts, which would else take a while to see it.
    copy.invoke("access.set-secret", check=True, answer=f"{CLIENT_SECRET}\n")
    url = url_in(copy.invoke("deploy", check=True).stdout).rstrip("/")
    provider.redirect_uris.add(f"{url}/oauth2callback")
    return url


@pytest.fixture
def seen(page: Page) -> Seen:
    seen = Seen()
    page.on("console", lambda message: seen.console.append(message.text))
    page.on("request", lambda request: seen.addresses.append(request.url))
    return seen


def test_nothing_that_a_reader_gives_stays_anywhere_but_sealed(
    copy: Copy, url: str, page: Page, seen: Seen, echo: Echo, tmp_path: Path
) -> None:
    sign_in(page, url)
    correct(page)
    compare(page)
    take_away(page, tmp_path)
    drop_files(page)
    have_a_job_fail_twice(page)
    ask_a_model(page, echo)
    have_the_page_fail(page)
    # All that a browser asks by itself; what follows is typed.
    assert holding(MARK, seen.addresses) == []
    page.goto(f"{url}/?q={TYPED}")
    expect(page.get_by_role("button", name="Analyser")).to_be_visible(timeout=LONG_MS)
    send_what_no_browser_sends(url)
    sign_out(page)
    assert holding(MARK, seen.console) == []

    assert eventually(lambda: logs(copy).count('"GET"') > 10)
    said = logs(copy)
    assert said.count("ValueError") >= 3, "what is raised is logged, without its words"
    assert '"platform.report"' in said
    for secret in (MARK, TYPED, CLIENT_SECRET, "@chu.example"):
        assert holding(secret, said.splitlines()) == []
    copy.invoke("down", check=True)
    assert b"ValueError" in unpacked(copy.home / "state.pickle"), "the state can be looked through"
    files = (file for file in copy.home.rglob("*") if file.is_file())
    assert [
        file for file in files if any(mark.encode() in unpacked(file).lower() for mark in (MARK, TYPED))
    ] == []


def unpacked(file: Path) -> bytes:
    """Return what a file holds, and what is compressed in it, as the account's log events are."""
    content = file.read_bytes()
    found = [content]
    for begin in re.finditer(re.escape(ZLIB), content):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(content[begin.start() : begin.start() + PACK_BYTES]))
    return b"\n".join(found)


def put_before(file: Path, line: str, more: str) -> None:
    """Write lines into a program before one that is there once."""
    text = file.read_text()
    assert text.count(line) == 1
    file.write_text(text.replace(line, more + line))


def holding(mark: str, lines: list[str]) -> list[str]:
    return [line for line in lines if mark in line.lower()]


def logs(copy: Copy) -> str:
    """All that any log group of the account holds."""
    client = copy.clients.logs
    groups = [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]]
    assert len(groups) == 2
    read = client.get_paginator("filter_log_events").paginate
    pages = (page for group in groups for page in read(logGroupName=group))
    return "\n".join(event["message"] for page in pages for event in page["events"])


# -------------------------------------------------------------- what a reader does


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Se connecter").click(timeout=LONG_MS)
    page.get_by_role("button", name="Ada", exact=True).click()
    expect(page.get_by_text(f"Connecté : {ADA['email']}")).to_be_visible(timeout=LONG_MS)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible(timeout=LONG_MS)


def paste(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Compte rendu").fill(text)
    page.get_by_role("button", name="Analyser").click()


def begin_anew(page: Page) -> None:
    page.get_by_role("button", name="Nouveau cas").click()
    expect(page.get_by_role("textbox", name="Compte rendu")).to_have_value("", timeout=LONG_MS)
    expect(page.get_by_test_id("stFileChip")).to_have_count(0, timeout=LONG_MS)


def correct(page: Page) -> None:
    paste(page, REPORT)
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible(timeout=LONG_MS)
    page.get_by_text("Corriger", exact=True).nth(2).click()
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.get_by_test_id("glide-cell-4-0")).to_have_text("2,5 mg", timeout=LONG_MS)
    write_in_first_row(page, grid, MARK, column=3)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Revenir à l'extraction")).to_be_visible(timeout=LONG_MS)


def compare(page: Page) -> None:
    page.get_by_role("tab", name="Conciliation").click()
    page.get_by_role("textbox", name="Nouvelle prescription").fill(f"{PRESCRIPTION}\n{MARK} 5 mg le soir")
    page.get_by_role("button", name="Comparer").click()
    who = page.get_by_role("textbox", name="Qualifié par")
    who.fill(MARK, timeout=LONG_MS)
    who.press("Enter")
    page.get_by_role("radio", name="intentionnelle", exact=True).first.click()
    expect(page.get_by_text(f"Par {MARK}, le")).to_be_visible(timeout=LONG_MS)


def take_away(page: Page, into: Path) -> None:
    page.get_by_role("tab", name="Exporter").click()
    for kind in ("JSON", "PDF", "DOCX", "FHIR R4", "CSV de la conciliation"):
        with page.expect_download(timeout=LONG_MS) as given:
            page.get_by_role("button", name=kind, exact=True).click()
        given.value.save_as(into / kind)
    assert MARK in (into / "JSON").read_text()


def drop_files(page: Page) -> None:
    """A batch, and files that are refused: their names are a patient's too."""
    begin_anew(page)
    contents = {
        f"{MARK}.txt": REPORT.encode(),
        f"{MARK}.zip": as_zip("cardiologie", "lettre"),
        f"{MARK}.pdf": f"%PDF-1.7 {MARK}".encode(),
        f"{MARK}.docx": b"PK" + MARK.encode(),
        f"{MARK}-vide.txt": b" ",
    }
    files = [FilePayload(name=name, mimeType="text/plain", buffer=data) for name, data in contents.items()]
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_test_id("stFileChip")).to_have_count(len(files), timeout=LONG_MS)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("6 comptes rendus sur 6, 3 échecs")).to_be_visible(timeout=2 * LONG_MS)


def have_a_job_fail_twice(page: Page) -> None:
    begin_anew(page)
    paste(page, f"{REPORT}\n{FAIL}")
    failed = page.get_by_text("L'analyse s'est arrêtée sur une erreur").first
    expect(failed).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Relancer").click()
    expect(failed).to_be_visible(timeout=LONG_MS)


def ask_a_model(page: Page, echo: Echo) -> None:
    """Have a server say all back that it was sent."""
    begin_anew(page)
    page.locator("label", has_text="OpenAI").click()
    page.get_by_text("J'autorise, pendant cette session").click(timeout=LONG_MS)
    page.get_by_role("textbox", name="Compte rendu").fill(REPORT)
    page.get_by_role("button", name="Voir ce qui sera envoyé").click()
    expect(page.locator(".source", has_text=MARK)).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("button", name="Relancer")).to_be_visible(timeout=LONG_MS)
    assert any(MARK in asked for asked in echo.asked)


def have_the_page_fail(page: Page) -> None:
    paste(page, f"{MARK} {RAISE}")
    expect(page.get_by_test_id("stException")).to_be_visible(timeout=LONG_MS)


def send_what_no_browser_sends(url: str) -> None:
    """Addresses, headers, cookies and bodies that hold text, each of which is refused."""
    address = urlsplit(url)
    headers = {
        "User-Agent": MARK,
        "Cookie": f"st-browser-00={MARK}; _streamlit_user={MARK}; _streamlit_session={MARK}",
        "X-Amzn-Trace-Id": MARK,
        "X-St-Http": MARK,
        "X-Xsrftoken": MARK,
        "Referer": f"{url}/{MARK}",
    }
    big = MARK.encode() * 800_000
    for method, path, body in (
        ("GET", f"/{MARK}", None),
        ("GET", f"/media/{MARK}.pdf?title={MARK}", None),
        ("GET", f"/oauth2callback?error={MARK}&error_description={MARK}", None),
        ("GET", f"/oauth2callback?code={MARK}&state={MARK}", None),
        ("GET", f"/auth/login?provider={MARK}", None),
        ("POST", "/events", f'{{"type": "{MARK}"'.encode()),
        ("POST", "/_stcore/message", f'{{"{MARK}"'.encode()),
        ("POST", "/_stcore/message", big),
        ("PUT", f"/_stcore/upload_file/{MARK}/{MARK}", MARK.encode()),
        (MARK.upper(), "/", None),
    ):
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        connection.request(method, path, body, headers)
        assert connection.getresponse().status in {200, 302, 400, 403, 404, 405, 413}, path
        connection.close()
