"""What a stage needs before its first deployment, and GitHub Actions before its first run; made once.

Each part can be looked at and made, and only what is missing or otherwise is made: a repeat changes nothing.
Roles get what terraform/permissions says, which was recorded from the tasks themselves, and nothing else.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ops import backend, github, images, infrastructure, permissions
from ops.embedded import account
from ops.github import Repository
from ops.settings import Settings
from ops.stack import Stack
from ops.target import Target, reach


@dataclass(frozen=True)
class Part:
    """Something that a stage needs.

    Attributes:
        kind: What it is, such as "role".
        name: Its name in the account.
        lacked: What of it was not there, or not as wanted; empty when all was.
    """

    kind: str
    name: str
    lacked: tuple[str, ...]


@dataclass(frozen=True)
class Bootstrapped:
    """What was found and made, and for GitHub what to type next."""

    parts: tuple[Part, ...]
    next: tuple[str, ...]


class _Wanted(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    def lacks(self) -> tuple[str, ...]:
        """Return what of it is not there, or not as wanted; changes nothing."""

    def make(self) -> None:
        """Make it as wanted; what is so already stays."""


def run(settings: Settings, of: Repository | None = None) -> Bootstrapped:
    """Make what the stage lacks, and with a repository what its workflows need in the account.

    Raises:
        KeysInStateError: A role that may only read would read keys in the state.
        OpsError: The account can't be reached.
    """
    target = reach(settings)
    wanted = list(_wanted(target, of))
    parts = []
    for one in wanted:
        parts.append(Part(one.kind, one.name, one.lacks()))
        if parts[-1].lacked:
            one.make()
    if target.running:
        account.wait_until_saved(target.running)
    return Bootstrapped(tuple(parts), tuple(_next(target, of)))


def preview(settings: Settings, of: Repository | None = None) -> list[str]:
    """Return what `run` would make, a line each; changes nothing."""
    if settings.stage.embedded and account.find(settings.home) is None:
        return ["the embedded account does not run: it would be started"]
    found = ((one, one.lacks()) for one in _wanted(reach(settings), of))
    return [f"{one.kind} {one.name}: {', '.join(lacked)}" for one, lacked in found if lacked]


def _wanted(target: Target, of: Repository | None) -> Iterator[_Wanted]:
    stack = Stack(target)
    yield _Bucket(stack)
    yield _Images(stack)
    if of is None:
        return
    infrastructure.refuse_keys_in_state(target.settings)
    provider = _Provider(stack)
    yield provider
    for name, kinds in _kinds(target.settings).items():
        trust = github.trust(of, kinds, provider_arn=provider.arn)
        yield _Role(stack, name, trust, permissions.policy(name, permissions.place(stack)))


def _kinds(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the roles, and the runs that each of them is for."""
    return {
        "plan": (github.PULL_REQUEST, github.MAIN),
        "build": (github.MAIN,),
        "keys": (github.MAIN,),
        "deploy": (github.environment(settings.stage_name),),
    }


@dataclass(frozen=True)
class _Bucket:
    """Where Terraform's state and the ledger are."""

    stack: Stack
    kind = "state bucket"

    @property
    def name(self) -> str:
        return self.stack.bucket

    def lacks(self) -> tuple[str, ...]:
        return backend.bucket_lacks(self.stack.clients.s3, name=self.name)

    def make(self) -> None:
        backend.ensure_bucket(self.stack.clients.s3, name=self.name)


@dataclass(frozen=True)
class _Images:
    """Where images are."""

    stack: Stack
    kind = "image repository"

    @property
    def name(self) -> str:
        return self.stack.app_name

    def lacks(self) -> tuple[str, ...]:
        return images.repository_lacks(self.stack.clients.ecr, name=self.name)

    def make(self) -> None:
        images.mend_repository(self.stack.clients.ecr, name=self.name)


@dataclass(frozen=True)
class _Provider:
    """What lets GitHub's tokens in: one of an account, for all that trust them.

    Source: IAM API, CreateOpenIDConnectProvider; AWS knows GitHub's certificates and needs no thumbprint.
    """

    stack: Stack
    kind = "identity provider"
    name = github.ISSUER

    @property
    def arn(self) -> str:
        place = permissions.place(self.stack)
        return f"arn:{place['partition']}:iam::{place['account_id']}:oidc-provider/{self.name}"

    def lacks(self) -> tuple[str, ...]:
        iam = self.stack.clients.iam
        try:
            found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        except iam.exceptions.NoSuchEntityException:
            return ("provider",)
        return () if github.AUDIENCE in found["ClientIDList"] else (f"audience {github.AUDIENCE}",)

    def make(self) -> None:
        iam = self.stack.clients.iam
        if self.lacks() == ("provider",):
            iam.create_open_id_connect_provider(Url=f"https://{self.name}", ClientIDList=[github.AUDIENCE])
        else:
            iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=self.arn, ClientID=github.AUDIENCE
            )


