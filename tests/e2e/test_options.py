"""Every option of the stack at once: applied, looked at, planned again, taken back in part, and ended.

Then the options that name what a team has already: its key and its certificate, which stay its own. And the
way from that key to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from ops import backend
from ops.clients import Clients
from tests.e2e.conftest import url_in
from tests.e2e.copies import REGION, Copy, copy_of_the_repository
from tests.ops.worlds import PAGE, push_image

NAME = "patient-insight"
BUCKET = backend.bucket_name(app_name=NAME, account_id="123456789012", region=REGION)

OPTIONS = """
model_provider          = "local"
key_delivery            = "runtime"
alarm_emails            = ["on-call@chu.example", "pharmacy@chu.example"]
monthly_budget_usd      = 50
customer_key            = true
reserved_concurrency    = 50
provisioned_concurrency = 2
"""

BROUGHT = """
model_provider  = "local"
domain_name     = "insight.chu.example"
certificate_arn = "{certificate}"
"""

KEY = """
alarm_emails    = ["on-call@chu.example"]
kms_key_arn     = "{key}"
"""

http = urllib3.PoolManager()


@dataclass(frozen=True)
class Applied:
    """The stack with all options, and what the commands said."""

    copy: Copy
    planned: str

    @property
    def clients(self) -> Clients:
        return self.copy.clients

    @property
    def tfvars(self) -> Path:
        return self.copy.root / "terraform" / "stages" / "local.tfvars"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    directory = tmp_path_factory.mktemp("options")
    copy = copy_of_the_repository(directory)
    (copy.root / "terraform" / "stages" / "local.tfvars").write_text(OPTIONS)
    try:
        copy.invoke("init", check=True)
        image = push_image(copy.clients, directory / "image", PAGE.format(behaviour="one"))
        planned = copy.invoke("plan", "--image", image, check=True).stdout
        copy.invoke("apply", check=True)
        yield Applied(copy, planned)
    finally:
        copy.invoke("down")


def test_a_plan_tells_what_each_option_costs(stack: Applied) -> None:
    for address, usd in {
        "aws_kms_key.main[0]": "1.00",
        'aws_cloudwatch_metric_alarm.app["errors"]': "0.10",
        "aws_lambda_provisioned_concurrency_config.live[0]": "43.80",
    }.items():
        assert f"{address}  0.00 → {usd}" in stack.planned
    assert "aws_sns_topic" not in stack.planned.partition("not estimated: ")[2]


def test_the_account_keeps_all_that_it_was_told(stack: Applied) -> None:
    assert "Plan: nothing to change." in stack.copy.invoke("plan", check=True).stdout


def test_what_the_tasks_made_is_encrypted_with_the_stacks_own_key(stack: Applied) -> None:
    found = stack.clients.ssm.describe_parameters()["Parameters"]
    assert {one["Name"].rpartition("/")[2]: one["KeyId"] for one in found} == {"session-key": f"alias/{NAME}"}


def test_a_trial_on_some_users_is_refused_before_anything_is_done(stack: Applied) -> None:
    refused = stack.copy.invoke("deploy", "--canary", "10", "--bake", "1")
    assert refused.returncode == 1
    assert "while instances are kept ready (provisioned_concurrency = 2). Nothing was done." in refused.stderr


def test_the_page_is_deployed_to_instances_that_are_kept_ready(stack: Applied) -> None:
    deployed = stack.copy.invoke("deploy", check=True).stdout
    assert "2 instances are ready" in deployed
    assert http.request("GET", url_in(deployed)).status == 200


def test_the_page_starts_from_a_snapshot_that_no_browser_can_speak_of(stack: Applied) -> None:
    stack.tfvars.write_text(OPTIONS.replace("provisioned_concurrency = 2", "snapstart = true"))
    url = url_in(stack.copy.invoke("deploy", check=True).stdout)
    assert http.request("GET", url).status == 200
    assert http.request("POST", f"{url}/snapstart/after-restore").status == 404
    live = stack.clients.lambda_.get_function_configuration(FunctionName=NAME, Qualifier="live")
    assert live["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


def test_all_of_it_ends(stack: Applied) -> None:
    stack.copy.invoke("destroy", "--yes-i-mean", "local", check=True)
    assert backend.recorded(stack.clients.s3, bucket=BUCKET, app_name=NAME) == {}
    assert stack.clients.client("sns").list_topics()["Topics"] == []
    assert stack.clients.cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert stack.clients.client("budgets").describe_budgets(AccountId="123456789012")["Budgets"] == []


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A repository with an account of its own that runs, and no stack."""
    copy = copy_of_the_repository(tmp_path)
    try:
        copy.invoke("up", check=True)
        yield copy
    finally:
        copy.invoke("down")


