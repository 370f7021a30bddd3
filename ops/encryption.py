"""The KMS key that what the commands write into Systems Manager is encrypted with.

Without an option it is AWS's own, aws/ssm. A parameter keeps the key that it was first written with
(ops/keys/parameters.py), so the one that a stage wants matters where a parameter is made.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.target import Target


def key_id(target: "Target") -> str | None:
    """Return the stage's key, as PutParameter takes it; None for AWS's own.

    That is so, too, until the stack has made its key: what is written before keeps AWS's.

    Source: AWS KMS API, DescribeKey; terraform/encryption.tf gives the key its alias.
    """
    settings = target.settings
    if arn := settings.variable("kms_key_arn"):
        return arn
    if settings.variable("customer_key") != "true":
        return None
    kms, alias = target.clients.client("kms"), f"alias/{settings.app_name}"
    try:
        kms.describe_key(KeyId=alias)
    except kms.exceptions.NotFoundException:
        return None
    return alias


def is_still_to_be_made(target: "Target") -> bool:
    """Return whether the stage wants a key of its own that no apply has made yet."""
    return target.settings.variable("customer_key") == "true" and key_id(target) is None
