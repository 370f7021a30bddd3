"""A login as requests to instances behind TLS and below a base path, each step on another one.

What a person sees of it is in the catalogue.
"""

import http.client
import json
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.app.transport.gateway import ROOT
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, Provider

COOKIE_SECRET = "a secret of the page's own, for its cookies"
BACK = "https://page.example/deep/down/oauth2callback"
PAGE = "../catalogue/pages/login.py"


@pytest.fixture(scope="module")
def provider():
    with Provider({"Ada": {"email": "ada@example.org"}}, [BACK]) as provider:
        yield provider


@pytest.fixture(scope="module")
def ports(start, provider, tmp_path_factory):
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{BACK}"\ncookie_secret = "{COOKIE_SECRET}"\nexpose_tokens = "id"\n'
        f'[auth.local]\nclient_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider.metadata_url}"\n'
    )
    options = {"secrets.files": [str(secrets)], "server.baseUrlPath": "deep/down"}
    instances = start(PAGE, 2, health="/deep/down/_stcore/health", PAGE_OPTIONS=json.dumps(options))
    return [instance.port for instance in instances]


class Browser:
    """Keeps cookies, and asks an instance as a gateway that ends TLS does."""

    def __init__(self):
        self.cookies = SimpleCookie()
        self.given = SimpleCookie()

    def get(self, port, path, **more):
        """Where the answer sends the browser; `given` holds the cookies that came with it."""
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        headers = {"Host": "page.example", "X-Forwarded-Proto": "https", "Cookie": cookies, **more}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        assert response.status == 302, response.read()
        self.given = SimpleCookie()
        for line in response.msg.get_all("Set-Cookie", []):
            self.given.load(line)
        for name, morsel in self.given.items():
            self.cookies[name] = morsel.value
        return response.headers["location"]

    @property
    def is_given_a_login(self):
        return bool(self.given.get("_streamlit_user") and self.given["_streamlit_user"].value)


@pytest.fixture
def browser():
    return Browser()


def begin(browser, port):
    """Follow what `st.login` sends, and consent at the provider: the address that leads back to the page."""
    claims = {"provider": "local", "exp": int(time.time()) + 60}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(COOKIE_SECRET))
    there = browser.get(port, f"/deep/down/auth/login?provider={token}")
    url = urlsplit(there)
    consent = urlencode({**dict(parse_qsl(url.query)), "user": "Ada"})
    back = at_provider(url._replace(path="/consent", query=consent).geturl())
    assert back.startswith(BACK)
    return back.removeprefix("https://page.example")


def at_provider(there):
    """Where the provider sends a browser that comes to this address."""
    url = urlsplit(there)
    connection = http.client.HTTPConnection(url.netloc, timeout=20)
    connection.request("GET", f"{url.path}?{url.query}")
    return connection.getresponse().headers["location"]


def test_a_login_begins_on_one_instance_and_ends_on_another(browser, ports):
    back = begin(browser, ports[0])
    assert browser.get(ports[1], back) == "/deep/down/"
    assert browser.is_given_a_login


def test_every_cookie_of_a_login_travels_over_tls_only_and_is_hidden_from_scripts(browser, ports):
    back = begin(browser, ports[0])
    states = list(browser.given.values())
    browser.get(ports[1], back)
    logins = [morsel for name, morsel in browser.given.items() if name.startswith("_streamlit_user")]
    assert states
    assert {morsel["path"] for morsel in logins if morsel.value} == {"/deep/down"}
    assert all(morsel["secure"] and morsel["httponly"] for morsel in (*states, *logins) if morsel.value)


def test_an_answer_of_the_provider_counts_once(browser, ports):
    back = begin(browser, ports[0])
    browser.get(ports[1], back)
    assert browser.get(ports[0], back) == "/deep/down/"
    assert not browser.is_given_a_login


def test_who_lost_our_answer_comes_back_to_the_page_logged_out(browser, ports):
    back = begin(browser, ports[0])
    before = browser.cookies.output(header="", sep=";")
    browser.get(ports[0], back)
    again = Browser()
    again.cookies.load(before)
    assert again.get(ports[1], back) == "/deep/down/"
    assert not again.is_given_a_login


def test_an_answer_of_the_provider_counts_in_the_browser_that_asked(browser, ports):
    back = begin(browser, ports[0])
    other = Browser()
    assert other.get(ports[1], back) == "/deep/down/"
    assert not other.is_given_a_login


def test_a_logout_on_another_instance_ends_the_login_at_the_provider_too(browser, ports, provider):
    browser.get(ports[1], begin(browser, ports[0]))
    there = browser.get(ports[0], "/deep/down/auth/logout")
    assert not browser.cookies["_streamlit_user"].value
    assert at_provider(there) == BACK
    assert provider.ended == ["id-of-Ada"]


def test_a_link_of_another_site_leads_to_the_page(browser, ports):
    browser.get(ports[1], begin(browser, ports[0]))
    asked = {"Sec-Fetch-Site": "cross-site"}
    assert browser.get(ports[0], "/deep/down/auth/logout", **asked) == "/deep/down/"
    assert browser.cookies["_streamlit_user"].value


@pytest.mark.parametrize("path", ["/auth/logout", "/media/x", "/_stcore/metrics", "/deep/downer/media/x"])
def test_outside_the_base_path_there_is_nothing(ports, path):
    connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    assert (response.status, response.read()) == (404, b"Nothing is here.")


def test_nobody_waits_for_authlib_who_does_not_sign_in():
    program = (
        "import sys, app.transport.streamlit_app; print({'authlib', 'joserfc', 'httpx'} & set(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "set()"
