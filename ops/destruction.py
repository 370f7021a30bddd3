"""The end of a stack: what dies, what stays, and the keys only when that is asked for.

Everything here may be interrupted and run again: what is gone already is not looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ops import adoption, backend, backups, infrastructure, inputs
from ops.deploy import Step, keep, locked, prepare
from ops.settings import Settings
from ops.stack import Stack
from ops.target import reach
from ops.terraform import program


@dataclass(frozen=True)
class Doomed:
    """What the end of a stack would take.

    Attributes:
        stack: The stack.
        where: The account, as its commands name it.
        resources: Address => id of everything that Terraform has.
        lost: What can't be made again, a line each.
        keys: The application's parameters in Systems Manager.
    """

    stack: Stack
    where: str
    resources: dict[str, str]
    lost: tuple[str, ...]
    keys: tuple[str, ...]


def survey(settings: Settings, *, step: Step) -> Doomed:
    """Return what would die; changes nothing but that an embedded account is started.

    Raises:
        OpsError: The account is out of reach.
    """
    program()
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    resources = backend.recorded(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name)
    return Doomed(stack, target.description, resources, tuple(lost(stack, resources)), key_names(stack))


def describe(doomed: Doomed, *, with_keys: bool) -> list[str]:
    """Return what would die and what would stay, in lines for people."""
    target, app_name = doomed.stack.target, doomed.stack.app_name
    lines = [f"Stage {target.settings.stage_name}, account {target.account_id} ({doomed.where}):"]
    if doomed.resources:
        lines.append(f"  {len(doomed.resources)} resources of {app_name} die, and with them")
        lines += [f"    {line}" for line in doomed.lost]
    else:
        lines.append(f"  nothing of {app_name} is in Terraform's state")
    if doomed.keys:
        fate = "die too" if with_keys else "stay; --with-keys deletes them too"
        lines.append(f"  keys {fate}: {', '.join(doomed.keys)}")
    return lines


def as_data(doomed: Doomed, *, with_keys: bool) -> dict[str, object]:
    """Return what would die, for programs."""
    return {
        "stage": doomed.stack.target.settings.stage_name,
        "account_id": doomed.stack.target.account_id,
        "resources": doomed.resources,
        "lost": doomed.lost,
        "keys": doomed.keys if with_keys else (),
    }


def leftovers(stack: Stack) -> list[str]:
    """Return what stays after the end, and the commands that remove it, in lines for people."""
    region, bucket = stack.region, stack.bucket
    versions = "{Objects: [Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}}"
    lines = [
        f"The bucket {bucket} stays: the releases, and earlier versions of the state, which hold the keys "
        f"that were in it. It goes with",
        f'  aws s3api delete-objects --region {region} --bucket {bucket} --delete "$(aws s3api '
        f"list-object-versions --region {region} --bucket {bucket} --max-items 1000 --query '{versions}' "
        f'--output json)"',
        f"  aws s3 rb --region {region} s3://{bucket}",
        f"The ECR repository {stack.app_name} stays, with its images. It goes with",
        f"  aws ecr delete-repository --region {region} --repository-name {stack.app_name} --force",
    ]
    if stack.target.running:
        lines.append("The embedded account itself goes, with all of this: invoke down --erase")
    return lines


def destroy(
    doomed: Doomed, *, with_keys: bool, backup: backups.Destination | None = None, step: Step
) -> None:
    """Delete the stack, and the keys when they are to go; a repeat goes on from wherever it stopped.

    Args:
        doomed: What `survey` found.
        with_keys: Delete the keys too.
        backup: Where they are kept first, sealed; read back before anything is deleted.
        step: Told about each step as it begins and ends.

    Raises:
        BackupError: It could not be written; nothing was deleted.
        LockedError: Somebody deploys; nothing was deleted.
        OpsError: It stopped part of the way.
    """
    stack = doomed.stack
    with locked(stack, "invoke destroy") as lock:
        keys = key_names(stack) if with_keys else ()
        if backup and keys:
            with step("backup of the keys") as note:
                backups.write(backup, backups.read(stack.clients.ssm, keys))
                note(f"{len(keys)} keys in {backup.file}")
        prepare(stack, step)
        _adopt(stack, step)
        with step("terraform destroy"):
            lock.check()
            stack.terraform.destroy(_variables(stack), tfvars=stack.target.settings.tfvars)
        if keys:
            with step("keys"):
                _delete_keys(stack, keys)
    infrastructure.forget_plans(stack)
    keep(stack)


def key_names(stack: Stack) -> tuple[str, ...]:
    """Return the application's parameters: the keys of language models, and what the tasks have made."""
    root = f"/{stack.app_name}/"
    return tuple(
        name
        for name in sorted(inputs.parameters(stack.clients.ssm, app_name=stack.app_name))
        if name.startswith(f"{root}runtime/") or (name.endswith("-api-key") and name.count("/") == 2)
    )


