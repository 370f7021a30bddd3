"""What a deployment depends on. Where none of it differs from the last good release, nothing is to do."""

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ops import builds, packing, vitals
from ops.releases import Inputs, Release
from ops.settings import ROOT, TERRAFORM
from ops.versions import ALIAS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

    from ops.stack import Stack

_TOLD_BY_SHELL = ("TF_VAR_", "TF_CLI_ARGS")
_VAR_FILE = re.compile(r"-var-file=(\S+)")
_TOLD_BY_FILE = (
    *("*.tf", "*.tf.json", ".terraform.lock.hcl"),
    *("terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json"),
)


def read(stack: "Stack", image: str | None = None) -> Inputs | None:
    """Return what a deployment would depend on, or None before the first one.

    Changes nothing. The account is asked several things at once.

    Args:
        stack: What is deployed.
        image: Digest of the image; None for the working tree's, whether it was built yet or not.
    """
    lambda_, app_name = stack.clients.lambda_, stack.app_name
    with ThreadPoolExecutor(4) as pool:
        live = pool.submit(live_version, lambda_, function=app_name)
        latest = pool.submit(latest_revision, lambda_, function=app_name)
        versions = pool.submit(parameters, stack.clients.ssm, app_name=app_name)
        content = image or builds.content(stack.target.settings).hash
        stack_hash = infrastructure(stack)
        if (reached := live.result()) is None or (revision := latest.result()) is None:
            return None
        return Inputs(
            image=content,
            infrastructure=stack_hash,
            parameters=versions.result(),
            live=reached,
            latest=revision,
        )


def unchanged(stack: "Stack", image: str | None = None) -> Release | None:
    """Return the newest release when it is good and a deployment would not differ; `image` as for `read`.

    After one that failed, or whose run died, nobody knows how much of the stack is as it was. A packed image
    is another one where a container engine is demanded.
    """
    with ThreadPoolExecutor(2) as pool:
        newest = pool.submit(stack.ledger.newest, 1)
        gone = pool.submit(missing, stack)
        found = read(stack, image)
        last = next(iter(newest.result()), None)
        if last is None or last.result != "good" or found is None or last.inputs != found or gone.result():
            return None
    is_wanted = image or builds.may_pack(stack.target.settings) or not packing.is_packed(last.tag)
    return last if is_wanted else None


def missing(stack: "Stack") -> tuple[str, ...]:
    """Return what users can't do without and is not there, in words."""
    return vitals.missing(stack.clients, stack.app_name, streams=stack.target.settings.streams)


def differences(last: Inputs, found: Inputs) -> list[str]:
    """Return what differs between two, a line each."""
    said = {
        "image": "what enters the image",
        "infrastructure": "terraform/ or its variables",
        "parameters": "a key or secret in Systems Manager",
        "live": f"users reach version {found.live} instead of {last.live}",
        "latest": "$LATEST of the function",
    }
    return [line for name, line in said.items() if getattr(last, name) != getattr(found, name)]


def infrastructure(stack: "Stack") -> str:
    """Return a hash over what Terraform is told: configuration, locked providers, variables from wherever.

    Source: Terraform, "Input variables", "Assigning values": files of certain names, and TF_VAR_*.
    """
    told = sorted(stack.variables("", None).items())
    shell = sorted((name, value) for name, value in os.environ.items() if name.startswith(_TOLD_BY_SHELL))
    files = {path for pattern in _TOLD_BY_FILE for path in TERRAFORM.glob(pattern)}
    files |= {TERRAFORM / name for _, value in shell for name in _VAR_FILE.findall(value)}
    digest = hashlib.sha256(repr(told + shell).encode())
    for path in [*sorted(files), stack.target.settings.tfvars]:
        # The backend is ours, for whichever stage was used last. Of a file that is missing, Terraform tells.
        if path.name != "backend_override.tf" and path.is_file():
            data = path.read_bytes()
            digest.update(f"{_name(path)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def parameters(ssm: "SSMClient", *, app_name: str) -> dict[str, int]:
    """Return the application's parameters, name => version; no value is read."""
    return {key.name: key.version for key in vitals.keys(ssm, app_name)}


def live_version(lambda_: "LambdaClient", *, function: str) -> str | None:
    """Return the version that all users reach, or None when there is none or a part of them reach another."""
    try:
        alias = lambda_.get_alias(FunctionName=function, Name=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    return None if weights else alias["FunctionVersion"]


def latest_revision(lambda_: "LambdaClient", *, function: str) -> str | None:
    """Return the RevisionId of `$LATEST`, or None before the first deployment."""
    try:
        return lambda_.get_function_configuration(FunctionName=function)["RevisionId"]
    except lambda_.exceptions.ResourceNotFoundException:
        return None


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
