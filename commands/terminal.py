"""What all commands share: how errors end them, what they print, and what they ask a person."""

import contextlib
import json as json_text
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.exceptions import Exit

from ops import streams
from ops.errors import OpsError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import TaskID

    from ops.engine import Event, OnEvent

STAGE_HELP = "Stage to work on, from invoke.yaml; the variable STAGE says the same."
DRY_RUN_HELP = "Say what would be done, and do nothing."
SEAL_HELP = "Variable that holds the passphrase; without it, it is typed unseen, or a line of input."
JSON_HELP = "Print data as JSON, and nothing else, on standard output."


@contextlib.contextmanager
def exit_on_ops_error() -> Iterator[None]:
    """Turn an error that we understand into its message and an exit code.

    SIGTERM, and SIGHUP when a terminal is gone, end a command as Ctrl-C does, so that what it tried on some
    users is taken back. That nobody reads what it says ends none.
    """
    streams.outlast_readers()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        yield
    except OpsError as error:
        raise Exit(f"\n{error}", code=1) from error
    except KeyboardInterrupt as error:
        kept = "What was done is kept; the same command goes on from there."
        state = " ".join(getattr(error, "__notes__", ())) or kept  # a note says what was taken back
        raise Exit(f"\nInterrupted. {state}", code=130) from error
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, BotoCoreError | ClientError):
            from ops import aws_errors

            raise Exit(f"\n{aws_errors.explain(error)}", code=1) from error
        if isinstance(error, OSError):
            raise Exit(f"\n{os_refusal(error)}", code=1) from error
        raise


def os_refusal(error: OSError) -> str:
    """Return what this machine did not let a command do, and what to do about it."""
    kept = "What was done is kept; the same command goes on from there."
    if error.filename is None:
        return f"{type(error).__name__}: {error}. {kept}"
    return (
        f"{error.filename} can't be read or written: {error.strerror}. {kept} Make it and its directory "
        f"yours to write, or name another: for the embedded account, in EMBEDDED_AWS_HOME."
    )


def number(text: str | None, option: str) -> int | None:
    """Return an option's number; Invoke knows numbers only where there is one by default."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    raise Exit(f"{option} takes a number, not {text!r}. Nothing was done.", code=1)


def remark(text: str) -> None:
    """Say something that is no part of the output."""
    print(text, file=sys.stderr, flush=True)


def print_would(lines: Sequence[str], *, json: bool, heading: str | None = None) -> None:
    """Say what a command would do: below a heading, or each line a sentence of its own."""
    if json:
        print_json({"would": list(lines)})
    elif heading is None:
        print("\n".join(f"would {line}" for line in lines))
    else:
        print("\n".join([heading, *(f"  {line}" for line in lines)]))


def print_json(data: object) -> None:
    """Print data for a program."""
    print(json_text.dumps(data, indent=2))


def show(renderable: "RenderableType", *, colour: bool = True) -> None:
    """Print a table, as wide as it is when nobody looks at it."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, width=width, no_color=None if colour else True).print(renderable)


def steps(json: bool) -> "Callable[[str], contextlib.AbstractContextManager[Callable[[str], None]]]":
    """Show each step while it runs, then its time and its note; beside the data when that is JSON."""

    @contextlib.contextmanager
    def printed_step(title: str) -> Iterator[Callable[[str], None]]:
        from rich.console import Console

        console = Console(highlight=False, stderr=json)
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

    return printed_step


@contextlib.contextmanager
def layers_shown() -> Iterator["OnEvent"]:
    """Show the steps of a build and the layers of a push while they go on; standard output stays clean."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    console = Console(stderr=True)
    # Where no terminal could show it, an empty line would be left of it.
    is_hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress:
        rows: dict[str, TaskID] = {}

        def show(event: "Event") -> None:
            if event.is_step:
                progress.console.print(f"[dim]{event.part}[/dim] {event.text}", highlight=False)
                return
            if event.part not in rows:
                rows[event.part] = progress.add_task("", total=None)
            total = event.total_bytes or None
            row, text = rows[event.part], f"{event.part} {event.text}".strip()
            progress.update(row, description=text, completed=event.done_bytes, total=total)

        yield show


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`; leave when the answer is not yes."""
    if not yes and ask(f"{question} [y/N] ").lower() not in ("y", "yes"):
        raise Exit("Nothing was done.", code=1)


def ask(question: str) -> str:
    """Return what is typed; leave when nobody is there to type."""
    try:
        return input(question).strip()
    except EOFError as error:
        raise Exit("\nNobody answered. Nothing was done.", code=1) from error


def confirm_stage(name: str, given: str | None) -> None:
    """Ask for the stage's name, unless a script gave it; leave when it is another."""
    typed = given or ask(f"Type the stage's name, {name}, to delete all this: ")
    if typed != name:
        raise Exit(f"{typed!r} is not {name!r}. Nothing was deleted.", code=1)


def secret(what: str, from_env: str | None, *, again: bool, is_all: bool = False) -> str:
    """Return a secret: from a variable, else typed unseen (twice with `again`), else a line of input.

    With `is_all` it is all of the input, so that of one that has several lines not the first is taken.
    """
    if from_env:
        if from_env in os.environ:
            return os.environ[from_env]
        raise Exit(f"The variable {from_env} is not set. Nothing was done.", code=1)
    try:
        if not sys.stdin.isatty():
            return (sys.stdin.read() if is_all else sys.stdin.readline()).rstrip("\n")
        return typed_secret(what, again=again)
    except EOFError as error:
        raise Exit("\nNobody answered. Nothing was done.", code=1) from error
    except UnicodeDecodeError:
        raise Exit("What was given is no text. Nothing was done.", code=1) from None


def typed_secret(what: str, *, again: bool) -> str:
    """Return what is typed unseen, twice with `again`."""
    import getpass

    typed = getpass.getpass(f"{what}: ")
    if again and getpass.getpass("The same again: ") != typed:
        raise Exit("The two differ. Nothing was done.", code=1)
    return typed


def shown(path: Path) -> str:
    """Return a path as a person would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
