"""Streamlit's own signed cookies, made to outlive a change of the key.

`st.login` keeps who a user is in cookies that Streamlit signs with one secret, which here follows from the
newest key. What was signed with the secret of an earlier key that is still in use is signed anew before
Streamlit reads the request, so a login goes on. Its age goes on counting from the first signing: the browser
keeps the cookie that it has.

A page that sets a secret of its own (`cookie_secret` in its secrets, or `server.cookieSecret`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import cookie_parser
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import SESSION_COOKIE_NAME, USER_COOKIE_NAME

if TYPE_CHECKING:
    from starlette.types import Scope

    from .seal import Seal

# Starlette's own default for its session cookie, which holds the state of a login under way.
_SESSION_MAX_AGE_S: Final = 14 * 24 * 3600


def secret(seal: Seal) -> str:
    """What Streamlit signs cookies with."""
    return secrets(seal)[0]


def secrets(seal: Seal) -> list[str]:
    """The secrets of all keys in use, newest first."""
    return [key.hex() for key in seal.derive_each("streamlit cookie secret")]


def renew(scope: Scope, seal: Seal) -> None:
    """Let what Streamlit signed with an earlier key, among the cookies in `scope`, count as signed now."""
    known = secrets(seal)
    headers = [(name, value) for name, value in scope["headers"] if name == b"cookie"]
    if len(known) < 2 or not any(b"_streamlit_" in value for _, value in headers):
        return
    current = get_cookie_secret()
    if current not in known:
        return
    earlier = [secret for secret in known if secret != current]
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    text = "; ".join(value.decode("latin-1") for _, value in headers)
    renewed = "; ".join(f"{name}={value}" for name, value in _renewed(text, current, earlier))
    scope["headers"] = [*others, (b"cookie", renewed.encode("latin-1"))]


def _renewed(text: str, current: str, earlier: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name, value in cookie_parser(text).items():
        # Large ones come in chunks, each signed under its own name, which begins alike.
        if name.startswith(USER_COOKIE_NAME):
            yield name, _login(name, value, current, earlier)
        elif name == SESSION_COOKIE_NAME:
            yield name, _session(value, current, earlier)
        else:
            yield name, value


def _login(name: str, value: str, current: str, earlier: Sequence[str]) -> str:
    for secret in earlier:
        content = decode_signed_value(secret, name, value)
        if content is not None:
            return create_signed_value(current, name, content).decode()
    return value


def _session(value: str, current: str, earlier: Sequence[str]) -> str:
    for secret in earlier:
        try:
            content = TimestampSigner(secret).unsign(value, max_age=_SESSION_MAX_AGE_S)
        except BadSignature:
            continue
        return TimestampSigner(current).sign(content).decode()
    return value
