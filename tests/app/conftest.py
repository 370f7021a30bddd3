"""AWS for tests of the app: moto, in this process."""

import boto3
import pytest
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="module")
def aws():
    """The environment that points every AWS client at a local server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    server.stop()


@pytest.fixture(scope="module")
def ssm(aws):
    return boto3.client(
        "ssm",
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name="eu-west-3",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
