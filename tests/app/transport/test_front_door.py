"""What the front door answers by itself, as raw HTTP; and that it needs no Streamlit for it."""

import gzip
import http.client
import json
import re
import subprocess
import sys

import brotli
import pytest

from app.transport import compat
from app.transport.assets import build, built, bundle
from tests.app.transport.gateway import ROOT, start_instance, wait_healthy

# An instance in this process: asks it for each path of the command line, and says what it has imported.
ALONE = """
import asyncio, json, os, sys
from app.transport import MemoryStore, Seal, create_app

app = create_app(
    "tests/app/transport/pages/counter.py", store=MemoryStore(), seal=lambda: Seal([bytes(32)])
)

async def status(path):
    sent = []
    async def send(message): sent.append(message)
    requests = [{"type": "http.request", "body": b""}]
    async def receive(): return requests.pop() if requests else await asyncio.Event().wait()
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"",
             "scheme": "http", "server": ("127.0.0.1", 80), "http_version": "1.1"}
    await app(scope, receive, send)
    return sent[0]["status"]

async def main():
    statuses = [await status(path) for path in sys.argv[1:]]
    print(json.dumps([statuses, "streamlit" in sys.modules]), flush=True)
    os._exit(0)  # Streamlit's threads would have to be stopped

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def made():
    """What is built of the bundle."""
    return built.Built.read(build.ensure())


@pytest.fixture(scope="module")
def port(made, start):  # noqa: ARG001 - what is built is there before the instance looks for it
    (instance,) = start("counter.py", 1)
    return instance.port


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    response = connection.getresponse()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()


def file(pattern):
    """The path of a file of the bundle."""
    found = next(bundle.static().glob(pattern))
    return f"/{found.relative_to(bundle.static()).as_posix()}", found.read_bytes()


def alone(*paths):
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_an_instance_that_serves_files_never_imports_streamlit(made):
    script, font = file("static/js/index.*.js")[0], file("static/media/SourceSans*.woff2")[0]
    packs = [f"/static/packs/{name}" for name in made.packs.values()]
    own = ["/", "/a-page", "/favicon.png", "/_stcore/health", "/_stcore/host-config", script, font, *packs]
    assert alone(*own) == [[200] * len(own), False]
    assert alone("/_stcore/health", "/_stcore/metrics") == [[200, 200], True]


@pytest.mark.parametrize(
    ("accepted", "encoding", "decode"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip, br;q=0", "gzip", gzip.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("", None, bytes),
        ("deflate", None, bytes),
    ],
)
def test_a_file_comes_in_the_best_encoding_that_the_browser_takes(port, accepted, encoding, decode):
    path, content = file("static/js/Button.*.js")
    status, headers, body = ask(port, path, accept_encoding=accepted)
    assert (status, headers.get("content-encoding")) == (200, encoding)
    assert decode(body) == content
    assert (headers["vary"], headers["content-type"]) == ("Accept-Encoding", "text/javascript; charset=utf-8")
    assert "immutable" in headers["cache-control"]


def test_what_the_browser_holds_is_not_sent_again(port, made):
    for path in (
        "/",
        "/another-page",
        file("static/js/Button.*.js")[0],
        f"/static/packs/{made.packs['core']}",
    ):
        _, headers, _ = ask(port, path, accept_encoding="br, gzip")
        status, again, body = ask(port, path, accept_encoding="br, gzip", if_none_match=headers["etag"])
        assert (status, body, again["etag"]) == (304, b"", headers["etag"])
        assert ask(port, path, if_none_match=headers["etag"])[0] == 200, "another encoding is another thing"


def test_the_index_is_asked_for_each_time_and_a_head_has_no_body(port):
    status, headers, body = ask(port, "/", "HEAD")
    assert (status, headers["cache-control"], body) == (200, "private, no-cache", b"")
    assert int(headers["content-length"]) > 10_000


def test_health_is_asked_for_each_time_in_the_words_of_streamlit(port):
    for method in ("GET", "HEAD"):
        status, headers, _ = ask(port, "/_stcore/health", method)
        assert (status, headers["cache-control"]) == (200, "no-cache"), headers
        assert "_streamlit_xsrf=" in headers["set-cookie"], "and yet no cache gives it to others"


def test_a_part_of_a_file_can_be_had(port):
    for pattern in ("static/media/SourceSans*.woff2", "static/js/Button.*.js"):
        path, content = file(pattern)
        status, headers, body = ask(port, path, range="bytes=10-19", accept_encoding="br")
        assert (status, body) == (206, content[10:20])
        assert headers["content-range"] == f"bytes 10-19/{len(content)}"


def test_a_font_that_the_browser_holds_is_not_sent_again(port):
    path, _ = file("static/media/SourceSans*.woff2")
    _, headers, _ = ask(port, path)
    assert ask(port, path, if_none_match=headers["etag"])[0] == 304


def test_a_pack_of_another_release_is_not_found_and_not_remembered(port):
    status, headers, _ = ask(port, "/static/packs/core.0000000000000000.pack")
    assert (status, headers["cache-control"]) == (404, "no-store")


def test_no_answer_is_more_than_the_gateway_passes(port, made):
    for name in made.packs.values():
        assert len(ask(port, f"/static/packs/{name}", accept_encoding="gzip")[2]) < 4_400_000
    for script in (bundle.static() / "static" / "js").iterdir():
        if script.stat().st_size > 1_000_000:
            path = f"/static/js/{script.name}"
            assert len(ask(port, path, accept_encoding="gzip")[2]) < 4_400_000


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fsetup.py", "/static/..%2findex.html", "//evil.test", "/a%5c..%5cb"]
)
def test_a_path_that_climbs_is_not_found_among_the_files(port, path):
    status, _, body = ask(port, path)
    assert status in {400, 404}, body[:200]


def test_a_trailing_slash_is_left_to_streamlit(port):
    status, headers, _ = ask(port, "/a-page/")
    assert (status, headers["location"]) == (301, "/a-page")


def test_host_config_and_health_are_those_of_streamlit(port):
    """With an Origin, Streamlit is asked, whose options say who may read the answer."""
    for path in ("/_stcore/host-config", "/_stcore/health"):
        ours, native = ask(port, path), ask(port, path, origin="http://elsewhere.test")
        assert (ours[0], ours[2]) == (native[0], native[2])
        assert ours[1]["content-type"] == native[1]["content-type"]


def test_the_page_brings_the_token_that_streamlit_wants(port):
    _, headers, _ = ask(port, "/_stcore/health")
    assert re.fullmatch(r"_streamlit_xsrf=2\|[^;]+; Path=/; SameSite=Lax", headers["set-cookie"])


def test_all_lies_below_the_base_path(made, start):
    options = {"PAGE_OPTIONS": json.dumps({"server.baseUrlPath": "/in/side/"})}
    (instance,) = start("counter.py", 1, health="/in/side/_stcore/health", **options)
    pack = f"/static/packs/{made.packs['core']}"
    for path in ("", "/", "/page", "/favicon.png", pack, file("static/js/Button.*.js")[0]):
        assert ask(instance.port, f"/in/side{path}")[0] == 200
    for path in ("/", "/favicon.png", pack, "/_stcore/health"):
        assert ask(instance.port, path)[0] == 404


def test_without_anything_built_the_files_come_all_the_same(tmp_path):
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PAGE_OPTIONS": "{}"}
    arguments = ["-m", "tests.app.transport.serve", "tests/app/transport/pages/counter.py", str(tmp_path)]
    instance = start_instance(arguments, environment, tmp_path / "output")
    try:
        wait_healthy(instance)
        assert b'<script type="module"' in ask(instance.port, "/")[2]
        path, content = file("static/js/Button.*.js")
        assert gzip.decompress(ask(instance.port, path, accept_encoding="br, gzip")[2]) == content
        assert ask(instance.port, "/_stcore/host-config")[0] == 200
    finally:
        instance.kill()


def test_a_check_that_was_made_when_the_image_was_built_is_not_made_again():
    code = "from app.transport import compat; import sys; compat.check({}); print('streamlit' in sys.modules)"
    for known, imports in (("compat.fingerprint()", "False"), ("{}", "True")):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("{}", known)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == imports


def test_the_fingerprint_names_every_file_that_the_check_looks_at(made):
    assert made.checked == compat.fingerprint()
    assert "absent" not in made.checked.values()
