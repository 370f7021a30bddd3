"""What a browser's requests are worth without the login: all that it had before, and nothing that it gets."""

import http.client
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value

from app.transport import protocol
from app.transport.logins import bond_of
from tests.app.access.conftest import Restricted
from tests.app.access.test_signing_in import analyse, come_in, sign_in
from tests.app.transport.gateway import start_instance, wait_healthy
from tests.app.transport.tab import Tab
from tests.ops.worlds import eventually

MARK = b"Bisoprolol"
LOGIN = re.compile("_streamlit_user|(__Host-)?st-login")


@dataclass
class Asked:
    """A request that a browser made, to be made once more."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def again(self, cookies: dict[str, str]) -> tuple[int, bytes]:
        """What is answered when it is sent with these cookies instead of the browser's."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.netloc, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name != "content-length"}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers["accept-encoding"] = "identity"
        connection.request(self.method, f"{address.path}?{address.query}", self.body, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    @property
    def cookies(self) -> dict[str, str]:
        return {name: one.value for name, one in SimpleCookie(self.headers["cookie"]).items()}

    def without_login(self) -> dict[str, str]:
        """All cookies but those of the login: that of the transport's session is among them."""
        return {name: value for name, value in self.cookies.items() if not LOGIN.match(name)}


@pytest.fixture(scope="module")
def restricted(serve) -> Restricted:
    return serve()


@pytest.fixture(scope="module")
def asked(browser: Browser, restricted: Restricted) -> Iterator[dict[str, Asked]]:
    """What Ada's browser asked for while she read a report and took it with her."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    come_in(page, restricted)
    dropped = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Bisoprolol 2,5 mg"}
    page.locator("input[type=file]").set_input_files([dropped])
    expect(page.get_by_test_id("stFileChip")).to_have_count(1)
    page.get_by_role("button", name="Nouveau cas").click()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    analyse(page)
    page.get_by_role("tab", name="Exporter").click()
    with page.expect_download():
        page.get_by_role("button", name="JSON", exact=True).click()
    yield {
        name: Asked(one.method, one.url, one.all_headers(), one.post_data_buffer or b"")
        for name, part in (("message", "_stcore/message"), ("upload", "upload_file"), ("media", "/media/"))
        for one in seen
        if part in one.url and one.method in {"GET", "POST", "PUT"}
    }
    context.close()


@pytest.fixture(scope="module")
def bobs(browser: Browser, restricted: Restricted, asked: dict[str, Asked]) -> dict[str, str]:  # noqa: ARG001
    """The login's cookies of somebody who is not admitted."""
    context = browser.new_context(locale="fr-FR")
    page: Page = context.new_page()
    page.goto(restricted.url)
    sign_in(page, "Bob")
    expect(page.get_by_text("n'a pas accès à cette page")).to_be_visible()
    found = {one["name"]: one["value"] for one in context.cookies() if LOGIN.match(one["name"])}
    context.close()
    assert found
    return found


def test_a_file_is_for_the_login_alone(asked: dict[str, Asked], bobs: dict[str, str]) -> None:
    one = asked["media"]
    status, content = one.again(one.cookies)
    assert (status, MARK in content) == (200, True)
    for cookies in ({}, one.without_login(), {**one.without_login(), **bobs}, forged(one.cookies)):
        status, content = one.again(cookies)
        assert (status, MARK in content) == (403, False)


def test_an_upload_is_taken_from_the_login_alone(asked: dict[str, Asked], bobs: dict[str, str]) -> None:
    one = asked["upload"]
    # A browser does not tell what was in a file that it sent.
    boundary = one.headers["content-type"].rpartition("=")[2]
    about = 'Content-Disposition: form-data; name="a.txt"; filename="a.txt"\r\nContent-Type: text/plain'
    one.body = f"--{boundary}\r\n{about}\r\n\r\nBisoprolol\r\n--{boundary}--\r\n".encode()
    assert one.again(one.cookies)[0] == 204
    for cookies in ({}, one.without_login(), {**one.without_login(), **bobs}, forged(one.cookies)):
        assert one.again(cookies)[0] == 403


def test_an_upload_has_no_more_than_the_page_says(asked: dict[str, Asked]) -> None:
    one = asked["upload"]
    headers = {**one.headers, "x-st-upload": "a" * 22, "x-st-part": "0", "x-st-size": "21000000"}
    assert Asked(one.method, one.url, headers, b"x").again(one.cookies) == (413, b"File too large")


@pytest.mark.parametrize("operation", ["run", "poll", "follow"])
def test_the_session_of_a_login_is_out_of_reach_without_it(
    operation: str, asked: dict[str, Asked], bobs: dict[str, str]
) -> None:
    one = asked["message"]
    headers = {**one.headers, "x-st-http": operation}
    for cookies in (one.without_login(), {**one.without_login(), **bobs}, forged(one.cookies)):
        status, content = Asked(one.method, one.url, headers, one.body).again(cookies)
        assert status == (403 if operation == "follow" else 200)
        assert MARK not in content
        assert "Résultats".encode() not in content


@pytest.mark.parametrize("operation", ["run", "poll", "follow"])
def test_who_is_not_signed_in_has_nothing_stored_but_what_a_sign_in_takes(
    operation: str, restricted: Restricted
) -> None:
    tab = Tab(restricted.port, headers={"Origin": restricted.url})
    tab.rerun()
    before = stored(restricted)
    message = tab.rerun_message()
    message.rerun_script.widget_states.widgets.add(id="x", bytes_value=secrets.token_bytes(300_000))
    tab.sequence += 1
    body = protocol.encode_batch([protocol.Message(0, message.SerializeToString())])
    status, _, content = tab.post(operation, body)
    assert stored(restricted) == before
    if operation == "follow":
        assert status == 403
    else:
        assert (status, tab.read(content).status) == (200, "forgotten")


def test_nothing_follows_a_run_of_who_is_not_signed_in(restricted: Restricted) -> None:
    tab = Tab(restricted.port, headers={"Origin": restricted.url})
    tab.rerun()
    before = stored(restricted)
    assert tab.post("follow")[0] == 403
    assert stored(restricted) == before


@pytest.mark.parametrize(
    "path",
    ["_stcore/metrics", "_stcore/script-health-check", "component/x/index.html", "app/static/x", "media/x"],
)
def test_whatever_else_streamlit_answers_is_for_members_alone(path: str, restricted: Restricted) -> None:
    assert Asked("GET", f"{restricted.url}/{path}", {}, b"").again({})[0] == 403


def stored(restricted: Restricted) -> dict[Path, bytes]:
    """All that the page keeps between requests."""
    files = Path(restricted.environment["SESSIONS_DIRECTORY"]).rglob("*")
    return {file: file.read_bytes() for file in files if file.is_file()}


def bond(cookies: dict[str, str], login: str, secret: str = "c" * 44) -> dict[str, str]:
    """The cookie that makes a login one of the browser that has these cookies."""
    (browser,) = [value.partition(".")[0] for name, value in cookies.items() if name.startswith("st-browser")]
    return {"st-login": bond_of(login, browser, secret)}


def forged(cookies: dict[str, str]) -> dict[str, str]:
    """The cookies, with another signature on those of the login."""
    return {
        name: value[:-4] + ("aaaa" if not value.endswith("aaaa") else "bbbb") if LOGIN.match(name) else value
        for name, value in cookies.items()
    }


def test_a_login_in_several_cookies_does_not_count(restricted: Restricted, asked: dict[str, Asked]) -> None:
    """Streamlit signs each part alone: those of two logins of one's own make a third that nobody has."""
    name, secret = "_streamlit_user", "c" * 44
    whole = decode_signed_value(secret, name, asked["media"].cookies[name])
    assert whole is not None
    half = len(whole) // 2
    parts = {name: b"chunks-2", f"{name}_1": whole[:half], f"{name}_2": whole[half:]}
    signed = {part: create_signed_value(secret, part, value).decode() for part, value in parts.items()}
    cookies = asked["media"].cookies
    assert asked["media"].again(cookies)[0] == 200
    assert asked["media"].again({**cookies, **signed, **bond(cookies, signed[name])})[0] == 403
    assert "a login's claims fill several cookies" in restricted.output


def test_what_anybody_says_at_the_callback_is_not_logged(restricted: Restricted) -> None:
    said = "error=access_denied&error_description=Jean+DUPONT"
    for query in (said, "error=Jean+DUPONT", "code=DUPONT&state=DUPONT"):
        assert Asked("GET", f"{restricted.url}/oauth2callback?{query}", {}, b"").again({})[0] == 302
    assert "Error during authentication: access_denied" in restricted.output
    assert "DUPONT" not in restricted.output


def test_another_secret_ends_the_logins_of_a_running_instance(
    page: Page, serve: Callable[..., Restricted], ssm, tmp_path: Path
) -> None:
    restricted = serve(count=1)
    (older,) = restricted.instances
    come_in(page, restricted)
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    old = cookies["_streamlit_user"]
    whole = decode_signed_value("c" * 44, "_streamlit_user", old)
    assert whole is not None
    new = create_signed_value("d" * 44, "_streamlit_user", whole).decode()

    def status(login: str, secret: str) -> int:
        sent = {**cookies, "_streamlit_user": login, **bond(cookies, login, secret)}
        return Asked("GET", f"{restricted.url}/media/none", {}, b"").again(sent)[0]

    assert (status(old, "c" * 44), status(new, "d" * 44)) == (404, 403)
    ssm.put_parameter(Name=f"{restricted.path}/login-cookie-secret", Value="d" * 44, Overwrite=True)
    # What it does not know makes it look again.
    assert eventually(lambda: status(new, "d" * 44) == 404, within_s=60)
    assert status(old, "c" * 44) == 403
    page.get_by_role("button", name="Nouveau cas").click()
    # Who signs in begins on the older instance, and ends on one that never knew the other secret.
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("button", name="Ada", exact=True).wait_for()
    newer = start_instance(["-m", "app"], restricted.environment, tmp_path / "output")
    wait_healthy(newer)
    restricted.gateway.instances[:] = [newer]
    older.thaw()
    older.kill()
    page.get_by_role("button", name="Ada", exact=True).click()
    expect(page.get_by_role("button", name="Analyser")).to_be_visible()
