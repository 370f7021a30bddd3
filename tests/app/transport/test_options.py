"""Options from files and STREAMLIT_* variables: what the page sees is what `streamlit run` would give it."""

import json
import os
import subprocess
import sys

import pytest

from tests.app.transport.gateway import ROOT

# Options are read once for a process, so each case has one of its own.
OURS = """
import json, sys
from app.transport import options
print(json.dumps(options.found(sys.argv[1])))
"""
NATIVE = """
import json, sys
from streamlit import config
from streamlit.web import bootstrap, cli
config._main_script_path = sys.argv[1]
context = cli.main_run.make_context("run", [sys.argv[1]], auto_envvar_prefix="STREAMLIT_RUN")
bootstrap.load_config_options({k: v for k, v in context.params.items() if k not in ("target", "args")})
found = config.get_config_options().items()
print(json.dumps({name: option.value for name, option in found if option.where_defined != "<default>"}))
"""


@pytest.fixture
def project(tmp_path):
    """A directory with a page, and the user's home and the working directory beside it."""
    for name in ("home", "cwd", "page"):
        (tmp_path / name / ".streamlit").mkdir(parents=True)
    (tmp_path / "page" / "page.py").write_text("")
    return tmp_path


def run(code, project, environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(project / "page" / "page.py")],
        cwd=project / "cwd",
        env={**clean, "HOME": str(project / "home"), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write(project, where, text):
    (project / where / ".streamlit" / "config.toml").write_text(text)


def test_each_variable_is_what_streamlit_run_makes_of_it(project):
    environment = {
        "STREAMLIT_SERVER_BASE_URL_PATH": "foo",
        "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true",
        "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "7",
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://one.example https://two.example",
        "STREAMLIT_CLIENT_TOOLBAR_MODE": "minimal",
        "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "",
        "STREAMLIT_GLOBAL_E2E_TEST": "yes",
        "STREAMLIT_GLOBAL_DEVELOPMENT_MODE": "false",
        "STREAMLIT_RUNNER_FAST_RERUNS": "0",
        "STREAMLIT_THEME_PRIMARY_COLOR": "#123456",
        "STREAMLIT_THEME_DARK_SIDEBAR_TEXT_COLOR": "red",
        "STREAMLIT_GLOBAL_MIN_CACHED_MESSAGE_SIZE": "1.5",
    }
    native = run(NATIVE, project, environment)
    ours = run(OURS, project, environment)
    assert len(native) == len(environment) - 1  # an empty one counts as none
    assert {name: ours[name] for name in native} == native


def test_a_variable_beats_the_file_beside_the_page_and_that_beats_the_others(project):
    write(
        project, "home", '[server]\nmaxUploadSize = 1\nmaxMessageSize = 1\n[client]\ntoolbarMode = "viewer"\n'
    )
    write(project, "cwd", "[server]\nmaxUploadSize = 2\nmaxMessageSize = 2\n[runner]\nfastReruns = false\n")
    write(project, "page", "[server]\nmaxUploadSize = 3\nmaxMessageSize = 3\n")
    environment = {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "4"}
    native = run(NATIVE, project, environment)
    ours = run(OURS, project, environment)
    assert native == {
        "server.maxUploadSize": 4,
        "server.maxMessageSize": 3,
        "client.toolbarMode": "viewer",
        "runner.fastReruns": False,
    }
    assert {name: ours[name] for name in native} == native


def test_a_secret_option_is_taken_from_its_variable(project):
    environment = {"STREAMLIT_SERVER_COOKIE_SECRET": "hush"}
    assert run(OURS, project, environment)["server.cookieSecret"] == "hush"


def test_what_an_instance_cannot_do_without_stays(project):
    write(project, "page", '[server]\nfileWatcherType = "poll"\nrunOnSave = true\nsslCertFile = "/tls.pem"\n')
    ours = run(OURS, project, {"STREAMLIT_SERVER_HEADLESS": "false"})
    assert ours == {
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.headless": True,
        "server.sslCertFile": None,
        "server.sslKeyFile": None,
    }
