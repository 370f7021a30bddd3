"""CloudFront before an API, and before a function URL that streams: the way through it, and none past it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
import urllib3
from playwright.sync_api import Page

from tests.e2e.conftest import url_in
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.e2e.test_deployed_page import USUAL, analyse, names_of_usual_medicines
from tests.ops.worlds import eventually

http = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class Fronted:
    """A deployed copy, what its stack is told, and where the page is."""

    copy: Copy
    told: Mapping[str, str]
    url: str

    @property
    def past(self) -> str:
        """The address that CloudFront asks."""
        if self.told["TF_VAR_front"] == "http_api":
            (api,) = self.copy.clients.apigatewayv2.get_apis()["Items"]
            return api["ApiEndpoint"]
        made = self.copy.clients.lambda_.get_function_url_config(
            FunctionName="patient-insight", Qualifier="live"
        )
        return made["FunctionUrl"]


@pytest.fixture(scope="module", params=["http_api", "function_url"])
def fronted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    """The page behind CloudFront and its firewall."""
    copy = copy_of_the_repository(tmp_path_factory.mktemp("fronts"))
    told = {"TF_VAR_front": request.param, "TF_VAR_cloudfront": "true", "TF_VAR_waf": "true"}
    try:
        yield Fronted(copy, told, url_in(copy.invoke("deploy", check=True, environment=told).stdout))
    finally:
        copy.invoke("down")


def test_a_report_is_read_through_cloudfront(fronted: Fronted, page: Page) -> None:
    analyse(page, fronted.url)
    # Where answers are streamed, the heading is there before the tables are.
    assert eventually(lambda: names_of_usual_medicines(page) == USUAL)


@pytest.mark.parametrize("path", ["", "_stcore/health", "static/js/any.js"])
def test_nobody_gets_past_cloudfront(fronted: Fronted, path: str) -> None:
    answer = http.request("GET", f"{fronted.past.rstrip('/')}/{path}")
    assert answer.status == 403
    assert "public address only" in answer.data.decode() or "Forbidden" in answer.data.decode()


def test_a_second_plan_finds_nothing_to_do_and_the_status_is_well(fronted: Fronted) -> None:
    plan = fronted.copy.invoke("plan", check=True, environment=fronted.told)
    assert "nothing to change" in plan.stdout
    status = fronted.copy.invoke("status", environment=fronted.told)
    assert status.returncode == 0, status.stdout
    assert fronted.url in status.stdout


def test_the_next_secret_is_deployed_and_the_page_answers_through_cloudfront_alone(fronted: Fronted) -> None:
    if fronted.told["TF_VAR_front"] == "function_url":
        pytest.skip("CloudFront signs what it asks of a function URL, and sends no secret")
    fronted.copy.invoke("deploy", check=True, environment={**fronted.told, "TF_VAR_origin_secret": "2"})
    assert http.request("GET", f"{fronted.url}/_stcore/health").status == 200
    assert http.request("GET", f"{fronted.past.rstrip('/')}/_stcore/health").status == 403


def test_an_apply_that_would_cut_users_off_is_refused(fronted: Fronted) -> None:
    if fronted.told["TF_VAR_front"] == "function_url":
        pytest.skip("one way shows it")
    told = {**fronted.told, "TF_VAR_front": "function_url"}
    fronted.copy.invoke("plan", "--allow-destroy", check=True, environment=told)
    refused = fronted.copy.invoke("apply", environment=told)
    assert refused.returncode == 1
    assert "changes what users come through (aws_apigatewayv2_api.http[0], aws_" in refused.stderr
    assert http.request("GET", f"{fronted.url}/_stcore/health").status == 200


def test_all_of_it_goes_again(fronted: Fronted) -> None:
    gone = fronted.copy.invoke("destroy", "--yes-i-mean", "local", environment=fronted.told)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert http.request("GET", fronted.url).status == 403
    clients = fronted.copy.clients
    assert not clients.client("cloudfront").list_distributions()["DistributionList"].get("Items")
