"""Who may use the page: everybody, or those whom a provider signs in and the operator's lists admit.

ACCESS                    public (also without it) or oidc
OIDC_METADATA_URL         where the provider describes itself
OIDC_CLIENT_ID            what it calls this application
OIDC_ALLOWED_DOMAINS, OIDC_ALLOWED_EMAILS, OIDC_ALLOWED_CLAIMS
                          who is admitted, with commas between: see `rules`
LOGIN_HOURS               hours after which a person signs in again
PUBLIC_URL, PUBLIC_URL_PARAMETER
                          where the provider sends people back to: the first, where there are several
RUNTIME_PARAMETERS_PATH   where the secrets lie in the Parameter Store: see `secrets`

Whatever of it is missing or makes no sense, the app does not start: it would let in the wrong people.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .rules import Rules
from .secrets import Client, LoginSecrets

PUBLIC = "public"
OIDC = "oidc"

DEFAULT_HOURS = 10.0


class UnusableAccessError(ValueError):
    """The environment does not say who may use the page. The app does not start."""


@dataclass(frozen=True)
class Access:
    """A sign-in: whom it admits, for how long, and the secrets that it needs."""

    rules: Rules
    login_s: float
    secrets: LoginSecrets


@cache
def current() -> Access | None:
    """The sign-in of this process, as its environment describes it; None when the page is public.

    Raises:
        UnusableAccessError: as `read`.
    """
    return read(os.environ)


def forget() -> None:
    """Read the secrets of the sign-in again when they are next asked for."""
    current.cache_clear()
    _secrets.cache_clear()


def read(environment: Mapping[str, str]) -> Access | None:
    """The sign-in that `environment` describes; None when the page is public.

    Raises:
        UnusableAccessError: it describes neither; the message says what is missing.
    """
    chosen = environment.get("ACCESS") or PUBLIC
    if chosen == PUBLIC:
        _refuse_half_a_sign_in(environment)
        return None
    if chosen != OIDC:
        raise UnusableAccessError(f"ACCESS is {chosen!r}, and can be {PUBLIC} or {OIDC}.")
    wanted = ("OIDC_METADATA_URL", "OIDC_CLIENT_ID", "RUNTIME_PARAMETERS_PATH")
    missing = [name for name in wanted if not environment.get(name)]
    if not (environment.get("PUBLIC_URL") or environment.get("PUBLIC_URL_PARAMETER")):
        missing.append("PUBLIC_URL")
    if missing:
        raise UnusableAccessError(
            f"ACCESS is {OIDC}, and {', '.join(missing)} is missing. Terraform sets it."
        )
    rules = Rules.read(environment)
    if not rules.names_anybody:
        raise UnusableAccessError(
            f"ACCESS is {OIDC}, and nobody is admitted: OIDC_ALLOWED_DOMAINS, OIDC_ALLOWED_EMAILS and "
            f"OIDC_ALLOWED_CLAIMS are empty."
        )
    client = Client(
        client_id=environment["OIDC_CLIENT_ID"],
        metadata_url=environment["OIDC_METADATA_URL"],
        public_url=environment.get("PUBLIC_URL", ""),
        public_url_parameter=environment.get("PUBLIC_URL_PARAMETER", ""),
    )
    secrets = _secrets(client, environment["RUNTIME_PARAMETERS_PATH"])
    return Access(rules, _hours(environment) * 3600, secrets)


def _refuse_half_a_sign_in(environment: Mapping[str, str]) -> None:
    """Refuse to be public where ACCESS alone is lost of what describes a sign-in.

    Raises:
        UnusableAccessError: OIDC_CLIENT_ID is there, and ACCESS is not.
    """
    if environment.get("OIDC_CLIENT_ID") and not environment.get("ACCESS"):
        raise UnusableAccessError(
            f"OIDC_CLIENT_ID is there, and ACCESS is missing: it says {OIDC} or {PUBLIC}. Terraform sets it."
        )


@cache
def _secrets(client: Client, path: str) -> LoginSecrets:
    """The same for the transport and the page: what one has read, the other need not."""
    return LoginSecrets(client, path)


def _hours(environment: Mapping[str, str]) -> float:
    text = environment.get("LOGIN_HOURS") or str(DEFAULT_HOURS)
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 720:
        raise UnusableAccessError(f"LOGIN_HOURS is {text!r}, and must be a number above 0, at most 720.")
    return hours
