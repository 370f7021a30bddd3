"""The function's role, held against what the page asks of the account while somebody has a report read."""

import contextlib
import io
import json
import os
import signal
import urllib.request
import zipfile
from typing import Any

from playwright.sync_api import Page

from ops.embedded.account import CALLS_PATH
from ops.embedded.calls import OF_FUNCTIONS
from tests.e2e.conftest import REGION, Stage
from tests.e2e.reader import LONG_MS
from tests.e2e.test_with_a_model import REPORT, models, url  # noqa: F401 - fixtures
from tests.ops.worlds import eventually
from tests.policies import actions, allows

NAME = "patient-insight"
HERE = f"{REGION}:123456789012"
TABLE = f"arn:aws:dynamodb:{HERE}:table/{NAME}-sessions"
FUNCTION = f"arn:aws:lambda:{HERE}:function:{NAME}"
SECRETS = f"arn:aws:ssm:{HERE}:parameter/{NAME}/runtime"

# What Lambda itself does in the role's name. Source: Lambda developer guide, "Execution role".
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents"}

# What is beside that which it may do, each a step away.
ELSEWHERE = [
    ("dynamodb:GetItem", f"{TABLE}-of-others"),
    ("dynamodb:Scan", TABLE),
    ("dynamodb:Query", TABLE),
    ("dynamodb:DeleteTable", TABLE),
    ("lambda:InvokeFunction", f"{FUNCTION}-of-others:1"),
    ("lambda:UpdateFunctionCode", FUNCTION),
    ("lambda:GetFunction", FUNCTION),
    ("ssm:GetParameter", SECRETS.replace("/runtime", "/openai-api-key")),
    ("ssm:GetParameter", f"{SECRETS}-of-others/session-key"),
    ("ssm:PutParameter", f"{SECRETS}/session-key"),
    ("ssm:GetParametersByPath", SECRETS),
    ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/others:log-stream:x"),
    ("logs:FilterLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/{NAME}:log-stream:x"),
    ("s3:GetObject", f"arn:aws:s3:::{NAME}-terraform-123456789012-{REGION}/{NAME}/terraform.tfstate"),
    ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/any"),
    ("iam:PassRole", f"arn:aws:iam::123456789012:role/{NAME}-{REGION}"),
    ("sts:AssumeRole", "*"),
]


def test_the_role_allows_all_that_the_page_asks_and_nothing_else(
    stage: Stage,
    url: str,  # noqa: F811 - the fixture: OpenAI, so that the report is a job of its own
    page: Page,
) -> None:
    role = policy(stage)
    calls(stage, "POST")
    try:
        have_read(page, url)
        wanted = actions(role) - BY_LAMBDA
        # Only an instance that did not take the file itself has to ask for more time for it.
        assert eventually(lambda: wanted - {"dynamodb:UpdateItem"} <= set(calls(stage, "GET")), within_s=90)
        for pid in stage.instances():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        page.get_by_text("English", exact=True).click()
        assert eventually(lambda: wanted <= set(calls(stage, "GET")), within_s=90), (
            f"never asked: {wanted - set(calls(stage, 'GET'))}"
        )
        asked = calls(stage, "GET")
    finally:
        calls(stage, "DELETE")
    assert [(action, arn) for action in asked for arn in asked[action] if not allows(role, action, arn)] == []
    assert [one for one in ELSEWHERE if allows(role, *one)] == []


def have_read(page: Page, address: str) -> None:
    """Have a report read that comes with more than one item of the table holds."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("lettre.txt", REPORT)
        archive.writestr("scan.png", os.urandom(1_000_000))
    page.goto(address)
    page.get_by_text("J'autorise, pendant cette session").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "dossier.zip", "mimeType": "application/zip", "buffer": into.getvalue()}
    )
    page.get_by_test_id("stFileChip").wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="Analyser").click()


def policy(stage: Stage) -> dict[str, Any]:
    found = stage.clients.iam.get_role_policy(RoleName=f"{NAME}-{REGION}", PolicyName="run")
    return dict(found["PolicyDocument"])


def calls(stage: Stage, method: str) -> dict[str, list[str]]:
    """What functions have asked, after beginning (POST) or ending (DELETE) to note it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"{stage.account.endpoint}{CALLS_PATH}?{OF_FUNCTIONS}",
        headers={"Authorization": f"Bearer {stage.account.access_key}"},
        method=method,
    )
    with opener.open(request, timeout=30) as response:
        found: dict[str, list[str]] = json.load(response)
        return found
