"""The stack by itself: connected, planned, applied, read, and compared with the account.

A plan is saved beside a note on what it belongs to, and an apply carries out that plan and nothing else. It
moves no user: a version that it publishes waits for `invoke deploy`, which proves it first. Only the very
first apply, before which there is nobody to move, has to point the alias somewhere.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ops import access, backend, builds, costs, encryption, plans, registries, versions
from ops.costs import Estimate
from ops.deploy import Step, ensure_secrets, keep, locked, prepare, prove, recorded, refuse_closed, settled
from ops.errors import OpsError
from ops.images import NoImageError
from ops.locks import Lock, me
from ops.logs.masking import masked
from ops.plans import Drift, Summary
from ops.releases import now
from ops.settings import Settings
from ops.stack import Stack
from ops.target import reach
from ops.terraform import Plan, StalePlanError, program
from ops.versions import Live

# Of a comment, which has some around them.
_COMMENT_LETTERS = 60_000


class NoPlanError(OpsError):
    """There is no saved plan, or it is another stage's or not as it was saved; nothing was changed."""


class KeysInStateError(OpsError):
    """Credentials that may only read would read keys in the state; nothing was done."""


class FrontError(OpsError):
    """A plan changes what users come through, under the version that they stay on; nothing was changed."""


class NoStackError(OpsError):
    """There is no stack yet, or no such output; nothing was changed."""


