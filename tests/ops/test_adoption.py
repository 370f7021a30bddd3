"""What a killed Terraform left is found, and taken only when it is ours."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from ops import adoption, backend
from ops.adoption import AmbiguousError, NameTakenError
from ops.clients import Clients
from ops.settings import ROOT
from tests.ops.worlds import REGION, World, clients_at

TERRAFORM = ROOT / "terraform"
OPTIONAL = {"front", "cloudfront", "waf", "domain"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})

Create = Callable[[Clients, str, dict[str, str]], Any]


@pytest.fixture
def app() -> str:
    """Name of an application that has nothing in the account."""
    return f"app-{uuid.uuid4().hex[:8]}"


def test_every_resource_of_the_stack_can_be_adopted_unless_it_is_known_not_to_need_that() -> None:
    known = [resource.address for resource in adoption.RESOURCES]
    not_looked_for = adoption.MADE_AGAIN | adoption.LEFT_BEHIND
    declared = [one for one in declared_resources() if one.partition(".")[0] not in not_looked_for]
    assert sorted(known) == sorted(declared)
    taken = re.findall(r"^  to +=\s(.+)$", adoption_tf(), flags=re.MULTILINE)
    assert [adoption.instance(address) for address in known] == taken
    assert known == re.findall(r'setintersection\(keys\(var\.adopt\), \["(.+)"\]\)', adoption_tf())


def test_what_holds_something_is_looked_for_before_it() -> None:
    seen: set[str | None] = {None}
    for resource in adoption.RESOURCES:
        assert resource.parent in seen
        seen.add(resource.address)


def test_a_state_that_has_everything_asks_the_account_nothing() -> None:
    everything = {resource.address: "x" for resource in adoption.RESOURCES}
    nobody = clients_at("http://127.0.0.1:1")
    assert adoption.adoptable(nobody, app_name="a", region=REGION, recorded=everything) == {}


def test_an_empty_account_has_nothing_to_adopt(world: World, app: str) -> None:
    assert adoptable(world, app) == {}


def create_role(clients: Clients, app: str, tags: dict[str, str]) -> None:
    clients.client("iam").create_role(
        RoleName=f"{app}-{REGION}", AssumeRolePolicyDocument=TRUST, Tags=as_list(tags)
    )


def create_function_log(clients: Clients, app: str, tags: dict[str, str]) -> None:
    clients.logs.create_log_group(logGroupName=f"/aws/lambda/{app}", tags=tags)
    clients.logs.create_log_group(logGroupName=f"/aws/lambda/{app}-and-more")


def create_api_log(clients: Clients, app: str, tags: dict[str, str]) -> None:
    clients.logs.create_log_group(logGroupName=f"/aws/apigateway/{app}", tags=tags)


def create_table(clients: Clients, app: str, tags: dict[str, str]) -> None:
    clients.dynamodb.create_table(
        TableName=f"{app}-sessions",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=as_list(tags),
    )


ALONE = [
    pytest.param(create_role, "aws_iam_role.function", "{app}-eu-west-3", id="role"),
    pytest.param(
        create_function_log, "aws_cloudwatch_log_group.function", "/aws/lambda/{app}", id="function's log"
    ),
    pytest.param(create_api_log, "aws_cloudwatch_log_group.api", "/aws/apigateway/{app}", id="API's log"),
    pytest.param(create_table, "aws_dynamodb_table.sessions", "{app}-sessions", id="table"),
]


@pytest.mark.parametrize(("create", "address", "import_id"), ALONE)
def test_what_carries_the_tags_of_the_stack_is_adopted_unless_the_state_has_it(
    world: World, app: str, create: Create, address: str, import_id: str
) -> None:
    create(world.clients, app, {**tags_of(app), "CostCentre": "7"})
    assert adoptable(world, app) == {address: import_id.format(app=app)}
    assert adoptable(world, app, {address: "recorded"}) == {}


@pytest.mark.parametrize("tags", [{}, {"ManagedBy": "terraform", "Application": "other"}])
@pytest.mark.parametrize(("create", "address", "import_id"), ALONE)
def test_what_somebody_else_has_under_our_name_is_named_and_left(
    world: World, app: str, create: Create, address: str, import_id: str, tags: dict[str, str]
) -> None:
    create(world.clients, app, tags)
    said = re.escape(f"already has {import_id.format(app=app)} ({address}), without the tags")
    with pytest.raises(NameTakenError, match=rf"{said}.*Application={app} and ManagedBy=terraform"):
        adoptable(world, app)


def test_the_policy_of_a_role_follows_it(world: World, app: str) -> None:
    create_role(world.clients, app, tags_of(app))
    iam = world.clients.client("iam")
    allowed = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=f"{app}-{REGION}", PolicyName="run", PolicyDocument=policy)
    assert adoptable(world, app)["aws_iam_role_policy.function"] == f"{app}-{REGION}:run"
    assert adoptable(world, app, {"aws_iam_role.function": "recorded"}) == {
        "aws_iam_role_policy.function": f"{app}-{REGION}:run"
    }


def test_a_function_is_adopted_with_as_much_as_it_has(world: World, app: str, image: str) -> None:
    lambda_ = world.clients.lambda_
    create_role(world.clients, app, tags_of(app))
    lambda_.create_function(
        FunctionName=app,
        Role=f"arn:aws:iam::123456789012:role/{app}-{REGION}",
        PackageType="Image",
        Code={"ImageUri": image},
        Publish=True,
        Tags=tags_of(app),
    )
    role = {"aws_iam_role.function": "recorded"}
    expected = {"aws_lambda_function.app": app}
    assert adoptable(world, app, role) == expected

    lambda_.create_alias(FunctionName=app, Name="live", FunctionVersion="1")
    expected["aws_lambda_alias.live"] = f"{app}/live"
    assert adoptable(world, app, role) == expected

    lambda_.put_function_event_invoke_config(FunctionName=app, Qualifier="live", MaximumRetryAttempts=0)
    expected["aws_lambda_function_event_invoke_config.live"] = f"{app}:live"
    assert adoptable(world, app, role) == expected

    permit(world.clients, app, sid="SomebodyElses")
    assert adoptable(world, app, role) == expected

    permit(world.clients, app, sid="AllowInvokeByApi")
    expected["aws_lambda_permission.api"] = f"{app}:live/AllowInvokeByApi"
    assert adoptable(world, app, role) == expected


def test_a_function_that_is_still_being_made_is_waited_for(app: str) -> None:
    clients = clients_at("http://127.0.0.1:1")
    with Stubber(clients.lambda_) as lambda_:
        pending = {"Configuration": {"State": "Pending"}, "Tags": tags_of(app)}
        lambda_.add_response("get_function", pending)
        lambda_.add_response("get_function", {"Configuration": {"State": "Active"}})
        found = adoption.adoptable(
            clients,
            app_name=app,
            region=REGION,
            recorded={
                resource.address: "recorded"
                for resource in adoption.RESOURCES
                if resource.address != "aws_lambda_function.app"
            },
        )
        lambda_.assert_no_pending_responses()
    assert found == {"aws_lambda_function.app": app}


def test_an_api_is_adopted_with_as_much_as_it_has(world: World, app: str) -> None:
    apis = world.clients.apigatewayv2
    apis.create_api(Name=app, ProtocolType="HTTP")  # of the same name, and in nobody's way
    assert adoptable(world, app) == {}

    api_id = create_api(world, app)
    expected = {"aws_apigatewayv2_api.http": api_id}
    assert adoptable(world, app) == expected

    integration_id = apis.create_integration(
        ApiId=api_id, IntegrationType="HTTP_PROXY", IntegrationUri="http://127.0.0.1:1"
    )["IntegrationId"]
    expected["aws_apigatewayv2_integration.function"] = f"{api_id}/{integration_id}"
    assert adoptable(world, app) == expected

    target = f"integrations/{integration_id}"
    route_id = apis.create_route(ApiId=api_id, RouteKey="$default", Target=target)["RouteId"]
    expected["aws_apigatewayv2_route.default"] = f"{api_id}/{route_id}"
    assert adoptable(world, app) == expected

    apis.create_stage(ApiId=api_id, StageName="$default")
    expected["aws_apigatewayv2_stage.default"] = f"{api_id}/$default"
    assert adoptable(world, app) == expected


def test_the_parts_of_an_api_are_looked_for_in_the_one_that_the_state_has(world: World, app: str) -> None:
    recorded, _orphan = create_api(world, app), create_api(world, app)
    world.clients.apigatewayv2.create_stage(ApiId=recorded, StageName="$default")
    assert adoptable(world, app, {"aws_apigatewayv2_api.http": recorded}) == {
        "aws_apigatewayv2_stage.default": f"{recorded}/$default"
    }


def test_of_two_apis_of_ours_none_is_guessed(world: World, app: str) -> None:
    first, second = create_api(world, app), create_api(world, app)
    with pytest.raises(AmbiguousError, match="delete-api --api-id") as refused:
        adoptable(world, app)
    assert first in str(refused.value)
    assert second in str(refused.value)


def test_the_state_says_what_it_has(world: World) -> None:
    s3 = world.clients.s3
    backend.ensure_bucket(s3, name="with-a-state")
    assert backend.recorded(s3, bucket="with-a-state", app_name="a") == {}

    def resource(kind: str, name: str, *instances: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
        return {"mode": mode, "type": kind, "name": name, "instances": list(instances)}

    state = {
        "version": 4,
        "outputs": {},
        "resources": [
            resource("aws_partition", "current", {"attributes": {"id": "aws"}}, mode="data"),
            resource("aws_iam_role", "function", {"attributes": {"id": "role"}, "status": "tainted"}),
            resource("aws_lambda_function", "app", {"attributes": {"id": "old"}, "deposed": "1234"}),
            resource("aws_lambda_alias", "live"),
        ],
    }
    s3.put_object(Bucket="with-a-state", Key="a/terraform.tfstate", Body=json.dumps(state).encode())
    assert backend.recorded(s3, bucket="with-a-state", app_name="a") == {"aws_iam_role.function": "role"}


def adoptable(world: World, app: str, recorded: dict[str, str] | None = None) -> dict[str, str]:
    return adoption.adoptable(world.clients, app_name=app, region=REGION, recorded=recorded or {})


def create_api(world: World, app: str) -> str:
    created = world.clients.apigatewayv2.create_api(Name=app, ProtocolType="HTTP", Tags=tags_of(app))
    return created["ApiId"]


def permit(clients: Clients, app: str, *, sid: str) -> None:
    clients.lambda_.add_permission(
        FunctionName=app,
        Qualifier="live",
        StatementId=sid,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


def tags_of(app: str) -> dict[str, str]:
    """The default tags of terraform/providers.tf."""
    return {"Application": app, "ManagedBy": "terraform"}


def as_list(tags: dict[str, str]) -> list[Any]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def adoption_tf() -> str:
    return (TERRAFORM / "adoption.tf").read_text(encoding="utf-8")


def declared_resources() -> list[str]:
    """What every stack has; what is optional in front of it has files of its own."""
    files = (file for file in TERRAFORM.glob("*.tf") if file.stem not in OPTIONAL)
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return [".".join(found) for found in re.findall(r'^resource "(\w+)" "(\w+)"', text, flags=re.MULTILINE)]
