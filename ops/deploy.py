"""From the working tree to a URL: image, infrastructure, proof, and only then the users.

The alias `live` is where users are. Terraform is given the version that is live now and so never moves the
alias (except when there is none yet); it is moved here, after the new version has answered.
"""

import base64
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops import backend, images, smoke
from ops.embedded import account
from ops.errors import SmokeTestError
from ops.locks import deploy_lock
from ops.settings import ROOT, Settings
from ops.stack import Stack
from ops.target import reach
from ops.terraform import program

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_ssm import SSMClient

SESSION_KEY_BYTES = 32

# What a version keeps as it was when it was published, and the stack may change.
_VERSIONED = ("CodeSha256", "Environment", "LoggingConfig", "MemorySize", "Role", "Timeout")

# Opens a step of this title; what it yields takes a note on how the step went.
Step = Callable[[str], AbstractContextManager[Callable[[str], None]]]


@dataclass(frozen=True)
class Deployment:
    """What users reach now."""

    url: str
    version: str
    image: str
    changed: bool


def run(settings: Settings, *, step: Step) -> Deployment:
    """Deploy the working tree to the stage and return what users reach.

    Safe to repeat after any failure: what is there already is found and kept.

    Args:
        settings: The stage.
        step: Told about each step as it begins and ends.

    Raises:
        OpsError: A step failed; the message says which. Users reach the version they reached before.
    """
    program()  # before anything is started: without Terraform nothing can be deployed
    with step("account") as note:
        target = reach(settings)
        note(target.description)
    stack = Stack(target)
    backend.ensure_bucket(stack.clients.s3, name=stack.bucket)
    with deploy_lock(stack.clients.s3, bucket=stack.bucket, app_name=stack.app_name, what="invoke deploy"):
        return _Run(stack, step).deploy()


class _Run:
    """One deployment, under the lock."""

    def __init__(self, stack: Stack, step: Step) -> None:
        self._stack = stack
        self._settings = stack.target.settings
        self._clients = stack.clients
        self._terraform = stack.terraform
        self._step = step
        self._function = stack.app_name

    def deploy(self) -> Deployment:
        image = self._image()
        with self._step("terraform init") as note:
            if since := self._stack.prepare():
                note(f"removed the lock that a killed run left at {since}")
        with self._step("session key") as note:
            note(ensure_session_key(self._clients.ssm, parameter=self._settings.session_key_parameter))
        live_before = live_version(self._clients.lambda_, function=self._function)
        changed = self._terraform_apply(image, live_before)
        version = self._prove_and_move(image, live_before)
        if self._stack.target.running and (changed or version != live_before):
            account.wait_until_saved(self._stack.target.running)
        url = str(self._terraform.output()["api_gateway_url"])
        return Deployment(url, version, image.uri, changed or version != live_before)

    def _image(self) -> images.Image:
        ecr, name = self._clients.ecr, self._settings.app_name
        with self._step("image") as note:
            content = images.content(ROOT)
            uri = images.ensure_repository(ecr, name=name)
            if found := images.find(ecr, name=name, repository_uri=uri, tag=content.tag):
                note(f"{content.tag} is in the registry already")
                return found
            pushed = images.push_packed(ecr, content, name=name, repository_uri=uri)
            note(f"{content.tag}, {len(content.files)} files packed without a container engine")
            return pushed

    def _terraform_apply(self, image: images.Image, live: str | None) -> bool:
        """Apply what differs; return whether anything did."""
        with self._step("terraform plan") as note:
            adopted = self._stack.adoptable()
            variables = self._stack.variables(image.uri, live, adopted)
            plan = self._terraform.plan(variables, tfvars=self._settings.tfvars)
            if plan.is_empty:
                note("nothing to change")
                return False
        with self._step("terraform apply") as note:
            self._terraform.apply(plan)
            if adopted:
                note(f"adopted {len(adopted)} resources that a killed run left")
        return True

    def _prove_and_move(self, image: images.Image, live_before: str | None) -> str:
        """Send users to the newest version once it has answered; return the version they reach.

        What is live already is proven again: an earlier run may have died before it came to that.
        """
        lambda_ = self._clients.lambda_
        newest = published_version(lambda_, function=self._function)
        with self._step(f"smoke test of version {newest}"):
            try:
                self._check_image(newest, image)
                smoke.prove(self._clients.invoker, function=self._function, version=newest)
            except Exception:
                if newest != live_before:
                    withdraw(lambda_, function=self._function, version=newest, live=live_before)
                raise
        live = live_version(lambda_, function=self._function)
        if live != newest:
            with self._step(f"users from version {live} to {newest}"):
                lambda_.update_alias(FunctionName=self._function, Name="live", FunctionVersion=newest)
        return newest

    def _check_image(self, version: str, image: images.Image) -> None:
        """Refuse a version that runs something else than what was just deployed."""
        code = self._clients.lambda_.get_function(FunctionName=self._function, Qualifier=version)["Code"]
        if not code["ResolvedImageUri"].endswith(image.digest):
            raise SmokeTestError(
                f"Version {version} runs {code['ResolvedImageUri']}, not {image.digest}: somebody else "
                f"deployed at the same time. Users reach what they reached before. Run `invoke deploy` again."
            )


