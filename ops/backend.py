"""Where Terraform's state is: a versioned bucket of the stage's own account, locked by Terraform itself."""

import getpass
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ops.errors import LockedError, OpsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OVERRIDE = "backend_override.tf"

# What a working directory of Terraform has of its own: its backend, its providers, a local state.
_OWN = (OVERRIDE, ".terraform", "*.tfstate*", "*tfplan")


class StateError(OpsError):
    """What lies where Terraform's state should be is none; nothing was changed."""


def bucket_name(*, app_name: str, account_id: str, region: str) -> str:
    """Return the bucket's name: one of an application in an account and region."""
    return f"{app_name}-terraform-{account_id}-{region}"


def ensure_bucket(s3: "S3Client", *, name: str) -> tuple[str, ...]:
    """Make the bucket, or what it lacks, and return what that was; what is there as wanted is left alone.

    Source: Amazon S3 API, CreateBucket, PutPublicAccessBlock, PutBucketEncryption, PutBucketVersioning
    and PutBucketLifecycleConfiguration; Terraform, "Backend type: s3".
    """
    lacking = bucket_lacks(s3, name=name)
    for what in lacking:
        _MADE[what](s3, name)
    return lacking


def bucket_lacks(s3: "S3Client", *, name: str) -> tuple[str, ...]:
    """Return what of a versioned, encrypted, private bucket is not there, in the order of its making."""
    if name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        return tuple(what for what in _MADE if what != "no expiry")  # a new one has no rules
    there = {"bucket": True, "privacy": _is_private(s3, name), "encryption": _is_encrypted(s3, name)}
    there["versions"] = s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled"
    there["no expiry"] = not any(map(_expires, _rules(s3, name)))
    return tuple(what for what in _MADE if not there[what])


