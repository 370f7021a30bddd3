"""A provider's parameter in Systems Manager: its versions, and the labels that say what became of each.

`pending` is a version that a rotation wrote and has not proven, `live` the one that users' version holds,
`previous` the one before. Terraform and people read the newest, so what a rotation wrote in vain does not
stay the newest: the value before is written behind it. A first key has none before it, and stays: it may be
nowhere else.

Which release wrote a version stands in its description, because that is written with the value: a run may
die before it says anything else, and somebody else may write the next version.

Source: AWS Systems Manager API, PutParameter, LabelParameterVersion, GetParameterHistory.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterMetadataTypeDef

Label = Literal["pending", "live", "previous"]

SECURE: Final = "SecureString"


class ParameterError(OpsError):
    """A parameter is not what a key is kept in; nothing was changed."""


class KeyChange(BaseModel):
    """What a rotation does to a parameter, as the ledger keeps it: never a value.

    Attributes:
        name: The parameter.
        before: Its version before; None when there was none.
        version: The version that holds the new key, once it is written; None for a key that goes.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    before: int | None
    version: int | None = None


@dataclass(frozen=True)
class Version:
    """One version of a parameter, without its value.

    Attributes:
        changed: When it was written (ISO 8601), `who` by which principal.
        labels: What became of it.
    """

    version: int
    changed: str
    who: str
    labels: tuple[str, ...]


def newest(ssm: "SSMClient", name: str) -> int | None:
    """Return the newest version, None when there is no such parameter.

    Raises:
        ParameterError: It is a plain String: anybody who may list parameters could read the key.
    """
    parameter = _described(ssm, name)
    if parameter and parameter["Type"] != SECURE:
        raise ParameterError(
            f"{name} is a plain {parameter['Type']}, which is no place for a key, and its type can't be "
            f"changed. Nothing was changed. Delete it (aws ssm delete-parameter --name {name}), make a new "
            f"key, and set that one with `invoke keys.set`."
        )
    return parameter["Version"] if parameter else None


def value(ssm: "SSMClient", name: str, version: int | None = None) -> str:
    """Return what a version holds, decrypted; None is the newest.

    Raises:
        ParameterError: There is no such version.
    """
    where = name if version is None else f"{name}:{version}"
    try:
        return ssm.get_parameter(Name=where, WithDecryption=True)["Parameter"]["Value"]
    except (ssm.exceptions.ParameterNotFound, ssm.exceptions.ParameterVersionNotFound) as error:
        raise ParameterError(
            f"There is no {where}. Nothing was changed. `invoke keys` shows which keys there are, "
            f"`invoke keys.history` their versions."
        ) from error


def history(ssm: "SSMClient", name: str) -> list[Version]:
    """Return all versions that are kept (the last 100), newest first; none without such a parameter."""
    try:
        pages = list(ssm.get_paginator("get_parameter_history").paginate(Name=name, WithDecryption=False))
    except ssm.exceptions.ParameterNotFound:
        return []
    found = [
        Version(
            one["Version"],
            one["LastModifiedDate"].isoformat(timespec="seconds"),
            one.get("LastModifiedUser", "").rpartition(":")[2],
            tuple(one.get("Labels", ())),
        )
        for page in pages
        for one in page["Parameters"]
    ]
    return sorted(found, key=lambda version: version.version, reverse=True)


def write(
    ssm: "SSMClient",
    name: str,
    key: str,
    *,
    is_new: bool,
    release: int | None,
    key_id: str | None = None,
) -> int:
    """Write a new version, which nobody has proven; return its number.

    Args:
        ssm: Parameters.
        name: The parameter.
        key: Its value.
        is_new: There is no such parameter yet.
        release: Number of the release that writes it, None before the first.
        key_id: The KMS key of a parameter that is new, None for AWS's own; others keep theirs.

    Raises:
        ParameterError: It is new and somebody has made it meanwhile; nothing was written.
    """
    try:
        version = _put(ssm, name, key, overwrite=not is_new, note=_written_by(release), key_id=key_id)
    except ssm.exceptions.ParameterAlreadyExists as error:
        raise ParameterError(
            f"Somebody else has just made {name}. Nothing was changed. Try again."
        ) from error
    label(ssm, name, version, "pending")
    return version


def label(ssm: "SSMClient", name: str, version: int, label: Label) -> None:
    """Put a label on a version, from wherever it was."""
    ssm.label_parameter_version(Name=name, ParameterVersion=version, Labels=[label])


def is_pending(ssm: "SSMClient", change: KeyChange) -> bool:
    """Return whether the labels don't say yet what became of the new version."""
    return any("pending" in one.labels for one in history(ssm, change.name) if one.version == change.version)


def confirm(ssm: "SSMClient", change: KeyChange) -> None:
    """Say by labels that the new version is the one in use; safe to repeat.

    Versions that somebody has deleted since need none.
    """
    kept = {one.version for one in history(ssm, change.name)}
    if change.version in kept:
        label(ssm, change.name, change.version, "live")
    if change.before in kept:
        label(ssm, change.name, change.before, "previous")
    if change.version in kept:
        ssm.unlabel_parameter_version(Name=change.name, ParameterVersion=change.version, Labels=["pending"])


def delete(ssm: "SSMClient", change: KeyChange) -> bool:
    """Delete a key that is no longer in use; one that somebody else wrote meanwhile stays.

    Returns:
        Whether it is gone.
    """
    if newest(ssm, change.name) not in (None, change.before):
        return False
    ssm.delete_parameters(Names=[change.name])  # one that is gone already is no error
    return True


def undo(ssm: "SSMClient", change: KeyChange, *, release: int) -> bool:
    """Make the value before the newest again, unless somebody else wrote after this change did.

    Safe to repeat: then the newest is no longer what the release wrote.

    Args:
        ssm: Parameters.
        change: What was meant.
        release: Number of the release that meant it.

    Returns:
        Whether anything had to be done.
    """
    written = change.version or (change.before or 0) + 1  # it may have died before it could say so
    found = _described(ssm, change.name)
    is_ours = found and (found["Version"], found.get("Description")) == (written, _written_by(release))
    if change.before is None or not is_ours:
        return False
    kept = value(ssm, change.name, change.before)
    note = f"Version {change.before} again, after release {release}."
    label(ssm, change.name, _put(ssm, change.name, kept, overwrite=True, note=note), "live")
    return True


def _written_by(release: int | None) -> str:
    return f"Written by release {release}." if release else "Written before the first release."


def _put(
    ssm: "SSMClient", name: str, key: str, *, overwrite: bool, note: str, key_id: str | None = None
) -> int:
    """Write a value under the KMS key that the parameter has; left out, it would fall back to the default."""
    found = _described(ssm, name)
    if found:
        key_id = found.get("KeyId")
    sealed_by: Any = {"KeyId": key_id} if key_id else {}
    return ssm.put_parameter(
        Name=name, Value=key, Type=SECURE, Overwrite=overwrite, Description=note, **sealed_by
    )["Version"]


def _described(ssm: "SSMClient", name: str) -> "ParameterMetadataTypeDef | None":
    """Return what is known of a parameter, None when there is none.

    A page may be empty and yet not be the last. Source: AWS Systems Manager API, DescribeParameters.
    """
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )
    return next((one for page in pages for one in page["Parameters"]), None)