def ensure_session_key(ssm: "SSMClient", *, parameter: str) -> str:
    """Create the key that seals sessions, unless it is there; return a note on which it was.

    The function reads it at its start. Terraform never sees it, and nobody types it.
    """
    existing = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [parameter]}]
    )
    if existing["Parameters"]:
        return f"{parameter} is there"
    value = base64.b64encode(secrets.token_bytes(SESSION_KEY_BYTES)).decode()
    ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=False)
    return f"{parameter} made"


def live_version(lambda_: "LambdaClient", *, function: str) -> str | None:
    """Return the version that users reach, or None before the first deployment."""
    try:
        return lambda_.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    except lambda_.exceptions.ResourceNotFoundException:
        return None


def newest_version(lambda_: "LambdaClient", *, function: str) -> str:
    """Return the version that was published last."""
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    numbers = [
        entry["Version"] for page in pages for entry in page["Versions"] if entry["Version"] != "$LATEST"
    ]
    return max(numbers, key=int)


def published_version(lambda_: "LambdaClient", *, function: str) -> str:
    """Return the version that holds what `$LATEST` is, published now if need be.

    Terraform changes code, configuration and then publishes. Killed in between, it never comes back to the
    last: its next plan sees a function that is as it should be.
    """
    newest = newest_version(lambda_, function=function)
    if _versioned(lambda_.get_function_configuration(FunctionName=function)) == _versioned(
        lambda_.get_function_configuration(FunctionName=function, Qualifier=newest)
    ):
        return newest
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    return lambda_.publish_version(FunctionName=function)["Version"]


def _versioned(configuration: "FunctionConfigurationResponseTypeDef") -> dict[str, object]:
    return {name: configuration.get(name) for name in _VERSIONED}


def withdraw(lambda_: "LambdaClient", *, function: str, version: str, live: str | None) -> None:
    """Take back a version that failed its proof: `$LATEST` is the live version again, and this one is gone.

    So the next deployment, or an apply by hand, starts from what users have. On the first deployment there
    is no live version: the alias, which Terraform had to point somewhere, goes, and the API answers 500
    until a version has proven itself.

    Source: Lambda API, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteAlias, DeleteFunction.
    """
    if live is None:
        lambda_.delete_alias(FunctionName=function, Name="live")
        return
    restore_latest(lambda_, function=function, version=live)
    lambda_.delete_function(FunctionName=function, Qualifier=version)


def restore_latest(lambda_: "LambdaClient", *, function: str, version: str) -> None:
    """Give `$LATEST` the image and configuration of `version`: the next publication starts from there.

    Source: Lambda API, UpdateFunctionCode and UpdateFunctionConfiguration.
    """
    good = lambda_.get_function(FunctionName=function, Qualifier=version)
    configuration = good["Configuration"]
    lambda_.update_function_code(FunctionName=function, ImageUri=good["Code"]["ImageUri"])
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    lambda_.update_function_configuration(
        FunctionName=function,
        MemorySize=configuration["MemorySize"],
        Timeout=configuration["Timeout"],
        Environment={"Variables": configuration.get("Environment", {}).get("Variables", {})},
    )
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
