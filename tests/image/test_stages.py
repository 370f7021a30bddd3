"""A stage in AWS, as far as it can be had here: the embedded account, by the caller's own credentials."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.embedded import account
from tests.e2e.conftest import url_in
from tests.e2e.copies import REGION, Copy, copy_of_the_repository

STAGING = """\
  staging:
    account_id: "123456789012"
    app_name: patient-insight-staging
    tfvars: terraform/stages/staging.tfvars
"""


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A copy with a stage of its own, and an account that runs."""
    copied = copy_of_the_repository(tmp_path)
    tfvars = copied.root / "terraform" / "stages" / "staging.tfvars"
    tfvars.write_text('access = "public"\nmodel_provider = "local"\n')
    stages = copied.root / "invoke.yaml"
    stages.write_text(stages.read_text().replace("stages:\n", "stages:\n" + STAGING))
    account.start(copied.home)
    yield copied
    copied.invoke("down")


def test_a_stage_in_aws_gets_the_real_image_with_the_callers_credentials_alone(copy: Copy) -> None:
    running = account.find(copy.home)
    assert running is not None
    own = {name: value for name, value in account.environment(running, REGION).items() if value}
    other = copy.invoke("deploy", "--stage", "staging", environment={**own, "AWS_ACCESS_KEY_ID": "another"})
    assert other.returncode == 1
    assert "no credentials work" in other.stderr
    assert "The access key is not that of this embedded account" in other.stderr

    deployed = copy.invoke("deploy", "--stage", "staging", check=True, environment=own).stdout
    assert f"123456789012 in {REGION} through AWS_ENDPOINT_URL={running.endpoint}" in deployed
    with urllib.request.urlopen(url_in(deployed) + "/_stcore/health") as answer:
        assert answer.read() == b"ok"
    functions = copy.clients.lambda_.list_functions()["Functions"]
    assert [function["FunctionName"] for function in functions] == ["patient-insight-staging"]
