"""Who sees the page."""

from invoke.context import Context
from invoke.tasks import task

from commands.terminal import (
    DRY_RUN_HELP,
    JSON_HELP,
    STAGE_HELP,
    exit_on_ops_error,
    print_json,
    print_would,
    secret,
)


@task(name="show", default=True, help={"stage": STAGE_HELP, "json": JSON_HELP})
def show_access(c: Context, stage: str | None = None, json: bool = False) -> None:
    """Show who sees the page, and what the sign-in's provider must know of it."""
    from ops import access, settings
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        found = access.read(Stack(reach(settings.load(c.config, stage))))
    if json:
        print_json(vars(found))
    elif found.access != access.OIDC:
        print(f"{found.access}: whoever has the address sees the page. docs/access.md sets up a sign-in.")
    else:
        secret_ = f"version {found.secret}" if found.secret else "not set: `invoke access.set-secret`"
        print(f"provider      {found.metadata_url}")
        print(f"client id     {found.client_id}")
        print(f"redirect URI  {found.redirect_uri}")
        print(f"secret        {secret_}")


@task(
    help={
        "from-env": "Variable that holds it; without it, it is typed unseen, or a line of input.",
        "stage": STAGE_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def set_client_secret(
    c: Context,
    from_env: str | None = None,
    stage: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Set the secret that the sign-in's provider gave this application.

    It is never an argument. People sign in with it within half a minute; nothing is deployed.
    """
    from ops import access, settings
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        name = loaded.runtime_parameter(access.CLIENT_SECRET)
        if dry_run or c.config.run.dry:
            print_would([f"write a new version of {name}"], json=json)
            return
        given = secret("The client's secret", from_env, again=False)
        version = access.set_client_secret(Stack(reach(loaded)), given)
    if json:
        print_json({"parameter": name, "version": version})
    else:
        print(f"version {version} of {name} is written; people sign in with it within half a minute")
