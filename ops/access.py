"""Who sees the page: that each stage has chosen, and what a sign-in needs besides Terraform's variables.

The client's secret is read by the function alone, when somebody signs in (app/access/secrets.py): a new one
counts within half a minute, and nothing is deployed for it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.errors import OpsError
from ops.settings import Settings

if TYPE_CHECKING:
    from ops.stack import Stack

PUBLIC, OIDC = "public", "oidc"

# Source: app/access/secrets.py.
COOKIE_SECRET = "login-cookie-secret"  # noqa: S105 - a name
CLIENT_SECRET = "oidc-client-secret"  # noqa: S105 - a name
# What a parameter of the standard tier holds.
LONGEST = 4096


class AccessError(OpsError):
    """A stage has not chosen who sees its page, or what was given is no secret; nothing was done."""


@dataclass(frozen=True)
class Access:
    """Who sees a stage's page, and what its sign-in knows.

    Attributes:
        access: public or oidc.
        metadata_url: Where the provider describes itself; "" when the page is public.
        client_id: What it calls this application.
        redirect_uri: The address that it must know as this application's.
        secret: The version of the client's secret; None when there is none.
    """

    access: str
    metadata_url: str
    client_id: str
    redirect_uri: str
    secret: int | None


def refuse_unchosen(settings: Settings) -> None:
    """Refuse a stage whose file of variables does not say who sees the page.

    The embedded account answers on this machine alone, so its stage need not choose. A file that is missing
    is told of by whoever reads it.

    Raises:
        AccessError: It says nothing; nothing was done.
    """
    if settings.stage.embedded or not settings.tfvars.is_file():
        return
    if settings.assigns("access") and settings.variable("access") in (PUBLIC, OIDC):
        return
    raise AccessError(
        f"Stage {settings.stage_name!r} does not say who sees its page, and patients' reports must not be "
        f"public by accident. Nothing was done. Write one of these into {settings.stage.tfvars}: "
        f'access = "oidc" for a sign-in (docs/access.md), or access = "public" for whoever has the address.'
    )


def is_restricted(settings: Settings) -> bool:
    """Return whether the stage's page asks for a sign-in."""
    return settings.variable("access") == OIDC


def missing(settings: Settings, known: Collection[str]) -> str:
    """Return what to say of a client's secret that the sign-in needs and that is not there; else "".

    Args:
        settings: The stage.
        known: Names of the parameters that there are.
    """
    if not is_restricted(settings) or settings.runtime_parameter(CLIENT_SECRET) in known:
        return ""
    return "nobody can sign in yet: `invoke access` says what the provider must know, then set-secret"


def read(stack: "Stack") -> Access:
    """Return who sees the stage's page, as its variables say it; changes nothing.

    Raises:
        NothingDeployedError: There is no page yet, so it has no address.
    """
    from ops import health
    from ops.keys import parameters

    settings = stack.target.settings
    if not is_restricted(settings):
        return Access(settings.variable("access"), "", "", "", None)
    url = settings.variable("public_url") or health.public_url(stack)
    return Access(
        OIDC,
        settings.variable("oidc_metadata_url"),
        settings.variable("oidc_client_id"),
        f"{url.rstrip('/')}/oauth2callback",
        parameters.newest(stack.clients.ssm, settings.runtime_parameter(CLIENT_SECRET)),
    )


def set_client_secret(stack: "Stack", secret: str) -> int:
    """Write the secret that the provider gave this application; return its version.

    Raises:
        AccessError: It can be none; nothing was done.
        ParameterError: The parameter is a plain String; nothing was done.
    """
    from ops import encryption
    from ops.keys import parameters
    from ops.keys.parameters import KeyChange

    given = secret.strip()
    # Source: RFC 6749, appendix A.2.
    if not given or len(given) > LONGEST or not (given.isascii() and given.isprintable()):
        raise AccessError(
            f"What was given is no client's secret: it is empty, has more than {LONGEST} characters, or "
            f"others than letters, digits and signs. Nothing was done. Copy it from the provider once more."
        )
    ssm, name = stack.clients.ssm, stack.target.settings.runtime_parameter(CLIENT_SECRET)
    before = parameters.newest(ssm, name)
    key_id = encryption.key_id(stack.target)
    version = parameters.write(ssm, name, given, is_new=before is None, release=None, key_id=key_id)
    parameters.confirm(ssm, KeyChange(name=name, before=before, version=version))
    return version
