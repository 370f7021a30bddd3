"""Media in ranges and uploads in parts, over instances that share a store, without a browser."""

import http.client
import json
import random
import shutil
import uuid

import pytest
from streamlit.proto.Common_pb2 import FileUploaderState

from app.transport import xsrf
from app.transport.parts import PART_BYTES, count
from app.transport.ranges import MAX_RANGE_BYTES
from tests.app.transport.conftest import PAGES
from tests.app.transport.tab import Tab

LARGE = 7_000_000


@pytest.fixture(scope="module")
def ports(start, tmp_path_factory):
    """Of two instances; the page lies where it has a directory of static files beside it."""
    directory = tmp_path_factory.mktemp("app")
    shutil.copy(PAGES / "media.py", directory)
    (directory / "static").mkdir()
    (directory / "static" / "film.mp4").write_bytes(noise(LARGE, 5))
    (directory / "static" / "table.csv").write_bytes(b"1,2,3\n" * 1_000_000)
    options = json.dumps({"server.enableStaticServing": True})
    return [instance.port for instance in start(str(directory / "media.py"), 2, PAGE_OPTIONS=options)]


@pytest.fixture
def tab(ports):
    """A tab that ran the page on the first instance, and asks the second from then on."""
    tab = Tab(ports[0])
    tab.media = addresses(tab.rerun())
    tab.port = ports[1]
    return tab


def addresses(answer):
    """The addresses of media in an answer, by label or kind."""
    found = {}
    for message in answer.messages:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "download_button":
            found[element.download_button.label] = element.download_button.url
        elif kind == "audio":
            found["audio"] = element.audio.url
    return found


def noise(size, seed):
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable


def whole(tab, address):
    """A file, put together from ranges."""
    content = b""
    while True:
        status, headers, part = tab.ask("GET", address, Range=f"bytes={len(content)}-")
        assert (status, len(part) <= MAX_RANGE_BYTES) == (206, True)
        content += part
        if headers["content-range"].endswith(f"-{len(content) - 1}/{len(content)}"):
            return content


def test_the_page_brings_the_script_that_does_so_in_the_browser(tab):
    assert b"window.streamlitFiles = " in tab.ask("GET", "/")[2]


class TestMedia:
    def test_only_the_address_of_a_large_file_tells_its_size(self, tab):
        assert tab.media["Large"].endswith(f".bin?size={LARGE}")
        assert tab.media["Small"].endswith(".bin")
        assert tab.media["audio"].endswith(".wav")

    def test_a_large_file_comes_in_ranges_from_an_instance_that_did_not_make_it(self, tab):
        assert whole(tab, tab.media["Large"]) == noise(LARGE, 1)

    def test_a_large_file_as_a_whole_is_refused_with_its_size(self, tab):
        status, headers, text = tab.ask("GET", tab.media["Large"])
        assert (status, headers["x-st-size"], headers["cache-control"]) == (413, str(LARGE), "no-store")
        assert b"Ask for it in ranges" in text

    def test_its_size_left_out_of_the_address_it_is_refused_all_the_same(self, tab):
        assert tab.ask("GET", tab.media["Large"].partition("?")[0])[0] == 413

    @pytest.mark.parametrize("destination", ["document", "iframe"])
    def test_a_tab_or_frame_gets_a_page_that_asks_for_ranges(self, tab, destination):
        told = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": destination}
        status, headers, page = tab.ask("GET", tab.media["Large"], **told)
        assert (status, headers["content-type"]) == (413, "text/html; charset=utf-8")
        assert b"streamlitFiles.show()" in page

    def test_head_tells_all_but_the_bytes(self, tab):
        status, headers, content = tab.ask("HEAD", tab.media["Large"])
        assert (status, headers["content-length"], content) == (200, str(LARGE), b"")
        assert headers["accept-ranges"] == "bytes"

    @pytest.mark.parametrize("name", ["Small", "audio"])
    @pytest.mark.parametrize("wanted", ["bytes=0-", "bytes=10-19", "bytes=-7"])
    def test_a_range_of_a_small_file_has_the_headers_that_streamlit_gives_it(self, tab, name, wanted):
        """The route of Streamlit answers a request for the whole file: all but the range is alike."""
        status, part, _ = tab.ask("GET", tab.media[name], Range=wanted)
        _, full, content = tab.ask("GET", tab.media[name])
        assert status == 206
        differing = {"date", "content-range", "content-length", "vary", "set-cookie"}
        assert {k: v for k, v in part.items() if k not in differing} == {
            k: v for k, v in full.items() if k not in differing
        }
        assert part["content-range"].endswith(f"/{len(content)}")

    def test_a_download_of_a_large_file_keeps_its_name(self, tab):
        _, headers, _ = tab.ask("GET", tab.media["Large"], Range="bytes=0-1")
        assert headers["content-disposition"] == "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.bin"

    @pytest.mark.parametrize("wanted", ["bytes=7000000-", "bytes=0-1,4-5", "bytes=x", "pages=1-2"])
    def test_a_range_that_the_file_has_not_is_refused_with_its_size(self, tab, wanted):
        status, headers, _ = tab.ask("GET", tab.media["Large"], Range=wanted)
        assert (status, headers["content-range"]) == (416, f"bytes */{LARGE}")

    @pytest.mark.parametrize("path", ["/media/none.bin", "/media/none.bin?size=9", "/media/../x?size=9"])
    def test_a_file_that_nobody_has_is_not_found(self, tab, path):
        assert tab.ask("GET", path, Range="bytes=0-")[0] in {400, 404}


