"""Back to the image of an earlier release, with today's keys and configuration, and without a build."""

from dataclasses import dataclass

from ops import access, images, readiness, smoke, versions
from ops.deploy import Deployment, Step, keep, locked, recorded, refuse_closed, settled, withdrawing
from ops.embedded import account
from ops.errors import RollbackError
from ops.locks import Lock
from ops.releases import Inputs, Ledger, Release
from ops.settings import Settings
from ops.stack import Stack
from ops.target import reach
from ops.versions import Live, Publication


@dataclass(frozen=True)
class Rollback:
    """What users reach after a rollback.

    Attributes:
        deployment: What they reach, and the number of this rollback.
        restored: The release whose image they reach.
        left: The number of the release whose image they reached before, when the ledger knows it.
    """

    deployment: Deployment
    restored: Release
    left: int | None


def run(settings: Settings, number: int | None, *, step: Step) -> Rollback:
    """Bring the image of an earlier release back.

    The new version has the configuration and the keys of the version that is live, and must answer before
    users reach it, like any other.

    Args:
        settings: The stage.
        number: The release; None for the good one before what is live.
        step: Told about each step as it begins and ends.

    Raises:
        AccessError: The stage has not chosen who sees its page; nothing was done.
        ClosedError: Somebody has closed the page; nothing was done.
        RollbackError: There is no such release, it never was good, or its image is gone or live already.
        OpsError: A step failed. Users reach the version they reached before.
    """
    access.refuse_unchosen(settings)
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    refuse_closed(stack)
    _refuse_without_releases(stack)  # where there are any, there is a bucket to lock
    with locked(stack, "invoke rollback") as lock:
        rolled_back = _run(stack, number, lock, step)
    keep(stack)
    readiness.report(stack, step)
    return rolled_back


def preview(settings: Settings, number: int | None) -> Release:
    """Return the release that a rollback would bring back; changes nothing, raises as `run` does."""
    access.refuse_unchosen(settings)
    if settings.stage.embedded and account.find(settings.home) is None:
        raise RollbackError(
            "The embedded account does not run, so that nobody knows its releases. Nothing was done. `invoke "
            "up` starts it."
        )
    stack = Stack(reach(settings))
    refuse_closed(stack)
    _refuse_without_releases(stack)
    return choose(stack, _reached(stack), number)


def described(release: Release) -> str:
    """Return a release in the words of a preview: its number, its image and where that was made from."""
    revision = f"revision {release.revision}" if release.revision else "no revision"
    return f"release {release.number}: {release.tag or release.digest}, {revision}"


def _run(stack: Stack, number: int | None, lock: Lock, step: Step) -> Rollback:
    restored = choose(stack, _reached(stack), number)
    with step("Terraform's state") as note:
        since = stack.clear_stale_lock()
        note(f"removed the lock that a killed run left at {since}" if since else "free")
    versions.pin(stack.clients.lambda_, function=stack.app_name)
    before = settled(stack) or _reached(stack)
    last = stack.ledger.last_good()
    facts = {"image": restored.image, "tag": restored.tag, "revision": restored.revision}
    with recorded(stack, "rollback", restores=restored.number, before=before.version, **facts) as entry:
        with step(f"image of release {restored.number}") as note:
            published = _publish(stack, restored, before)
            version = published.version
            note(f"{restored.tag or restored.digest} as version {version}, configuration of {before.version}")
        with withdrawing(stack, lock, version, before):
            stack.ledger.update(entry, version=version)
            with step(f"smoke test of version {version}"):
                _prove(stack, version, restored, like=before.version)
                lock.check()
            with step(f"users from version {before.version} to {version}"):
                reached = versions.move(
                    stack.clients.lambda_, function=stack.app_name, to=version, since=before
                )
        url = stack.address() or restored.url
        found = _inputs(last.release if last else restored, restored, live=version, latest=published.latest)
        stack.ledger.end(entry, "good", url=url, inputs=found)
    deployment = Deployment(url, version, reached.image, entry.release.number)
    return Rollback(deployment, restored, origin(stack.ledger, before.digest))


