"""What a provider says when it signs nobody in, cut down to what may be logged.

Streamlit logs `error` and `error_description` of whoever asks for the callback's address, and that is
anybody: both could hold any text. The description says nothing that the error's name does not.

Source: RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

if TYPE_CHECKING:
    from starlette.types import Scope

_KNOWN: Final = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)


def cut(scope: Scope) -> Scope:
    """A request as Streamlit may see it: of an error at the callback, only a name that a standard gives."""
    if scope["type"] != "http" or not scope["path"].endswith("oauth2callback"):
        return scope
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if "error" not in asked:
        return scope
    error = asked["error"][0]
    kept = {"error": error if error in _KNOWN else "unknown_error"}
    return {**scope, "query_string": urlencode(kept).encode()}
