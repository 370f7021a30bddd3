import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.transport import Seal
from app.transport.cookies import LIFETIME_S, MAX_FOREIGN, SIGN_AGAIN_AFTER_S, Cookies

KEY, NEW = b"k" * 32, b"n" * 32


@pytest.fixture
def cookies(clock):
    return Cookies(Seal([KEY]), clock=clock)


def request(*pairs, proto="http"):
    headers = [(b"cookie", "; ".join(pairs).encode("latin-1")), (b"x-forwarded-proto", proto.encode())]
    return Request({"type": "http", "scheme": "http", "method": "GET", "path": "/", "headers": headers})


def pair(set_cookie):
    """What a browser sends back of a Set-Cookie header."""
    return set_cookie.split(";")[0]


def test_a_new_browser_gets_one_cookie_and_is_known_by_it(cookies):
    (given_,) = cookies.greeting(request())
    known = request(pair(given_))
    assert len(cookies.browser(known)) == 43
    assert cookies.greeting(known) == []


def test_over_plain_http_and_over_tls_the_attributes_are_the_strictest_possible(cookies):
    (plain,) = cookies.greeting(request())
    (secure,) = cookies.greeting(request(proto="https"))
    assert re.fullmatch(r"st-browser-[0-9a-f]{2}=[^;]+; Path=/; HttpOnly; SameSite=Lax", plain)
    assert re.fullmatch(r"__Host-st-browser-..=[^;]+; Path=/; HttpOnly; SameSite=Lax; Secure", secure)


def test_a_cookie_that_plain_http_could_have_planted_does_not_count_over_tls(cookies):
    (plain,) = cookies.greeting(request())
    assert cookies.browser(request(pair(plain), proto="https")) is None


def test_no_two_browsers_get_the_same(cookies):
    given_ = {cookies.browser(request(pair(cookies.greeting(request())[0]))) for _ in range(50)}
    assert len(given_) == 50


def test_any_character_changed_makes_it_nobodys(cookies):
    name, _, value = pair(cookies.greeting(request())[0]).partition("=")
    for position, character in enumerate(value):
        other = "A" if character != "A" else "B"
        forged = value[:position] + other + value[position + 1 :]
        assert cookies.browser(request(f"{name}={forged}")) is None


@given(st.text(max_size=200))
def test_any_value_at_all_is_nobodys_and_raises_nothing(value):
    text = value.encode("utf-8", "surrogatepass").decode("latin-1")
    cookies = Cookies(Seal([KEY]))
    assert cookies.browser(request(f"st-browser-00={text}")) is None


def test_a_cookie_signed_by_another_app_is_nobodys(cookies, clock):
    (foreign,) = Cookies(Seal([NEW]), clock=clock).greeting(request())
    assert cookies.browser(request(pair(foreign))) is None


class TestTime:
    def test_a_cookie_counts_for_its_lifetime(self, cookies, clock):
        (given_,) = cookies.greeting(request())
        clock.now += LIFETIME_S - 1
        assert cookies.browser(request(pair(given_)))
        clock.now += 2
        assert cookies.browser(request(pair(given_))) is None

    def test_a_browser_that_comes_back_is_known_for_ever(self, cookies, clock):
        carried = pair(cookies.greeting(request())[0])
        browser = cookies.browser(request(carried))
        for _ in range(20):
            clock.now += SIGN_AGAIN_AFTER_S + 1
            carried = pair(cookies.greeting(request(carried))[0])
            assert cookies.browser(request(carried)) == browser


class TestKeys:
    def test_the_browser_stays_the_same_while_the_key_changes(self, clock):
        carried = pair(Cookies(Seal([KEY]), clock=clock).greeting(request())[0])
        both, alone = Cookies(Seal([NEW, KEY]), clock=clock), Cookies(Seal([NEW]), clock=clock)
        browser = both.browser(request(carried))
        assert browser
        assert alone.browser(request(carried)) is None
        (again,) = both.greeting(request(carried))
        assert alone.browser(request(pair(again))) == browser
        assert both.greeting(request(pair(again))) == []


class TestSeveral:
    def test_of_two_cookies_the_older_counts_in_any_order(self, cookies, clock):
        first = pair(cookies.greeting(request())[0])
        clock.now += 3
        second = pair(cookies.greeting(request())[0])
        older = cookies.browser(request(first))
        assert cookies.browser(request(first, second)) == older
        assert cookies.browser(request(second, first)) == older

    def test_signing_again_does_not_make_a_cookie_younger(self, cookies, clock):
        first = pair(cookies.greeting(request())[0])
        older = cookies.browser(request(first))
        clock.now += 60
        second = pair(cookies.greeting(request())[0])
        clock.now += SIGN_AGAIN_AFTER_S
        again = pair(cookies.greeting(request(first))[0])
        assert again != first
        assert cookies.browser(request(second, again)) == older

    def test_cookies_of_other_apps_are_left_alone_until_they_are_many(self, cookies):
        few = [f"st-browser-{n:02x}=foreign" for n in range(MAX_FOREIGN - 1)]
        assert len(cookies.greeting(request(*few))) == 1
        many = [*few, "st-browser-ff=foreign"]
        *farewells, given_ = cookies.greeting(request(*many))
        assert len(farewells) == MAX_FOREIGN
        assert all("Max-Age=0" in header for header in farewells)
        assert cookies.browser(request(pair(given_)))

    def test_the_pages_own_cookies_are_never_taken_for_ours(self, cookies):
        assert cookies.browser(request("st-browser=x", "st-browser-zz=y", "other=z")) is None