class Saved(BaseModel):
    """What a saved plan belongs to.

    Attributes:
        stage: The stage's name; `account_id`, `region` and `app_name` are where it is.
        sha256: Of the plan file.
        state: Which state it is about: `backend.fingerprint`.
        made: When, in ISO 8601; `who` made it, as user@host.
        image: The image that it deploys.
        live: The version that users reached.
        is_empty: It changes nothing.
        fronts: What users come through and it changes, by address.
        says: What it does, in lines for people.
    """

    model_config = ConfigDict(frozen=True)

    stage: str
    account_id: str
    region: str
    app_name: str
    sha256: str
    state: str | None
    made: str
    who: str
    image: str
    live: str | None
    is_empty: bool
    fronts: tuple[str, ...] = ()
    says: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A plan that was just made, and what it would do; one that is read-only is for nobody to apply."""

    plan: Plan
    saved: Saved
    summary: Summary
    cost: Estimate
    is_read_only: bool = False


@dataclass(frozen=True)
class Applied:
    """What an apply did.

    Attributes:
        release: Its number in the ledger, None when the plan was empty.
        live: The version that users reach.
        published: A newer version that nobody reaches yet, or None.
        is_first: There was none before: users reach the version that was proven just now.
        url: Where users reach it.
    """

    release: int | None
    live: str | None
    published: str | None
    is_first: bool
    url: str


@dataclass(frozen=True)
class Comparison:
    """What differs between the account and the stack as it was applied.

    Attributes:
        drift: What somebody changed in the account.
        pending: Addresses of what terraform/ has been given since the last apply.
    """

    drift: tuple[Drift, ...]
    pending: tuple[str, ...]


def init(settings: Settings, *, step: Step) -> str:
    """Make the stage's bucket when it is missing and connect Terraform to the state in it; return its name.

    Raises:
        OpsError: The account, its lock or Terraform's provider is out of reach.
    """
    stack = _reached(settings, step)
    with locked(stack, "invoke init"):
        prepare(stack, step)
    keep(stack)
    return stack.bucket


def propose(
    settings: Settings,
    *,
    image: str | None = None,
    file: Path | None = None,
    read_only: bool = False,
    step: Step,
) -> Proposal:
    """Plan the stack as terraform/ and the stage's variables describe it; `save` makes the plan applicable.

    Args:
        settings: The stage.
        image: The image to deploy; else the one that is live, and before the first the working tree's.
        file: Where the plan goes, else into the stage's data directory.
        read_only: Write nothing into the account, no lock either: for credentials that may not.
        step: Told about each step as it begins and ends.

    Raises:
        AccessError: The stage does not say who sees its page; nothing was done.
        KeyInUseError: It takes a KMS key from the function that users' version needs.
        KeysInStateError: It is to be read-only, and the state that it reads may hold keys.
        NoImageError: There is no such image in the stage's registry.
        OpsError: Terraform could not plan; nothing was changed.
    """
    access.refuse_unchosen(settings)
    if read_only:
        refuse_keys_in_state(settings)
    stack, file = _reached(settings, step), file or plan_file(settings)
    _note(file).unlink(missing_ok=True)
    with _connected(stack, "invoke plan", step, read_only=read_only):
        live = stack.live
        chosen = _image(stack, live, image)
        variables = stack.variables(chosen, live.version if live else None, stack.adoptable())
        with step("terraform plan"):
            plan = stack.terraform.plan(
                variables, tfvars=settings.tfvars, out=file.absolute(), lock=not read_only
            )
        shown = {} if plan.is_empty else stack.terraform.show(plan)
        if live:
            try:
                encryption.refuse_in_use(stack.target, live=live.version, lost=plans.lost_keys(shown))
            except encryption.KeyInUseError:
                file.unlink()
                raise
        state = _state(stack)
    summary = plans.summary(shown)
    saved = Saved(
        **_belongs(stack),
        sha256=_sha256(file),
        state=state,
        made=now(),
        who=me(),
        image=chosen,
        live=live.version if live else None,
        is_empty=plans.is_empty(shown),
        fronts=plans.changed_fronts(plan.changes),
        says=tuple(plans.describe(summary)),
    )
    return Proposal(plan, saved, summary, costs.estimate(shown, region=settings.region), read_only)


def save(proposal: Proposal, *, allow_destroy: bool) -> None:
    """Make a plan one that `apply` takes; delete one that is read-only.

    Raises:
        LossError: It loses what no later apply brings back, and was not allowed to; the plan is deleted.
    """
    file = proposal.plan.file
    try:
        plans.refuse_loss(proposal.plan.changes, allow_destroy=allow_destroy)
    except plans.LossError:
        file.unlink()
        raise
    if proposal.is_read_only:
        file.unlink()
    else:
        _note(file).write_text(proposal.saved.model_dump_json(indent=2))


def load(settings: Settings, file: Path | None = None) -> Saved:
    """Return what the saved plan belongs to.

    Raises:
        NoPlanError: There is none that is this stage's and as it was saved.
    """
    path = file or plan_file(settings)
    try:
        saved = Saved.model_validate_json(_note(path).read_text())
        found = _sha256(path)
    except (FileNotFoundError, ValidationError) as error:
        raise NoPlanError(
            f"There is no saved plan of stage {settings.stage_name!r} in {path}. Nothing was changed. "
            f"`invoke plan` makes one."
        ) from error
    if saved.stage != settings.stage_name:
        raise NoPlanError(
            f"The plan in {path} is one of stage {saved.stage!r}, not of {settings.stage_name!r}. Nothing "
            f"was changed. Apply it with --stage {saved.stage}, or make another with `invoke plan`."
        )
    if found != saved.sha256:
        raise NoPlanError(
            f"The plan in {path} is not the one that was saved. Nothing was changed. `invoke plan` makes "
            f"another."
        )
    return saved


def apply(settings: Settings, file: Path | None = None, *, step: Step) -> Applied:
    """Carry out the saved plan and nothing else; users stay on the version that they reach.

    A first apply has to send them somewhere: its version is proven, or taken back, as by a deployment.

    Args:
        settings: The stage.
        file: The plan, else the one in the stage's data directory.
        step: Told about each step as it begins and ends.

    Raises:
        AccessError: The stage does not say who sees its page; nothing was changed.
        FrontError: It changes what users come through; nothing was changed.
        ClosedError: Somebody has closed the page, and Terraform would open it; nothing was changed.
        NoPlanError: There is no plan of this stage and account; nothing was changed.
        StalePlanError: The stack or what users reach is not as it was planned for; nothing was changed.
        OpsError: It stopped part of the way: a new plan goes on from there.
    """
    access.refuse_unchosen(settings)
    path, saved = file or plan_file(settings), load(settings, file)
    stack = _reached(settings, step)
    _refuse_foreign(saved, stack)
    refuse_closed(stack)
    with locked(stack, "invoke apply") as lock:
        prepare(stack, step)
        _refuse_dead(saved, stack)
        before = settled(stack)
        _refuse_stale(saved, stack, stack.live)
        if saved.is_empty:
            return _applied(stack, None, before)
        if before:
            _refuse_another_front(saved, before)
        image = before.image if before else saved.image
        known = stack.ledger.of_image(image.rpartition("@")[2])
        with recorded(
            stack,
            "infrastructure",
            image=image,
            tag=known.tag if known else "",
            before=before.version if before else None,
            plan=saved.sha256,
        ) as entry:
            _carry_out(Plan(path.absolute(), is_empty=False), stack, lock, step)
            if before is None:
                # Only now: the apply may have made the KMS key that they are encrypted with.
                ensure_secrets(stack.target)
                prove(stack, lock, entry, image, None, step)
            done = _applied(stack, entry.release.number, before)
            stack.ledger.end(entry, "good", version=done.live, url=done.url)
    keep(stack)
    path.unlink()
    _note(path).unlink()
    return done


def output(settings: Settings, name: str | None = None) -> dict[str, object]:
    """Return the stack's outputs as the last apply left them, or the one of this name.

    Raises:
        NoStackError: There was none yet, or there is no output of this name.
    """
    stack = Stack(reach(settings))
    found = backend.outputs(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name)
    if not found:
        raise NoStackError(
            f"Stage {settings.stage_name!r} has no outputs: nothing was applied yet. `invoke deploy` does it."
        )
    if not name:
        return found
    if name not in found:
        raise NoStackError(f"There is no output {name!r}. Outputs: {', '.join(found)}.")
    return {name: found[name]}


def compare(settings: Settings, *, step: Step) -> Comparison:
    """Return how the account differs from the stack as it was applied; changes nothing.

    Raises:
        NoStackError: Nothing was deployed yet.
        OpsError: Terraform could not compare.
    """
    stack = _reached(settings, step)
    if (live := stack.live) is None:
        raise NoStackError(
            f"Nobody reaches a version of {stack.app_name}: there is nothing to compare with. "
            f"`invoke deploy` makes one."
        )
    with locked(stack, "invoke drift"):
        prepare(stack, step)
        file = plan_file(settings).with_name("drift").absolute()
        try:
            with step("terraform plan"):
                variables = stack.variables(live.image, live.version)
                plan = stack.terraform.plan(variables, tfvars=settings.tfvars, out=file)
            shown = {} if plan.is_empty else stack.terraform.show(plan)
        finally:
            file.unlink(missing_ok=True)
    return Comparison(plans.drift(shown), plans.pending(shown))


def describe(proposal: Proposal) -> list[str]:
    """Return a plan in lines for people: what changes, what it costs, what is odd."""
    lines = [*proposal.plan.warnings, *proposal.saved.says]
    return lines if proposal.saved.is_empty else [*lines, *costs.describe(proposal.cost)]


def comment(proposal: Proposal | None, refusal: str = "", *, commit: str | None = None) -> str:
    """Return a plan as a comment of a pull request, in Markdown.

    Args:
        proposal: The plan, or None when none came about.
        refusal: Why it can't be applied, or why there is none; what has the shape of a secret is masked.
        commit: Of which commit it is, so that one of an earlier commit is known as such.

    Source: GitHub Flavored Markdown, "Fenced code blocks"; GitHub takes comments of 65,536 letters.
    """
    at, why = f" at {commit}" if commit else "", masked(refusal.encode()).decode()
    if proposal is None:
        return "\n".join([f"### No plan{at}", "", *_block(why or "The log of the run says why."), ""])
    shown = [f"### Plan of stage {proposal.saved.stage}{at}", "", *_block("\n".join(describe(proposal)))]
    return "\n".join([*shown, *(["", f"**Refused.** {why}"] if why else []), ""])


def _block(text: str) -> list[str]:
    """Return a text as it is, in lines of Markdown, and no longer than a comment may be."""
    if len(text) > _COMMENT_LETTERS:
        text = f"{text[:_COMMENT_LETTERS]}\n… and more: the log of the run has all of it."
    fence = "`" * (1 + max(map(len, re.findall("`{2,}", text)), default=2))
    return [f"{fence}text", text, fence]


def as_data(proposal: Proposal) -> dict[str, Any]:
    """Return a plan for programs; values that are sensitive are hidden here too."""
    cost = proposal.cost
    return {
        **proposal.saved.model_dump(exclude={"says", "state"}),
        "file": str(proposal.plan.file),
        "warnings": proposal.plan.warnings,
        **asdict(proposal.summary),
        "cost": {**asdict(cost), "difference": cost.difference},
    }


def applied(done: Applied) -> list[str]:
    """Return what an apply did in lines for people: who reaches what now, and what to type next."""
    if done.release is None:
        return ["The plan was empty: nothing was changed."]
    lines = [f"Release {done.release}: the plan is carried out."]
    if done.is_first:
        lines.append(
            f"Version {done.live} has proven itself, and users reach it. Next: `invoke deploy` deploys the "
            f"working tree."
        )
    elif done.published:
        lines.append(
            f"Version {done.published} has the new configuration, and nobody reaches it yet: users stay on "
            f"version {done.live}. Next: `invoke deploy` proves the working tree with it and moves them."
        )
    return [*lines, done.url]


def compared(found: Comparison) -> list[str]:
    """Return a comparison in lines for people."""
    lines = [
        f"{drifted.address} {drifted.path}: {drifted.found} in the account, {drifted.wanted} in terraform/"
        if drifted.path
        else f"{drifted.address} is gone from the account"
        for drifted in found.drift
    ]
    if found.drift:
        lines.append("`invoke deploy --plan` changes it back; so do `invoke plan` and `invoke apply`.")
    else:
        lines.append("No drift: the account is as it was applied.")
    if found.pending:
        lines.append(f"Not drift, but not applied yet: {', '.join(found.pending)}. `invoke plan` shows it.")
    return lines


def plan_file(settings: Settings) -> Path:
    """Return where a stage's saved plan is, unless somebody names another file."""
    return settings.data / "plan" / settings.app_name / settings.stage_name / "tfplan"


