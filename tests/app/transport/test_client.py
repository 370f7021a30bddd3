"""What `st.context` shows of the request that carries a run."""

import json

from starlette.requests import Request

from app.transport.client import RequestContext


def context(*headers: tuple[str, str]) -> RequestContext:
    scope = {
        "type": "http",
        "client": ("127.0.0.1", 5000),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    return RequestContext(Request(scope))


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
    for odd in ("", "no JSON", "[]", "{}", '{"http": null}'):
        assert context(("x-amzn-request-context", odd)).remote_ip == "127.0.0.1"
