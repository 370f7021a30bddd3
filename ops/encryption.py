"""The KMS key that what the commands write into Systems Manager is encrypted with, and the way out of it.

Without an option it is AWS's own, aws/ssm. A parameter keeps the key that it was first written with
(ops/keys/parameters.py), so the one that a stage wants matters where a parameter is made.
"""

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.target import Target


class KeyInUseError(OpsError):
    """A plan would take a KMS key from the function that users' version still needs; nothing was changed."""


def key_id(target: "Target") -> str | None:
    """Return the stage's key, as PutParameter takes it; None for AWS's own.

    That is so, too, until the stack has made its key: what is written before keeps AWS's.

    Source: terraform/encryption.tf, which gives the key its alias.
    """
    settings = target.settings
    if arn := settings.variable("kms_key_arn"):
        return arn
    if settings.variable("customer_key") != "true":
        return None
    alias = f"alias/{settings.app_name}"
    return alias if _arn(target, alias) else None


def is_still_to_be_made(target: "Target") -> bool:
    """Return whether the stage wants a key of its own that no apply has made yet."""
    return target.settings.variable("customer_key") == "true" and key_id(target) is None


def refuse_in_use(target: "Target", *, live: str, lost: Set[str]) -> None:
    """Do nothing unless the function would lose a key that is needed to start instances of a version.

    Args:
        target: The stage's account.
        live: The version, which users reach.
        lost: The keys that its role could no longer decrypt with, by ARN.

    Raises:
        KeyInUseError: It would.
    """
    held = list(_held(target, live, lost)) if lost else []
    if not held:
        return
    settings = target.settings
    is_own = _arn(target, f"alias/{settings.app_name}") in lost
    previous = "customer_key" if is_own else min(lost)
    raise KeyInUseError(
        f"The plan takes the KMS key {' and '.join(sorted(lost))} from the function, and under it is what "
        f"version {live}, which users reach, needs to start instances: {', '.join(held)}. Nothing was "
        f'changed. Say previous_kms_key = "{previous}" in {settings.stage.tfvars} and run the command again; '
        f'terraform/README.md, "Another key, or none", says what follows.'
    )


def _held(target: "Target", live: str, keys: Set[str]) -> Iterator[str]:
    """Yield what is under the keys. Systems Manager tells the key of the newest version alone.

    Source: AWS Lambda API, GetFunction; AWS Systems Manager API, DescribeParameters.
    """
    clients, name = target.clients, target.settings.app_name
    version = clients.lambda_.get_function(FunctionName=name, Qualifier=live)["Configuration"]
    if version.get("KMSKeyArn") in keys:
        yield "its environment"
    pages = clients.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{name}/"]}]
    )
    found = {one["Name"]: one for page in pages for one in page["Parameters"]}
    for parameter, described in found.items():
        if _is_under(target, described.get("KeyId", ""), keys):
            yield parameter
    for value in version.get("Environment", {}).get("Variables", {}).values():
        parameter, _, number = value.rpartition(":")
        if parameter in found and number != str(found[parameter]["Version"]):
            yield f"perhaps {value}, which it reads and which is not the newest"


def _is_under(target: "Target", key_id: str, keys: Set[str]) -> bool:
    """Whether a parameter's key is one of these; it says its key as whoever wrote it did."""
    is_aws = not key_id or key_id.startswith("alias/aws/")
    return key_id in keys or (not is_aws and ":key/" not in key_id and _arn(target, key_id) in keys)


def _arn(target: "Target", key_id: str) -> str | None:
    """Return a key's ARN, None where there is no such key. Source: AWS KMS API, DescribeKey."""
    kms = target.clients.client("kms")
    try:
        return str(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"])
    except kms.exceptions.NotFoundException:
        return None
