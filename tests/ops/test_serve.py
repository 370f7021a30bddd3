"""`invoke serve`, as a page's author types it: any page over frozen instances, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ops.settings import ROOT
from tests.app.transport.tab import Tab
from tests.ops.worlds import eventually

PAGE = """
import pathlib, sys
import streamlit as st
import app  # the page's own: see below

st.session_state.setdefault("count", 0)
if st.button("more"):
    st.session_state.count += 1
st.write(f"count {st.session_state.count}")
st.write(f"own {app.NAME}")
st.write(f"first on the path {sys.path[0]}")
st.write(f"in {pathlib.Path.cwd()}")
st.write(f"option {st.get_option('theme.primaryColor')} {st.get_option('server.maxMessageSize')}")
st.write(f"watcher {st.get_option('server.fileWatcherType')}")
st.write(f"secret {st.secrets['word']}")
if st.button("break"):
    raise ValueError("the page broke")
"""

# Writes the first half, and the second once it is told to.
HALVES = """
import pathlib, time
import streamlit as st

st.write("first half")
while not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.02)
st.write("second half")
"""

Serve = Callable[..., "Served"]


@dataclass
class Served:
    """A page in the foreground of a process of its own."""

    process: "subprocess.Popen[str]"
    url: str
    output: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(re.search(r":(\d+)", self.url)[1])  # type: ignore[index]  # it is in every URL

    def children(self) -> list[psutil.Process]:
        """All that it started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(120)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `invoke serve` and waits for its URL; ends what is still there after the test."""
    started: list[Served] = []

    def serve(*arguments: str, cwd: Path = tmp_path, **environment: str) -> Served:
        output = tmp_path / f"output-{len(started)}"
        process = run_serve(*arguments, cwd=cwd, output=output, **environment)
        served = Served(process, "", output)
        started.append(served)
        assert eventually(lambda: url_in(output) or process.poll() is not None, within_s=60)
        served.url = url_in(output)
        return served

    yield serve
    for served in started:
        if served.process.poll() is None:
            served.stop()


def run_serve(*arguments: str, cwd: Path, output: Path, **environment: str) -> "subprocess.Popen[str]":
    with output.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "invoke", "-r", str(ROOT), "serve", *arguments],
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
            text=True,
            start_new_session=True,
        )


def url_in(output: Path) -> str:
    found = re.search(r"is served at (\S+)", output.read_text())
    return found[1] if found else ""


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=120) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def page_in(directory: Path, text: str = PAGE) -> Path:
    """A page with a module, options, secrets and files of its own."""
    (directory / ".streamlit").mkdir(parents=True)
    (directory / "static").mkdir()
    (directory / "page.py").write_text(text)
    (directory / "app.py").write_text("NAME = 'module called app'")
    (directory / "static" / "file.txt").write_text("a static file")
    (directory / ".streamlit" / "config.toml").write_text(
        "[server]\nmaxMessageSize = 3\nfileWatcherType = 'poll'"
    )
    (directory / ".streamlit" / "secrets.toml").write_text("word = 'hush'")
    return directory / "page.py"


def test_any_page_runs_as_under_streamlit_run_on_frozen_instances(serve: Serve, tmp_path: Path) -> None:
    page = page_in(tmp_path / "project")
    served = serve(str(page), "--port", "0", "--seed", "5", STREAMLIT_THEME_PRIMARY_COLOR="#abcdef")
    tab = Tab(served.port)
    first = tab.rerun().text
    assert first == [
        "count 0",
        "own module called app",
        f"first on the path {page.parent}",
        f"in {tmp_path}",
        "option #abcdef 3",
        "watcher none",
        "secret hush",
    ]
    assert [tab.rerun("more").text[0] for _ in range(6)] == [f"count {n}" for n in range(1, 7)]
    instances = [child for child in served.children() if "launch.py" in " ".join(child.cmdline())]
    assert len(instances) == 2
    assert eventually(lambda: all(child.status() == psutil.STATUS_STOPPED for child in instances))


def test_the_page_lives_below_its_base_path_with_its_static_files(serve: Serve, tmp_path: Path) -> None:
    page = page_in(tmp_path / "project")
    served = serve(
        str(page),
        *("--port", "0"),
        STREAMLIT_SERVER_BASE_URL_PATH="/below/here",
        STREAMLIT_SERVER_ENABLE_STATIC_SERVING="true",
    )
    assert served.url.endswith("/below/here")
    assert get(f"{served.url}/_stcore/health") == (200, "ok")
    assert get(f"{served.url}/app/static/file.txt") == (200, "a static file")
    assert get(f"http://localhost:{served.port}/_stcore/health")[0] == 404


def test_what_the_page_raises_is_on_standard_error_and_the_end_tells_what_was_served(
    serve: Serve, tmp_path: Path
) -> None:
    served = serve(str(page_in(tmp_path / "project")), "--port", "0", "--instances", "1", "--no-freeze")
    tab = Tab(served.port)
    tab.rerun()
    tab.rerun("break")
    assert eventually(lambda: "[1] ValueError: the page broke" in served.output.read_text())
    assert served.stop(signal.SIGINT) == 0
    told = r"\d+ requests: 2 runs of the page, 0 looks at a run under way, 0 failed"
    assert re.search(told, served.output.read_text())


def test_streamed_parts_arrive_while_the_script_still_runs(serve: Serve, tmp_path: Path) -> None:
    page = page_in(tmp_path / "project", HALVES)
    served = serve(str(page), "--port", "0", "--stream")

    def go(part: bytes) -> None:
        if b"first half" in part:
            page.with_name("go").touch()

    tab = Tab(served.port)
    tab.on_part = go
    # Were the answer held back until it is whole, the script would wait for ever.
    assert tab.rerun().text == ["first half", "second half"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
def test_nothing_is_left_behind(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    served = serve(str(page_in(tmp_path / "project")), "--port", "0", TMPDIR=str(tmp_path))
    children = served.children()
    assert len(children) == 3, children  # two instances and the guard
    status = served.stop(number)
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert eventually(lambda: not any(is_alive(child) for child in children))
    assert eventually(lambda: not list(tmp_path.glob("streamlit-on-lambda-*")))


def test_killing_the_whole_process_group_leaves_nothing_behind(serve: Serve, tmp_path: Path) -> None:
    served = serve(str(page_in(tmp_path / "project")), "--port", "0", TMPDIR=str(tmp_path))
    children = served.children()
    os.killpg(served.process.pid, signal.SIGKILL)
    served.process.wait(120)
    assert eventually(lambda: not any(is_alive(child) for child in children))
    assert eventually(lambda: not list(tmp_path.glob("streamlit-on-lambda-*")))


def test_a_signal_during_the_start_ends_it(tmp_path: Path) -> None:
    output = tmp_path / "output"
    page = page_in(tmp_path / "project")
    process = run_serve(str(page), "--port", "0", cwd=tmp_path, output=output, TMPDIR=str(tmp_path))
    assert eventually(lambda: list(tmp_path.glob("streamlit-on-lambda-*/instances/*.json")))
    process.terminate()
    assert process.wait(120) == 0
    assert url_in(output) == ""
    assert not list(tmp_path.glob("streamlit-on-lambda-*"))


def test_two_serves_at_once_take_two_ports_and_share_nothing(serve: Serve, tmp_path: Path) -> None:
    page = str(page_in(tmp_path / "project"))
    one, two = serve(page), serve(page)
    assert one.port != two.port
    first, second = Tab(one.port), Tab(two.port)
    first.rerun()
    second.rerun()
    first.rerun("more")
    assert first.rerun().text[0] == "count 1"
    assert second.rerun().text[0] == "count 0"


def test_a_named_port_that_is_taken_is_an_error(serve: Serve, tmp_path: Path) -> None:
    page = str(page_in(tmp_path / "project"))
    taken = str(serve(page, "--port", "0").port)
    for refused in (serve(page, "--port", taken), serve(page, STREAMLIT_SERVER_PORT=taken)):
        assert refused.process.wait(120) == 1
        assert f"Port {taken} is taken" in refused.output.read_text()


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["nowhere.py"], {}, "nowhere.py does not exist"),
        (["notes.md"], {}, "notes.md is no Python file (.py). Nothing was started."),
        (["page.py", "--port", "many"], {}, "--port takes a number"),
        (["page.py", "--port", "70000"], {}, "There is no port 70000"),
        (["page.py"], {"STREAMLIT_SERVER_PORT": "many"}, "STREAMLIT_SERVER_PORT is no number"),
        (["page.py", "--instances", "0"], {}, "--instances takes 1 or more"),
        (["asgi.py", "--port", "0"], {}, "makes an ASGI app"),
        (
            ["page.py", "--port", "0"],
            {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "big"},
            "STREAMLIT_SERVER_MAX_UPLOAD_SIZE",
        ),
    ],
)
def test_what_cannot_be_served_is_said(
    serve: Serve, tmp_path: Path, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    page_in(tmp_path / "project")
    (tmp_path / "project" / "asgi.py").write_text("import streamlit as st\napp = st.App('page.py')\n")
    (tmp_path / "project" / "notes.md").write_text("# Notes\n")
    served = serve(*arguments, cwd=tmp_path / "project", **environment)
    assert served.process.wait(60) == 1
    assert said in served.output.read_text()


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_requests_that_come_during_the_start_wait_for_an_answer(tmp_path: Path) -> None:
    output = tmp_path / "output"
    page = page_in(tmp_path / "project")
    process = run_serve(str(page), "--port", "0", cwd=tmp_path, output=output)
    try:
        assert eventually(lambda: listening(process.pid))
        port = listening(process.pid)[0]
        assert get(f"http://localhost:{port}/_stcore/health") == (200, "ok")
    finally:
        process.terminate()
        process.wait(120)


def listening(pid: int) -> list[int]:
    """The ports where a process listens, in the order of its sockets."""
    connections = psutil.Process(pid).net_connections("tcp4")
    found = sorted((c.fd, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN)
    return [port for _, port in found]