def _refuse_without_releases(stack: Stack) -> None:
    if not stack.ledger.numbers():
        raise RollbackError("Nothing was released yet. Nothing was done. `invoke deploy` deploys.")


def _reached(stack: Stack) -> Live:
    found = versions.reached(stack.clients.lambda_, function=stack.app_name)
    if found is None:
        raise RollbackError(
            f"There are releases, but no alias {versions.ALIAS!r}: users reach none of them. Nothing was "
            f"done. `invoke deploy` makes the alias anew; then `invoke rollback N` goes back to any release."
        )
    return found


def choose(stack: Stack, before: Live, number: int | None) -> Release:
    """Return the release to go back to, once its image is known to be in the registry.

    Raises:
        RollbackError: There is none; nothing was done.
    """
    release = chosen(stack.ledger, number, digest=before.digest)
    if not images.exists(stack.clients.ecr, release.image):
        raise RollbackError(
            f"The image of release {release.number} ({release.tag or release.digest}) is no longer in the "
            f"registry. Nothing was done. {_source(release)}, then `invoke deploy`."
        )
    return release


def _source(release: Release) -> str:
    return f"Check out its revision ({release.revision})" if release.revision else "Check out its source"


def chosen(ledger: Ledger, number: int | None, *, digest: str) -> Release:
    """Return the release to go back to.

    Without a number it is the good one before the release whose image is live: a second rollback goes one
    further back, and never forth again.

    Args:
        ledger: The releases.
        number: What was asked for, None for the one before.
        digest: The digest of the image that is live.

    Raises:
        RollbackError: There is none, or it is no release to go back to; nothing was done.
    """
    if number is not None:
        release = ledger.read(number).release
        if release.result != "good":
            raise RollbackError(
                f"Release {number} never was good ({release.reason or release.result}). Nothing was done. "
                f"`invoke releases` shows those that were."
            )
        if release.digest == digest:
            raise RollbackError(f"The image of release {number} is live already. Nothing was done.")
        return release
    live = origin(ledger, digest)
    for release in ledger.each():
        is_older = live is None or release.number < live
        if is_older and release.result == "good" and release.kind != "rollback" and release.digest != digest:
            return release
    raise RollbackError(
        "There is no earlier good release with another image. Nothing was done. `invoke releases` shows all."
    )


def origin(ledger: Ledger, digest: str) -> int | None:
    """Return the number of the release whose image is live: for a rollback, the one that it restored."""
    for release in ledger.each():
        if release.result == "good" and release.digest == digest:
            return release.restores or release.number
    return None


def _publish(stack: Stack, restored: Release, before: Live) -> Publication:
    """Publish the live version's configuration with the restored image."""
    lambda_, function = stack.clients.lambda_, stack.app_name
    try:
        versions.restore_latest(lambda_, function=function, version=before.version, image=restored.image)
        return versions.publish(lambda_, function=function)
    except BaseException:
        versions.restore_latest(lambda_, function=function, version=before.version)
        raise


def _prove(stack: Stack, version: str, restored: Release, *, like: str) -> None:
    lambda_, function = stack.clients.lambda_, stack.app_name
    versions.check_image(lambda_, function=function, version=version, digest=restored.digest)
    versions.check_configuration(lambda_, function=function, version=version, like=like)
    smoke.prove(stack.clients.invoker, function=function, version=version)


def _inputs(last: Release, restored: Release, *, live: str, latest: str) -> Inputs | None:
    """Return what a deployment that would change nothing depends on: today's stack, the restored tree."""
    if last.inputs is None or restored.inputs is None:
        return None
    return last.inputs.model_copy(update={"image": restored.inputs.image, "live": live, "latest": latest})
