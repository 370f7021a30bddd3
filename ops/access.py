"""Who sees the page: that each stage has chosen, and what a sign-in needs besides Terraform's variables."""

from ops.errors import OpsError
from ops.settings import Settings

OIDC = "oidc"


class AccessError(OpsError):
    """A stage has not chosen who sees its page; nothing was done."""


def refuse_unchosen(settings: Settings) -> None:
    """Refuse a stage whose file of variables does not say who sees the page.

    The embedded account answers on this machine alone, so its stage need not choose. A file that is missing
    is told of by whoever reads it.

    Raises:
        AccessError: It says nothing; nothing was done.
    """
    if settings.stage.embedded or not settings.tfvars.is_file() or settings.assigns("access"):
        return
    raise AccessError(
        f"Stage {settings.stage_name!r} does not say who sees its page, and patients' reports must not be "
        f"public by accident. Nothing was done. Write one of these into {settings.stage.tfvars}: "
        f'access = "oidc" for a sign-in (docs/access.md), or access = "public" for whoever has the address.'
    )