def forget_plans(stack: Stack) -> None:
    """Delete the plans that are kept on this machine: they may hold keys."""
    saved = plan_file(stack.target.settings)
    for file in (saved, _note(saved), stack.terraform.data / "tfplan"):
        file.unlink(missing_ok=True)


def refuse_keys_in_state(settings: Settings) -> None:
    """Do nothing when no key is delivered through the state, which whoever plans has to read.

    Raises:
        KeysInStateError: One may be.
    """
    if settings.variable("key_delivery") != "runtime":
        raise KeysInStateError(
            f"Stage {settings.stage_name!r} delivers keys through Terraform's state, and whoever plans reads "
            f'the state. Nothing was done. Say key_delivery = "runtime" in {settings.stage.tfvars}, run '
            f"`invoke deploy`, and then `invoke rotate-key`: earlier versions of the function hold the key."
        )


@contextlib.contextmanager
def _connected(stack: Stack, what: str, step: Step, *, read_only: bool) -> Iterator[None]:
    """Connect Terraform to the state, under the deploy lock unless nothing may be written."""
    if read_only:
        with step("terraform init"):
            stack.connect()
        yield
        return
    with locked(stack, what):
        prepare(stack, step)
        yield


def _reached(settings: Settings, step: Step) -> Stack:
    program()  # before anything is started
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    return Stack(target)


