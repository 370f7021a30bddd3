"""A key replaced as one transaction: asked about, written, proven by the version that users will reach.

Whatever interrupts it, the old key serves until the new one is proven. What a run that died left is put right
by the next command that changes anything (`ops.deploy.settled`), from what the ledger says of it.
"""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops import access, backups, encryption, readiness, smoke, versions
from ops.deploy import Step, keep, locked, recorded, refuse_closed, settled, withdrawing
from ops.embedded import account
from ops.errors import OpsError, WithdrawalError
from ops.keys import parameters, providers
from ops.keys.parameters import KeyChange
from ops.keys.providers import PARAMETER, Provider, Verify
from ops.locks import Lock
from ops.releases import Entry, Inputs, reason_of
from ops.settings import Settings
from ops.stack import Stack
from ops.target import reach
from ops.versions import Live, Publication

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SALT_BYTES = 16

_UNDONE = (
    "What was done was taken back: users have the key before, and it is the newest of its parameter again. "
    "The same command begins anew."
)


class ProofError(OpsError):
    """A version does not hold the key that it should; users were not sent to it."""


@dataclass(frozen=True)
class Rotated:
    """What became of a key.

    Attributes:
        parameter: Its name, and the `parameter_version` that holds the key; None when it was deleted.
        version: The function's version that holds it, None when nothing is deployed.
        release: Its number in the ledger, likewise.
    """

    parameter: str
    parameter_version: int | None
    version: str | None
    release: int | None


def rotate(settings: Settings, of: Provider, key: str, *, verify: Verify, step: Step) -> Rotated:
    """Replace the provider's key, or set it for the first time.

    Args:
        settings: The stage.
        of: Whose key it is.
        key: It goes to the provider, into its parameter and into the function, and nowhere else.
        verify: How the provider is asked about it first.
        step: Told about each step as it begins and ends.

    Raises:
        AccessError: The stage has not chosen who sees its page; nothing was done.
        ClosedError: Somebody has closed the page; nothing was done.
        KeyShapeError: It can't be a key of that provider; nothing was done.
        KeyRefusedError: The provider does not take it; nothing was done.
        OpsError: A step failed. The key before still serves, and is the newest in its parameter; where there
            was none before, the new one stays there, and a deployment takes it.
    """
    access.refuse_unchosen(settings)
    providers.check_shape(of, key)
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    refuse_closed(stack)
    parameters.newest(stack.clients.ssm, of.parameter_of(stack.app_name))  # one that is none is said first
    with step(f"ask {of.company}") as note:
        note(providers.ask(of, key, variables=variables_of(stack), verify=verify))
    with locked(stack, "invoke rotate-key") as lock:
        rotated = _Rotation(stack, of, lock, step).to(key)
    keep(stack)
    readiness.report(stack, step)
    return rotated


def remove(settings: Settings, of: Provider, *, backup: backups.Destination | None, step: Step) -> Rotated:
    """Take the provider's key from the function, proven as a rotation is, and delete its parameter.

    Args:
        settings: The stage.
        of: Whose key it is.
        backup: Where it is kept first, sealed; None keeps it nowhere.
        step: Told about each step as it begins and ends.

    Raises:
        ClosedError: Somebody has closed the page; nothing was done.
        ParameterError: There is none; nothing was done.
        BackupError: It could not be kept; nothing was done.
        OpsError: A step failed. The key is still there, and serves.
    """
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    refuse_closed(stack)
    with locked(stack, "invoke keys.delete") as lock:
        removed = _Rotation(stack, of, lock, step).away(backup)
    keep(stack)
    readiness.report(stack, step)
    return removed


def preview(settings: Settings, of: Provider, *, verify: Verify, restored: int | None = None) -> list[str]:
    """Return what a rotation would do, a line each; changes nothing, starts nothing and asks no provider.

    Args:
        settings: The stage.
        of: Whose key it would be.
        verify: How the provider would be asked about it.
        restored: The version of the parameter that would come back, None for a key that is still to be told.

    Raises:
        AccessError: The stage has not chosen who sees its page.
        ClosedError: The page is closed.
        ParameterError: The parameter is a plain String, or there is no such version.
    """
    access.refuse_unchosen(settings)
    if settings.stage.embedded and account.find(settings.home) is None:
        return ["start the embedded account, which does not run"]
    stack = Stack(reach(settings))
    refuse_closed(stack)
    ssm, name = stack.clients.ssm, of.parameter_of(stack.app_name)
    version, live = parameters.newest(ssm, name), stack.live
    if restored is not None:
        parameters.value(ssm, name, restored)
    asked = [] if verify == "no" else [f"ask {of.company} about the key"]
    written = f"write version {(version or 0) + 1} of {name}"
    proof = [f"publish version {live.version} with that key, prove it, and send users there"] if live else []
    return [*asked, written, *proof]