@dataclass(frozen=True)
class _Role:
    """What runs of one kind may do: what its one policy says.

    A policy beside it only widens what pull requests or schedules may do, so it is taken away. Who wants to
    narrow a role gives it a permissions boundary, which stays.
    """

    stack: Stack
    purpose: str
    trust: dict[str, Any]
    policy: dict[str, Any]
    kind = "role"

    @property
    def name(self) -> str:
        return role_name(self.stack, self.purpose)

    def lacks(self) -> tuple[str, ...]:
        iam = self.stack.clients.iam
        try:
            trust = iam.get_role(RoleName=self.name)["Role"]["AssumeRolePolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return ("role", "trust", "permissions")
        parts = {"trust": trust == self.trust, "permissions": self._policy_there() == self.policy}
        lacking = (part for part, is_wanted in parts.items() if not is_wanted)
        others = (f"without the policy {name}" for name in (*self._inline_others(), *self._attached()))
        return (*lacking, *others)

    def make(self) -> None:
        iam, lacking = self.stack.clients.iam, self.lacks()
        trust = json.dumps(self.trust)
        if "role" in lacking:
            said = f"GitHub Actions, {self.purpose}: {self.stack.app_name} in {self.stack.region}"
            iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust, Description=said)
        elif "trust" in lacking:
            iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=trust)
        if "permissions" in lacking:
            iam.put_role_policy(
                RoleName=self.name, PolicyName=_POLICY, PolicyDocument=json.dumps(self.policy)
            )
        for name in self._inline_others():
            iam.delete_role_policy(RoleName=self.name, PolicyName=name)
        for arn in self._attached():
            iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)

    def _inline_others(self) -> list[str]:
        pages = self.stack.clients.iam.get_paginator("list_role_policies").paginate(RoleName=self.name)
        return [name for page in pages for name in page["PolicyNames"] if name != _POLICY]

    def _attached(self) -> list[str]:
        iam = self.stack.clients.iam
        pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.name)
        return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]

    def _policy_there(self) -> Any:
        iam = self.stack.clients.iam
        try:
            return iam.get_role_policy(RoleName=self.name, PolicyName=_POLICY)["PolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return None


_POLICY = "as-recorded"


def role_name(stack: Stack, purpose: str) -> str:
    """Return a role's name: of an account and so with the region; 64 letters at most, as IAM has it."""
    return f"{stack.app_name}-{stack.region}-{purpose}"


def _next(target: Target, of: Repository | None) -> Iterator[str]:
    """Yield what to type next; what stands behind # is for people."""
    stack, stage = Stack(target), target.settings.stage_name
    if of is None:
        yield f"invoke deploy --stage {stage}"
        yield f"invoke bootstrap --stage {stage} --github OWNER/REPO  # once workflows are to work on it"
        return
    where = f"--repo {of.full_name}"
    environment = f"repos/{of.full_name}/environments/{stage}"
    # Not "protected branches": while no branch is protected, GitHub lets all of them in.
    limits = ("protected_branches]=false", "custom_branch_policies]=true")
    flags = " ".join(f"-F 'deployment_branch_policy[{one}'" for one in limits)
    yield f"gh api --method PUT {environment} {flags}  # its reviewers: in Settings"
    yield f"gh api --method POST {environment}/deployment-branch-policies -f name=main"
    yield f"gh variable set AWS_REGION {where} --body {stack.region}"
    for name in ("plan", "build", "keys"):
        yield f"gh variable set AWS_{name.upper()}_ROLE {where} --body {_role_arn(stack, name)}"
    yield f"gh variable set AWS_DEPLOY_ROLE {where} --env {stage} --body {_role_arn(stack, 'deploy')}"
    if not of.has_ids:
        yield f"{github.ids_command(of.full_name)}  # named since July 2026? --github with what this prints"


def _role_arn(stack: Stack, purpose: str) -> str:
    place = permissions.place(stack)
    return f"arn:{place['partition']}:iam::{place['account_id']}:role/{role_name(stack, purpose)}"
