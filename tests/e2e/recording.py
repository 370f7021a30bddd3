"""What the commands ask of an account, each of them run for real on a copy of the repository.

Run as a module, as `nox -s permissions` does, this writes it into terraform/permissions, with the policies
that follow from it.
"""

import json
import secrets
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops import permissions
from ops.embedded import account
from ops.github import ISSUER
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.fakes.providers import Providers

OPENAI = ("--provider", "openai")
SEALED = ("--passphrase-from-env", "PASSPHRASE")
BROKEN = "raise RuntimeError('broken')\n"
RUNTIME = {"TF_VAR_key_delivery": "runtime"}

# Where the recording is made, as `permissions.place` says it of a stage.
PLACE = {
    "partition": "aws",
    "account_id": "123456789012",
    "region": "eu-west-3",
    "app_name": "patient-insight",
    "domain_name": "page.chu.example",
    "hosted_zone_id": "*",  # whichever the account gives
}

Asked = dict[str, set[str]]


@dataclass(frozen=True)
class Recorder:
    """Somebody who types commands, while the account notes what each of them asks.

    Attributes:
        asked: By command, such as "keys.check": each action, with the resources that it was asked on.
    """

    copy: Copy
    them: Providers
    asked: dict[str, Asked] = field(default_factory=dict)

    def invoke(self, command: str, *words: str, code: int = 0, answer: str = "", **told: str) -> None:
        """Run a command, which ends with `code`, and keep what it asked.

        Args:
            command: Its name, with the options that make another one of it.
            words: More of the command line.
            code: What it exits with.
            answer: Its standard input.
            told: Variables of its environment.
        """
        self._note("POST")
        environment = {**self.them.environment, "PASSPHRASE": "a long enough passphrase", **told}
        run = self.copy.invoke(*command.split(), *words, answer=answer, environment=environment)
        assert run.returncode == code, run.stdout + run.stderr
        asked = self.asked.setdefault(command, {})
        for action, resources in self._note("GET").items():
            asked.setdefault(action, set()).update(resources)

    def key(self) -> str:
        """Return a line with a new key that the provider knows."""
        self.them.keys.add(key := f"sk-proj-{secrets.token_hex(24)}")
        return f"{key}\n"

    def _note(self, method: str) -> Mapping[str, list[str]]:
        running = account.find(self.copy.home)
        assert running is not None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(
            running.endpoint + account.CALLS_PATH,
            headers={"Authorization": f"Bearer {running.access_key}"},
            method=method,
        )
        with opener.open(request, timeout=30) as response:
            return json.load(response)


def record(directory: Path) -> dict[str, Asked]:
    """Run the commands in an empty directory and return what each asked."""
    copy = copy_of_the_repository(directory)
    with Providers() as them:
        recorder = Recorder(copy, them)
        try:
            copy.invoke("up", check=True)
            _begin(recorder)
            _look(recorder)
            _handle_keys(recorder, directory / "sealed")
            _set_up_a_sign_in(recorder)
            _change(recorder)
            _end(recorder)
        finally:
            copy.invoke("down")
    return recorder.asked


def _begin(recorder: Recorder) -> None:
    """From an empty account to a page, as an operator gets there."""
    recorder.invoke("doctor")
    _bootstrap(recorder)
    recorder.invoke("init")
    recorder.invoke(permissions.READ_ONLY_PLAN, code=1, **RUNTIME)  # there is no image yet
    recorder.invoke("deploy")


def _bootstrap(recorder: Recorder) -> None:
    """All from nothing, nothing, another trust, a provider of others, and what was changed by hand."""
    recorder.invoke("bootstrap", "--github", "hospital/patient-insight", **RUNTIME)
    recorder.invoke("bootstrap", "--github", "hospital/patient-insight", **RUNTIME)
    iam = recorder.copy.clients.iam
    provider = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["of-others"])
    _change_by_hand(recorder)
    recorder.invoke("bootstrap", "--github", "hospital@1/patient-insight@2", **RUNTIME)


def _change_by_hand(recorder: Recorder) -> None:
    clients, app, role = recorder.copy.clients, PLACE["app_name"], "patient-insight-eu-west-3-plan"
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    document = json.dumps(everything)
    arn = clients.iam.create_policy(PolicyName="everything", PolicyDocument=document)["Policy"]["Arn"]
    clients.iam.put_role_policy(RoleName=role, PolicyName="everything", PolicyDocument=document)
    clients.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    clients.ecr.put_image_tag_mutability(repositoryName=app, imageTagMutability="MUTABLE")
    clients.ecr.put_image_scanning_configuration(
        repositoryName=app, imageScanningConfiguration={"scanOnPush": False}
    )
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    clients.s3.put_bucket_lifecycle_configuration(
        Bucket=f"{app}-terraform-123456789012-eu-west-3", LifecycleConfiguration={"Rules": [rule]}
    )


def _look(recorder: Recorder) -> None:
    """All that only looks."""
    recorder.invoke("deploy")
    recorder.invoke("deploy", "--dry-run")
    recorder.invoke("doctor")
    recorder.invoke("status")
    recorder.invoke("releases")
    recorder.invoke("output")
    recorder.invoke("drift")
    recorder.invoke("logs")
    recorder.invoke("logs", "--summary")
    recorder.invoke("logs", "--live")


