"""From the working tree to a URL: image, infrastructure, proof, and only then the users.

Everything that changes something runs under the deploy lock and is written into the ledger: begun before the
first change, ended after the last.
"""

import base64
import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops import (
    access,
    backend,
    builds,
    canary,
    encryption,
    images,
    inputs,
    plans,
    readiness,
    revision,
    smoke,
    versions,
    vitals,
)
from ops.builds import Pushed
from ops.canary import Canary
from ops.embedded import account
from ops.errors import ClosedError, TerraformError, WithdrawalError
from ops.keys import parameters, providers
from ops.keys.parameters import KeyChange
from ops.locks import Lock, deploy_lock
from ops.releases import Entry, Inputs, Kind, reason_of
from ops.settings import ROOT, Settings
from ops.stack import Stack
from ops.target import Target, reach
from ops.terraform import Plan, program
from ops.versions import Live, Publication

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

SECRET_BYTES = 32

# Opens a step of this title; what it yields takes a note on how the step went.
Step = Callable[[str], AbstractContextManager[Callable[[str], None]]]


@dataclass(frozen=True)
class Options:
    """How to deploy.

    Attributes:
        full: Go through all steps even when nothing differs from the last good release.
        allow_destroy: Let the plan destroy or replace what holds data.
        canary: Try the new version on a part of the users first.
        image: What to deploy, by tag or digest; None for the working tree.
    """

    full: bool = False
    allow_destroy: bool = False
    canary: Canary | None = None
    image: str | None = None


@dataclass(frozen=True)
class Deployment:
    """What users reach now.

    Attributes:
        url: Where.
        version: The published version.
        image: Its image by digest.
        release: The release's number in the ledger, None when there was nothing to write down.
    """

    url: str
    version: str
    image: str
    release: int | None


def run(settings: Settings, options: Options = Options(), *, step: Step) -> Deployment:
    """Deploy the working tree to the stage and return what users reach.

    Safe to repeat after any failure: what is there already is found and kept. Where nothing differs from the
    last good release, nothing is done.

    Args:
        settings: The stage.
        options: How.
        step: Told about each step as it begins and ends.

    Raises:
        OpsError: A step failed; the message says which. Users reach the version they reached before.
    """
    access.refuse_unchosen(settings)
    if options.canary:
        readiness.refuse_trial(settings)
    program()  # before anything is started: without Terraform nothing can be deployed
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    refuse_closed(stack)
    given = _given(stack, options.image, step) if options.image else None
    if not options.full and (same := inputs.unchanged(stack, given.image.digest if given else None)):
        return Deployment(same.url, str(same.version), same.image, None)
    with locked(stack, "invoke deploy") as lock:
        deployed = _Run(stack, options, given, lock, step).deploy()
    keep(stack)
    readiness.report(stack, step)
    return deployed


def preview(settings: Settings, image: str | None = None) -> list[str]:
    """Return what a deployment would find changed since the last good release, a line each; changes nothing.

    Args:
        settings: The stage.
        image: As in `Options`.

    Raises:
        AccessError: The stage does not say who sees its page.
        ClosedError: The page is closed.
        TargetError: No usable credentials.
    """
    access.refuse_unchosen(settings)
    if settings.stage.embedded and account.find(settings.home) is None:
        return ["the embedded account does not run: it would be started"]
    stack = Stack(reach(settings))
    refuse_closed(stack)
    digest = builds.identify(stack.clients.ecr, settings, image) if image else None
    last, newest, found = stack.ledger.last_good(), stack.ledger.newest_entry(), inputs.read(stack, digest)
    if last is None or newest is None:
        return ["there is no good release yet: everything would be made"]
    doubts = (
        [] if newest.release.result == "good" else [f"release {newest.release.number} came to no good end"]
    )
    if last.release.inputs is None or found is None:
        return [*doubts, "what users reach is not what a deployment left: everything would be looked at"]
    gone = [f"{name} is gone" for name in inputs.missing(stack)]
    return [*doubts, *gone, *inputs.differences(last.release.inputs, found)]


