"""What the account notes of what is asked of it, for whoever wants to know which permissions that takes."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from ops.embedded.account import CALLS_PATH
from ops.embedded.calls import OF_FUNCTIONS
from tests.ops.worlds import World, clients_of


@pytest.fixture
def noted(world: World) -> Iterator[Any]:
    """Begins to note, and gives what was noted whenever it is called."""
    control(world, "POST")
    yield lambda: control(world, "GET")
    control(world, "DELETE")


def test_actions_are_noted_by_the_names_of_iam_with_the_resources_they_were_asked_on(
    world: World, noted: Any
) -> None:
    clients = clients_of(world.account)
    clients.s3.list_buckets()
    clients.s3.create_bucket(Bucket="noted", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    with pytest.raises(clients.s3.exceptions.ClientError):
        clients.s3.get_bucket_encryption(Bucket="noted")
    clients.s3.put_object(Bucket="noted", Key="a/b", Body=b"")
    for name in ("/noted/one", "/noted/two"):
        clients.ssm.put_parameter(Name=name, Value="v", Type="SecureString")
    clients.ssm.get_parameter(Name="/noted/one:1")
    clients.ssm.delete_parameters(Names=["/noted/one", "/noted/two"])
    clients.ecr.create_repository(repositoryName="noted")
    clients.ecr.describe_repositories(repositoryNames=["noted"])
    here = "arn:aws:ssm:eu-west-3:123456789012:parameter/noted"
    repository = "arn:aws:ecr:eu-west-3:123456789012:repository/noted"
    assert noted() == {
        "ecr:CreateRepository": [repository],
        "ecr:DescribeRepositories": [repository],
        "s3:CreateBucket": ["arn:aws:s3:::noted"],
        "s3:GetEncryptionConfiguration": ["arn:aws:s3:::noted"],
        "s3:ListAllMyBuckets": ["*"],
        "s3:PutObject": ["arn:aws:s3:::noted/a/b"],
        "ssm:DeleteParameters": [f"{here}/one", f"{here}/two"],
        "ssm:GetParameter": [f"{here}/one"],
        "ssm:PutParameter": [f"{here}/one", f"{here}/two"],
    }


def test_roles_and_providers_are_named(world: World, noted: Any) -> None:
    iam = clients_of(world.account).iam
    made = iam.create_open_id_connect_provider(Url="https://issuer.example", ClientIDList=["a"])
    iam.get_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])
    iam.create_role(RoleName="noted", AssumeRolePolicyDocument="{}")
    provider = "arn:aws:iam::123456789012:oidc-provider/issuer.example"
    assert noted() == {
        "iam:CreateOpenIDConnectProvider": [provider],
        "iam:CreateRole": ["arn:aws:iam::123456789012:role/noted"],
        "iam:GetOpenIDConnectProvider": [provider],
    }


def test_what_stands_in_front_is_named_as_far_as_iam_can(world: World, noted: Any) -> None:
    clients = clients_of(world.account)
    config = {
        "OriginAccessControlOriginType": "lambda",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    cloudfront = clients.client("cloudfront")
    made = cloudfront.create_origin_access_control(OriginAccessControlConfig={"Name": "noted", **config})
    control_id = made["OriginAccessControl"]["Id"]
    cloudfront.get_origin_access_control(Id=control_id)
    route53 = clients.client("route53")
    zone = route53.create_hosted_zone(Name="noted.example", CallerReference="one")["HostedZone"]["Id"]
    record = {"Name": "a.noted.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "127.0.0.1"}]}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    acm = clients.client("acm")
    certificate = acm.request_certificate(DomainName="noted.example")["CertificateArn"]
    acm.describe_certificate(CertificateArn=certificate)
    controls = "arn:aws:cloudfront::123456789012:origin-access-control"
    assert noted() == {
        "acm:DescribeCertificate": [certificate],
        "acm:RequestCertificate": ["arn:aws:acm:eu-west-3:123456789012:certificate/*"],
        "cloudfront:CreateOriginAccessControl": [f"{controls}/*"],
        "cloudfront:GetOriginAccessControl": [f"{controls}/{control_id}"],
        "route53:ChangeResourceRecordSets": [f"arn:aws:route53::{zone.replace('/', ':', 1)}"],
        "route53:CreateHostedZone": ["*"],
    }


def test_what_has_a_roles_credentials_is_apart(world: World, noted: Any) -> None:
    clients = clients_of(world.account)
    session = clients._session
    session.set_credentials(world.account.access_key, "embedded", "token")
    clients.ssm.describe_parameters()
    assert noted() == {}
    clients_of(world.account).ssm.describe_parameters()
    assert noted() == {"ssm:DescribeParameters": ["*"]}


def test_what_functions_ask_names_each_table_and_the_version_that_they_invoke(
    world: World, noted: Any
) -> None:
    clients = clients_of(world.account)
    clients._session.set_credentials(world.account.access_key, "embedded", "token")
    with pytest.raises(clients.lambda_.exceptions.ResourceNotFoundException):
        clients.lambda_.invoke(FunctionName="absent", Qualifier="7")
    keys = {"Keys": [{"id": {"S": "a"}}]}
    with pytest.raises(clients.dynamodb.exceptions.ResourceNotFoundException):
        clients.dynamodb.batch_get_item(RequestItems={"absent": keys})
    assert control(world, f"GET ?{OF_FUNCTIONS}") == {
        "dynamodb:BatchGetItem": ["arn:aws:dynamodb:eu-west-3:123456789012:table/absent"],
        "lambda:InvokeFunction": ["arn:aws:lambda:eu-west-3:123456789012:function:absent:7"],
    }
    assert noted() == {}


def test_nothing_is_noted_until_somebody_wants_to_know_and_nothing_after(world: World) -> None:
    world.clients.ssm.describe_parameters()
    assert control(world, "GET") == {}
    control(world, "POST")
    world.clients.ssm.describe_parameters()
    assert control(world, "DELETE") == {}
    world.clients.ssm.describe_parameters()
    assert control(world, "GET") == {}


def control(world: World, question: str) -> Any:
    """Ask with a method, and perhaps a query behind it."""
    method, _, query = question.partition(" ")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        world.account.endpoint + CALLS_PATH + query,
        headers={"Authorization": f"Bearer {world.account.access_key}"},
        method=method,
    )
    with opener.open(request, timeout=60) as response:
        return json.load(response)
