"""Which keys there are, how old, from whom, and whether what users reach holds them. Only reads."""

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from ops import aws_errors, versions
from ops.errors import OpsError, SmokeTestError
from ops.keys import parameters, providers, rotation
from ops.keys.parameters import ParameterError, Version
from ops.keys.providers import PROVIDERS, KeyRefusedError, KeyShapeError, Provider, UnaskedError, Verify
from ops.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# Shown at either end of a masked key, when it is long enough for these to say nothing.
_SHOWN = 4
_LONG = 20

Result = Literal["accepted", "refused", "not asked"]


@dataclass(frozen=True)
class Key:
    """A provider's key, without its value.

    Attributes:
        provider: Whose it is.
        parameter: Where it is.
        version: The newest version of the parameter.
        changed: When that was written (ISO 8601), `who` by which principal.
        fingerprint: The beginning of the value's SHA-256: equal for equal keys.
        is_live: Whether what users reach holds it; None when nothing is deployed, or it can't say.
        objection: Why the parameter is no place for a key, in a sentence; None when it is one.
    """

    provider: str
    parameter: str
    version: int
    changed: str
    who: str
    fingerprint: str
    is_live: bool | None
    objection: str | None

    @property
    def age_days(self) -> int:
        """How old it is, in whole days."""
        passed = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.changed)
        return passed.days


@dataclass(frozen=True)
class Checked:
    """What a provider says of its key; `is_old` when it is older than it should become."""

    key: Key
    result: Result
    said: str
    is_old: bool


def keys(stack: Stack) -> list[Key]:
    """Return the keys that there are, by provider."""
    return [key for of in PROVIDERS.values() if (key := _key(stack, of))]


def check(stack: Stack, *, oldest_days: int, verify: Verify = "models") -> list[Checked]:
    """Ask each provider about its key as it is now; raises nothing when one refuses."""
    variables = rotation.variables_of(stack)
    found = []
    for key in keys(stack):
        result, said = _asked(stack, key, variables, verify)
        found.append(Checked(key, result, said, key.age_days > oldest_days))
    return found


def exit_code(found: Iterable[Checked], *, old_fails: bool) -> int:
    """Return what a check comes to: 1 for a key that is refused, 2 for one that could not be asked about.

    3 is for one that is old, where that is to be more than a warning; 0 when all is well.
    """
    checked = list(found)
    results = {one.result for one in checked}
    if "refused" in results:
        return 1
    if "not asked" in results:
        return 2
    return 3 if old_fails and any(one.is_old for one in checked) else 0


def history(stack: Stack, of: Provider) -> list[Version]:
    """Return all versions of a provider's parameter that are kept, newest first.

    Raises:
        ParameterError: There is no such parameter.
    """
    name = of.parameter_of(stack.app_name)
    found = parameters.history(stack.clients.ssm, name)
    if not found:
        raise _missing(name)
    return found


def value(stack: Stack, of: Provider, version: int | None = None) -> str:
    """Return a key. Never print it unasked; raises as `parameters.value` does."""
    return parameters.value(stack.clients.ssm, of.parameter_of(stack.app_name), version)


def masked(key: str) -> str:
    """Return a key as it may be shown."""
    return f"{key[:_SHOWN]}…{key[-_SHOWN:]}" if len(key) >= _LONG else "…"


def fingerprint(key: str) -> str:
    """Return what tells equal keys from different ones, and no key: they are too long to be guessed."""
    return hashlib.sha256(key.strip().encode()).hexdigest()[:12]


def _key(stack: Stack, of: Provider) -> Key | None:
    ssm, name = stack.clients.ssm, of.parameter_of(stack.app_name)
    newest = next(iter(parameters.history(ssm, name)), None)
    if newest is None:
        return None
    held = parameters.value(ssm, name)
    return Key(
        provider=of.name,
        parameter=name,
        version=newest.version,
        changed=newest.changed,
        who=newest.who,
        fingerprint=fingerprint(held),
        is_live=_is_live(stack, of, held),
        objection=_objection(ssm, name),
    )


def _asked(stack: Stack, key: Key, variables: Mapping[str, str], verify: Verify) -> tuple[Result, str]:
    if key.objection:
        return "refused", key.objection
    try:
        # The page strips it likewise: a person may have written it with its line break.
        value = parameters.value(stack.clients.ssm, key.parameter).strip()
        providers.check_shape(PROVIDERS[key.provider], value)
        said = providers.ask(PROVIDERS[key.provider], value, variables=variables, verify=verify)
    except UnaskedError as error:
        return "not asked", str(error)
    except (KeyShapeError, KeyRefusedError) as error:
        return "refused", str(error)
    return "accepted", said


def _objection(ssm: "SSMClient", name: str) -> str | None:
    try:
        parameters.newest(ssm, name)
    except ParameterError as error:
        return str(error)
    return None


def _is_live(stack: Stack, of: Provider, key: str) -> bool | None:
    lambda_ = stack.clients.invoker
    live = versions.reached(lambda_, function=stack.app_name)
    if live is None:
        return None
    try:
        return rotation.objection(lambda_, of, key, function=stack.app_name, version=live.version) is None
    except SmokeTestError:
        return None
    except ClientError as error:
        if aws_errors.is_denied(error):  # of whoever may not invoke it, the rest is still to be told
            return None
        raise


def _missing(name: str) -> OpsError:
    return ParameterError(
        f"There is no {name}. Nothing was done. `invoke keys.set` makes it, `invoke keys` shows which "
        f"keys there are."
    )