class TestStaticFiles:
    def test_a_large_one_comes_in_ranges(self, tab):
        assert whole(tab, "/app/static/film.mp4") == noise(LARGE, 5)

    def test_a_large_one_as_a_whole_is_refused_with_its_size(self, tab):
        status, headers, _ = tab.ask("GET", "/app/static/film.mp4")
        assert (status, headers["x-st-size"]) == (413, str(LARGE))

    def test_one_that_is_small_when_compressed_passes(self, tab):
        status, headers, content = tab.ask("GET", "/app/static/table.csv", **{"Accept-Encoding": "gzip"})
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert len(content) < 100_000


class TestUploads:
    CONTENT = noise(2 * PART_BYTES + 5, 6)

    def put(self, tab, file_id, part, body, **headers):
        path = f"/_stcore/upload_file/{tab.session_id}/{file_id}"
        named = {
            "X-St-Upload": "a" * 32,
            "X-St-Size": str(len(self.CONTENT)),
            "X-St-Part": str(part),
            "X-Xsrftoken": xsrf.token_in(tab.cookie),
        }
        return tab.ask("PUT", path, body, **{**named, **headers})

    def put_all(self, tab, ports, file_id, **headers):
        receipts = []
        for index in range(count(len(self.CONTENT))):
            tab.port = ports[index % 2]
            shown = {"X-St-Receipt": f"0:{receipts[0]}"} if receipts else {}
            body = self.CONTENT[index * PART_BYTES : (index + 1) * PART_BYTES]
            status, answered, _ = self.put(tab, file_id, index, body, **shown, **headers)
            assert status == 204
            receipts.append(answered["x-st-receipt"])
        return json.dumps({"name": "a", "type": "b", "receipts": receipts}).encode()

    def test_parts_go_to_any_instance_and_the_last_makes_the_file(self, tab, ports):
        file_id = str(uuid.uuid4())
        told = self.put_all(tab, ports, file_id)
        assert self.put(tab, file_id, "end", told)[0] == 204
        path = f"/_stcore/upload_file/{tab.session_id}/{file_id}"
        assert tab.ask("DELETE", path, **{"X-Xsrftoken": xsrf.token_in(tab.cookie)})[0] == 204

    def test_another_browser_cannot_use_a_receipt(self, tab, ports):
        file_id = str(uuid.uuid4())
        told = self.put_all(tab, ports, file_id)
        thief = Tab(ports[0])
        thief.session_id = tab.session_id
        receipt = json.loads(told)["receipts"][0]
        part = self.put(thief, file_id, 1, self.CONTENT[:PART_BYTES], **{"X-St-Receipt": f"0:{receipt}"})
        assert part[0] == 403
        assert self.put(thief, file_id, "end", told)[0] == 409

    def test_a_part_without_the_xsrf_token_is_refused(self, tab):
        assert self.put(tab, "f", 0, self.CONTENT[:PART_BYTES], **{"X-Xsrftoken": ""})[0] == 403

    def test_a_file_over_the_limit_is_refused_with_its_first_part(self, tab):
        size = {"X-St-Size": str(201 * 1024 * 1024)}
        status, _, text = self.put(tab, "f", 0, self.CONTENT[:PART_BYTES], **size)
        assert (status, text) == (413, b"File too large")

    def test_a_part_that_is_cut_off_is_no_error_of_the_app(self, start):
        (instance,) = start("files.py", 1)
        tab = Tab(instance.port)
        tab.rerun()
        connection = http.client.HTTPConnection("127.0.0.1", instance.port)
        connection.putrequest("PUT", f"/_stcore/upload_file/{tab.session_id}/{uuid.uuid4()}")
        headers = {
            "Cookie": tab.cookie,
            "Content-Length": str(PART_BYTES),
            "X-St-Upload": "a" * 32,
            "X-St-Size": str(len(self.CONTENT)),
            "X-St-Part": "0",
            "X-Xsrftoken": xsrf.token_in(tab.cookie),
        }
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(self.CONTENT[:1000])
        assert tab.rerun().status == "done", "by then the part is awaited"
        connection.close()
        assert tab.rerun().status == "done", "by then it is not"
        assert "ClientDisconnect" not in instance.output.read_text()


