"""Options that are known before Streamlit is imported."""

import subprocess
import sys

import pytest
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string, validate_xsrf_token

from app.transport import early, xsrf
from app.transport.early import EarlyOptions
from tests.app.transport.gateway import ROOT


def test_without_any_the_defaults_of_streamlit_hold(tmp_path):
    assert early.read(tmp_path / "page.py", {}) == EarlyOptions("", "Lax", uses_tls=False)


def test_the_file_beside_the_script_counts_and_given_options_win(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        '[server]\nbaseUrlPath = "/from/file/"\nxsrfCookieSameSite = "strict"\n'
    )
    script = tmp_path / "page.py"
    assert early.read(script, {}).base_path == "from/file"
    assert early.read(script, {"server.baseUrlPath": "given"}) == EarlyOptions("given", "Strict")


def test_a_file_that_streamlit_would_refuse_is_passed_over(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server\n")
    assert early.read(tmp_path / "page.py", {}) == EarlyOptions()


@pytest.mark.parametrize("value", [None, "", "unknown", "LAX"])
def test_a_same_site_that_streamlit_does_not_know_is_lax(value):
    assert EarlyOptions.of({"server.xsrfCookieSameSite": value}).xsrf_same_site == "Lax"


def test_streamlit_reads_the_token_that_is_made_without_it():
    token, other = xsrf.new_token(), xsrf.new_token()
    assert xsrf.is_token(token)
    assert decode_xsrf_token_string(token)[0]
    assert validate_xsrf_token(token, token)
    assert not validate_xsrf_token(token, other)


def test_a_cookie_for_other_sites_is_secure():
    assert xsrf.new_cookie(same_site="None", uses_tls=False).endswith("; Path=/; SameSite=None; Secure")
    assert xsrf.new_cookie(same_site="Lax", uses_tls=False).endswith("; Path=/; SameSite=Lax")


def test_importing_the_transport_and_making_an_app_imports_no_streamlit():
    code = """
import sys
from app.transport import MemoryStore, Seal, create_app
create_app("page.py", store=MemoryStore(), seal=Seal([bytes(32)]))
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"streamlit", "boto3", "botocore"}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
