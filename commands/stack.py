"""The stack in terraform/, and what has to be there before it."""

import contextlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from commands.positional import WithPositional
from commands.terminal import (
    DRY_RUN_HELP,
    JSON_HELP,
    SEAL_HELP,
    STAGE_HELP,
    ask,
    confirm_stage,
    exit_on_ops_error,
    print_json,
    print_would,
    secret,
    show,
    shown,
    steps,
)

if TYPE_CHECKING:
    from ops.infrastructure import Proposal


@task(
    help={
        "stage": STAGE_HELP,
        "github": "Repository whose workflows are to work on the stage: OWNER/NAME, or OWNER@ID/NAME@ID.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def bootstrap(
    c: Context,
    stage: str | None = None,
    github: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make what a stage needs once: bucket, image repository, and roles for GitHub Actions.

    A repeat makes what is missing or was changed by hand, and nothing else.
    """
    from ops import bootstrap as beginning
    from ops import settings
    from ops.github import repository

    with exit_on_ops_error():
        of, loaded = repository(github) if github else None, settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            would = beginning.preview(loaded, of)
            print_would(would, json=json, heading="would make:" if would else "nothing is missing")
            return
        done = beginning.run(loaded, of)
    if json:
        print_json({"parts": [vars(part) for part in done.parts], "next": done.next})
        return
    from ops import tables

    show(tables.parts(done.parts))
    print("\n".join(["\nNext:", *(f"  {line}" for line in done.next)]))


@task(help={"stage": STAGE_HELP, "dry-run": DRY_RUN_HELP, "json": JSON_HELP})
def init(c: Context, stage: str | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Make the stage's bucket and connect Terraform to it."""
    from ops import infrastructure, settings

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            what = f"make the bucket of {loaded.app_name} in stage {loaded.stage_name} when it is missing"
            print_would([what], json=json)
            return
        bucket = infrastructure.init(loaded, step=steps(json))
    if json:
        print_json({"bucket": bucket})
        return
    print(f"\nTerraform's state and the releases are in {bucket}. Next: invoke plan, or invoke deploy")


@task(
    help={
        "stage": STAGE_HELP,
        "image": "Image to plan with, by tag or digest; without it, the one that is live.",
        "allow-destroy": "Let the plan destroy or replace what holds data.",
        "out": "File to save the plan in; without it, one in the stage's data directory.",
        "read-only": "Write nothing into the account and save no plan, for credentials that may only read.",
        "comment": "File for the plan, or for why there is none, as a comment of a pull request (Markdown).",
        "commit": "With --comment: the commit that it names; without it, git's.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def plan(
    c: Context,
    stage: str | None = None,
    image: str | None = None,
    allow_destroy: bool = False,
    out: str | None = None,
    read_only: bool = False,
    comment: str | None = None,
    commit: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Show and save what terraform/ would change and cost.

    Exits with 0, also when something would change, and with 1 when the plan is refused.
    """
    from ops import infrastructure, settings

    dry = dry_run or c.config.run.dry
    with commented(None if dry else comment, commit) as made, exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry:
            print_would([f"plan {loaded.app_name} in stage {loaded.stage_name}"], json=json)
            return
        file = Path(out) if out else None
        proposal = infrastructure.propose(
            loaded, image=image, file=file, read_only=read_only, step=steps(json)
        )
        made.append(proposal)
        if json:
            print_json(infrastructure.as_data(proposal))
        else:
            print("\n".join(["", *infrastructure.describe(proposal)]))
        infrastructure.save(proposal, allow_destroy=allow_destroy)
    if not json and not read_only and not proposal.saved.is_empty:
        options = [*(["--stage", stage] if stage else []), *(["--file", out] if out else [])]
        print(f"Saved in {shown(proposal.plan.file)}. Next: {shlex.join(['invoke', 'apply', *options])}")


@contextlib.contextmanager
def commented(file: str | None, commit: str | None) -> Iterator[list["Proposal"]]:
    """Write the plan that is made within into a file, as a comment, with what ends the command early.

    Without a plan the comment says so: in its place, one of an earlier commit would stay.
    """
    from ops import infrastructure, revision
    from ops.settings import ROOT

    made: list[Proposal] = []
    said = ""
    try:
        yield made
    except Exit as error:
        said = (error.message or "").strip()
        raise
    finally:
        if file:
            proposal = next(iter(made), None)
            text = infrastructure.comment(proposal, said, commit=commit or revision.read(ROOT))
            with exit_on_ops_error():
                Path(file).write_text(text, encoding="utf-8")


@task(
    help={
        "stage": STAGE_HELP,
        "file": "The saved plan; without it, the one in the stage's data directory.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def apply(
    c: Context, stage: str | None = None, file: str | None = None, dry_run: bool = False, json: bool = False
) -> None:
    """Carry out the saved plan; users stay on their version.

    It is the plan of `invoke plan` and nothing else; one that is stale or another stage's is refused.
    """
    from ops import infrastructure, settings

    with exit_on_ops_error():
        loaded, path = settings.load(c.config, stage), Path(file) if file else None
        if dry_run or c.config.run.dry:
            print_would(infrastructure.load(loaded, path).says, json=json, heading="would apply:")
            return
        done = infrastructure.apply(loaded, path, step=steps(json))
    if json:
        print_json(vars(done))
    else:
        print("\n".join(["", *infrastructure.applied(done)]))


@task(
    klass=WithPositional,
    positional=["name"],
    help={
        "name": "One output, printed bare; without it, all of them.",
        "stage": STAGE_HELP,
        "json": JSON_HELP,
    },
)
def output(c: Context, name: str | None = None, stage: str | None = None, json: bool = False) -> None:
    """Print what the stack says about itself, its URL first."""
    from ops import infrastructure, settings

    with exit_on_ops_error():
        found = infrastructure.output(settings.load(c.config, stage), name)
    if json:
        print_json(found)
    elif name:
        print(found[name])
    else:
        for key, value in found.items():
            print(f"{key}: {value}")


@task(help={"stage": STAGE_HELP, "json": JSON_HELP})
def drift(c: Context, stage: str | None = None, json: bool = False) -> None:
    """Show what was changed in the account by hand.

    Exits with 2 when anything was, with 0 when nothing was, and with 1 when that could not be found out.
    """
    from ops import infrastructure, settings

    with exit_on_ops_error():
        found = infrastructure.compare(settings.load(c.config, stage), step=steps(json))
    if json:
        print_json({"drift": [vars(drifted) for drifted in found.drift], "pending": found.pending})
    else:
        print("\n".join(["", *infrastructure.compared(found)]))
    if found.drift:
        raise Exit(code=2)


@task(
    help={
        "stage": STAGE_HELP,
        "with-keys": "Also delete the application's keys in Systems Manager.",
        "backup": "With --with-keys: file to keep them in first, sealed with a passphrase.",
        "passphrase-from-env": SEAL_HELP,
        "yes-i-mean": "Name of the stage: do not ask, for scripts.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP + " Needs --yes-i-mean, or --dry-run.",
    }
)
def destroy(
    c: Context,
    stage: str | None = None,
    with_keys: bool = False,
    backup: str | None = None,
    passphrase_from_env: str | None = None,
    yes_i_mean: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Delete the stack, once the stage's name is typed.

    Shows the account and what dies first. A repeat goes on from wherever it stopped.
    """
    from ops import backups, destruction, settings

    with exit_on_ops_error():
        if backup and not with_keys:
            raise Exit(
                "--backup keeps the keys that --with-keys deletes; without it, they stay. Nothing was done.",
                code=1,
            )
        loaded, dry = settings.load(c.config, stage), dry_run or c.config.run.dry
        if json and not (dry or yes_i_mean):
            raise Exit("--json can't ask: say --yes-i-mean NAME, or --dry-run. Nothing was done.", code=1)
        doomed = destruction.survey(loaded, step=steps(json))
        if json:
            print_json(destruction.as_data(doomed, with_keys=with_keys))
        else:
            print("\n".join(["", *destruction.describe(doomed, with_keys=with_keys)]))
        if dry:
            return
        confirm_stage(loaded.stage_name, yes_i_mean)
        if with_keys and doomed.keys and not yes_i_mean:
            backup = backup or ask("File for a sealed backup of the keys (empty: none): ")
        kept = None
        if with_keys and backup:
            kept = backups.Destination(Path(backup), secret("Passphrase", passphrase_from_env, again=True))
        destruction.destroy(doomed, with_keys=with_keys, backup=kept, step=steps(json))
    if json:
        return
    print("\n".join(["", *destruction.leftovers(doomed.stack)]))
    if kept:
        print(f"The keys are in {backup}. They come back with:")
        print(f"  {shlex.join(['invoke', 'keys.restore-backup', str(backup)])}")