def _create(s3: "S3Client", name: str) -> None:
    region: Any = s3.meta.region_name
    # us-east-1 is the one region that must not be named.
    place: Any = (
        {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    s3.create_bucket(Bucket=name, **place)


def _is_private(s3: "S3Client", name: str) -> bool:
    found = _or_none("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, name)
    return found is not None and found["PublicAccessBlockConfiguration"] == _PRIVATE


def _make_private(s3: "S3Client", name: str) -> None:
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_PRIVATE)


def _is_encrypted(s3: "S3Client", name: str) -> bool:
    return (
        _or_none("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption, name) is not None
    )


def _encrypt(s3: "S3Client", name: str) -> None:
    """With keys of S3's own: a key of the customer, put there by whoever manages one, is kept."""
    rules: Any = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _keep_versions(s3: "S3Client", name: str) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _rules(s3: "S3Client", name: str) -> list[Any]:
    found = _or_none("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, name)
    return found["Rules"] if found else []


def _expires(rule: Mapping[str, Any]) -> bool:
    """Whether a rule deletes what is there: the state and the ledger. Of earlier versions it may."""
    return rule["Status"] == "Enabled" and bool(rule.get("Expiration", {}).keys() & {"Days", "Date"})


def _let_nothing_expire(s3: "S3Client", name: str) -> None:
    if kept := [rule for rule in _rules(s3, name) if not _expires(rule)]:
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": kept})
    else:
        s3.delete_bucket_lifecycle(Bucket=name)


def _or_none(absent: str, ask: Callable[..., Any], name: str) -> Any:
    """Return what a bucket is asked for, None when it answers with the code that says that it has none."""
    from botocore.exceptions import ClientError

    try:
        return ask(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != absent:
            raise
        return None


_PRIVATE: Any = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)

# Privacy comes first: nothing is in the bucket before it.
_MADE: dict[str, Callable[["S3Client", str], None]] = {
    "bucket": _create,
    "privacy": _make_private,
    "encryption": _encrypt,
    "versions": _keep_versions,
    "no expiry": _let_nothing_expire,
}


def write_override(directory: Path, *, bucket: str, app_name: str, account_id: str, region: str) -> None:
    """Write the git-ignored file that moves the configuration's state from its directory into the bucket.

    The file names no machine and no endpoint: a shell with the stage's environment (`invoke env`) can use
    plain `terraform` beside the tasks, on the same state.
    """
    path = directory / OVERRIDE
    content = (
        "# Written by the tasks; git ignores it. Delete it to go back to a state file in this directory.\n"
        "terraform {\n"
        '  backend "s3" {\n'
        f'    bucket       = "{bucket}"\n'
        f'    key          = "{_key(app_name)}"\n'
        f'    region       = "{region}"\n'
        "    use_lockfile = true\n"
        "\n"
        "    # A bucket of this name may be anyone's in another account, and a state holds keys.\n"
        f'    allowed_account_ids = ["{account_id}"]\n'
        "  }\n"
        "}\n"
    )
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


def link_configuration(configuration: Path, directory: Path) -> None:
    """Make `directory` a place for Terraform to work in: links to a configuration, but for its backend.

    Two stages may be at work at once, and the file that `write_override` writes is one stage's.
    """
    directory.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for path in configuration.iterdir() if not any(map(path.match, _OWN))}
    for link in directory.iterdir():
        if link.is_symlink() and link.readlink() != wanted.get(link.name):
            link.unlink()
    for name, path in wanted.items():
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(path)


def recorded(s3: "S3Client", *, bucket: str, app_name: str) -> dict[str, str]:
    """Return the resources that the state has, address => id; none when there is no state yet.

    Source: Terraform, internal/states/statefile/version4.go; the format is the one of `terraform state pull`.
    """
    state = _state(s3, bucket=bucket, app_name=app_name)
    return {
        f"{resource['type']}.{resource['name']}": instance["attributes"]["id"]
        for resource in state["resources"]
        for instance in resource["instances"]
        # What waits for its deletion under a deposed key has been replaced, or was about to be.
        if resource["mode"] == "managed" and "deposed" not in instance
    }


def remove_override(directory: Path) -> None:
    """Remove the file that `write_override` wrote: the bucket that it names is gone."""
    (directory / OVERRIDE).unlink(missing_ok=True)


def clear_stale_lock(s3: "S3Client", *, bucket: str, app_name: str) -> str | None:
    """Remove a lock that a killed Terraform of this user on this machine left in the bucket.

    The caller holds the deploy lock, so no task of ours runs Terraform now.

    Returns:
        Since when the lock was there, or None when there was none.

    Raises:
        LockedError: Somebody else holds it, or a Terraform of ours works on this state; nothing was changed.
    """
    held = state_lock(s3, bucket=bucket, app_name=app_name)
    if held is None:
        return None
    me = f"{getpass.getuser()}@{socket.gethostname()}"
    if held.get("Who") != me or _is_in_use(s3.meta.endpoint_url, bucket=bucket, key=_key(app_name)):
        raise locked(held)
    s3.delete_object(Bucket=bucket, Key=_lock_key(app_name))
    return str(held.get("Created"))


def state_lock(s3: "S3Client", *, bucket: str, app_name: str) -> dict[str, Any] | None:
    """Return what Terraform says of whoever locked the state, with its Path; None when nobody did.

    Source: Terraform, internal/states/statemgr/locker.go, LockInfo.
    """
    try:
        held = json.loads(s3.get_object(Bucket=bucket, Key=_lock_key(app_name))["Body"].read())
        return {**held, "Path": f"{bucket}/{_key(app_name)}"}
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        return None


def locked(held: Mapping[str, Any]) -> LockedError:
    """Return the refusal that names who holds the state.

    Args:
        held: What the lock says: Path, Who, Created, Operation.
    """
    return LockedError(
        f"Terraform's state is locked by {held.get('Who')} since {held.get('Created')} "
        f"({held.get('Operation')}). Nothing was changed. Wait for it; if it is dead: {unlock(held)} "
        f'(for the embedded account after `eval "$(invoke env)"`).'
    )


def unlock(held: Mapping[str, Any]) -> str:
    """Return the command that removes a lock, from anywhere.

    `terraform force-unlock` only works where Terraform has been initialised with the stage's backend.

    Args:
        held: What the lock says; its Path is the state's, bucket and key.

    Source: Terraform, internal/backend/remote-state/s3/client.go.
    """
    return f"aws s3 rm s3://{held.get('Path')}.tflock"


def outputs(s3: "S3Client", *, bucket: str, app_name: str) -> dict[str, Any]:
    """Return the values of the stack's outputs, none before the first apply.

    Source: as for `recorded`.
    """
    state = _state(s3, bucket=bucket, app_name=app_name)
    return {name: entry["value"] for name, entry in state["outputs"].items()}


def fingerprint(s3: "S3Client", *, bucket: str, app_name: str) -> str | None:
    """Return what is another after each change of the state, or None when there is no state yet."""
    from botocore.exceptions import ClientError

    try:
        return s3.head_object(Bucket=bucket, Key=_key(app_name))["ETag"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return None


def _state(s3: "S3Client", *, bucket: str, app_name: str) -> dict[str, Any]:
    try:
        read = s3.get_object(Bucket=bucket, Key=_key(app_name))["Body"].read()
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        return {"resources": [], "outputs": {}}
    try:
        state: dict[str, Any] = json.loads(read)
        return {"resources": state["resources"], "outputs": state["outputs"]}
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(
            f"s3://{bucket}/{_key(app_name)} is no state of Terraform's. Nothing was changed. The bucket "
            f"keeps the versions before: docs/runbooks.md, Restore, brings one back."
        ) from error


def _key(app_name: str) -> str:
    return f"{app_name}/terraform.tfstate"


def _lock_key(app_name: str) -> str:
    return f"{_key(app_name)}.tflock"


def _is_in_use(endpoint: str, *, bucket: str, key: str) -> bool:
    """Whether a Terraform of this user works on a state, in whatever directory.

    Source: Terraform, internal/command/workdir/backend_state.go: its data directory says its backend.
    """
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] != "terraform":
                continue
            told = process.environ()
            data = Path(process.cwd(), told.get("TF_DATA_DIR") or ".terraform")
            backend = json.loads((data / "terraform.tfstate").read_text())["backend"]["config"]
        except (psutil.Error, OSError, ValueError, KeyError, TypeError):
            continue
        # Each embedded account has a bucket of this name.
        is_here = told.get("AWS_ENDPOINT_URL", endpoint).rstrip("/") == endpoint.rstrip("/")
        if is_here and (backend.get("bucket"), backend.get("key")) == (bucket, key):
            return True
    return False
