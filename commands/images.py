"""The image: build it, push it, and look at what is in it."""

import json as json_text
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from commands.terminal import (
    DRY_RUN_HELP,
    JSON_HELP,
    STAGE_HELP,
    exit_on_ops_error,
    layers_shown,
    print_json,
    print_would,
)


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