def refuse_closed(stack: Stack) -> None:
    """Refuse to release anything while somebody has closed the page.

    Terraform would open it again, and no version can prove itself before it is open.

    Raises:
        ClosedError: It is closed; nothing was done.
    """
    if not vitals.is_closed(stack.clients.lambda_, stack.app_name):
        return
    here = 'eval "$(invoke env)"; ' if stack.target.settings.stage.embedded else ""
    raise ClosedError(
        f"The page is closed: its function may run nothing (reserved concurrency 0). Nothing was done. To "
        f"open it: `{here}{vitals.opening(stack.app_name, region=stack.region)}`; then the same command "
        f"again."
    )


def locked(stack: Stack, what: str) -> AbstractContextManager[Lock]:
    """Hold the stage's deploy lock, in its bucket, which is made when missing; raises as `deploy_lock`."""
    backend.ensure_bucket(stack.clients.s3, name=stack.bucket)
    return deploy_lock(
        stack.clients.s3,
        bucket=stack.bucket,
        app_name=stack.app_name,
        what=what,
        version=revision.read(ROOT) or "",
    )


def keep(stack: Stack) -> None:
    """Wait until the embedded account has all of this on disk; AWS has it already."""
    if stack.target.running:
        account.wait_until_saved(stack.target.running)