class TestManyFiles:
    """Of 2 MB each, for a page that lets a widget have 5 MB."""

    SIZE = 2_000_000

    @pytest.fixture
    def tab(self, start):
        first, second = start("sizes.py", 2, LIMITS=json.dumps({"widget_bytes": 5_000_000}))
        tab = Tab(first.port)
        tab.rerun()
        tab.ports = [first.port, second.port]
        return tab

    def show(self, tab, files, press="", port=0):
        """Run the page with `files`, names by their ids, in its widget."""
        state = FileUploaderState()
        for file_id, name in files.items():
            state.uploaded_file_info.add(file_id=file_id, name=name, size=self.SIZE)
        message = tab.rerun_message(press)
        widget = message.rerun_script.widget_states.widgets.add(id=tab.widgets["Files"])
        widget.file_uploader_state_value.CopyFrom(state)
        tab.port = tab.ports[port]
        return tab.send(message)

    def given(self, tab, count):
        files = {tab.upload(f"{index}.txt", bytes(self.SIZE))[1]: f"{index}.txt" for index in range(count)}
        assert len(files) == count
        return files

    def told(self, files):
        return f"told: {[(name, self.SIZE) for name in files.values()]}"

    def test_those_that_fit_together_are_read(self, tab):
        files = self.given(tab, 2)
        assert self.show(tab, files, "Read").text == [self.told(files), f"read: {[self.SIZE] * 2}"]

    @pytest.mark.parametrize("port", [0, 1])
    def test_of_those_that_do_not_the_page_hears_and_reading_one_is_refused(self, tab, port):
        files = self.given(tab, 3)
        assert self.show(tab, files).text == [self.told(files)]
        answer = self.show(tab, files, "Read", port)
        assert answer.text == [self.told(files)]
        (raised,) = [
            m.delta.new_element.exception
            for m in answer.messages
            if m.delta.new_element.HasField("exception")
        ]
        assert raised.type.endswith("FilesTooLargeError")
        assert "Give fewer at once" in raised.message

    @pytest.mark.parametrize("port", [0, 1])
    def test_when_one_is_taken_back_the_others_are_read(self, tab, port):
        files = self.given(tab, 3)
        self.show(tab, files)
        files.popitem()
        assert self.show(tab, files, "Read", port).text == [self.told(files), f"read: {[self.SIZE] * 2}"]

    def test_others_after_them_are_read(self, tab):
        self.show(tab, self.given(tab, 2), "Read")
        others = self.given(tab, 2)
        assert self.show(tab, others, "Read").text[-1] == f"read: {[self.SIZE] * 2}"
