"""What an operator can do: each task reads its options, calls ops/ and prints what came back."""

import contextlib
import inspect
import itertools
import json as json_text
import os
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.parser.argument import Argument
from invoke.tasks import Task, task

from ops import streams
from ops.errors import OpsError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import TaskID

    from ops import serve as serving
    from ops.embedded.journal import Summary
    from ops.engine import Event, OnEvent
    from ops.infrastructure import Proposal
    from ops.keys.rotation import Rotated
    from ops.logs.output import Look

STAGE_HELP = "Stage to work on, from invoke.yaml; the variable STAGE says the same."
DRY_RUN_HELP = "Say what would be done, and do nothing."
SEAL_HELP = "Variable that holds the passphrase; without it, it is typed unseen, or a line of input."
PROVIDER_HELP = "Whose key: openai or mistral; without it, the stage's model provider."
VERIFY_HELP = "How its provider is asked: models (free), or completion (a token; sees the quota)."
NO_VERIFY_HELP = "Do not ask the provider, for networks that forbid it."
JSON_HELP = "Print data as JSON, and nothing else, on standard output."

BAKE_S = 60


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


class Positional(Argument):
    """A positional argument that no option is taken for, and that may be left out when it has a default.

    Invoke's parser asks which positional arguments are missing in two places: to give one the next word, and
    at the end of a task's words, to refuse. It knows none that may be missing, so this one says that it is
    not when the next word is an option such as --help, or when the end is reached and it is no loss.
    """

    is_required: bool

    @property
    def value(self) -> Any:
        """What was given; never None to a parser that would refuse, or take an option for it."""
        given = Argument.value.fget(self)  # type: ignore[attr-defined]  # a property
        if given is not None:
            return given
        for frame, _ in itertools.islice(traceback.walk_stack(sys._getframe(1)), 4):
            word = frame.f_locals.get("token", "") if frame.f_code.co_name == "handle" else ""
            if str(word).startswith("-"):
                return ""
            if frame.f_code.co_name == "complete_context":
                is_help = frame.f_locals["self"].initial.args["help"].value
                return "" if is_help or not self.is_required else None
        return None

    @value.setter
    def value(self, given: str) -> None:
        self.set_value(given)


class WithPositional(Task[Any]):
    """A task with positional arguments."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the arguments as Invoke makes them, the positional ones as ours."""
        told = inspect.signature(self.body).parameters
        arguments = super().get_arguments(ignore_unknown_help)
        for argument in arguments:
            if argument.positional:
                argument.__class__ = Positional
                name = str(argument.name).replace("-", "_")
                argument.is_required = told[name].default is inspect.Parameter.empty  # type: ignore[attr-defined]
        return arguments


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


@task(
    iterable=["group"],
    help={
        "stage": STAGE_HELP,
        "follow": "Go on until Ctrl-C, which tells whether any event could have been missed.",
        "since": 'Where to begin: 30m, 2h, "yesterday 14:00", 2026-11-01T10:00Z; without it, 1h.',
        "until": "Where to end, said likewise; without it, now.",
        "source": "function, api, or both: function,api, which is what is read without it.",
        "group": "A log group by its name, in the place of the stage's own; may be repeated.",
        "filter": "CloudWatch's filter pattern, which the service evaluates.",
        "grep": "Regular expression that the message has to contain.",
        "request": "Id of a request, or how it begins: only what belongs to it, in all groups.",
        "by-request": "Show each request's events together, once it has ended.",
        "level": "Least level to show: debug, info, warn, error or critical.",
        "output": "text; json, an object a line; or raw, as it was written.",
        "colour": "Colour levels, on a terminal.",
        "live": "CloudWatch's Live Tail: a sample above 500 events a second, and 3 hours at most.",
        "summary": "What it comes to: requests, errors, times, cold starts, memory, cost, and a plot.",
    },
)
def logs(
    c: Context,
    stage: str | None = None,
    follow: bool = False,
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
    group: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 - CloudWatch's word
    grep: str | None = None,
    request: str | None = None,
    level: str | None = None,
    output: str = "text",
    colour: bool = True,
    summary: bool = False,
    live: bool = False,
    by_request: bool = False,
) -> None:
    """Show what the function and its API logged, in the order of time."""
    import gc

    from ops import settings
    from ops.logs import tail
    from ops.logs.query import Options
    from ops.logs.screen import Screen

    options = Options(
        since=since,
        until=until,
        sources=source,
        groups=tuple(group or ()),
        filter=filter,
        grep=grep,
        request=request,
        level=level,
        output=output,
        follow=follow,
        summary=summary,
        live=live,
        by_request=by_request,
    )
    with exit_on_ops_error(), quiet_when_unread():
        loaded = settings.load(c.config, stage)
        # What was imported stays: to look through it again, also at the end, costs a tenth of a second.
        gc.freeze()
        screen = Screen(sys.stdout.buffer, remark)
        if summary:
            print_logs_summary(tail.summarise(loaded, options, screen), json=output == "json", colour=colour)
        elif live:
            tail.show_live(loaded, options, screen, look_of_logs(colour))
        else:
            tail.show(loaded, options, screen, look_of_logs(colour))


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
        "comment": "File to write the plan into as well, as a comment of a pull request (Markdown).",
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
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Show and save what terraform/ would change and cost.

    Exits with 0, also when something would change, and with 1 when the plan is refused.
    """
    from ops import infrastructure, settings

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            print_would([f"plan {loaded.app_name} in stage {loaded.stage_name}"], json=json)
            return
        file = Path(out) if out else None
        proposal = infrastructure.propose(
            loaded, image=image, file=file, read_only=read_only, step=steps(json)
        )
        if json:
            print_json(infrastructure.as_data(proposal))
        else:
            print("\n".join(["", *infrastructure.describe(proposal)]))
        with commented(proposal, comment):
            infrastructure.save(proposal, allow_destroy=allow_destroy)
    if not json and not read_only and not proposal.saved.is_empty:
        options = [*(["--stage", stage] if stage else []), *(["--file", out] if out else [])]
        print(f"Saved in {shown(proposal.plan.file)}. Next: {shlex.join(['invoke', 'apply', *options])}")


@contextlib.contextmanager
def commented(proposal: "Proposal", file: str | None) -> Iterator[None]:
    """Write a plan into a file, as a comment, with what refuses it, if anything does."""
    from ops import infrastructure

    refusal = ""
    try:
        yield
    except OpsError as error:
        refusal = str(error)
        raise
    finally:
        if file:
            Path(file).write_text(infrastructure.comment(proposal, refusal), encoding="utf-8")


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


@task(help={"stage": STAGE_HELP, "dry-run": DRY_RUN_HELP, "json": JSON_HELP})
def build(c: Context, stage: str | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Build the image with a container engine, and keep it there."""
    from ops import builds, settings

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            print_would([builds.preview(loaded, "build")], json=json)
            return
        with layers_shown() as on_event:
            built = builds.build(loaded, on_event=on_event)
    if json:
        print_json({"name": built.name, "id": built.id, "platform": built.content.platform, **built.labels})
    else:
        print(f"{built.name} for {built.content.platform}")


