"""A front that wants the hash of each body, as CloudFront before a function URL, in Chromium."""

import hashlib

import pytest
from playwright.sync_api import expect

from tests.app.transport.conftest import PAGES
from tests.app.transport.gateway import Gateway


class SigningGateway(Gateway):
    """Refuses a body whose hash the page does not send."""

    def handle(self, method, path, headers, body):
        told = {name.lower(): value for name, value in headers.items()}.get("x-amz-content-sha256")
        if method in {"POST", "PUT"} and told != hashlib.sha256(body).hexdigest():
            return 403, [], b'{"Message":"The request signature we calculated does not match"}'
        return super().handle(method, path, headers, body)


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 1600})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def served(start):
    """The page of files, behind the gateway; what it is told is in HASH_BODIES."""
    made = []

    def served(**environment):
        made.append(SigningGateway(start(PAGES / "files.py", 2, **environment)))
        return made[-1]

    yield served
    for gateway in made:
        gateway.close()


def test_clicks_uploads_and_a_tab_that_goes_away_bring_the_hash_of_their_bodies(page, served, tmp_path):
    api = served(HASH_BODIES="yes")
    page.goto(f"{api.url}/?show=uploads")
    page.get_by_role("button", name="Click").click()
    expect(page.get_by_text("clicks: 1", exact=True)).to_be_visible()
    for name, size in (("small.txt", 12), ("large.bin", 7_000_001)):
        file = tmp_path / name
        file.write_bytes(bytes(size))
        one = page.get_by_test_id("stFileUploader").filter(has_text="One")
        one.locator("input[type=file]").set_input_files(file)
        said = f"one {name}: {size} {hashlib.sha256(bytes(size)).hexdigest()[:16]}"
        expect(page.get_by_text(said, exact=True)).to_be_visible()
    page.get_by_test_id("stFileChipDeleteBtn").click()
    expect(page.get_by_text("one large.bin")).to_be_hidden()
    sent = [(method, status) for method, _, status, _ in api.requests if method in {"POST", "PUT", "DELETE"}]
    assert {method for method, _ in sent} == {"POST", "PUT", "DELETE"}
    assert all(status < 300 for _, status in sent), sent


def test_an_upload_that_is_given_up_before_it_is_hashed_ends(page, served):
    api = served(HASH_BODIES="yes")
    page.goto(api.url)
    ended = page.evaluate(
        """() => new Promise((resolve) => {
            const heard = [];
            const request = new XMLHttpRequest();
            request.onabort = () => heard.push("abort");
            request.onloadend = () => resolve([...heard, "loadend"]);
            request.open("PUT", "/_stcore/anything");
            request.send("body");
            request.abort();
        })"""
    )
    assert ended == ["abort", "loadend"]
    assert not [path for method, path, *_ in api.requests if path.endswith("/anything")]


def test_without_the_hashes_that_front_lets_no_click_through(page, served):
    api = served()
    with page.expect_response(lambda response: response.url.endswith("/_stcore/message")) as refused:
        page.goto(api.url)
    assert refused.value.status == 403
