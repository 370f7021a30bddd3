"""What an operator can do: each task reads its options, calls ops/ and prints what came back."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from ops.errors import OpsError

STAGE_HELP = "Stage to work on, from invoke.yaml; the variable STAGE says the same."


@contextlib.contextmanager
def exit_on_ops_error() -> Iterator[None]:
    """Turn an error that we understand into its message and an exit code."""
    try:
        yield
    except OpsError as error:
        raise Exit(f"\n{error}", code=1) from error
    except KeyboardInterrupt as error:
        message = "\nInterrupted. What was done is kept; the same command goes on from there."
        raise Exit(message, code=130) from error
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, BotoCoreError | ClientError | OSError):
            raise Exit(
                f"\n{type(error).__name__}: {error}\nWhat was done is kept; try again.", code=1
            ) from error
        raise


@task(help={"stage": STAGE_HELP})
def deploy(c: Context, stage: str | None = None) -> None:
    """Deploy the page and print its URL."""
    from ops import deploy as deployment
    from ops import settings

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if c.config.run.dry:
            print(f"would deploy {loaded.app_name} to stage {loaded.stage_name}")
            return
        done = deployment.run(loaded, step=print_step)
    print(f"\nversion {done.version} is live" + ("" if done.changed else "; nothing had to change"))
    print(done.url)


@task(help={"stage": STAGE_HELP})
def up(c: Context, stage: str | None = None) -> None:
    """Start the embedded account, with all it had, and deploy nothing."""
    from ops import deploy as deployment
    from ops import settings
    from ops.embedded import account

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        running = account.start(loaded.home, deployment.options(loaded))
    print(f"The embedded account runs at {running.endpoint} (process {running.pid}).")


@task(
    help={
        "stage": STAGE_HELP,
        "erase": "Also delete the account: every resource, key and log in it.",
        "yes": "With --erase: do not ask.",
    }
)
def down(c: Context, stage: str | None = None, erase: bool = False, yes: bool = False) -> None:
    """Stop the embedded account and all it started; its state stays."""
    from ops import backend, settings
    from ops.embedded import account

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if erase:
            confirm(f"Delete the embedded account in {shown(loaded.home)} with all that is in it?", yes=yes)
            account.erase(loaded.home)
            backend.remove_override(settings.TERRAFORM)
            print("The embedded account is gone.")
        elif account.stop(loaded.home):
            print(f"The embedded account is stopped. Its state is in {shown(loaded.home)}.")
        else:
            print("The embedded account was not running.")


@task(help={"stage": STAGE_HELP})
def env(c: Context, stage: str | None = None) -> None:
    """Print the exports that point any AWS client at the embedded account: eval "$(invoke env)"."""
    from ops import deploy as deployment
    from ops import settings
    from ops.embedded import account

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        running = account.start(loaded.home, deployment.options(loaded))
    for name, value in account.environment(running, loaded.region).items():
        print(f"export {name}={shlex.quote(value)}" if value else f"unset {name}")


def print_step(title: str) -> "contextlib.AbstractContextManager[Callable[[str], None]]":
    """Show a step while it runs, then its time and its note."""
    return _printed_step(title)


@contextlib.contextmanager
def _printed_step(title: str) -> Iterator[Callable[[str], None]]:
    from rich.console import Console

    console = Console(highlight=False)
    notes: list[str] = []
    started = time.monotonic()
    mark = "[red]✗[/red]"
    try:
        with console.status(title):
            yield notes.append
        mark = "[green]✓[/green]"
    finally:
        console.print(
            f"{mark} {title:<28} {time.monotonic() - started:6.1f} s  [dim]{'; '.join(notes)}[/dim]",
            soft_wrap=True,
        )


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`; leave when the answer is not yes."""
    if not yes and input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Exit("Nothing was done.", code=1)


def shown(path: Path) -> str:
    """Return a path as a person would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


namespace = Collection(deploy, up, down, env)
