"""`python -m app.transport PAGE`: instances of any page that find each other by their environment."""

import base64
import secrets
import subprocess
import sys

import pytest

from tests.app.transport.gateway import ROOT, start_instance, wait_healthy
from tests.app.transport.tab import Tab

PAGE = """
import sys
import streamlit as st
import neighbour

st.session_state.setdefault("count", 0)
if st.button("more"):
    st.session_state.count += 1
st.write(f"count {st.session_state.count}, neighbour {neighbour.NAME}, arguments {sys.argv[1:]}")
"""


@pytest.fixture
def page(tmp_path):
    (tmp_path / "neighbour.py").write_text("NAME = 'here'")
    (tmp_path / "page.py").write_text(PAGE)
    return tmp_path / "page.py"


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    return file


@pytest.fixture
def start(tmp_path):
    """Starts an instance and waits for it; stops all at the end."""
    started = []

    def start(*arguments, **environment):
        output = tmp_path / f"output-{len(started)}"
        started.append(start_instance(["-m", "app.transport", *map(str, arguments)], environment, output))
        wait_healthy(started[-1])
        return started[-1]

    yield start
    for instance in started:
        instance.kill()


def test_instances_that_share_a_directory_share_sessions(start, page, key, tmp_path):
    shared = {"SESSIONS_DIRECTORY": str(tmp_path / "sessions"), "SESSION_KEY_FILE": str(key)}
    one, two = start(page, "--fast", **shared), start(page, "--fast", **shared)
    tab = Tab(one.port)
    assert tab.rerun().text == ["count 0, neighbour here, arguments ['--fast']"]
    for count in range(1, 5):
        tab.port = (one, two)[count % 2].port
        assert tab.rerun("more").text == [f"count {count}, neighbour here, arguments ['--fast']"]


def test_alone_it_needs_no_key(start, page):
    assert Tab(start(page).port).rerun().text == ["count 0, neighbour here, arguments []"]


def test_a_client_is_whoever_is_connected_and_not_whoever_it_says_it_is(start, tmp_path):
    page = tmp_path / "address.py"
    page.write_text("import streamlit as st\nst.write(f'address {st.context.ip_address}')\n")
    tab = Tab(start(page).port)
    # Streamlit calls this machine's own address None.
    assert tab.rerun(**{"X-Forwarded-For": "203.0.113.9"}).text == ["address None"]


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "said"),
    [
        ([], {}, 2, "Which page?"),
        (["nowhere.py"], {}, 2, "nowhere.py does not exist"),
        (["{page}"], {"SESSIONS_DIRECTORY": "{page}-sessions"}, 1, "need a key"),
        (["{page}"], {"STREAMLIT_SERVER_PORT": "many"}, 1, "STREAMLIT_SERVER_PORT"),
    ],
)
def test_what_cannot_be_served_is_said(page, arguments, environment, status, said):
    done = subprocess.run(
        [sys.executable, "-m", "app.transport", *(argument.format(page=page) for argument in arguments)],
        cwd=ROOT,
        env={name: value.format(page=page) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


FAR_PAGE = """
import sys
import streamlit as st

sys.path.insert(0, {directory!r})
from far import Count

st.session_state.setdefault("count", Count(0))
if st.button("more"):
    st.session_state.count = Count(st.session_state.count.number + 1)
st.write(f"count {{st.session_state.count.number}}")
"""


def test_values_move_though_only_the_page_knows_where_their_classes_are(start, page, key, tmp_path):
    far = tmp_path / "elsewhere"
    far.mkdir()
    (far / "far.py").write_text(
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass Count:\n    number: int\n"
    )
    page.write_text(FAR_PAGE.format(directory=str(far)))
    shared = {"SESSIONS_DIRECTORY": str(tmp_path / "sessions"), "SESSION_KEY_FILE": str(key)}
    one, two = start(page, **shared), start(page, **shared)
    tab = Tab(one.port)
    assert tab.rerun().text == ["count 0"]
    tab.port = two.port
    assert tab.rerun("more").text == ["count 1"]
    assert "does not load" not in two.output.read_text()