def test_a_key_and_a_certificate_that_a_team_has_are_used_and_stay(copy: Copy) -> None:
    kms, acm = copy.clients.client("kms"), copy.clients.client("acm")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    certificate = acm.request_certificate(DomainName="insight.chu.example")["CertificateArn"]
    tfvars = copy.root / "terraform" / "stages" / "local.tfvars"
    brought = BROUGHT.format(certificate=certificate)
    tfvars.write_text(brought + KEY.format(key=key))

    deployed = copy.invoke("deploy", check=True).stdout
    assert deployed.splitlines()[-1] == "https://insight.chu.example"
    assert "nothing to change" in copy.invoke("plan", check=True).stdout
    # Keys: everything is encrypted with the team's, and no other was made.
    assert f"alias/{NAME}" not in {one["AliasName"] for one in kms.list_aliases()["Aliases"]}
    assert {one["KeyId"] for one in copy.clients.ssm.describe_parameters()["Parameters"]} == {key}
    function = copy.clients.lambda_.get_function_configuration(FunctionName=NAME, Qualifier="live")
    table = copy.clients.client("dynamodb").describe_table(TableName=f"{NAME}-sessions")["Table"]
    groups = copy.clients.logs.describe_log_groups()["logGroups"]
    topics = copy.clients.client("sns").list_topics()["Topics"]
    (topic,) = (copy.clients.client("sns").get_topic_attributes(TopicArn=one["TopicArn"]) for one in topics)
    assert function["KMSKeyArn"] == table["SSEDescription"]["KMSMasterKeyArn"] == key
    assert {one["kmsKeyId"] for one in groups} == {topic["Attributes"]["KmsMasterKeyId"]} == {key}
    # The name: its certificate is the team's.
    (name,) = copy.clients.apigatewayv2.get_domain_names()["Items"]
    assert name["DomainNameConfigurations"][0]["CertificateArn"] == certificate
    (listed,) = acm.list_certificates()["CertificateSummaryList"]
    assert listed["CertificateArn"] == certificate

    # Without it: not while users' version is under it, and then in two steps.
    tfvars.write_text(brought)
    refused = copy.invoke("deploy", "--allow-destroy")
    assert refused.returncode == 1
    assert (
        f'Nothing was changed. Say previous_kms_key = "{key}" in terraform/stages/local.tfvars'
        in refused.stderr
    )
    tfvars.write_text(f'{brought}previous_kms_key = "{key}"\n')
    copy.invoke("deploy", "--allow-destroy", check=True)
    assert "KMSKeyArn" not in copy.clients.lambda_.get_function_configuration(
        FunctionName=NAME, Qualifier="live"
    )
    # With one of the stack's own, on a stage that exists.
    tfvars.write_text(f'{brought}previous_kms_key = "{key}"\ncustomer_key = true\n')
    copy.invoke("deploy", check=True)
    function = copy.clients.lambda_.get_function_configuration(FunctionName=NAME, Qualifier="live")
    assert kms.describe_key(KeyId=f"alias/{NAME}")["KeyMetadata"]["Arn"] == function["KMSKeyArn"]

    copy.invoke("destroy", "--yes-i-mean", "local", check=True)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    assert acm.describe_certificate(CertificateArn=certificate)["Certificate"]
    assert copy.clients.apigatewayv2.get_domain_names()["Items"] == []