def preview_removal(settings: Settings, of: Provider) -> list[str]:
    """Return what `remove` would do, a line each; changes nothing and starts nothing.

    Raises:
        ClosedError: The page is closed.
        ParameterError: There is no key, or its parameter is a plain String.
    """
    if settings.stage.embedded and account.find(settings.home) is None:
        return ["start the embedded account, which does not run"]
    stack = Stack(reach(settings))
    refuse_closed(stack)
    name = of.parameter_of(stack.app_name)
    if parameters.newest(stack.clients.ssm, name) is None:
        raise _missing(name)
    return [f"take {of.variable} from the function, and delete {name}"]


def variables_of(stack: Stack) -> dict[str, str]:
    """Return the environment variables of the version that users reach; none when nothing is deployed."""
    lambda_ = stack.clients.lambda_
    try:
        found = lambda_.get_function_configuration(FunctionName=stack.app_name, Qualifier=versions.ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return {}
    return dict(found.get("Environment", {}).get("Variables", {}))


def objection(lambda_: "LambdaClient", of: Provider, key: str, *, function: str, version: str) -> str | None:
    """Return why a version of the function does not hold a key, None when it does; asked by an invocation.

    The answer is a fingerprint under a salt of ours (app/keys.py): it says nothing to whoever does not have
    the key.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    event = {"type": "key", "name": of.variable, "salt": salt.hex()}
    answer = smoke.invoke(lambda_, event, function=function, version=version)
    expected = hmac.new(salt, key.strip().encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(str(answer.get("fingerprint", "")), expected):
        return None
    return "it holds another" if "fingerprint" in answer else str(answer.get("status", "it says nothing"))


class _Rotation:
    """One rotation, under the lock."""

    def __init__(self, stack: Stack, of: Provider, lock: Lock, step: Step) -> None:
        self._stack = stack
        self._of = of
        self._lock = lock
        self._step = step
        self._clients = stack.clients
        self._function = stack.app_name
        self._parameter = of.parameter_of(stack.app_name)

    def to(self, key: str) -> Rotated:
        before, change = self._begin()
        if before is None:
            return self._first(change, key)
        with self._recorded(before, change) as entry, self._undone_if_it_fails(entry):
            written = self._write(entry, change, key)
            published = self._release(entry, before, self._with(key, written), key)
            parameters.confirm(self._clients.ssm, written)
            self._end(entry, published, written)
        return Rotated(self._parameter, written.version, published.version, entry.release.number)

    def away(self, backup: backups.Destination | None) -> Rotated:
        before, change = self._begin()
        if change.before is None:
            raise _missing(self._parameter)
        if backup:
            with self._step("backup of the key"):
                backups.write(backup, backups.read(self._clients.ssm, [self._parameter]))
        if before is None:
            self._delete(change)
            return Rotated(self._parameter, None, None, None)
        with self._recorded(before, change) as entry:
            published = self._release(entry, before, self._without(), None)
            self._delete(change)
            self._end(entry, published, change)
        return Rotated(self._parameter, None, published.version, entry.release.number)

    def _begin(self) -> tuple[Live | None, KeyChange]:
        self._stack.clear_stale_lock()
        before = settled(self._stack)
        known = parameters.newest(self._clients.ssm, self._parameter)
        return before, KeyChange(name=self._parameter, before=known)

    def _recorded(self, before: Live, change: KeyChange) -> AbstractContextManager[Entry]:
        known = self._stack.ledger.of_image(before.digest)
        return recorded(
            self._stack,
            "key",
            image=before.image,
            tag=known.tag if known else "",
            revision=known.revision if known else None,
            before=before.version,
            key=change,
        )

    def _first(self, change: KeyChange, key: str) -> Rotated:
        """Keep a key for the first deployment, which puts it into the function."""
        with self._step(f"parameter {self._parameter}"):
            version = parameters.write(
                self._clients.ssm,
                self._parameter,
                key,
                is_new=change.before is None,
                release=None,
                key_id=encryption.key_id(self._stack.target),
            )
        return Rotated(self._parameter, version, None, None)

    def _delete(self, change: KeyChange) -> None:
        with self._step(f"parameter {self._parameter}") as note:
            if not parameters.delete(self._clients.ssm, change):
                raise parameters.ParameterError(
                    f"Somebody else wrote {self._parameter} in the meantime. It was kept; the function no "
                    f"longer has a key from it. Run the command again to delete it all the same, or `invoke "
                    f"deploy` to use it."
                )
            note("deleted")

    @contextlib.contextmanager
    def _undone_if_it_fails(self, entry: Entry) -> Iterator[None]:
        """Make the key before the newest again when what follows fails, unless users were moved.

        Raises:
            LockLostError: Somebody else is at work, and does that.
            WithdrawalError: It could not be done; what failed first is in the message too.
        """
        try:
            yield
        except BaseException as error:
            self._lock.check()
            try:
                if self._undo(entry):
                    error.add_note(_UNDONE)
            except Exception as another:  # noqa: BLE001 - whatever it is, the first failure must be told
                raise WithdrawalError(
                    f"{reason_of(error).rstrip('.')}. Nor could the key before be made the newest of "
                    f"{self._parameter} again: {reason_of(another)} Users have the key before, or the new "
                    f"one if it is proven: `invoke status` says. The next `invoke rotate-key` or `invoke "
                    f"deploy` puts the rest right."
                ) from error
            raise

    def _undo(self, entry: Entry) -> bool:
        release, live = entry.release, self._stack.live
        if release.key is None or (live and live.version == release.version):
            return False
        return parameters.undo(self._clients.ssm, release.key, release=release.number)

    def _write(self, entry: Entry, change: KeyChange, key: str) -> KeyChange:
        with self._step(f"parameter {change.name}") as note:
            self._lock.check()
            version = parameters.write(
                self._clients.ssm,
                change.name,
                key,
                is_new=change.before is None,
                release=entry.release.number,
                key_id=encryption.key_id(self._stack.target),
            )
            written = change.model_copy(update={"version": version})
            self._stack.ledger.update(entry, key=written)
            note(f"version {version}")
            return written

    def _with(self, key: str, written: KeyChange) -> dict[str, str]:
        """Return the live version's variables with the new key, or with where the function finds it."""
        variables, where = variables_of(self._stack), self._of.variable + PARAMETER
        is_first = self._of.variable not in variables
        if where in variables or (is_first and _delivered_at_runtime(self._stack)):
            return {**variables, where: f"{written.name}:{written.version}"}
        return {**variables, self._of.variable: key}

    def _without(self) -> dict[str, str]:
        """Return the live version's variables without the key."""
        gone = (self._of.variable, self._of.variable + PARAMETER)
        return {name: value for name, value in variables_of(self._stack).items() if name not in gone}

    def _release(
        self, entry: Entry, before: Live, variables: Mapping[str, str], key: str | None
    ) -> Publication:
        """Send users to the live version with these variables, once that has proven itself."""
        published = self._publish(before, variables)
        version = published.version
        with withdrawing(self._stack, self._lock, version, before):
            self._stack.ledger.update(entry, version=version)
            self._prove(version, before, variables, key)
            with self._step(f"users from version {before.version} to {version}"):
                self._lock.check()
                versions.move(self._clients.lambda_, function=self._function, to=version, since=before)
        return published

    def _publish(self, before: Live, variables: Mapping[str, str]) -> Publication:
        """Publish the live version with these variables."""
        lambda_ = self._clients.lambda_
        with self._step("function") as note:
            try:
                versions.configure_latest(
                    lambda_, function=self._function, like=before.version, variables=variables
                )
                published = versions.publish(lambda_, function=self._function)
            except BaseException:
                self._lock.check()
                versions.restore_latest(lambda_, function=self._function, version=before.version)
                raise
            note(f"version {published.version}, configuration of {before.version}")
            return published

    def _prove(self, version: str, before: Live, variables: Mapping[str, str], key: str | None) -> None:
        lambda_, function = self._clients.lambda_, self._function
        with self._step(f"proof of version {version}") as note:
            versions.check_image(lambda_, function=function, version=version, digest=before.digest)
            versions.check_configuration(
                lambda_, function=function, version=version, like=before.version, variables=variables
            )
            if key:
                self._prove_key(version, key)
            smoke.prove(self._clients.invoker, function=function, version=version)
            note("it holds the key, and answers" if key else "it answers")

    def _prove_key(self, version: str, key: str) -> None:
        said = objection(self._clients.invoker, self._of, key, function=self._function, version=version)
        if said is not None:
            raise ProofError(
                f"Version {version} does not hold the new key: {said.rstrip('.')}. Users reach what they "
                f"reached before, with the key before. The function's log says more; then run the command "
                f"again."
            )

    def _end(self, entry: Entry, published: Publication, change: KeyChange) -> None:
        """Write down that it is good, and that a deployment of the same tree has nothing to do."""
        last = self._stack.ledger.last_good()
        known = last.release.inputs if last else None
        is_known = known is not None and known.live == entry.release.before
        found = _inputs(known, change, published) if known and is_known else None
        url = last.release.url if last else ""
        self._stack.ledger.end(entry, "good", url=url, inputs=found)


def _inputs(last: Inputs, change: KeyChange, published: Publication) -> Inputs:
    """Return what a deployment depends on after a rotation; of parameters it has delivered one alone."""
    others = {name: version for name, version in last.parameters.items() if name != change.name}
    mine = {change.name: change.version} if change.version else {}
    update = {"parameters": {**others, **mine}, "live": published.version, "latest": published.latest}
    return last.model_copy(update=update)


def _delivered_at_runtime(stack: Stack) -> bool:
    """Whether the stage's variables say that the function reads its keys itself."""
    return stack.target.settings.variable("key_delivery") == "runtime"


def _missing(name: str) -> parameters.ParameterError:
    return parameters.ParameterError(
        f"There is no {name}. Nothing was done. `invoke keys` shows which keys there are."
    )