class _Run:
    """One deployment, under the lock."""

    def __init__(self, stack: Stack, options: Options, given: Pushed | None, lock: Lock, step: Step) -> None:
        self._stack = stack
        self._options = options
        self._lock = lock
        self._step = step
        self._clients = stack.clients
        self._function = stack.app_name
        self._given = given
        # Before the image is made: what is edited later must differ from it at the next deployment.
        self._content = given.image.digest if given else builds.content(stack.target.settings).hash

    def deploy(self) -> Deployment:
        pushed = self._given or self._build()
        image = pushed.image
        prepare(self._stack, self._step)
        with self._step("session key") as note:
            settings = self._stack.target.settings
            is_early = encryption.is_still_to_be_made(self._stack.target)
            note("waits for its KMS key" if is_early else ensure_secrets(self._stack.target))
            known = inputs.parameters(self._clients.ssm, app_name=self._function)
            for said in (providers.missing(settings, known), access.missing(settings, known)):
                if said:
                    note(said)
        before = settled(self._stack)
        told = self._told()
        adopted = self._stack.adoptable()
        plan = self._plan(image, before, adopted)
        kind, facts = self._kind(image, before), self._facts(pushed, before, plan)
        if plan.is_empty and before and self._newest_is_live(before):
            return self._nothing_changed(kind, facts, before, told)
        with recorded(self._stack, kind, **facts) as entry:
            if not plan.is_empty:
                self._apply(plan, image, before, adopted)
            if is_early:
                with self._step("session key") as note:
                    note(ensure_secrets(self._stack.target))
                told = self._told()
            proven = prove(self._stack, self._lock, entry, image.uri, before, self._step)
            reached = self._move(proven.version, before)
            # Written after the alias has moved, which is the one call between the proof and the users.
            found = Inputs(live=reached.version, latest=proven.latest, **told)
            self._stack.ledger.end(entry, "good", url=self._url(), inputs=found)
        return Deployment(self._url(), reached.version, reached.image, entry.release.number)

    def _build(self) -> Pushed:
        with self._step("image") as note:
            settings = self._stack.target.settings
            pushed = builds.ensure_for(self._clients.ecr, settings, on_event=lambda _: None)
            note(pushed.how)
            return pushed

    def _told(self) -> dict[str, Any]:
        """Return what Terraform is about to be told, and which parameters it will find."""
        return {
            "image": self._content,
            "infrastructure": inputs.infrastructure(self._stack),
            "parameters": inputs.parameters(self._clients.ssm, app_name=self._function),
        }

    def _plan(self, image: images.Image, before: Live | None, adopted: dict[str, str]) -> Plan:
        with self._step("terraform plan") as note:
            plan = self._allowed_plan(image, before, adopted)
            note("nothing to change" if plan.is_empty else "")
            return plan

    def _allowed_plan(self, image: images.Image, before: Live | None, adopted: dict[str, str]) -> Plan:
        variables = self._stack.variables(image.uri, before.version if before else None, adopted)
        plan = self._stack.terraform.plan(variables, tfvars=self._stack.target.settings.tfvars)
        plans.refuse_loss(plan.changes, allow_destroy=self._options.allow_destroy)
        if before and plans.changes_rights(plan.changes):
            lost = plans.lost_keys(self._stack.terraform.show(plan))
            encryption.refuse_in_use(self._stack.target, live=before.version, lost=lost)
        return plan

    def _newest_is_live(self, before: Live) -> bool:
        """Whether users reach what was published last: a run may have died before it came to that."""
        return versions.published(self._clients.lambda_, function=self._function).version == before.version

    def _facts(self, pushed: Pushed, before: Live | None, plan: Plan) -> dict[str, Any]:
        """Return what the ledger keeps of a release that is about to begin."""
        facts = {
            "image": pushed.image.uri,
            "tag": pushed.tag,
            "before": before.version if before else None,
            "plan": None if plan.is_empty else hashlib.sha256(plan.file.read_bytes()).hexdigest(),
        }
        if self._given is None:
            return facts
        known = self._stack.ledger.of_image(pushed.image.digest)
        return {**facts, "revision": pushed.revision or (known.revision if known else None)}

    def _kind(self, image: images.Image, before: Live | None) -> Kind:
        return "infrastructure" if before and before.digest == image.digest else "code"

    def _apply(self, plan: Plan, image: images.Image, before: Live | None, adopted: dict[str, str]) -> None:
        with self._step("terraform apply") as note:
            self._lock.check()
            self._refuse_if_moved(before)
            try:
                self._stack.terraform.apply(plan)
            except TerraformError as error:
                # AWS may do what it is asked and its answer be lost: asked again, it says that this exists.
                adopted = self._stack.adoptable() if "already exist" in str(error) else {}
                if not adopted:
                    raise
                self._stack.terraform.apply(self._allowed_plan(image, before, adopted))
            if adopted:
                note(f"adopted {len(adopted)} resources that no state knew")

    def _refuse_if_moved(self, before: Live | None) -> None:
        """Refuse a plan that may have been made after somebody else moved users: it would move them again.

        Raises:
            AliasError: Somebody did; they stay there.
        """
        reached = self._stack.live if before else None
        if before and reached and reached.revision != before.revision:
            raise versions.moved_by_another(before)

    def _move(self, version: str, before: Live | None) -> Live:
        """Send users to a version that has proven itself; return what they reach."""
        if before is None or version == before.version:  # Terraform had to point the alias somewhere
            reached = self._stack.live
            assert reached is not None  # noqa: S101 - it was proven through this function
            return reached
        with withdrawing(self._stack, self._lock, version, before):
            since = self._try(version, before) if self._options.canary else before
            with self._step(f"users from version {before.version} to {version}"):
                return versions.move(self._clients.lambda_, function=self._function, to=version, since=since)

    def _try(self, version: str, before: Live) -> Live:
        tried = self._options.canary
        assert tried is not None  # noqa: S101 - for mypy
        with self._step(f"{tried.percent} % of the users to {version}") as note:
            since, seen = canary.watch(
                self._clients,
                function=self._function,
                log_group=f"/aws/lambda/{self._function}",
                since=before,
                version=version,
                canary=tried,
                check=self._lock.check,
            )
            note(seen.after(tried.bake_s))
            return since

    def _nothing_changed(
        self, kind: Kind, facts: dict[str, Any], before: Live, told: dict[str, Any]
    ) -> Deployment:
        """Prove once more what is live, and remember that these inputs come to the same."""
        with self._step(f"smoke test of version {before.version}"):
            smoke.prove(self._clients.invoker, function=self._function, version=before.version)
        latest = str(inputs.latest_revision(self._clients.lambda_, function=self._function))
        found, url = Inputs(live=before.version, latest=latest, **told), self._url()
        ledger, newest = self._stack.ledger, self._stack.ledger.newest_entry()
        if newest and newest.release.is_of(before.version, before.digest):
            ledger.update(newest, inputs=found, url=url)
            return Deployment(url, before.version, before.image, None)
        # Somebody applied by hand, or the last one failed on its way to this: what is live gets a number now.
        with recorded(self._stack, kind, **facts) as entry:
            ledger.end(entry, "good", version=before.version, url=url, inputs=found)
        return Deployment(url, before.version, before.image, entry.release.number)

    def _url(self) -> str:
        outputs = backend.outputs(self._clients.s3, bucket=self._stack.bucket, app_name=self._function)
        return str(outputs["app_url"])


