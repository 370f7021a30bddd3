"""A login and the browser that signed in: in another one it is worth nothing, and it ends with its own.

As requests to an instance behind TLS, where browsers keep names with `__Host-` for this very host.
"""

import http.client
import time
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.app.access.conftest import Restricted
from tests.app.access.test_demanded import LOGIN

HOST = "page.example"
LOGIN_SECRET = "c" * 44


@pytest.fixture(scope="module")
def restricted(serve, provider) -> Restricted:
    provider.redirect_uris.add(f"https://{HOST}/oauth2callback")
    return serve(count=1, PUBLIC_URL=f"https://{HOST}")


class Visit:
    """A browser that has opened the page; `given` is what the last answer said of cookies."""

    def __init__(self, restricted: Restricted) -> None:
        self.port = restricted.port
        self.cookies: dict[str, str] = {}
        self.given: dict[str, Morsel[str]] = {}
        self.ask("/")

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Status, and where to go from here."""
        status, location, lines = asked(f"http://127.0.0.1:{self.port}{path}", {**self.headers, **headers})
        # A later line of the same name replaces an earlier one with all that it said.
        self.given = {name: morsel for line in lines for name, morsel in SimpleCookie(line).items()}
        for name, morsel in self.given.items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] == "0":
                del self.cookies[name]
        return status, location

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookies}

    def begin(self, user: str) -> str:
        """Follow what `st.login` sends, and consent at the provider: where that sends the browser back to."""
        claims = {"provider": "default", "exp": int(time.time()) + 60}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(LOGIN_SECRET))
        _, there = self.ask(f"/auth/login?{urlencode({'provider': token})}")
        consent = f"{there.replace('/authorize', '/consent')}&{urlencode({'user': user})}"
        back = urlsplit(asked(consent, {})[1])
        return f"{back.path}?{back.query}"

    def sign_in(self, user: str) -> None:
        assert self.ask(self.begin(user)) == (302, "/")

    @property
    def is_let_in(self) -> bool:
        """Whether it may look for a file, of which there is none."""
        status, _ = self.ask("/media/none")
        assert status in {403, 404}
        return status == 404

    @property
    def login(self) -> dict[str, str]:
        return {name: value for name, value in self.cookies.items() if LOGIN.match(name)}


def asked(url: str, headers: dict[str, str]) -> tuple[int, str, list[str]]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.request("GET", f"{address.path}?{address.query}", headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers["location"] or "", response.msg.get_all("Set-Cookie", [])


@pytest.fixture
def ada(restricted: Restricted) -> Visit:
    visit = Visit(restricted)
    assert not visit.is_let_in
    visit.sign_in("Ada")
    assert visit.is_let_in
    return visit


@pytest.fixture
def other(restricted: Restricted) -> Visit:
    """A browser of its own."""
    return Visit(restricted)


def test_a_login_counts_in_its_own_browser_alone(ada: Visit, other: Visit) -> None:
    other.cookies |= ada.login
    assert not other.is_let_in
    other.sign_in("Ada")
    assert other.is_let_in


def test_a_login_that_nothing_binds_counts_as_none(ada: Visit) -> None:
    for name in list(ada.cookies):
        if name.endswith("st-login"):
            del ada.cookies[name]
    assert not ada.is_let_in


def test_what_another_host_can_plant_signs_nobody_in(ada: Visit, other: Visit) -> None:
    """Of the cookies of one who may come in, all that a browser takes from another host of the domain."""
    planted = {name.removeprefix("__Host-"): value for name, value in ada.cookies.items()}
    other.cookies |= planted
    assert {"st-login", "_streamlit_user"} <= set(planted)
    assert not other.is_let_in


def test_a_sign_in_that_another_browser_began_ends_in_that_alone(restricted: Restricted) -> None:
    one, other = Visit(restricted), Visit(restricted)
    back = one.begin("Ada")
    other.cookies |= {"_streamlit_session": one.cookies["_streamlit_session"]}
    assert other.ask(back) == (302, "/")
    assert not other.is_let_in
    assert one.ask(back) == (302, "/")
    assert one.is_let_in


def test_signing_in_again_counts(ada: Visit) -> None:
    ada.sign_in("Cleo")
    assert ada.is_let_in


def test_no_cookie_of_a_login_outlives_the_browser(restricted: Restricted) -> None:
    visit = Visit(restricted)
    visit.sign_in("Ada")
    kept = {name: morsel for name, morsel in visit.given.items() if name in visit.login}
    assert {"__Host-st-login", "_streamlit_user", "_streamlit_user_tokens"} <= set(kept)
    assert not any(morsel["max-age"] or morsel["expires"] for morsel in kept.values())
    assert all(morsel["httponly"] and morsel["secure"] for morsel in kept.values())
    assert kept["__Host-st-login"]["path"] == "/"


def test_a_link_of_another_site_signs_nobody_out(ada: Visit) -> None:
    assert ada.ask("/auth/logout", **{"Sec-Fetch-Site": "cross-site"}) == (302, "/")
    assert ada.is_let_in


def test_a_sign_out_leaves_nothing_of_the_login(ada: Visit) -> None:
    ada.ask("/auth/logout")
    assert not ada.login
    assert not ada.is_let_in