@task(
    help={
        "stage": STAGE_HELP,
        "image": "Image of another registry, such as ECR Public: copy it instead of building.",
        "outputs": "File that uri, name and digest are added to, a line each, as GitHub Actions reads it.",
        "dry-run": DRY_RUN_HELP,
        "json": JSON_HELP,
    }
)
def push(
    c: Context,
    stage: str | None = None,
    image: str | None = None,
    outputs: str | None = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Build the image and push it, unless the stage's registry holds it already."""
    from ops import builds, settings, target

    with exit_on_ops_error():
        loaded = settings.load(c.config, stage)
        if dry_run or c.config.run.dry:
            what = f"copy {image}" if image else builds.preview(loaded, "push")
            print_would([what], json=json)
            return
        ecr = target.reach(loaded).clients.ecr
        with layers_shown() as on_event:
            if image:
                pushed = builds.given(ecr, loaded, image, on_event=on_event)
            else:
                pushed = builds.ensure_for(ecr, loaded, on_event=on_event)
        if outputs:
            found = {
                "uri": pushed.image.uri,
                "name": pushed.image.repository_uri,
                "digest": pushed.image.digest,
            }
            with Path(outputs).open("a", encoding="utf-8") as file:
                file.writelines(f"{name}={value}\n" for name, value in found.items())
    if json:
        print_json({"uri": pushed.image.uri, "tag": pushed.tag, "pushed": pushed.is_new})
    else:
        print(f"{pushed.how}\n{pushed.image.uri}")


@task(
    iterable=["accept"],
    help={
        "image": "The image, by tag or digest, in the stage's registry.",
        "severity": "The least that is refused: critical, high, medium, low, informational or undefined.",
        "accept": "Name of a weakness that may be there, such as CVE-2026-1234; may be repeated.",
        "stage": STAGE_HELP,
        "json": JSON_HELP,
    },
)
def scan(
    c: Context,
    image: str,
    severity: str = "high",
    accept: list[str] | None = None,
    stage: str | None = None,
    json: bool = False,
) -> None:
    """Show what the registry's scanner found in an image.

    Exits with 1 when anything that bad is in it.
    """
    from ops import scans, settings, target

    with exit_on_ops_error():
        found = scans.scan(target.reach(settings.load(c.config, stage)).clients.ecr, image)
        if json:
            print_json([vars(weakness) for weakness in found])
        else:
            print(
                "\n".join(f"{one.severity.lower():<14} {one.name}" for one in found) or "Nothing was found."
            )
        scans.refuse_weak(image, found, least=severity, accepted=accept or ())


@task(help={"dry-run": DRY_RUN_HELP, "json": JSON_HELP})
def pin(c: Context, dry_run: bool = False, json: bool = False) -> None:
    """Pin the image's bases, in the Dockerfile, to what their tags hold now."""
    from ops import bases
    from ops.settings import ROOT

    with exit_on_ops_error():
        if dry_run or c.config.run.dry:
            print_would([f"pin {base.tagged}" for base in bases.tagged(ROOT)], json=json)
            return
        pins = bases.pin(ROOT)
    if json:
        print_json([{"base": pin.base.tagged, "digest": pin.digest, "is_new": pin.is_new} for pin in pins])
        return
    for pin in pins:
        print(f"{pin.base.tagged} is {pin.digest}{'' if pin.is_new else ', as it was'}")
    if any(pin.is_new for pin in pins):
        print("Commit the Dockerfile: with it the image is another one, which a build or a deployment makes.")


@task(help={"out": "File to write; without it, standard output."})
def sbom(c: Context, out: str | None = None) -> None:
    """List what enters the image, base and Python packages, as CycloneDX."""
    from ops import contents
    from ops.settings import ROOT

    with exit_on_ops_error():
        text = json_text.dumps(contents.bill(ROOT), indent=2)
        if out is None:
            print(text)
        elif c.config.run.dry:
            print(f"would write {out}")
        else:
            Path(out).parent.mkdir(parents=True, exist_ok=True)
            Path(out).write_text(f"{text}\n", encoding="utf-8")


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
            on_line=lambda number, line: print(f"[{number}] {line}", file=sys.stderr, flush=True),
        )
    print_summary(summary)


