"""Who is at the page."""

import json
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tests.app.transport.catalogue.cases import case
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, Provider

USERS = {
    "Ada": {"email": "ada@example.org", "groups": ["pharmacists"]},
    # Tokens that are too much for one cookie. With 8 KB of cookies Streamlit's own server would refuse a tab.
    "Blaise": {"email": "blaise@example.org", "groups": [sha256(bytes([n])).hexdigest() for n in range(46)]},
}


@contextmanager
def provider(port):
    """A page's secrets, with a provider that sends its users back to this port."""
    back = f"http://127.0.0.1:{port}/oauth2callback"
    with Provider(USERS, [back]) as one, tempfile.TemporaryDirectory() as directory:
        auth = {"redirect_uri": back, "cookie_secret": "0" * 32, "expose_tokens": ["id", "access"]}
        client = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "server_metadata_url": one.metadata_url,
        }
        secrets = Path(directory, "secrets.toml")
        secrets.write_text(
            _toml("auth", auth) + _toml("auth.local", client) + _toml("auth.elsewhere", client)
        )
        yield {"secrets.files": [str(secrets)]}


def _toml(section, values):
    return "\n".join(
        [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items()), ""]
    )


@case(sees="logged in: False", world=provider)
def login(tab):
    tab.press("Add")
    tab.press("Look")
    _log_in(tab, "Ada")
    tab.press("Add")
    tab.press("Add")
    tab.press("Look")
    tab.reload()
    _log_out(tab)
    tab.press("Add")
    _log_in(tab, "Refuse")
    _log_in(tab, "Blaise", by="Log in elsewhere")
    tab.press("Add")
    tab.press("Look")
    _log_out(tab)
    tab.back()
    tab.press("Add")


def _log_in(tab, user, by="Log in"):
    """At the provider, whose page is no Streamlit; an instance vanishes while one is there."""
    with tab.acting(f"log in as {user}") as page:
        page.get_by_role("button", name=by, exact=True).click()
        choice = page.get_by_role("button", name=user, exact=True)
        choice.wait_for()
        tab.side.kill()
        with page.expect_navigation():
            choice.click()
        tab.shows("logged in:")


def _log_out(tab):
    with tab.acting("log out") as page:
        with page.expect_navigation():
            page.get_by_role("button", name="Log out", exact=True).click()
        tab.shows("logged in: False")