def _image(stack: Stack, live: Live | None, given: str | None) -> str:
    settings = stack.target.settings
    if given:
        if not builds.is_own(stack.clients.ecr, registries.parse(given)):
            raise NoImageError(
                f"The image {given} is not in this stage's registry, and Lambda runs none from elsewhere. "
                f"Nothing was changed. `invoke push --image {given}` copies it there, and says what to plan "
                f"with."
            )
        builds.identify(stack.clients.ecr, settings, given)  # an apply would find out in the middle
        return given
    if live:
        return live.image
    found = builds.find(stack.clients.ecr, settings)
    if found is None:
        tag = builds.content(settings).tag
        raise NoImageError(
            f"Nothing is live yet, and the working tree's image ({tag}) is not in the registry. "
            f"Nothing was changed. `invoke push` brings it there, then plan again; `invoke plan --image "
            f"URI` plans with another, and `invoke deploy` does all in one."
        )
    return found.uri


def _belongs(stack: Stack) -> dict[str, str]:
    return {
        "stage": stack.target.settings.stage_name,
        "account_id": stack.target.account_id,
        "region": stack.region,
        "app_name": stack.app_name,
    }


def _refuse_foreign(saved: Saved, stack: Stack) -> None:
    there = _belongs(stack)
    wrong = [
        f"{name} {planned!r}, and this is {there[name]!r}"
        for name in there
        if (planned := getattr(saved, name)) != there[name]
    ]
    if wrong:
        raise NoPlanError(
            f"The saved plan is for {'; '.join(wrong)}. Nothing was changed. `invoke plan` makes one for "
            f"here."
        )


