"""A page that does not work never reaches users, and mending or reverting it is all that is needed."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import url_in
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.ops.worlds import eventually, fault, faults

BROKEN = "raise RuntimeError('broken')\n"
LOG_GROUPS = 2


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    copied = copy_of_the_repository(tmp_path)
    yield copied
    copied.invoke("down")


def test_a_broken_page_is_refused_first_and_later_and_a_good_one_goes_live(copy: Copy) -> None:
    good = copy.page.read_text()

    copy.invoke("up", check=True)
    running, logs = copy.account, copy.clients.logs
    copy.page.write_text(BROKEN)
    with fault(running, "logs:CreateLogGroup", "delay", delay_s=5, times=LOG_GROUPS):
        first = copy.start("deploy")
        assert eventually(lambda: not faults(running, "GET"), within_s=120), "Terraform makes no log groups"
        # As if Terraform had made it, and the answer had been lost.
        logs.create_log_group(
            logGroupName="/aws/lambda/patient-insight",
            tags={"Application": "patient-insight", "ManagedBy": "terraform"},
        )
    said = first.communicate()[0]
    assert first.returncode == 1
    assert "adopted 1 resources that no state knew" in said
    assert "a round trip of the page said: the page raised" in said
    again = copy.invoke("deploy")
    assert again.returncode == 1, "an unproven version must not count as deployed"

    copy.page.write_text(good)
    mended = copy.invoke("deploy")
    assert mended.returncode == 0, mended.stderr
    url = url_in(mended.stdout)
    assert answers(url)

    copy.page.write_text(BROKEN)
    refused = copy.invoke("deploy")
    assert refused.returncode == 1
    assert answers(url)

    copy.page.write_text(good)
    reverted = copy.invoke("deploy")
    assert reverted.returncode == 0, reverted.stderr
    assert live_version(reverted.stdout) == live_version(mended.stdout)
    assert answers(url)


def live_version(output: str) -> str:
    """Return the version that a deployment said is live."""
    return re.findall(r"^version (\d+) is live", output, re.MULTILINE)[-1]


def answers(url: str) -> bool:
    with urllib.request.urlopen(url) as page:
        return page.status == 200 and b"<script" in page.read()
