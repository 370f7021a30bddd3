"""Files of 20 MB in Chromium, through a gateway that passes 6 MB, over instances chosen at random."""

import base64
import hashlib
import json
import random
import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.app.transport.conftest import PAGES

LARGE = 20_000_000


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 1600})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The page, with large static files beside it."""
    directory = tmp_path_factory.mktemp("app")
    (directory / "static").mkdir()
    (directory / "static" / "data.bin").write_bytes(noise(5_000_000, 7))
    # Compressed, it is too large as well.
    (directory / "static" / "text.txt").write_bytes(b"the text:\n" + base64.encodebytes(noise(5_000_000, 8)))
    return shutil.copy(PAGES / "files.py", directory)


@pytest.fixture
def visit(page, script, start, gateway):
    """Opens the page over frozen instances, at what `show` names."""

    def visit(show, count=2, seed=0):
        options = json.dumps({"server.enableStaticServing": True})
        api = gateway(start(script, count, PAGE_OPTIONS=options), seed=seed)
        page.goto(f"{api.url}/?show={show}")
        shows(page, "clicks: 0")
        return api

    return visit


@pytest.fixture
def made(tmp_path):
    """Makes a file of noise, and what the page says of it."""

    def made(name, size, seed):
        path = tmp_path / name
        path.write_bytes(noise(size, seed))
        return path, told(name, path.read_bytes())

    return made


def noise(size, seed):
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable


def told(name, data):
    return f"{name}: {len(data)} {hashlib.sha256(data).hexdigest()[:16]}"


def shows(page, text):
    expect(page.get_by_text(text, exact=True).first).to_be_visible()


def uploader(page, label):
    return page.get_by_test_id("stFileUploader").filter(has_text=label).locator("input[type=file]")


def statuses(api, method, part):
    return [status for asked, path, status, _ in api.requests if asked == method and part in path]


def saved(page, button):
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


class TestUploads:
    def test_a_large_file_arrives_whole_and_stays_on_every_instance(self, page, visit, made):
        api = visit("uploads", seed=1)
        path, text = made("large.bin", LARGE, 1)
        uploader(page, "One").set_input_files(path)
        shows(page, f"one {text}")
        assert statuses(api, "PUT", "/_stcore/upload_file") == [204] * 8
        for clicks in range(1, 6):
            page.get_by_role("button", name="Click").click()
            shows(page, f"clicks: {clicks}")
        shows(page, f"one {text}")
        assert all(instance.served > 5 for instance in api.instances)
        page.get_by_test_id("stFileChipDeleteBtn").click()
        expect(page.get_by_text(text)).to_be_hidden()

    def test_several_at_once_in_several_sizes(self, page, visit, made):
        visit("uploads", seed=2)
        sizes = {"é.bin": 7_000_001, "exact.bin": 6_000_000, "small.txt": 12, "empty.txt": 0}
        files = [made(name, size, size) for name, size in sizes.items()]
        uploader(page, "Several").set_input_files([path for path, _ in files])
        for _, text in files:
            shows(page, text)

    def test_a_folder_keeps_its_paths(self, page, visit, tmp_path):
        visit("uploads", seed=9)
        folder = tmp_path / "folder"
        (folder / "inner").mkdir(parents=True)
        texts = []
        for name, size in (("inner/large.bin", 5_000_000), ("small.bin", 10)):
            (folder / name).write_bytes(noise(size, 1))
            texts.append(told(f"folder/{name}", noise(size, 1)))
        uploader(page, "Folder").set_input_files(folder)
        for text in texts:
            shows(page, text)

    def test_a_file_replaced_by_another(self, page, visit, made):
        visit("uploads", seed=3)
        for seed in (1, 2):
            path, text = made(f"{seed}.bin", 5_000_000, seed)
            uploader(page, "One").set_input_files(path)
            shows(page, f"one {text}")

    def test_a_file_with_a_chat_message(self, page, visit, made):
        visit("uploads", seed=4)
        path, text = made("said.bin", 5_000_000, 4)
        page.get_by_test_id("stChatInput").locator("input[type=file]").first.set_input_files(path)
        page.get_by_test_id("stChatInputTextArea").fill("Here")
        expect(page.get_by_text("said.bin")).to_be_visible()
        page.get_by_role("button", name="Send message").click()
        shows(page, f"said {text}")

    def test_progress_is_shown_and_an_upload_can_be_cancelled(self, page, visit, made):
        api = visit("uploads", seed=5)
        path, _ = made("slow.bin", LARGE, 5)
        held = []
        page.route(
            "**/upload_file/**",
            lambda route: held.append(route) if len(held) > 2 else held.append(route.continue_()),
        )
        uploader(page, "One").set_input_files(path)
        expect(page.get_by_test_id("stFileChipIconSpinner")).to_be_visible()
        page.get_by_test_id("stFileChipDeleteBtn").click()
        expect(page.get_by_test_id("stFileChip")).to_be_hidden()
        page.unroute("**/upload_file/**")
        assert len(statuses(api, "PUT", "/_stcore/upload_file")) < 8
        path, text = made("other.bin", 5_000_000, 55)
        uploader(page, "One").set_input_files(path)
        shows(page, f"one {text}")

    def test_a_part_survives_the_death_of_its_instance(self, page, visit, made):
        api = visit("uploads", count=3, seed=6)
        path, text = made("large.bin", LARGE, 6)
        killed = []

        def kill_once(route):
            if (
                "x-st-part" in route.request.headers
                and route.request.headers["x-st-part"] == "3"
                and not killed
            ):
                killed.append(api.kill_idle())
            route.continue_()

        page.route("**/upload_file/**", kill_once)
        uploader(page, "One").set_input_files(path)
        shows(page, f"one {text}")
        assert killed

    def test_parts_are_sent_again_when_the_gateway_fails(self, page, visit, made):
        visit("uploads", seed=7)
        path, text = made("large.bin", 7_000_000, 7)
        page.route("**/upload_file/**", failing_first())
        uploader(page, "One").set_input_files(path)
        shows(page, f"one {text}")

    def test_what_the_server_refuses_is_said_as_streamlit_says_it(self, page, visit, made):
        visit("uploads", seed=8)
        path, _ = made("large.bin", 7_000_000, 8)
        page.route("**/upload_file/**", lambda route: route.fulfill(status=413, body="File too large"))
        uploader(page, "One").set_input_files(path)
        expect(page.get_by_text("Request failed with status code 413")).to_be_visible()


def failing_first():
    """Answers each first request for a part or a range as a gateway whose instance died."""
    seen = set()

    def handle(route):
        headers = route.request.headers
        asked = route.request.method, headers.get("x-st-part"), headers.get("range")
        if asked in seen:
            route.continue_()
        else:
            seen.add(asked)
            route.fulfill(status=502 if len(seen) % 2 else 503)

    return handle


class TestDownloads:
    def test_ranges_are_asked_for_again_when_the_gateway_fails(self, page, visit):
        visit("downloads", seed=4)
        page.route("**/media/**", failing_first())
        assert saved(page, "Download")[1] == noise(LARGE, 1)

    def test_a_large_download_arrives_whole_under_its_name(self, page, visit):
        api = visit("downloads", seed=1)
        name, data = saved(page, "Download")
        assert name == "größe 1.bin"
        assert told("", data) == told("", noise(LARGE, 1))
        assert set(statuses(api, "GET", "?size=")) == {206}

    def test_a_deferred_download_is_made_where_the_click_arrives(self, page, visit):
        visit("downloads", seed=2)
        for _ in range(2):
            name, data = saved(page, "Deferred")
            assert (name, told("", data)) == ("later.bin", told("", noise(LARGE, 2)))

    def test_a_small_download_is_left_to_the_browser(self, page, visit):
        visit("downloads", seed=3)
        with page.expect_download() as download:
            page.get_by_role("button", name="Small").click()
        assert "/media/" in download.value.url
        assert download.value.path().read_bytes() == b"small"


class TestStaticFiles:
    def test_a_link_opens_or_saves_a_large_file(self, page, visit):
        visit("static", seed=1)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Text").click()
        expect(opened.value.get_by_text("the text:")).to_be_visible()
        with page.context.expect_event("download") as download:
            page.get_by_role("link", name="Data").click()
        assert download.value.suggested_filename == "data.bin"
        assert download.value.path().read_bytes() == noise(5_000_000, 7)
        expect(page.frame_locator("iframe").get_by_text("the text:")).to_be_visible()


class TestMedia:
    def test_a_large_sound_plays_and_seeks(self, page, visit):
        api = visit("sound", seed=1)
        audio = page.get_by_test_id("stAudio")
        audio.evaluate("element => new Promise(r => element.readyState ? r() : element.onloadedmetadata = r)")
        assert round(audio.evaluate("element => element.duration")) == 113
        audio.evaluate(
            """async (element) => {
              element.muted = true;
              const seeked = new Promise((resolve) => (element.onseeked = resolve));
              element.currentTime = 100;
              await seeked;
              const moved = new Promise((resolve) => {
                element.ontimeupdate = () => element.currentTime > 100.3 && resolve();
              });
              await element.play();
              await moved;
            }"""
        )
        assert audio.evaluate("element => element.error") is None
        assert set(statuses(api, "GET", "?size=")) == {206}

    def test_a_large_picture_is_shown(self, page, visit):
        visit("picture", seed=1)
        image = page.get_by_test_id("stImage").locator("img")
        expect(image).to_have_js_property("naturalHeight", 2000)
        assert re.match("blob:", image.get_attribute("src"))