def _set_up_a_sign_in(recorder: Recorder) -> None:
    told = {
        **RUNTIME,
        "TF_VAR_access": "oidc",
        "TF_VAR_oidc_metadata_url": "https://login.example/.well-known/openid-configuration",
        "TF_VAR_oidc_client_id": "the-page",
        "TF_VAR_oidc_allowed_domains": '["chu.example"]',
    }
    recorder.invoke("access", **told)
    recorder.invoke("access.set-secret", answer="of the client\n", **told)
    recorder.invoke("access", **told)


def _handle_keys(recorder: Recorder, sealed: Path) -> None:
    recorder.invoke("keys.set", *OPENAI, answer=recorder.key())
    recorder.invoke("rotate-key", *OPENAI, answer=recorder.key())
    recorder.invoke("keys.list")
    recorder.invoke("keys.show", *OPENAI)
    recorder.invoke("keys.history", *OPENAI)
    recorder.invoke("keys.check")
    recorder.invoke("keys.restore", *OPENAI, "--version", "1")
    recorder.invoke("keys.delete", *OPENAI, "--yes", "--backup", str(sealed), *SEALED)
    recorder.invoke("keys.restore-backup", str(sealed), *SEALED)


def _change(recorder: Recorder) -> None:
    """A changed stack, and changed pages, a bad one and a good one that is taken back; then no option."""
    told = {
        **RUNTIME,
        "TF_VAR_api_rate_limit_rps": "100",
        "TF_VAR_cors_allow_origins": "[]",
        "TF_VAR_log_retention_days": "14",
        "TF_VAR_memory_size_mb": "1792",
        "TF_VAR_alarm_emails": '["on-call@chu.example"]',
        "TF_VAR_customer_key": "true",
        "TF_VAR_monthly_budget_usd": "50",
        "TF_VAR_reserved_concurrency": "50",
    }
    ready = {**told, "TF_VAR_provisioned_concurrency": "1"}
    recorder.invoke(permissions.READ_ONLY_PLAN, **RUNTIME)
    recorder.invoke("plan", **ready)
    recorder.invoke("apply", **ready)
    recorder.invoke(permissions.READ_ONLY_PLAN, **ready)
    told |= {"TF_VAR_domain_name": "page.chu.example", "TF_VAR_hosted_zone_id": _zone(recorder)}
    recorder.invoke("deploy", **told)
    recorder.invoke(permissions.READ_ONLY_PLAN, **told)
    page = recorder.copy.page
    good = page.read_text()
    page.write_text(BROKEN)
    behind = {**told, "TF_VAR_cloudfront": "true", "TF_VAR_waf": "true"}
    recorder.invoke("deploy", "--allow-destroy", code=1, **behind)
    page.write_text(good + "\n# changed\n")
    recorder.invoke("deploy", "--canary", "10", "--bake", "1", **behind)
    assert _front(recorder) == (["page.chu.example"], {"A", "AAAA", "CNAME"})
    recorder.invoke(permissions.READ_ONLY_PLAN, **behind)
    recorder.invoke("rollback")
    page.write_text(good + "\n# changed again\n")
    outputs = recorder.copy.home / "outputs"
    recorder.invoke("push", "--outputs", str(outputs), **behind)
    image = dict(line.split("=", 1) for line in outputs.read_text().splitlines())["uri"]
    recorder.invoke("scan", "--image", image, "--severity", "critical")
    streamed = {**behind, "TF_VAR_front": "function_url", "TF_VAR_waf_requests_per_5_min": "10000"}
    recorder.invoke("deploy", "--image", image, "--allow-destroy", **streamed)
    recorder.invoke(permissions.READ_ONLY_PLAN, **streamed)
    recorder.invoke(permissions.SWITCHING_OFF, "--image", image, **RUNTIME, TF_VAR_customer_key="true")


def _zone(recorder: Recorder) -> str:
    """Return the hosted zone that a hospital has before the page."""
    route53 = recorder.copy.clients.client("route53")
    made = route53.create_hosted_zone(Name="chu.example", CallerReference="of-the-hospital")
    return str(made["HostedZone"]["Id"].rpartition("/")[2])


def _front(recorder: Recorder) -> tuple[list[str], set[str]]:
    """Return the names of distributions, and the types of the records that the stack has made for its own."""
    clients = recorder.copy.clients
    found = clients.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    route53 = clients.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    of_zone = {"NS", "SOA"}
    names = [name for one in found for name in one["Aliases"].get("Items", [])]
    return names, {record["Type"] for record in records} - of_zone


def _end(recorder: Recorder) -> None:
    recorder.invoke("destroy", "--with-keys", "--yes-i-mean", "local")
    assert _front(recorder) == ([], set())


def main() -> int:
    """Record, and write what was asked and the policies into terraform/permissions."""
    with tempfile.TemporaryDirectory() as directory:
        asked = permissions.named(record(Path(directory)), PLACE)
    permissions.DIRECTORY.mkdir(exist_ok=True)
    permissions.RECORDING.write_text(json.dumps(asked, indent=2) + "\n")
    for role in permissions.ROLES:
        policy = json.dumps(permissions.document(role, asked), indent=2)
        (permissions.DIRECTORY / f"{role}.json").write_text(f"{policy}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
