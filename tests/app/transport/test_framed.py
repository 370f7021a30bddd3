"""A page in another site's frame, under the kind of content security policy that hosts of Streamlit set."""

import pytest
from playwright.sync_api import expect

HOST = "http://localhost:1/host.html"


def policy(app):
    """Allows what Streamlit's own page needs over http, and of its WebSocket nothing but ws://."""
    rules = {
        "default-src": "'none'",
        "script-src": f"'unsafe-inline' 'wasm-unsafe-eval' blob: {app}/static/js/",
        "style-src": f"'unsafe-inline' blob: {app}/static/css/",
        "font-src": f"{app}/static/media/ data: blob:",
        "img-src": "'self' data: blob:",
        "connect-src": " ".join(
            f"{app}/{path}"
            for path in (
                "_stcore/message",
                "_stcore/health",
                "_stcore/host-config",
                "_stcore/upload_file/",
                "media/",
            )
        ),
        "frame-ancestors": "http://localhost:1",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


@pytest.fixture
def framed(browser, start, gateway):
    """The page in a frame of another origin of this site."""
    app = gateway(start("counter.py", 2), seed=1).url.replace("127.0.0.1", "localhost")
    context = browser.new_context()
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    def with_policy(route):
        response = route.fetch()
        headers = {**response.headers, "content-security-policy": policy(app)}
        route.fulfill(response=response, headers=headers)

    page.route(f"{app}/", with_policy)
    page.route(HOST, lambda route: route.fulfill(content_type="text/html", body=f"<iframe src='{app}/'>"))
    page.goto(HOST)
    yield page.frame_locator("iframe")
    context.close()
    # Nothing was asked for that Streamlit's page does not ask for.
    assert [text for text in refused if "Content Security Policy" in text] == []


def test_a_page_works_in_a_frame_under_a_strict_policy(framed):
    expect(framed.get_by_text("count=0 calls=0 slow=0")).to_be_attached()
    for count in range(1, 4):
        framed.get_by_role("button", name="Add").dispatch_event("click")
        expect(framed.get_by_text(f"count={count} calls=0 slow=0")).to_be_attached()
