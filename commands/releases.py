"""What users reach: deploy it, bring an earlier one back, look at it."""

import sys

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from commands.positional import WithPositional
from commands.terminal import (
    DRY_RUN_HELP,
    JSON_HELP,
    STAGE_HELP,
    exit_on_ops_error,
    number,
    print_json,
    print_would,
    show,
    steps,
)

BAKE_S = 60


@task(
    help={
        "stage": STAGE_HELP,
        "image": "Image to deploy instead of the working tree's; one of another registry is copied.",
        "plan": "Go through all steps, also when nothing differs from the last good release.",
        "allow-destroy": "Let Terraform destroy or replace what holds data.",
        "canary": "First send this many percent of the users to the new version, and watch them.",
        "bake": "With --canary: for how many seconds.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def deploy(
    c: Context,
    stage: str | None = None,
    image: str | None = None,
    plan: bool = False,
    allow_destroy: bool = False,
    canary: str | None = None,
    bake: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Deploy the working tree, prove it, send users to it, and print the URL."""
    from ops import deploy as deployment
    from ops import settings
    from ops.canary import Canary

    with exit_on_ops_error():
        percent, bake_s = number(canary, "--canary"), number(bake, "--bake")
        if percent is None and bake_s is not None:
            raise Exit("--bake says how long --canary lasts, and there is none. Nothing was done.", code=1)
        tried = None if percent is None else Canary(percent, BAKE_S if bake_s is None else bake_s)
        options = deployment.Options(plan, allow_destroy, tried, image)
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            differences = deployment.preview(loaded, image)
            heading = f"would deploy {loaded.app_name}:"
            if not differences:
                heading = f"{loaded.app_name}: nothing has changed, nothing would be done"
            print_would(differences, json=json, heading=heading)
            return
        done = deployment.run(loaded, options, step=steps(json))
    if json:
        print_json(vars(done))
        return
    print(f"\nversion {done.version} is live" + ("" if done.release else "; nothing had to change"))
    print(done.url)


@task(
    klass=WithPositional,
    positional=["release"],
    help={
        "release": "Number of the release; without it, the good one before what is live.",
        "stage": STAGE_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    },
)
def rollback(
    c: Context,
    release: str | None = None,
    stage: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Bring the image of an earlier release back, with today's keys."""
    from ops import rollback as rolling_back
    from ops import settings

    with exit_on_ops_error():
        wanted, loaded = number(release, "A release"), settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            restored = rolling_back.described(rolling_back.preview(loaded, wanted))
            print_would([f"bring back {restored}"], json=json)
            return
        done = rolling_back.run(loaded, wanted, step=steps(json))
    deployment = done.deployment
    if json:
        print_json({**vars(deployment), "restored": done.restored.number, "left": done.left})
        return
    print(f"\nversion {deployment.version} is live, with the image of release {done.restored.number}")
    print(f"{deployment.url}\nTo undo this: invoke rollback {done.left}" if done.left else deployment.url)


@task(
    help={
        "stage": STAGE_HELP,
        "count": "How many, from the newest on.",
        "json": JSON_HELP,
    }
)
def releases(c: Context, stage: str | None = None, count: str = "20", json: bool = False) -> None:
    """Show what was released: what, by whom, when, and how it ended."""
    from ops import settings, tables, versions
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        most = number(count, "--count")
        if not most:
            raise Exit("--count takes a number from 1 on. Nothing was done.", code=1)
        stack = Stack(reach(settings.load(c.config, stage)))
        found = stack.ledger.newest(most)
        live = versions.reached(stack.clients.lambda_, function=stack.app_name)
    if json:
        print_json([release.model_dump() for release in found])
    elif not found:
        print("Nothing was released yet. `invoke deploy` does.")
    else:
        show(tables.releases(found, live=live.version if live else None))


@task(help={"stage": STAGE_HELP, "json": JSON_HELP})
def status(c: Context, stage: str | None = None, json: bool = False) -> None:
    """Show what users reach and how it does.

    Exits with 1 when something is wrong: the function, alias or URL is not well, a run that died left
    something behind, something differs from the last good release, or AWS does not let us look.
    """
    from ops import health, settings
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        found = health.read(Stack(reach(settings.load(c.config, stage))))
    if json:
        print_json(found.data())
    else:
        from ops import tables

        show(tables.status(found))
    if not found.is_healthy:
        raise Exit(code=1)


@task(help={"stage": STAGE_HELP, "json": JSON_HELP})
def doctor(c: Context, stage: str | None = None, json: bool = False) -> None:
    """Check all that a deploy needs, each with its fix.

    Changes nothing. Exits with 1 when a check failed; a warning is none.
    """
    from ops import doctor as examination
    from ops import settings

    with exit_on_ops_error():
        found = examination.examine(settings.load(c.config, stage))
    if json:
        print_json([vars(check) for check in found])
    else:
        from ops import tables

        show(tables.checks(found))
    if any(check.result == "failed" for check in found):
        raise Exit(code=1)


@task(name="open", help={"stage": STAGE_HELP})
def open_(c: Context, stage: str | None = None) -> None:
    """Open the page in a browser, and print its URL."""
    import webbrowser

    from ops import health, settings
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        url = health.public_url(Stack(reach(settings.load(c.config, stage))))
    print(url)
    if not webbrowser.open(url):
        print("There is no browser here that could open it.", file=sys.stderr)
