"""What a killed Terraform left: resources that exist in the account and in no state.

Terraform writes its state to the bucket at the end and, on the way, every 20 seconds. An apply that is killed
in between leaves resources that the next one knows nothing of: it would stop at each name that is taken, and
make a second HTTP API, whose name may repeat. So what the state lacks is looked for in the account before a
plan, and the plan imports what is there (terraform/adoption.tf).

Ours is what carries the stack's default tags, which AWS sets in the same call that creates a resource, and
whatever lies inside such a resource. Anything else of our names is somebody else's and never taken.

Of an option's resources none is looked for: see `MADE_AGAIN` and `LEFT_BEHIND`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TagTypeDef

    from ops.clients import Clients

# As the stack says it: terraform/main.tf, iam.tf and api.tf.
ALIAS = "live"
POLICY = "run"
PERMISSION = "AllowInvokeByApi"
ROUTE = "$default"
STAGE = "$default"


# Kinds whose creation finds what is there, and sets it: an apply that is repeated goes on by itself.
# Sources: CloudWatch API, PutMetricAlarm; AWS Lambda API, PutProvisionedConcurrencyConfig; Amazon SNS API,
# CreateTopic, SetTopicAttributes and Subscribe.
MADE_AGAIN = frozenset(
    {
        "aws_cloudwatch_metric_alarm",
        "aws_lambda_provisioned_concurrency_config",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
    }
)

# Kinds that nothing else looks for either, and what to do: terraform/README.md, "An apply that was killed".
# A key has no name that could be taken; a budget or an alias of our name stops the apply, which says so.
LEFT_BEHIND = frozenset({"aws_budgets_budget", "aws_kms_alias", "aws_kms_key"})


class NameTakenError(OpsError):
    """Something that is not the stack's has a name that it needs; nothing of the stack was changed."""


class AmbiguousError(OpsError):
    """Several things could be the stack's, and only one can; nothing of the stack was changed."""


@dataclass(frozen=True)
class Resource:
    """A resource of the stack, and how to find it in the account.

    Attributes:
        address: As the state names it, without an index.
        find: Finds it.
        parent: What must be there before it.
        is_counted: It has a `count`: there is one, or none with another front.
    """

    address: str
    find: Callable[["Clients", "_Where"], "_Found | None"]
    parent: str | None = None
    is_counted: bool = False


@dataclass(frozen=True)
class _Where:
    """Where to look: the application, its region, and the API when there is one."""

    app_name: str
    region: str
    api_id: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """The stack's default tags: terraform/providers.tf."""
        return {"Application": self.app_name, "ManagedBy": "terraform"}

    def owns(self, tags: Mapping[str, str]) -> bool:
        return self.tags.items() <= tags.items()


@dataclass(frozen=True)
class _Found:
    """Something in the account: its id for `terraform import`, and its tags when it is nobody's part."""

    import_id: str
    tags: Mapping[str, str] | None = None


def adoptable(
    clients: "Clients", *, app_name: str, region: str, recorded: Mapping[str, str]
) -> dict[str, str]:
    """Return what is in the account, ours, and not in the state: address => id for `terraform import`.

    Asks the account nothing when the state has everything.

    Args:
        clients: Of the stage's account and region.
        app_name: The stack's variable of this name.
        region: The stack's variable aws_region.
        recorded: What the state has: address => id.

    Raises:
        NameTakenError: Something without our tags has a name that the stack needs; nothing was changed.
        AmbiguousError: Several APIs carry our tags; nothing was changed.
    """
    adopted: dict[str, str] = {}
    taken: list[str] = []
    for resource in RESOURCES:
        known = {**recorded, **adopted}
        if resource.address in known or (resource.parent and resource.parent not in known):
            continue
        where = _Where(app_name, region, api_id=known.get(_API, ""))
        found = resource.find(clients, where)
        if found is None:
            continue
        if found.tags is None or where.owns(found.tags):
            adopted[resource.address] = found.import_id
        else:
            taken.append(f"{found.import_id} ({resource.address})")
    if taken:
        raise NameTakenError(_taken_message(taken, _Where(app_name, region)))
    return adopted


def instance(address: str) -> str:
    """Return how `terraform import` calls what `adoptable` names by this address."""
    return f"{address}[0]" if address in _COUNTED else address


def _taken_message(taken: Iterable[str], where: _Where) -> str:
    tags = " and ".join(f"{key}={value}" for key, value in where.tags.items())
    return (
        f"The account already has {', '.join(taken)}, without the tags of this stack. Nothing of the stack "
        f"was changed. If it is this application's, give it the tags {tags}, and `invoke deploy` takes it "
        f"over. If not, delete it, or deploy under another name with INVOKE_APP_NAME."
    )


# ------------------------------------------------------------------------------------ what stands alone


def _role(clients: "Clients", where: _Where) -> _Found | None:
    iam, name = clients.client("iam"), f"{where.app_name}-{where.region}"
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return _Found(name, _as_mapping(role.get("Tags", [])))


def _log_group(clients: "Clients", name: str) -> _Found | None:
    pages = clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    groups = (group for page in pages for group in page["logGroups"])
    arn = next((group["arn"] for group in groups if group["logGroupName"] == name), None)
    if arn is None:
        return None
    # The ARN of a group ends in :* everywhere but in the calls that read and write its tags.
    tags = clients.logs.list_tags_for_resource(resourceArn=arn.removesuffix(":*"))
    return _Found(name, tags["tags"])


def _log_group_of_the_function(clients: "Clients", where: _Where) -> _Found | None:
    return _log_group(clients, f"/aws/lambda/{where.app_name}")


