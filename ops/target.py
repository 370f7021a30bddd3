"""The account and region that a command works on: the embedded account, or one in AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import backend, locks
from ops.clients import Clients, detour
from ops.embedded import account
from ops.embedded.account import Account
from ops.embedded.deployed import ACCOUNT_ID
from ops.errors import OpsError
from ops.settings import TERRAFORM, Settings
from ops.terraform import Terraform


class TargetError(OpsError):
    """The account can't be reached, or is not the stage's; nothing was done."""


@dataclass(frozen=True)
class Target:
    """An account that answers, and what leads programs to it."""

    settings: Settings
    account_id: str
    clients: Clients
    environment: Mapping[str, str]
    running: Account | None

    @property
    def terraform(self) -> Terraform:
        """The stack's commands in this account."""
        directory, data = self.settings.terraform_directory, self.settings.terraform_data
        return Terraform(directory, data=data, environment=self.environment)

    @property
    def description(self) -> str:
        """Where this is, for the first line of what a command says."""
        if self.running:
            return f"{self.running.endpoint}, process {self.running.pid}"
        return f"{self.account_id} in {self.settings.region}{self.detour}"

    @property
    def detour(self) -> str:
        """What leads to this account elsewhere than to AWS, when it should be in AWS."""
        return "" if self.running else detour()


def reach(settings: Settings) -> Target:
    """Return the stage's account, starting the embedded one when it does not run.

    Raises:
        AccountError: The embedded account could not be started.
        TargetError: The stage has no Terraform variables, no usable credentials, or those of another account
            than it names.
    """
    if not settings.tfvars.is_file():
        raise TargetError(
            f"Stage {settings.stage_name!r} has its Terraform variables in {settings.stage.tfvars}, which is "
            f"not there. Nothing was done. Write it: model_provider, model_name and what else differs "
            f"from terraform/variables.tf; terraform/stages/local.tfvars is an example."
        )
    if settings.stage.embedded:
        running = start(settings)
        environment = account.environment(running, settings.region)
        clients = Clients(region=settings.region, environment=environment)
        return Target(settings, ACCOUNT_ID, clients, environment, running)
    clients = Clients(region=settings.region)
    environment = {"AWS_REGION": settings.region, "AWS_DEFAULT_REGION": settings.region}
    return Target(settings, _account_id(clients, settings), clients, environment, None)


def start(settings: Settings) -> Account:
    """Return the stage's embedded account, starting it when it does not run.

    Raises:
        AccountError: It could not be started.
        TargetError: The stage is an account in AWS.
    """
    return account.start(embedded_home(settings), options(settings))


def embedded_home(settings: Settings) -> Path:
    """Return the directory of the stage's embedded account.

    Raises:
        TargetError: The stage is an account in AWS.
    """
    if not settings.stage.embedded:
        raise TargetError(
            f"Stage {settings.stage_name!r} is the AWS account {settings.stage.account_id}, and this command "
            f"is for the embedded one. Nothing was done. Try `--stage local`."
        )
    return settings.home


def options(settings: Settings) -> account.Options:
    """Return how the settings want the embedded account to run."""
    return account.Options(instances=settings.embedded.instances, freeze=settings.embedded.freeze)


def stop(settings: Settings) -> bool:
    """Stop the stage's embedded account and all it started; its state stays. False when none was running.

    Raises:
        AccountError: As `account.stop`.
        LockedError: Somebody deploys to it; nothing was done.
        TargetError: The stage is an account in AWS.
    """
    home = embedded_home(settings)
    _refuse_if_in_use(settings)
    return account.stop(home)


def erase(settings: Settings) -> None:
    """Stop the stage's embedded account and delete all that is in it, Terraform's state included.

    Raises:
        AccountError: There is none; nothing was deleted.
        LockedError: As for `stop`.
        TargetError: The stage is an account in AWS.
    """
    home = embedded_home(settings)
    _refuse_if_in_use(settings)
    account.erase(home)
    backend.remove_override(TERRAFORM)


def _refuse_if_in_use(settings: Settings) -> None:
    if running := account.find(settings.home):
        s3 = Clients(region=settings.region, environment=account.environment(running, settings.region)).s3
        locks.refuse_if_held(s3, bucket=bucket_name(settings, ACCOUNT_ID), app_name=settings.app_name)


def bucket_name(settings: Settings, account_id: str) -> str:
    """Return the name of the stage's bucket."""
    return backend.bucket_name(app_name=settings.app_name, account_id=account_id, region=settings.region)


def prove_account(settings: Settings) -> None:
    """Make sure that the credentials are those of the stage's account in AWS.

    Raises:
        TargetError: They do not work, or are another account's.
    """
    _account_id(Clients(region=settings.region), settings)


def _account_id(clients: Clients, settings: Settings) -> str:
    """Return whose credentials these are, once they are those of the stage's account.

    Source: AWS STS API, GetCallerIdentity: needs no permission.
    """
    from botocore.exceptions import (
        ClientError,
        CredentialRetrievalError,
        NoCredentialsError,
        TokenRetrievalError,
    )

    stage, wanted = settings.stage_name, settings.stage.account_id
    try:
        found = clients.sts.get_caller_identity()["Account"]
    except (NoCredentialsError, CredentialRetrievalError, TokenRetrievalError, ClientError) as error:
        raise TargetError(
            f"Stage {stage!r} is the AWS account {wanted}, and no credentials work{detour()}: "
            f"{str(error).rstrip('.')}. Nothing was done. Set AWS_PROFILE to a profile of that account "
            f"(`aws sso login` renews one), or use `--stage local`."
        ) from error
    if found != wanted:
        raise TargetError(
            f"Stage {stage!r} is the AWS account {wanted}, and the credentials are those of {found}"
            f"{detour()}. Nothing was done. Set AWS_PROFILE to a profile of {wanted}, or correct account_id "
            f"in invoke.yaml."
        )
    return found