def _given(stack: Stack, uri: str, step: Step) -> Pushed:
    """Return the image that somebody chose, in the stage's registry."""
    with step("image") as note:
        pushed = builds.given(stack.clients.ecr, stack.target.settings, uri)
        note(pushed.how)
        return pushed


def prepare(stack: Stack, step: Step) -> None:
    """Connect Terraform to the stack's state; raises as `Stack.prepare` does."""
    with step("terraform init") as note:
        if since := stack.prepare():
            note(f"removed the lock that a killed run left at {since}")


def prove(stack: Stack, lock: Lock, entry: Entry, image: str, before: Live | None, step: Step) -> Publication:
    """Return the newest version once it is written down and has answered; else it is taken back.

    Args:
        stack: Where.
        lock: Held by the caller.
        entry: The release that brings it.
        image: What it must run, by digest.
        before: What users reach; None when nothing proven is there.
        step: Told that this begins and ends.

    Raises:
        SmokeTestError: It did not answer as it should.
        WithdrawalError: Nor could it be taken back.
    """
    lambda_, function = stack.clients.lambda_, stack.app_name
    newest = versions.published(lambda_, function=function)
    version, digest = newest.version, image.rpartition("@")[2]
    with step(f"smoke test of version {version}"), withdrawing(stack, lock, version, before):
        stack.ledger.update(entry, version=version)
        versions.check_image(lambda_, function=function, version=version, digest=digest)
        wanted = stack.target.settings.variable("access") or access.PUBLIC
        smoke.prove(stack.clients.invoker, function=function, version=version, access=wanted)
        lock.check()
    return newest


def settled(stack: Stack) -> Live | None:
    """Put right what a run that died left, and return what users reach, None when that was never proven.

    Users whom somebody sent to `$LATEST` are sent to a version that is the same.
    A trial on a part of the users ends with all of them where most of them are; a release that nobody ended
    is ended, and what the newest did to a key is finished or undone.
    """
    versions.pin(stack.clients.lambda_, function=stack.app_name)
    reached = stack.live
    if reached and reached.weights:
        reached = versions.move(
            stack.clients.lambda_, function=stack.app_name, to=reached.version, since=reached
        )
    ended = stack.ledger.settle(live=reached.version if reached else None)
    newest = ended or next(iter(stack.ledger.newest(1)), None)
    if newest and newest.key:
        _settle_key(stack.clients.ssm, newest.number, newest.key, newest.result, is_new=ended is not None)
    return None if _is_unproven_first(stack) else reached


