"""Every option of the stack at once: applied, looked at, planned again, taken back in part, and ended."""

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