def _adopt(stack: Stack, step: Step) -> None:
    """Take over what a killed apply left in no state: it would survive."""
    for address, import_id in stack.adoptable().items():
        with step(f"adopt {address}"):
            instance = adoption.instance(address)
            stack.terraform.adopt(instance, import_id, _variables(stack), tfvars=stack.target.settings.tfvars)


def _variables(stack: Stack) -> dict[str, str]:
    """Return what Terraform is told; the image need not exist, since nothing will run."""
    registry = f"{stack.target.account_id}.dkr.ecr.{stack.region}.amazonaws.com"
    return stack.variables(f"{registry}/{stack.app_name}@sha256:{'0' * 64}", None)


def _delete_keys(stack: Stack, names: tuple[str, ...]) -> None:
    """Delete parameters; those that are gone are no failure.

    Source: AWS Systems Manager API, DeleteParameters: ten at most.
    """
    for start in range(0, len(names), 10):
        stack.clients.ssm.delete_parameters(Names=list(names[start : start + 10]))


def lost(stack: Stack, resources: dict[str, str]) -> list[str]:
    """Return what can't be made again, with how much there is of it."""
    lines = [
        line(stack, import_id)
        for address, import_id in resources.items()
        if (line := _LOST.get(address.partition(".")[0]))
    ]
    return list(dict.fromkeys(lines))  # an API and a distribution are one address


def _address(stack: Stack, _id: str) -> str:
    outputs = backend.outputs(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name)
    return f"the address {outputs.get('app_url', 'of the page')}"


def _items(stack: Stack, name: str) -> str:
    """Source: Amazon DynamoDB API, DescribeTable: ItemCount is some hours old."""
    dynamodb = stack.clients.dynamodb
    try:
        count = dynamodb.describe_table(TableName=name)["Table"]["ItemCount"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return f"the table {name}, which is gone already"
    return f"the table {name} with sessions, uploads and results: {count} items"


def _log(stack: Stack, name: str) -> str:
    pages = stack.clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    stored = sum(
        group.get("storedBytes", 0)
        for page in pages
        for group in page["logGroups"]
        if group["logGroupName"] == name
    )
    return f"the log {name}: {stored / 1e6:.1f} MB"


def _versions(stack: Stack, name: str) -> str:
    lambda_ = stack.clients.lambda_
    try:
        pages = list(lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=name))
    except lambda_.exceptions.ResourceNotFoundException:
        pages = []
    listed = [entry["Version"] for page in pages for entry in page["Versions"]]
    if not listed:
        return f"the function {name}, which is gone already"
    return f"the function {name} and its published versions: {len(listed) - listed.count('$LATEST')}"


def _key(_stack: Stack, key_id: str) -> str:
    """Source: AWS KMS developer guide, "Deleting AWS KMS keys"; Terraform waits 30 days by default."""
    return (
        f"the KMS key {key_id}, of no use at once, and what is encrypted with it: of the keys that stay, "
        f"those too. --with-keys --backup keeps them in a file. For 30 days its end can be cancelled"
    )


_LOST: dict[str, Callable[[Stack, str], str]] = {
    "aws_apigatewayv2_api": _address,
    "aws_cloudfront_distribution": _address,
    "aws_cloudwatch_log_group": _log,
    "aws_dynamodb_table": _items,
    "aws_kms_key": _key,
    "aws_lambda_function": _versions,
}
