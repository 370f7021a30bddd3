"""What `st.context` shows of the request that carries a run."""

import json

import pytest
from starlette.requests import Request

from app.transport.client import RequestContext, network


def request(*headers: tuple[str, str], client: tuple[str, int] | None = ("127.0.0.1", 5000)) -> Request:
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "client": client, "headers": encoded})


def context(*headers: tuple[str, str]) -> RequestContext:
    return RequestContext(request(*headers))


def through_a_gateway(address: object) -> Request:
    return request(("x-amzn-request-context", json.dumps({"http": {"sourceIp": address}})))


def test_the_secret_of_the_browser_is_not_shown_to_the_page():
    shown = context(("cookie", "__Host-st-browser-0f=secret; theme=dark; _streamlit_xsrf=x"))
    assert shown.cookies == {"theme": "dark", "_streamlit_xsrf": "x"}
    assert shown.headers == [("cookie", "theme=dark; _streamlit_xsrf=x")]


def test_headers_of_the_transport_and_the_adapter_are_not_shown():
    shown = context(
        ("user-agent", "Browser"),
        ("x-st-session", "a"),
        ("x-amzn-lambda-context", "{}"),
        ("cookie", "st-browser-0f=s"),
    )
    assert shown.headers == [("user-agent", "Browser")]


def test_the_address_is_the_one_that_called_the_gateway():
    gateway = json.dumps({"http": {"sourceIp": "203.0.113.7"}})
    assert context(("x-amzn-request-context", gateway)).remote_ip == "203.0.113.7"


def test_without_a_gateway_the_address_is_the_connections():
    address = '{"http": {"sourceIp": %s}}'
    odd_addresses = ('""', '"Jean Dupont"', "null", "[1]", f'"{"1" * 9000}"', '"192.0.2.1, 192.0.2.2"')
    for odd in ("", "no JSON", "[]", "{}", '{"http": null}', *(address % odd for odd in odd_addresses)):
        assert context(("x-amzn-request-context", odd)).remote_ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%any text", "fe80::/64"),
    ],
)
def test_who_has_a_network_of_addresses_is_counted_as_one(address: str, counted: str) -> None:
    assert network(through_a_gateway(address)) == counted


def test_nobody_is_counted_where_nobody_says_who_calls() -> None:
    assert network(request(client=None)) == ""
    assert network(request(client=("a socket", 0))) == ""
