"""The runbooks, practised as they say: each command of docs/runbooks.md, in its order.

And on the same stage what docs/commands.md shows of other tools.
"""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from ops.releases import Ledger
from ops.settings import ROOT
from tests.e2e import pages
from tests.e2e.pages import Shell, blocks

RUNBOOKS = ROOT / "docs" / "runbooks.md"
COMMANDS = ROOT / "docs" / "commands.md"
APP = "patient-insight"
BUCKET = f"{APP}-terraform-123456789012-eu-west-3"
STATE = f"{APP}/terraform.tfstate"


@pytest.fixture(scope="module")
def on_call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Somebody with a stage that has had two releases, and a key."""
    with pages.shell(tmp_path_factory.mktemp("runbooks")) as shell:
        shell.copy.invoke("deploy", check=True)
        shell.copy.page.write_text(shell.copy.page.read_text() + "\n# changed\n")
        shell.copy.clients.ssm.put_parameter(
            Name=f"/{APP}/openai-api-key", Value="sk-proj-0123456789abcdef0123456789", Type="SecureString"
        )
        shell.copy.invoke("deploy", check=True)
        yield shell


@pytest.fixture(scope="module")
def said(on_call: Shell) -> dict[str, str]:
    """What each block said, in their order, by its first line."""
    url = on_call.type("invoke output api_gateway_url").strip()
    found = {}
    for commands in blocks(RUNBOOKS, "bash"):
        assert status(url) == 200, f"before {commands}"
        if commands.startswith("ACCOUNT="):
            found["state before"] = broken_state(on_call)
        found[commands.splitlines()[0]] = on_call.type(commands)
        if "put-function-concurrency" in commands:
            assert status(url) == 503, "the page is closed"
            found["closed"] = on_call.type("invoke drift || true")
            on_call.type(pages.block(RUNBOOKS, "aws lambda delete-function-concurrency"))
    return found


def test_a_first_look_tells_what_users_reach_and_what_was_released(said: dict[str, str]) -> None:
    look = said["invoke status || true"]
    assert f"{APP}" in look
    assert "No drift" in look


def test_a_rollback_brings_the_release_before(on_call: Shell, said: dict[str, str]) -> None:
    assert "version 3 is live" in said["invoke rollback"]
    ledger = Ledger(on_call.copy.clients.s3, bucket=BUCKET, app_name=APP)
    assert [one.kind for one in ledger.newest(9)][:2] == ["code", "rollback"]


def test_an_earlier_state_of_terraform_is_one_that_terraform_goes_on_from(said: dict[str, str]) -> None:
    [copied] = [text for first, text in said.items() if first.startswith("ACCOUNT=")]
    assert f'"CopySourceVersionId": "{said["state before"]}"' in copied
    assert "is live" in copied


def test_a_closed_page_answers_nobody_and_drift_tells_of_it(said: dict[str, str]) -> None:
    assert "reserved_concurrent_executions" in said["closed"]


@pytest.mark.usefixtures("said")
def test_commands_that_everybody_knows_work_on_the_embedded_account(on_call: Shell) -> None:
    [shown] = blocks(COMMANDS, "bash")
    answers = on_call.type(shown)
    assert '"SESSIONS_TABLE": "patient-insight-sessions"' in answers
    assert "Terraform will perform" in answers or "No changes." in answers


def broken_state(on_call: Shell) -> str:
    """Write what is no state over Terraform's, and return the version of the object before.

    The lock beside it has versions too, and the page's list must not end with them.
    """
    s3 = on_call.copy.clients.s3
    before = s3.head_object(Bucket=BUCKET, Key=STATE)["VersionId"]
    for key in (STATE, f"{STATE}.tflock"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"no state")
    s3.delete_object(Bucket=BUCKET, Key=f"{STATE}.tflock")
    return before


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
