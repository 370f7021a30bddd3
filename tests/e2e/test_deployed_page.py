"""The main job, whole: one command, a URL, a report, medicines with their proof, and nothing lost."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from ops.embedded import account
from ops.settings import ROOT
from tests.e2e.conftest import ARTIFACTS, Stage, url_in
from tests.ops.worlds import eventually

REPORT = (ROOT / "tests/data/reports/cardiologie.txt").read_text()
USUAL = ["AMLODIPINE", "BISOPROLOL", "DOLIPRANE", "ELIQUIS", "LASILIX", "LEVOTHYROX", "METFORMINE"]


def analyse(page: Page, url: str) -> None:
    """Open the page, paste the report and ask for its analysis."""
    page.goto(url)
    report_field(page).fill(REPORT)
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()


def keep_screenshots(page: Page) -> None:
    """Keep the whole page, which scrolls inside itself, as a desk and as a telephone show it."""
    ARTIFACTS.mkdir(exist_ok=True)
    for name, width, height in (("page.png", 1400, 2600), ("page-narrow.png", 390, 5200)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=ARTIFACTS / name)


def report_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Compte rendu")


def names_of_usual_medicines(page: Page) -> list[str]:
    table = page.locator("table", has=page.locator("caption", has_text="Traitements habituels"))
    return [re.split(r"\s", cell)[0] for cell in table.locator("tbody tr th").all_inner_texts()]


def test_each_step_is_shown_with_its_time_and_the_url_comes_last(stage: Stage) -> None:
    lines = stage.deployed.strip().splitlines()
    steps = [line for line in lines if re.search(r"^✓ .+\d\.\d s", line)]
    assert len(steps) >= 6
    assert lines[-1] == stage.url


def test_the_image_is_said_to_run_as_it_was_meant_to(stage: Stage) -> None:
    engine = os.environ.get("INVOKE_EMBEDDED_ENGINE", "auto")
    kinds = {"docker": "containers", "none": "processes", "auto": "containers|processes"}
    assert re.search(rf"its instances are ({kinds[engine]})", stage.deployed)


def test_a_report_becomes_medicines_with_their_proof(stage: Stage, page: Page) -> None:
    analyse(page, stage.url)
    assert eventually(lambda: names_of_usual_medicines(page) == USUAL)
    keep_screenshots(page)
    text = page.locator("[data-testid=stMain]").inner_text()
    assert "81 ans" in text
    assert "Bisoprolol 2,5 mg : 1 cp le matin" in text
    assert "142" in text
    assert not page.locator("[data-testid=stException]").count()


def test_a_killed_instance_is_not_noticed(stage: Stage, page: Page) -> None:
    analyse(page, stage.url)
    victims = stage.instances()
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    report_field(page).fill(REPORT.replace("81 ans", "82 ans"))
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("82 ans").first).to_be_visible()
    assert eventually(lambda: names_of_usual_medicines(page) == USUAL)
    page.get_by_role("button", name="Nouveau cas").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_hidden()
    expect(report_field(page)).to_have_value("")


def test_the_log_tells_of_the_requests_and_not_of_the_patient(stage: Stage, page: Page) -> None:
    analyse(page, stage.url)
    logs = stage.clients.logs

    def lines(group: str) -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for part in pages for event in part["events"]]

    assert eventually(lambda: any('"POST"' in line for line in lines("/aws/apigateway/patient-insight")))
    function = lines("/aws/lambda/patient-insight")
    kinds = {json.loads(line).get("type") for line in function if line.startswith("{")}
    assert {"platform.start", "platform.runtimeDone", "platform.report"} <= kinds
    everything = "\n".join(function + lines("/aws/apigateway/patient-insight"))
    assert "ARBOUVIER" not in everything
    assert "Bisoprolol" not in everything


def test_a_second_deployment_finds_everything_and_changes_nothing(stage: Stage) -> None:
    pid, version = stage.account.pid, live(stage)
    run = stage.invoke("deploy")
    assert "nothing had to change" in run.stdout
    assert url_in(run.stdout) == stage.url
    assert (stage.account.pid, live(stage)) == (pid, version)


def test_of_two_deployments_at_once_one_is_refused(stage: Stage) -> None:
    environment = {**os.environ, "EMBEDDED_AWS_HOME": str(stage.home)}
    command = [sys.executable, "-m", "invoke", "deploy", "--plan"]
    both = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes == [0, 1], outputs
    assert sum("holds the deploy lock since" in output for output in outputs) == 1


def test_the_page_survives_the_end_of_the_account(stage: Stage, page: Page) -> None:
    analyse(page, stage.url)
    parameters = stage.clients.ssm.describe_parameters()["Parameters"]
    old = stage.account
    os.kill(old.pid, signal.SIGKILL)
    run = stage.invoke("up")
    assert stage.account.endpoint == old.endpoint
    assert str(stage.account.pid) in run.stdout
    assert stage.clients.ssm.describe_parameters()["Parameters"] == parameters
    report_field(page).fill(REPORT.replace("81 ans", "83 ans"))
    page.get_by_role("button", name="Analyser").click()
    expect(page.get_by_text("83 ans").first).to_be_visible()


@pytest.mark.parametrize("arguments", [["deploy"], ["up"]])
def test_down_stops_everything_and_keeps_the_account(stage: Stage, arguments: tuple[str]) -> None:
    with_pids = [stage.account.pid, *stage.instances()]
    version, endpoint = live(stage), stage.account.endpoint
    assert "stopped" in stage.invoke("down").stdout
    assert eventually(lambda: not any(map(is_alive, with_pids)))
    assert account.find(stage.home) is None
    stage.invoke(*arguments)
    assert (live(stage), stage.account.endpoint) == (version, endpoint)


def test_the_exports_point_the_aws_cli_at_the_account(stage: Stage, tmp_path: Path) -> None:
    script = """
        set -eu
        eval "$(invoke env)"
        name=/patient-insight/openai-api-key
        aws ssm put-parameter --name $name --value sk-test --type SecureString --overwrite --region eu-west-3
        aws ssm get-parameter --name $name --with-decryption --region eu-west-3 \
            --query Parameter.Value --output text
        aws ssm describe-parameters --filters Key=Name,Values=/patient-insight/ --region eu-west-3
        aws lambda get-function-configuration --function-name patient-insight --region eu-west-3 \
            --query Environment.Variables
        aws logs filter-log-events --log-group-name /aws/lambda/patient-insight --limit 1 --region eu-west-3
        aws ssm delete-parameter --name $name --region eu-west-3
    """
    environment = {
        **os.environ,
        "EMBEDDED_AWS_HOME": str(stage.home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
    }
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "sk-test" in run.stdout
    assert '"MODEL_PROVIDER": "local"' in run.stdout
    assert "platform.start" in run.stdout


def live(stage: Stage) -> str:
    return stage.clients.lambda_.get_alias(FunctionName="patient-insight", Name="live")["FunctionVersion"]


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