def _refuse_dead(saved: Saved, stack: Stack) -> None:
    """Refuse a plan whose apply was killed: nobody knows how much of it is done."""
    newest = next(iter(stack.ledger.newest(1)), None)
    if newest and newest.plan == saved.sha256:
        settled(stack)
        raise _stale(saved, f"release {newest.number} has begun to apply it and was not finished")


def _refuse_stale(saved: Saved, stack: Stack, before: Live | None) -> None:
    live = before.version if before else None
    if live != saved.live:
        then, today = (f"version {version}" if version else "no version" for version in (saved.live, live))
        raise _stale(saved, f"users reached {then} when it was made, and reach {today} now")
    if _state(stack) != saved.state:
        raise _stale(saved, "the stack has been changed since")


def _refuse_another_front(saved: Saved, before: Live) -> None:
    if saved.fronts:
        raise FrontError(
            f"The plan changes what users come through ({', '.join(saved.fronts)}), and an apply would leave "
            f"them on version {before.version}, which may refuse what does not come as before. Nothing was "
            f"changed. `invoke deploy` applies it and moves users in the same run; where something is lost, "
            f"it asks for --allow-destroy."
        )


def _stale(saved: Saved, reason: str) -> StalePlanError:
    return StalePlanError(
        f"The plan that {saved.who} made at {saved.made} is stale: {reason}. Nothing was changed. "
        f"`invoke plan` makes a new one, which goes on from what is there."
    )


def _carry_out(plan: Plan, stack: Stack, lock: Lock, step: Step) -> None:
    with step("terraform apply"):
        lock.check()
        stack.terraform.apply(plan, again="`invoke plan` and `invoke apply`")


def _applied(stack: Stack, release: int | None, before: Live | None) -> Applied:
    live = stack.live
    newest = versions.newest(stack.clients.lambda_, function=stack.app_name) if live else None
    outputs = backend.outputs(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name)
    return Applied(
        release,
        live.version if live else None,
        newest if live and newest != live.version else None,
        before is None,
        str(outputs["app_url"]),
    )


def _state(stack: Stack) -> str | None:
    return backend.fingerprint(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name)


def _note(file: Path) -> Path:
    return file.with_name(f"{file.name}.note.json")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
