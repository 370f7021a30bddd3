"""The signature against botocore's own, which is the one that AWS takes."""

import datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from ops.logs.signing import Credentials, signed


@pytest.mark.parametrize("token", ["", "a-session/token=="])
@pytest.mark.parametrize("path", ["/", "/behind/a/prefix"])
@pytest.mark.parametrize("body", [b"{}", '{"logGroupName":"/aws/lambda/é"}'.encode()])
def test_a_request_is_signed_as_botocore_signs_it(token: str, path: str, body: bytes) -> None:
    headers = {"host": "logs.eu-west-3.amazonaws.com", "x-amz-target": "Logs_20140328.FilterLogEvents"}
    request = AWSRequest("POST", f"https://{headers['host']}{path}", headers=headers, data=body)
    SigV4Auth(BotocoreCredentials("KEY", "s3cret/+", token or None), "logs", "eu-west-3").add_auth(request)
    moment = datetime.datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")

    ours = signed(
        headers,
        body,
        credentials=Credentials("KEY", "s3cret/+", token),
        region="eu-west-3",
        service="logs",
        path=path,
        now=moment.replace(tzinfo=datetime.UTC).timestamp(),
    )

    assert ours["authorization"] == request.headers["Authorization"]
    assert ours.get("x-amz-security-token", "") == token
