"""What a deployment depends on. Where none of it differs from the last good release, nothing is to do."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ops import builds
from ops.releases import Inputs, Release
from ops.settings import ROOT, TERRAFORM
from ops.versions import ALIAS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

    from ops.stack import Stack


def read(stack: "Stack") -> Inputs | None:
    """Return what a deployment of the working tree would depend on, or None before the first one.

    Changes nothing. The account is asked several things at once.
    """
    lambda_, app_name = stack.clients.lambda_, stack.app_name
    with ThreadPoolExecutor(4) as pool:
        live = pool.submit(live_version, lambda_, function=app_name)
        latest = pool.submit(latest_revision, lambda_, function=app_name)
        versions = pool.submit(parameters, stack.clients.ssm, app_name=app_name)
        image, stack_hash = builds.content(stack.target.settings).hash, infrastructure(stack)
        if (reached := live.result()) is None or (revision := latest.result()) is None:
            return None
        return Inputs(
            image=image,
            infrastructure=stack_hash,
            parameters=versions.result(),
            live=reached,
            latest=revision,
        )


def unchanged(stack: "Stack") -> Release | None:
    """Return the last good release when a deployment of the working tree would not differ from it."""
    with ThreadPoolExecutor(1) as pool:
        entry = pool.submit(stack.ledger.last_good)
        found = read(stack)
        last = entry.result()
    return last.release if last and found and last.release.inputs == found else None


def differences(last: Inputs, found: Inputs) -> list[str]:
    """Return what differs between two, a line each."""
    said = {
        "image": "what enters the image",
        "infrastructure": "terraform/ or its variables",
        "parameters": "a key or secret in Systems Manager",
        "live": f"users reach version {found.live} instead of {last.live}",
        "latest": "$LATEST of the function, by another hand",
    }
    return [line for name, line in said.items() if getattr(last, name) != getattr(found, name)]


def infrastructure(stack: "Stack") -> str:
    """Return a hash over what Terraform is told: configuration, locked providers, variables."""
    told = stack.variables("", None)
    files = [*sorted(TERRAFORM.glob("*.tf")), TERRAFORM / ".terraform.lock.hcl", stack.target.settings.tfvars]
    digest = hashlib.sha256(repr(sorted(told.items())).encode())
    for path in files:
        if path.name != "backend_override.tf":  # ours, for whichever stage was used last
            data = path.read_bytes()
            digest.update(f"{_name(path)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def parameters(ssm: "SSMClient", *, app_name: str) -> dict[str, int]:
    """Return the application's parameters, name => version; no value is read.

    Source: AWS Systems Manager API, DescribeParameters.
    """
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{app_name}/"]}]
    )
    return {found["Name"]: found["Version"] for page in pages for found in page["Parameters"]}


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