def _log_group_of_the_api(clients: "Clients", where: _Where) -> _Found | None:
    return _log_group(clients, f"/aws/apigateway/{where.app_name}")


def _table(clients: "Clients", where: _Where) -> _Found | None:
    dynamodb, name = clients.dynamodb, f"{where.app_name}-sessions"
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
    if table["TableStatus"] == "DELETING":
        dynamodb.get_waiter("table_not_exists").wait(TableName=name)
        return None
    if table["TableStatus"] == "CREATING":
        # Neither its tags nor its lifetimes can be read or set before.
        dynamodb.get_waiter("table_exists").wait(TableName=name)
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=table["TableArn"])
    return _Found(name, _as_mapping(tag for page in pages for tag in page["Tags"]))


def _function(clients: "Clients", where: _Where) -> _Found | None:
    lambda_, name = clients.lambda_, where.app_name
    try:
        function = lambda_.get_function(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    if function["Configuration"]["State"] == "Pending":
        # Terraform would be refused the update that publishes a version.
        lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return _Found(name, function.get("Tags", {}))


def _api(clients: "Clients", where: _Where) -> _Found | None:
    """Find the API by name and tags: somebody else's of the same name is in nobody's way."""
    pages = clients.apigatewayv2.get_paginator("get_apis").paginate()
    apis = [
        api["ApiId"]
        for page in pages
        for api in page["Items"]
        if api["Name"] == where.app_name and where.owns(api.get("Tags", {}))
    ]
    if len(apis) > 1:
        raise AmbiguousError(
            f"The HTTP APIs {', '.join(apis)} are all called {where.app_name} and carry the tags of this "
            f"stack, and its state knows none of them. Nothing of the stack was changed. Keep the one whose "
            f"address is in use, delete the others with `aws apigatewayv2 delete-api --api-id ID`, then run "
            f"`invoke deploy` again."
        )
    return _Found(apis[0], where.tags) if apis else None


# ------------------------------------------------------------------------ what lies inside something else


def _role_policy(clients: "Clients", where: _Where) -> _Found | None:
    iam, role = clients.client("iam"), f"{where.app_name}-{where.region}"
    try:
        iam.get_role_policy(RoleName=role, PolicyName=POLICY)
    except iam.exceptions.NoSuchEntityException:
        return None
    return _Found(f"{role}:{POLICY}")


def _alias(clients: "Clients", where: _Where) -> _Found | None:
    lambda_ = clients.lambda_
    try:
        lambda_.get_alias(FunctionName=where.app_name, Name=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    return _Found(f"{where.app_name}/{ALIAS}")


def _event_invoke_config(clients: "Clients", where: _Where) -> _Found | None:
    lambda_ = clients.lambda_
    try:
        lambda_.get_function_event_invoke_config(FunctionName=where.app_name, Qualifier=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    return _Found(f"{where.app_name}:{ALIAS}")


def _permission(clients: "Clients", where: _Where) -> _Found | None:
    lambda_ = clients.lambda_
    try:
        policy = lambda_.get_policy(FunctionName=where.app_name, Qualifier=ALIAS)["Policy"]
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    sids = {statement["Sid"] for statement in json.loads(policy)["Statement"]}
    return _Found(f"{where.app_name}:{ALIAS}/{PERMISSION}") if PERMISSION in sids else None


def _integration(clients: "Clients", where: _Where) -> _Found | None:
    integrations = clients.apigatewayv2.get_integrations(ApiId=where.api_id)["Items"]
    return _Found(f"{where.api_id}/{integrations[0]['IntegrationId']}") if integrations else None


def _route(clients: "Clients", where: _Where) -> _Found | None:
    routes = clients.apigatewayv2.get_routes(ApiId=where.api_id)["Items"]
    route_id = next((route["RouteId"] for route in routes if route["RouteKey"] == ROUTE), None)
    return _Found(f"{where.api_id}/{route_id}") if route_id else None


def _stage(clients: "Clients", where: _Where) -> _Found | None:
    stages = clients.apigatewayv2.get_stages(ApiId=where.api_id)["Items"]
    return _Found(f"{where.api_id}/{STAGE}") if STAGE in {stage["StageName"] for stage in stages} else None


def _as_mapping(tags: "Iterable[TagTypeDef]") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


_API = "aws_apigatewayv2_api.http"

# All that the stack creates but what is optional in front of it; whoever holds something comes before what
# lies inside it.
RESOURCES = (
    Resource("aws_iam_role.function", _role),
    Resource("aws_iam_role_policy.function", _role_policy, parent="aws_iam_role.function"),
    Resource("aws_cloudwatch_log_group.function", _log_group_of_the_function),
    Resource("aws_cloudwatch_log_group.api", _log_group_of_the_api),
    Resource("aws_dynamodb_table.sessions", _table),
    Resource("aws_lambda_function.app", _function),
    Resource("aws_lambda_alias.live", _alias, parent="aws_lambda_function.app"),
    Resource(
        "aws_lambda_function_event_invoke_config.live", _event_invoke_config, parent="aws_lambda_alias.live"
    ),
    Resource("aws_lambda_permission.api", _permission, parent="aws_lambda_alias.live", is_counted=True),
    Resource(_API, _api, is_counted=True),
    Resource("aws_apigatewayv2_integration.function", _integration, parent=_API, is_counted=True),
    Resource("aws_apigatewayv2_route.default", _route, parent=_API, is_counted=True),
    Resource("aws_apigatewayv2_stage.default", _stage, parent=_API, is_counted=True),
)

_COUNTED = frozenset(resource.address for resource in RESOURCES if resource.is_counted)
