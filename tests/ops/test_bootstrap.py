"""What a stage needs once: made from nothing, left alone when it is there, mended when it is otherwise."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops import backend, bootstrap, github, images, permissions
from ops.bootstrap import Part
from ops.clients import Clients
from ops.github import repository
from ops.infrastructure import KeysInStateError
from ops.settings import Embedded, Settings, Stage
from tests.ops.worlds import REGION, World

NAMED = repository("hospital/patient-insight")
NUMBERED = repository("hospital@4711/patient-insight@815")
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{github.ISSUER}"


@dataclass(frozen=True)
class Beginner:
    """A stage of an account in which nothing of it is, and GitHub is not known."""

    settings: Settings
    there: Clients

    @property
    def app(self) -> str:
        return self.settings.app_name

    @property
    def bucket(self) -> str:
        return f"{self.app}-terraform-123456789012-{REGION}"

    @property
    def roles(self) -> list[str]:
        return [f"{self.app}-{REGION}-{name}" for name in permissions.GITHUB_ROLES]

    def snapshot(self) -> dict[str, object]:
        """All that bootstrap makes, as it is."""
        iam = self.there.iam
        return {
            "trust": [iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] for name in self.roles],
            "policies": [
                iam.get_role_policy(RoleName=name, PolicyName="as-recorded")["PolicyDocument"]
                for name in self.roles
            ],
            "audiences": iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)["ClientIDList"],
            "bucket": backend.bucket_lacks(self.there.s3, name=self.bucket),
            "images": self.there.ecr.get_lifecycle_policy(repositoryName=self.app)["lifecyclePolicyText"],
        }


def stage(app_name: str) -> Settings:
    return Settings(
        stage_name="production",
        stage=Stage(embedded=True, tfvars=Path("terraform/stages/local.tfvars")),
        app_name=app_name,
        region=REGION,
        embedded=Embedded(),
    )


@pytest.fixture
def beginner(world: World, monkeypatch: pytest.MonkeyPatch) -> Beginner:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    monkeypatch.setenv("TF_VAR_key_delivery", "runtime")
    world.clients.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    return Beginner(stage(f"app-{uuid.uuid4().hex[:8]}"), world.clients)


def policy(statement: dict[str, str]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def lacked(done: bootstrap.Bootstrapped) -> dict[str, tuple[str, ...]]:
    return {part.name: part.lacked for part in done.parts}


def test_everything_is_made_once_and_a_repeat_writes_nothing(beginner: Beginner) -> None:
    done = bootstrap.run(beginner.settings, NAMED)
    made = ("role", "trust", "permissions")
    assert done.parts == (
        Part("state bucket", beginner.bucket, ("bucket", "privacy", "encryption", "versions")),
        Part("image repository", beginner.app, ("repository", "lifecycle")),
        Part("identity provider", github.ISSUER, ("provider",)),
        *(Part("role", name, made) for name in beginner.roles),
    )
    before = beginner.snapshot()
    assert bootstrap.preview(beginner.settings, NAMED) == []
    assert not any(lacked(bootstrap.run(beginner.settings, NAMED)).values())
    assert beginner.snapshot() == before


def test_what_was_changed_by_hand_is_said_and_mended_and_nothing_else(beginner: Beginner) -> None:
    bootstrap.run(beginner.settings, NAMED)
    before, iam, roles = beginner.snapshot(), beginner.there.iam, beginner.roles
    everybody = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName=roles[0], PolicyName="as-recorded", PolicyDocument=json.dumps(everybody))
    iam.delete_role_policy(RoleName=roles[1], PolicyName="as-recorded")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    iam.create_open_id_connect_provider(Url=f"https://{github.ISSUER}", ClientIDList=["of-others"])
    beginner.there.ecr.delete_lifecycle_policy(repositoryName=beginner.app)

    assert bootstrap.preview(beginner.settings, NAMED) == [
        f"image repository {beginner.app}: lifecycle",
        f"identity provider {github.ISSUER}: audience sts.amazonaws.com",
        f"role {roles[0]}: permissions",
        f"role {roles[1]}: permissions",
    ]
    bootstrap.run(beginner.settings, NAMED)
    assert beginner.snapshot() == {**before, "audiences": ["of-others", github.AUDIENCE]}


def test_a_policy_that_somebody_gave_a_role_is_named_and_taken_away_and_a_boundary_stays(
    beginner: Beginner,
) -> None:
    bootstrap.run(beginner.settings, NAMED)
    iam, (plan, *_) = beginner.there.iam, beginner.roles
    everything = json.dumps(policy({"Effect": "Allow", "Action": "*", "Resource": "*"}))
    iam.put_role_policy(RoleName=plan, PolicyName="for-a-moment", PolicyDocument=everything)
    arn = iam.create_policy(PolicyName=f"{beginner.app}-admin", PolicyDocument=everything)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=plan, PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName=plan, PermissionsBoundary=arn)

    extra = (f"without the policy {name}" for name in ("for-a-moment", arn))
    assert bootstrap.preview(beginner.settings, NAMED) == [f"role {plan}: {', '.join(extra)}"]
    bootstrap.run(beginner.settings, NAMED)
    assert iam.list_role_policies(RoleName=plan)["PolicyNames"] == ["as-recorded"]
    assert iam.list_attached_role_policies(RoleName=plan)["AttachedPolicies"] == []
    assert iam.get_role(RoleName=plan)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert bootstrap.preview(beginner.settings, NAMED) == []


def test_tags_that_can_be_moved_and_images_that_nobody_scans_are_mended(beginner: Beginner) -> None:
    bootstrap.run(beginner.settings)
    ecr, name = beginner.there.ecr, beginner.app
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": False}
    )
    assert images.ensure_repository(ecr, name=name).endswith(name)  # a deployment leaves them alone
    assert bootstrap.preview(beginner.settings) == [f"image repository {name}: fixed tags, scans"]
    bootstrap.run(beginner.settings)
    found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    assert bootstrap.preview(beginner.settings) == []


def test_a_repository_that_the_registrys_scanner_takes_lacks_no_scans(beginner: Beginner) -> None:
    bootstrap.run(beginner.settings)
    ecr, name = beginner.there.ecr, beginner.app
    ecr.put_image_scanning_configuration(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": False}
    )
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
    try:
        assert bootstrap.preview(beginner.settings) == []
    finally:
        ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])


def test_numbers_are_added_to_the_trust_of_roles_that_are_there(beginner: Beginner) -> None:
    bootstrap.run(beginner.settings, NAMED)
    found, roles = lacked(bootstrap.run(beginner.settings, NUMBERED)), beginner.roles
    assert {name: found[name] for name in roles} == dict.fromkeys(roles, ("trust",))
    trust = beginner.there.iam.get_role(RoleName=roles[-1])["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Condition"]["StringEquals"][f"{github.ISSUER}:sub"] == [
        "repo:hospital/patient-insight:environment:production",
        "repo:hospital@4711/patient-insight@815:environment:production",
    ]


def test_a_stage_without_workflows_gets_no_role(beginner: Beginner) -> None:
    done = bootstrap.run(beginner.settings)
    assert [part.kind for part in done.parts] == ["state bucket", "image repository"]
    assert done.next[0] == "invoke deploy --stage production"
    with pytest.raises(beginner.there.iam.exceptions.NoSuchEntityException):
        beginner.snapshot()


def test_roles_are_refused_where_the_state_holds_keys_before_anything_is_made(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_VAR_key_delivery")
    with pytest.raises(KeysInStateError, match=r'Nothing was done\. Say key_delivery = "runtime" in'):
        bootstrap.run(beginner.settings, NAMED)
    assert "bucket" in backend.bucket_lacks(beginner.there.s3, name=beginner.bucket)


def test_what_to_type_next_names_each_role_and_asks_for_numbers_once(beginner: Beginner) -> None:
    said = bootstrap.run(beginner.settings, NAMED).next
    for variable, role in zip(("PLAN", "BUILD", "KEYS", "DEPLOY"), beginner.roles, strict=True):
        (line,) = (line for line in said if f"AWS_{variable}_ROLE" in line)
        assert line.endswith(f"--body arn:aws:iam::123456789012:role/{role}")
    assert "gh api repos/hospital/patient-insight --jq" in said[-1]
    assert not any("--jq" in line for line in bootstrap.run(beginner.settings, NUMBERED).next)


def test_what_to_type_next_lets_main_alone_into_the_environment(beginner: Beginner) -> None:
    made, allowed = bootstrap.run(beginner.settings, NAMED).next[:2]
    environment = "repos/hospital/patient-insight/environments/production"
    assert f"--method PUT {environment} " in made
    assert "[protected_branches]=false" in made
    assert "[custom_branch_policies]=true" in made
    assert allowed == f"gh api --method POST {environment}/deployment-branch-policies -f name=main"


def test_a_preview_starts_no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(tmp_path / "account"))
    said = bootstrap.preview(stage("never-started"))
    assert said == ["the embedded account does not run: it would be started"]
    assert not (tmp_path / "account").exists()