@task(
    klass=WithPositional,
    positional=["paths"],
    help={
        "paths": "A report (.txt, .pdf, .docx), a folder or a .zip of them; commas separate several.",
        "out": "Where the JSON files go, one per report.",
        "engine": "What reads the reports: local, openai or mistral.",
    },
)
def extract(c: Context, paths: str, out: str = "", engine: str = "local") -> None:
    """Write what reports say, one JSON file for each."""
    if not out:
        raise Exit("--out names the folder for what the reports say. Nothing was written.", code=1)
    kept = "Records that were written are whole, and stay; the same command writes all of them again."
    run_program(c, "app.insights", *paths.split(","), "--out", out, "--engine", engine, kept=kept)


@task(
    help={
        "from": "The folder with CIS_bdpm, CIS_COMPO_bdpm and CIS_MITM, as .txt or .txt.gz.",
        "date": "When the files were published (YYYY-MM-DD); without it, the last authorisation in them.",
    },
)
def lexicon(c: Context, from_: str = "", date: str | None = None) -> None:
    """Build the full lexicon of medicines from the files of the official database (BDPM)."""
    if not from_:
        raise Exit("--from names the folder with the files: see docs/lexicon.md. Nothing was done.", code=1)
    day = ["--date", date] if date else []
    kept = "The lexicon in use is unchanged; the same command begins anew."
    run_program(c, "app.insights.bdpm", from_, *day, kept=kept)


def run_program(c: Context, module: str, *arguments: str, kept: str) -> None:
    """Run a program of the application; end with 1 when it failed, whatever its own code is."""
    from ops import programs

    if c.config.run.dry:
        print(f"would run {shlex.join(programs.command(module, arguments))}")
        return
    with exit_on_ops_error():
        code = programs.run(module, arguments, kept=kept)
    if code:
        raise Exit(code=1)


def number(text: str | None, option: str) -> int | None:
    """Return an option's number; Invoke knows numbers only where there is one by default."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    raise Exit(f"{option} takes a number, not {text!r}. Nothing was done.", code=1)


def remark(text: str) -> None:
    """Say something that is no part of the output."""
    print(text, file=sys.stderr, flush=True)


def look_of_logs(colour: bool) -> "Look":
    """Return how logs look on standard output."""
    from ops.logs.output import Look

    is_terminal = sys.stdout.isatty()
    is_coloured = colour and is_terminal and not os.environ.get("NO_COLOR")
    return Look(colour=is_coloured, terminal=is_terminal)


def print_logs_summary(found: dict[str, Any], *, json: bool, colour: bool) -> None:
    """Tell what a span of logs came to."""
    if json:
        print_json(found)
    else:
        from ops.logs import charts

        show(charts.summary(found), colour=colour)


@contextlib.contextmanager
def quiet_when_unread() -> Iterator[None]:
    """End as if all were done when whatever reads the output has had enough."""
    try:
        yield
    except BrokenPipeError:
        # What is still buffered would complain when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    for number, instance in enumerate(summary.instances, 1):
        table.add_row(
            str(number),
            str(instance.requests),
            str(instance.failed),
            f"{instance.busy_ms / 1000:.1f} s",
            f"{instance.memory_mb} MB",
        )
    Console().print(table)


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


namespace = Collection(
    deploy,
    rollback,
    rotate_key,
    releases,
    status,
    doctor,
    logs,
    open_,
    bootstrap,
    build,
    push,
    pin,
    sbom,
    scan,
    init,
    plan,
    apply,
    output,
    drift,
    destroy,
    serve,
    up,
    down,
    env,
    extract,
    lexicon,
)
keys = Collection("keys", list_keys, restore_backup)
keys.add_task(show_key, "show")
keys.add_task(rotate_key, "set")
keys.add_task(key_history, "history")
keys.add_task(restore_key, "restore")
keys.add_task(delete_key, "delete")
keys.add_task(check_keys, "check")
namespace.add_collection(keys)
access = Collection("access", show_access)
access.add_task(set_client_secret, "set-secret")
namespace.add_collection(access)
