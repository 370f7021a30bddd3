"""Systems Manager and EC2 in the embedded account, which loads the second only when somebody asks for it."""

import subprocess
import sys

import pytest

from tests.ops.worlds import World


@pytest.mark.parametrize(("module", "is_loaded"), [("ops.embedded.server", False), ("moto.ssm.models", True)])
def test_ec2_is_loaded_with_systems_manager_by_moto_alone(module: str, is_loaded: bool) -> None:
    code = f"import sys, {module}; print('moto.ec2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(is_loaded)


def test_ec2_answers_and_commands_find_their_machines(world: World) -> None:
    ec2, ssm = world.clients.client("ec2"), world.clients.client("ssm")
    machine = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.create_tags(Resources=[machine], Tags=[{"Key": "kept", "Value": "warm"}])
    sent = ssm.send_command(
        DocumentName="AWS-RunShellScript", Targets=[{"Key": "tag:kept", "Values": ["warm"]}]
    )
    assert sent["Command"]["InstanceIds"] == [machine]
