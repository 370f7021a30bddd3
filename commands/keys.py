"""Keys of language models: none is ever an argument, or shown unasked."""

import shlex
import sys
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
    confirm,
    exit_on_ops_error,
    number,
    print_json,
    print_would,
    secret,
    show,
    steps,
)

if TYPE_CHECKING:
    from ops.keys.rotation import Rotated

PROVIDER_HELP = "Whose key: openai or mistral; without it, the stage's model provider."
VERIFY_HELP = "How its provider is asked: models (free), or completion (a token; sees the quota)."
NO_VERIFY_HELP = "Do not ask the provider, for networks that forbid it."


@task(
    help={
        "provider": PROVIDER_HELP,
        "from-env": "Variable that holds the key; without it, it is typed unseen, or the input.",
        "verify": VERIFY_HELP,
        "no-verify": NO_VERIFY_HELP,
        "stage": STAGE_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def rotate_key(
    c: Context,
    provider: str | None = None,
    from_env: str | None = None,
    verify: str = "models",
    no_verify: bool = False,
    stage: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Replace a language model's key: asked about, proven by the new version, then users move.

    The key is never an argument. The old one serves until the new one is proven.
    """
    from ops import settings
    from ops.keys import providers, rotation

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        of, asked = providers.chosen(loaded, provider), providers.verification(verify, no_verify)
        if dry_run or c.config.run.dry:
            print_would(rotation.preview(loaded, of, verify=asked), json=json)
            return
        key = secret(f"New key of {of.company}", from_env, again=True, is_all=True)
        done = rotation.rotate(loaded, of, key, verify=asked, step=steps(json))
    print_rotated(done, json)


@task(name="list", default=True, help={"stage": STAGE_HELP, "json": JSON_HELP})
def list_keys(c: Context, stage: str | None = None, json: bool = False) -> None:
    """Show the keys that there are, how old, and whether the function runs with them; no value."""
    from ops import settings, tables
    from ops.keys import listing
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        found = listing.keys(Stack(reach(settings.load(c.config, stage))))
    if json:
        print_json([{**vars(key), "age_days": key.age_days} for key in found])
    elif found:
        show(tables.keys(found))
    else:
        print("There is no key yet. `invoke keys.set` sets one.")


@task(
    help={
        "provider": PROVIDER_HELP,
        "reveal": "Show all of it, to a terminal, after asking.",
        "force": "With --reveal: do not ask, and show it to whatever reads.",
        "stage": STAGE_HELP,
    }
)
def show_key(
    c: Context,
    provider: str | None = None,
    reveal: bool = False,
    force: bool = False,
    stage: str | None = None,
) -> None:
    """Show a key, masked.

    `--reveal` shows all of it, and refuses when no terminal reads it.
    """
    from ops import settings
    from ops.keys import listing, providers
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        of = providers.chosen(loaded, provider)
        if reveal and not force:
            if not sys.stdout.isatty():
                raise Exit(
                    "No terminal reads this. Nothing was shown. --force shows it all the same.", code=1
                )
            confirm(f"Show the key of {of.company} in stage {loaded.stage_name}?", yes=False)
        key = listing.value(Stack(reach(loaded)), of)
    print(key if reveal else listing.masked(key))


@task(help={"provider": PROVIDER_HELP, "stage": STAGE_HELP, "json": JSON_HELP})
def key_history(
    c: Context, provider: str | None = None, stage: str | None = None, json: bool = False
) -> None:
    """Show the versions of a key's parameter: when, by whom, and what became of them."""
    from ops import settings, tables
    from ops.keys import listing, providers
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        found = listing.history(Stack(reach(loaded)), providers.chosen(loaded, provider))
    if json:
        print_json([vars(version) for version in found])
    else:
        show(tables.key_versions(found))


@task(
    klass=WithPositional,
    positional=["version"],
    help={
        "version": "Version of the parameter: invoke keys.history shows them.",
        "provider": PROVIDER_HELP,
        "verify": VERIFY_HELP,
        "no-verify": NO_VERIFY_HELP,
        "stage": STAGE_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    },
)
def restore_key(
    c: Context,
    version: str,
    provider: str | None = None,
    verify: str = "models",
    no_verify: bool = False,
    stage: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make an earlier version of a key the one in use, with the same proof as a rotation."""
    from ops import settings
    from ops.keys import listing, providers, rotation
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        wanted, loaded = number(version, "--version"), settings.load(c.config, stage)
        of, asked = providers.chosen(loaded, provider), providers.verification(verify, no_verify)
        if dry_run or c.config.run.dry:
            would = rotation.preview(loaded, of, verify=asked, restored=wanted)
            print_would(would, json=json)
            return
        # As the page strips it: a person may have written it with its line break.
        key = listing.value(Stack(reach(loaded)), of, wanted).strip()
        done = rotation.rotate(loaded, of, key, verify=asked, step=steps(json))
    print_rotated(done, json)


@task(
    help={
        "provider": PROVIDER_HELP,
        "backup": "File to keep it in first, sealed with a passphrase.",
        "passphrase-from-env": SEAL_HELP,
        "yes": "Do not ask.",
        "stage": STAGE_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def delete_key(
    c: Context,
    provider: str | None = None,
    backup: str | None = None,
    passphrase_from_env: str | None = None,
    yes: bool = False,
    stage: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Take a key from the function and delete its parameter with all its versions.

    Asks first, and for a file to keep it in.
    """
    from ops import backups, settings
    from ops.keys import providers, rotation

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        of = providers.chosen(loaded, provider)
        if dry_run or c.config.run.dry:
            print_would(rotation.preview_removal(loaded, of), json=json)
            return
        confirm(
            f"Delete the key of {of.company} in stage {loaded.stage_name}, and all its versions?", yes=yes
        )
        if not yes:
            backup = backup or ask("File for a sealed backup of the key (empty: none): ")
        kept = None
        if backup:
            kept = backups.Destination(Path(backup), secret("Passphrase", passphrase_from_env, again=True))
        done = rotation.remove(loaded, of, backup=kept, step=steps(json))
    print_rotated(done, json)
    if kept and not json:
        print(f"It comes back with: {shlex.join(['invoke', 'keys.restore-backup', str(backup)])}")


@task(
    help={
        "max-age": "Warn about a key that is older than this many days.",
        "old-fails": "Exit with 3 when there is such a key, for a schedule that reminds.",
        "verify": VERIFY_HELP,
        "stage": STAGE_HELP,
        "json": JSON_HELP,
    }
)
def check_keys(
    c: Context,
    max_age: str = "90",
    old_fails: bool = False,
    verify: str = "models",
    stage: str | None = None,
    json: bool = False,
) -> None:
    """Ask the providers whether they take the keys, for a schedule.

    Exits with 1 when one is refused, with 2 when one could not be asked; age alone is a warning.
    """
    from ops import settings, tables
    from ops.keys import listing, providers
    from ops.stack import Stack
    from ops.target import reach

    with exit_on_ops_error():
        days, asked = number(max_age, "--max-age") or 0, providers.verification(verify, False)
        stack = Stack(reach(settings.load(c.config, stage)))
        found = listing.check(stack, oldest_days=days, verify=asked)
    if json:
        print_json([{**vars(one), "key": vars(one.key)} for one in found])
    elif found:
        show(tables.checked_keys(found))
    else:
        print("There is no key yet. `invoke keys.set` sets one.")
    if code := listing.exit_code(found, old_fails=old_fails):
        raise Exit(code=code)


@task(
    klass=WithPositional,
    positional=["file"],
    help={
        "file": "What `invoke destroy --with-keys` wrote.",
        "stage": STAGE_HELP,
        "passphrase-from-env": SEAL_HELP,
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    },
)
def restore_backup(
    c: Context,
    file: str,
    stage: str | None = None,
    passphrase_from_env: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Bring back missing keys from a sealed backup.

    A key that is there stays as it is.
    """
    from ops import backups, encryption, settings, target

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        held = backups.load(Path(file), secret("Passphrase", passphrase_from_env, again=False))
        if dry_run or c.config.run.dry:
            print_would([f"bring back {parameter.name} where missing" for parameter in held], json=json)
            return
        there = target.reach(loaded)
        restored = backups.restore(there.clients.ssm, held, key_id=encryption.key_id(there))
    if json:
        print_json(vars(restored))
        return
    for name in restored.written:
        print(f"{name} is back")
    for name in restored.kept:
        print(f"{name} was there, and stays as it is")


def print_rotated(done: "Rotated", json: bool) -> None:
    """Say what became of a key."""
    if json:
        print_json(vars(done))
        return
    of = f"version {done.parameter_version} of {done.parameter}"
    if done.parameter_version is None:
        without = f"; version {done.version} is live without it" if done.version else ""
        print(f"\n{done.parameter} is deleted{without}")
    elif done.version:
        print(f"\nversion {done.version} is live, with {of}")
    else:
        print(f"\n{of} is written. No version is live: `invoke deploy` gives it to the function.")