def _settle_key(ssm: "SSMClient", release: int, change: KeyChange, result: str, *, is_new: bool) -> None:
    """Finish or undo what the newest release did to a key, where its run could not.

    Args:
        ssm: Parameters.
        release: Its number.
        change: What it did.
        result: How it ended.
        is_new: It was ended only now: what it was about to delete is not what somebody set after it.
    """
    if result == "failed":
        parameters.undo(ssm, change, release=release)
    elif change.version is not None:
        if parameters.is_pending(ssm, change):
            parameters.confirm(ssm, change)
    elif is_new:
        parameters.delete(ssm, change)


def _is_unproven_first(stack: Stack) -> bool:
    """Whether users reach what a first deployment brought and never proved: Terraform points them there.

    A version that somebody applied by hand after it is what they want users to reach.
    """
    newest, reached = stack.ledger.newest_entry(), stack.live
    if newest is None or newest.release.before is not None or newest.release.result == "good":
        return False
    return reached is not None and newest.release.version in (None, reached.version)


@contextlib.contextmanager
def recorded(stack: Stack, kind: Kind, **facts: Any) -> Iterator[Entry]:
    """Begin a release in the ledger; when what follows fails, end it as failed, unless users were moved.

    Args:
        stack: What is released.
        kind: What changes.
        **facts: Further fields of `Release`, the image among them.
    """
    entry = stack.ledger.begin(kind, **{"revision": revision.read(ROOT), **facts})
    try:
        yield entry
    except BaseException as error:
        reason = reason_of(error)
        with contextlib.suppress(Exception):  # the first failure is the one to tell
            live = stack.live  # users may have been moved before it
            stack.ledger.end_as_found(entry, live=live.version if live else None, reason=reason)
        raise


@contextlib.contextmanager
def withdrawing(stack: Stack, lock: Lock, version: str, before: Live | None) -> Iterator[None]:
    """Take a version back when what follows fails, unless users reach it or somebody else is at work.

    Raises:
        LockLostError: Somebody else is at work; nothing was taken back.
        WithdrawalError: It could not be taken back; what failed first is in the message too.
    """
    try:
        yield
    except BaseException as error:
        lock.check()
        try:
            _withdraw(stack, version, before)
        except Exception as another:  # noqa: BLE001 - whatever it is, the first failure must be told
            raise WithdrawalError(
                f"{str(error) or 'Interrupted.'} Version {version} could not be taken back either: {another} "
                f"$LATEST still holds it, and some users may reach it: `invoke status` says. The next "
                f"`invoke deploy` or `invoke rollback` begins with sending them back."
            ) from error
        raise


def _withdraw(stack: Stack, version: str, before: Live | None) -> None:
    lambda_, function, reached = stack.clients.lambda_, stack.app_name, stack.live
    if before and reached and reached.version == version:
        return
    if reached and version in reached.weights:
        versions.move(lambda_, function=function, to=reached.version, since=reached)
    live = reached.version if before and reached else None
    versions.withdraw(lambda_, function=function, version=version, live=live)


def ensure_secrets(target: Target) -> str:
    """Create what seals sessions, and what signs logins where there are any; return a note on it.

    The function reads them at its start. Terraform never sees them, and nobody types them.
    """
    ssm, settings, key_id = target.clients.ssm, target.settings, encryption.key_id(target)
    if access.is_restricted(settings):
        ensure_secret(ssm, parameter=settings.runtime_parameter(access.COOKIE_SECRET), key_id=key_id)
    return ensure_secret(ssm, parameter=settings.session_key_parameter, key_id=key_id)


def ensure_secret(ssm: "SSMClient", *, parameter: str, key_id: str | None = None) -> str:
    """Create a secret of 32 random bytes, unless it is there; return a note on which it was."""
    existing = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [parameter]}]
    )
    if existing["Parameters"]:
        return f"{parameter} is there"
    value = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    sealed_by: Any = {"KeyId": key_id} if key_id else {}
    ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=False, **sealed_by)
    return f"{parameter} made"
