"""The embedded account, and pages that need no account at all."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from commands.positional import WithPositional
from commands.terminal import (
    DRY_RUN_HELP,
    JSON_HELP,
    STAGE_HELP,
    confirm,
    exit_on_ops_error,
    number,
    print_json,
    print_would,
    shown,
)

if TYPE_CHECKING:
    from ops import serve as serving
    from ops.embedded.journal import Summary


@task(help={"stage": STAGE_HELP, "dry-run": DRY_RUN_HELP, "json": JSON_HELP})
def up(c: Context, stage: str | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Start the embedded account, with all it had, and deploy nothing."""
    from ops import settings, target

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            home = shown(target.embedded_home(loaded))
            print_would([f"start the embedded account in {home} unless it runs"], json=json)
            return
        running = target.start(loaded)
    if json:
        print_json({"endpoint": running.endpoint, "pid": running.pid})
        return
    print(f"The embedded account runs at {running.endpoint} (process {running.pid}).")


@task(
    help={
        "stage": STAGE_HELP,
        "erase": "Also delete the account: every resource, key and log in it.",
        "yes": "With --erase: do not ask.",
        "dry-run": DRY_RUN_HELP,
    }
)
def down(
    c: Context, stage: str | None = None, erase: bool = False, yes: bool = False, dry_run: bool = False
) -> None:
    """Stop the embedded account and all it started; its state stays."""
    from ops import settings, target

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        home = target.embedded_home(loaded)
        if dry_run or c.config.run.dry:
            verb = "stop and delete" if erase else "stop"
            print_would([f"{verb} the embedded account in {shown(home)}"], json=False)
        elif erase:
            confirm(f"Delete the embedded account in {shown(home)} with all that is in it?", yes=yes)
            target.erase(loaded)
            print("The embedded account is gone.")
        elif target.stop(loaded):
            print(f"The embedded account is stopped. Its state is in {shown(home)}.")
        else:
            print("The embedded account was not running.")


@task(help={"stage": STAGE_HELP})
def env(c: Context, stage: str | None = None) -> None:
    """Print the exports that point any AWS client at the embedded account: eval "$(invoke env)"."""
    from ops import settings, target
    from ops.embedded import account

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        running = target.start(loaded)
    for name, value in account.environment(running, loaded.region).items():
        print(f"export {name}={shlex.quote(value)}" if value else f"unset {name}")


@task(
    klass=WithPositional,
    positional=["page"],
    help={
        "page": "The Streamlit script, or a directory with streamlit_app.py in it.",
        "port": "Where to listen on 127.0.0.1; without it, the next free port from 8501 on.",
        "instances": "Instances that answer, each request by any of them.",
        "freeze": "Stop instances between requests, as Lambda does.",
        "seed": "Choose instances by this number: the same requests, the same instances.",
        "stream": "Stream answers, as a Lambda Function URL can; an HTTP API buffers them.",
    },
)
def serve(
    c: Context,
    page: str,
    port: str | None = None,
    instances: int = 2,
    freeze: bool = True,
    seed: str | None = None,
    stream: bool = False,
) -> None:
    """Run any Streamlit script on the embedded Lambda and gateway, until Ctrl-C."""
    from ops import serve as serving
    from ops.embedded.pool import Limits

    with exit_on_ops_error():
        limits = Limits(instances, freeze, number(seed, "--seed"))
        settings = serving.Settings(Path(page), number(port, "--port"), limits, stream)
        if c.config.run.dry:
            print(f"would serve {page}")
            return
        summary = serving.run(
            settings,
            ready=lambda url: print_served(url, settings),
            on_line=lambda instance, line: print(f"[{instance}] {line}", file=sys.stderr, flush=True),
        )
    print_summary(summary)


def print_served(url: str, settings: "serving.Settings") -> None:
    """Say where the page is and what answers."""
    limits = settings.limits
    rhythm = "frozen between requests" if limits.freeze else "never frozen"
    choice = "chance" if limits.seed is None else f"seed {limits.seed}"
    answers = "streamed" if settings.stream else "buffered"
    print(f"{settings.page} is served at {url}")
    print(f"{limits.max_instances} instances, {rhythm}, chosen by {choice}; answers are {answers}.")
    print("Ctrl-C ends it.", flush=True)


def print_summary(summary: "Summary") -> None:
    """Tell what was served, so that an author knows whether the page works on Lambda."""
    from rich.console import Console
    from rich.table import Table

    print(
        f"\n{summary.requests} requests: {summary.runs} runs of the page, {summary.polls} looks at a run "
        f"under way, {summary.failed} failed; {summary.answered_bytes / 1e6:.1f} MB answered"
    )
    table = Table("instance", "requests", "failed", "busy", "memory", box=None)
    for index, instance in enumerate(summary.instances, 1):
        table.add_row(
            str(index),
            str(instance.requests),
            str(instance.failed),
            f"{instance.busy_ms / 1000:.1f} s",
            f"{instance.memory_mb} MB",
        )
    Console().print(table)
