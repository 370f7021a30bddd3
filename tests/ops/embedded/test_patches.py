"""Each patch against the account that has it and against moto without it.

A test that fails on `plain_moto` says that moto has learnt the behaviour: delete the patch.
"""

import datetime
import hashlib
import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from ops.clients import Clients
from tests.ops.worlds import World, make_role

Behaviour = Callable[[Clients], bool]


def function_revisions_change_and_stale_ones_are_refused(clients: Clients) -> bool:
    function = zip_function(clients)
    first = clients.lambda_.get_function_configuration(FunctionName=function).get("RevisionId")
    clients.lambda_.update_function_configuration(FunctionName=function, Timeout=7)
    second = clients.lambda_.get_function_configuration(FunctionName=function).get("RevisionId")
    try:
        clients.lambda_.update_function_configuration(FunctionName=function, Timeout=8, RevisionId=str(first))
    except clients.lambda_.exceptions.PreconditionFailedException:
        return first != second and timeout_of(clients, function) == 7
    return False


def stale_revision_is_not_published(clients: Clients) -> bool:
    function = zip_function(clients)
    first = clients.lambda_.get_function_configuration(FunctionName=function).get("RevisionId", "none")
    clients.lambda_.update_function_configuration(FunctionName=function, Timeout=7)
    try:
        clients.lambda_.publish_version(FunctionName=function, RevisionId=first)
    except clients.lambda_.exceptions.PreconditionFailedException:
        return len(clients.lambda_.list_versions_by_function(FunctionName=function)["Versions"]) == 1
    return False


def function_keeps_its_logging_configuration(clients: Clients) -> bool:
    function = zip_function(clients, LoggingConfig={"LogFormat": "JSON", "LogGroup": "/mine"})
    clients.lambda_.update_function_configuration(FunctionName=function, Timeout=9)
    configuration = clients.lambda_.get_function_configuration(FunctionName=function)
    return configuration.get("LoggingConfig") == {"LogFormat": "JSON", "LogGroup": "/mine"}


def published_version_starts_from_a_snapshot(clients: Clients) -> bool:
    function = zip_function(clients, SnapStart={"ApplyOn": "PublishedVersions"})
    version = clients.lambda_.publish_version(FunctionName=function)["Version"]
    found = [
        clients.lambda_.get_function_configuration(FunctionName=function, Qualifier=which)["SnapStart"]
        for which in ("$LATEST", version)
    ]
    return found == [
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    ]


def function_takes_another_key(clients: Clients) -> bool:
    function, key = zip_function(clients), "arn:aws:kms:eu-west-3:123456789012:key/of-ours"
    clients.lambda_.update_function_configuration(FunctionName=function, KMSKeyArn=key)
    return clients.lambda_.get_function_configuration(FunctionName=function).get("KMSKeyArn") == key


def image_function_without_overrides_shows_none(clients: Clients) -> bool:
    function = image_function(clients)
    return "ImageConfigResponse" not in clients.lambda_.get_function_configuration(FunctionName=function)


def published_version_keeps_its_image(clients: Clients) -> bool:
    function = image_function(clients)
    before = clients.lambda_.get_function(FunctionName=function)["Code"]["ImageUri"]
    version = clients.lambda_.publish_version(FunctionName=function)["Version"]
    clients.lambda_.update_function_code(FunctionName=function, ImageUri=any_image(clients))
    return (
        clients.lambda_.get_function(FunctionName=function, Qualifier=version)["Code"]["ImageUri"] == before
    )


def version_numbers_are_used_once(clients: Clients) -> bool:
    function, numbers = zip_function(clients), []
    for timeout in (5, 6, 7):
        clients.lambda_.update_function_configuration(FunctionName=function, Timeout=timeout)
        numbers.append(clients.lambda_.publish_version(FunctionName=function)["Version"])
        if numbers[-1] == "2":
            clients.lambda_.delete_function(FunctionName=function, Qualifier="2")
    return numbers == ["1", "2", "3"]


def alias_revisions_change_and_stale_ones_are_refused(clients: Clients) -> bool:
    function = zip_function(clients)
    version = clients.lambda_.publish_version(FunctionName=function)["Version"]
    alias = clients.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    clients.lambda_.update_alias(FunctionName=function, Name="live", Description="changed")
    try:
        clients.lambda_.update_alias(
            FunctionName=function, Name="live", Description="late", RevisionId=alias["RevisionId"]
        )
    except clients.lambda_.exceptions.PreconditionFailedException:
        return True
    return False


def image_without_its_blobs_is_refused(clients: Clients) -> bool:
    manifest = {"schemaVersion": 2, "config": {"size": 1, "digest": "sha256:" + "0" * 64}, "layers": []}
    try:
        put_image(clients, new_repository(clients), manifest)
    except clients.ecr.exceptions.LayersNotFoundException:
        return True
    return False


def image_digest_is_its_manifests_hash(clients: Clients) -> bool:
    repository = new_repository(clients)
    manifest = {"schemaVersion": 2, "config": put_blob(clients, repository, b"x"), "layers": []}
    return put_image(clients, repository, manifest) == digest_of(json.dumps(manifest).encode())


def image_size_is_that_of_its_blobs(clients: Clients) -> bool:
    repository = new_repository(clients)
    blobs = [put_blob(clients, repository, bytes(size)) for size in (10, 2000)]
    put_image(clients, repository, {"schemaVersion": 2, "config": blobs[0], "layers": blobs[1:]})
    return (
        clients.ecr.describe_images(repositoryName=repository)["imageDetails"][0]["imageSizeInBytes"] == 2010
    )


def repository_is_on_this_machine(clients: Clients) -> bool:
    name = new_repository(clients, "of-a-team/")
    found = clients.ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    return found["repositoryUri"] == f"{urlsplit(clients.ecr.meta.endpoint_url).netloc}/{name}"


def registry_token_opens_the_registry(clients: Clients) -> bool:
    data = clients.ecr.get_authorization_token()["authorizationData"][0]
    if data["expiresAt"] < datetime.datetime.now(datetime.UTC):
        return False
    request = urllib.request.Request(f"{data['proxyEndpoint']}/v2/")
    request.add_header("Authorization", f"Basic {data['authorizationToken']}")
    return urllib.request.urlopen(request).status == 200


def image_in_a_repository_of_any_name_can_be_run(clients: Clients) -> bool:
    repository = new_repository(clients, "of-a-team/")
    manifest = {"schemaVersion": 2, "config": put_blob(clients, repository, b"{}"), "layers": []}
    digest = put_image(clients, repository, manifest)
    try:
        function = image_function(clients, f"127.0.0.1:5000/{repository}:one")
    except clients.lambda_.exceptions.ClientError:
        return False
    code = clients.lambda_.get_function(FunctionName=function)["Code"]
    return code["ResolvedImageUri"] == f"127.0.0.1:5000/{repository}@{digest}"


def http_api_has_an_address_on_this_machine(clients: Clients) -> bool:
    api = clients.client("apigatewayv2").create_api(Name="any", ProtocolType="HTTP")
    return bool(api["ApiEndpoint"].startswith("http://127.0.0.1:"))


def sealed_parameter_does_not_show_its_secret(clients: Clients) -> bool:
    name = f"/any/{uuid.uuid4().hex}"
    clients.ssm.put_parameter(Name=name, Value="very-secret", Type="SecureString")
    shown = clients.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    listed = clients.ssm.get_parameters_by_path(Path="/any", WithDecryption=False)["Parameters"]
    return "very-secret" not in shown + json.dumps([parameter["Value"] for parameter in listed])


def metric_is_told_from_one_with_more_dimensions(clients: Clients) -> bool:
    cloudwatch, name = clients.client("cloudwatch"), uuid.uuid4().hex
    few, more = [{"Name": "A", "Value": "1"}], [{"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}]
    for dimensions in (few, more):
        datum = {"MetricName": name, "Dimensions": dimensions, "Value": 1.0}
        cloudwatch.put_metric_data(Namespace="Any", MetricData=[datum])
    now = datetime.datetime.now(datetime.UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace="Any",
        MetricName=name,
        Dimensions=few,
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now + datetime.timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points) == 1


def metrics_are_looked_up_from_the_whole_minute_on(clients: Clients) -> bool:
    cloudwatch, name = clients.client("cloudwatch"), uuid.uuid4().hex
    minute = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    cloudwatch.put_metric_data(
        Namespace="Any", MetricData=[{"MetricName": name, "Timestamp": minute, "Value": 1.0}]
    )
    metric = {"Metric": {"Namespace": "Any", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": metric}],
        StartTime=minute + datetime.timedelta(seconds=30),
        EndTime=minute + datetime.timedelta(minutes=2),
    )
    return found["MetricDataResults"][0]["Values"] == [1.0]


def account_tells_how_many_invocations_may_run_at_once(clients: Clients) -> bool:
    try:
        return clients.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000
    except ClientError:
        return False


def function_without_provisioned_concurrency_has_none(clients: Clients) -> bool:
    function = zip_function(clients)
    try:
        found = clients.lambda_.list_provisioned_concurrency_configs(FunctionName=function)
    except ClientError:
        return False
    return found["ProvisionedConcurrencyConfigs"] == []


def alias_keeps_instances_ready_and_makes_new_ones_when_it_is_moved(clients: Clients) -> bool:
    function, lambda_ = zip_function(clients), impatient(clients, "lambda")
    make_alias(clients, function)
    where = {"FunctionName": function, "Qualifier": "live"}
    try:
        lambda_.put_provisioned_concurrency_config(**where, ProvisionedConcurrentExecutions=2)
    except ClientError:
        return False

    def statuses() -> list[str]:
        return [lambda_.get_provisioned_concurrency_config(**where)["Status"] for _ in range(2)]

    at_first = statuses()
    lambda_.update_function_configuration(FunctionName=function, Timeout=7)
    version = lambda_.publish_version(FunctionName=function)["Version"]
    lambda_.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
    (listed,) = lambda_.list_provisioned_concurrency_configs(FunctionName=function)[
        "ProvisionedConcurrencyConfigs"
    ]
    after_a_move = statuses()
    lambda_.delete_provisioned_concurrency_config(**where)
    try:
        lambda_.get_provisioned_concurrency_config(**where)
    except lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException:
        assert listed["RequestedProvisionedConcurrentExecutions"] == 2
        return at_first == after_a_move == ["IN_PROGRESS", "READY"]
    return False


def instances_kept_ready_and_a_part_of_the_users_exclude_each_other(clients: Clients) -> bool:
    function, lambda_ = zip_function(clients), impatient(clients, "lambda")
    make_alias(clients, function)
    where = {"FunctionName": function, "Qualifier": "live"}
    lambda_.update_function_configuration(FunctionName=function, Timeout=7)
    weights = {"AdditionalVersionWeights": {lambda_.publish_version(FunctionName=function)["Version"]: 0.1}}

    def is_refused(call: Callable[[], object]) -> bool:
        try:
            call()
        except lambda_.exceptions.InvalidParameterValueException:
            return True
        except ClientError:  # moto's page about an address that it does not know
            pass
        return False

    def keep_ready() -> object:
        return lambda_.put_provisioned_concurrency_config(**where, ProvisionedConcurrentExecutions=2)

    def weigh(routing: dict[str, Any]) -> object:
        return lambda_.update_alias(FunctionName=function, Name="live", RoutingConfig=routing)

    weigh(weights)
    first = is_refused(keep_ready)
    weigh({})
    return first and not is_refused(keep_ready) and is_refused(lambda: weigh(weights))


def alias_takes_its_permissions_along(clients: Clients) -> bool:
    function = zip_function(clients)
    make_permitted_alias(clients, function)
    clients.lambda_.delete_alias(FunctionName=function, Name="live")
    make_alias(clients, function)
    try:
        clients.lambda_.get_policy(FunctionName=function, Qualifier="live")
    except clients.lambda_.exceptions.ResourceNotFoundException:
        return True
    return False


def second_statement_of_a_name_is_refused(clients: Clients) -> bool:
    function = zip_function(clients)
    make_permitted_alias(clients, function)
    try:
        permit(clients, function, "live")
    except clients.lambda_.exceptions.ResourceConflictException as error:
        policy = json.loads(clients.lambda_.get_policy(FunctionName=function, Qualifier="live")["Policy"])
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return (status, len(policy["Statement"])) == (409, 1)
    return False


def stage_can_be_changed(clients: Clients) -> bool:
    apis = clients.client("apigatewayv2", total_max_attempts=1)
    api = apis.create_api(Name="any", ProtocolType="HTTP")["ApiId"]
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, Description="as it was")
    limits = {"ThrottlingRateLimit": 2.0, "ThrottlingBurstLimit": 1}
    changed = {"DefaultRouteSettings": limits, "StageVariables": {"a": "1"}}
    try:
        apis.update_stage(ApiId=api, StageName="$default", **changed)
    except ClientError:
        return False
    stage = apis.get_stage(ApiId=api, StageName="$default")
    return {name: stage[name] for name in changed} == changed and stage["Description"] == "as it was"


def log_streams_are_found_by_their_prefix(clients: Clients) -> bool:
    logs, group = clients.logs, f"/any/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=group)
    for stream in ("one/1", "two/1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": stream}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="one/")
    return [event["message"] for event in found["events"]] == ["one/1"]


def filter_patterns_are_evaluated(clients: Clients) -> bool:
    logs, group = clients.logs, f"/any/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    now = int(time.time() * 1000)
    for message in ('{"level": "ERROR"}', "a warning"):
        event = {"timestamp": now, "message": message}
        logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])
    found = [
        len(logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"])
        for pattern in ('{ $.level = "ERROR" }', "?nothing ?none", "-warning", "%warn.*g%", "warning")
    ]
    return found == [1, 0, 1, 1, 1]


def filter_pattern_that_is_not_evaluated_is_refused(clients: Clients) -> bool:
    logs, group = clients.logs, f"/any/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=group)
    try:
        logs.filter_log_events(logGroupName=group, filterPattern="[ip, user]")
    except logs.exceptions.InvalidParameterException as error:
        return "space-delimited" in str(error)
    return False


def live_tail_of_no_group_is_refused(clients: Clients) -> bool:
    clients.logs.create_log_group(logGroupName=f"/any/{uuid.uuid4().hex}")
    absent = "arn:aws:logs:eu-west-3:123456789012:log-group:/any/absent"
    try:
        clients.logs.start_live_tail(logGroupIdentifiers=[absent])
    except clients.logs.exceptions.ResourceNotFoundException:
        return True
    return False


def identity_provider_takes_another_audience(clients: Clients) -> bool:
    issuer = f"https://{uuid.uuid4().hex[:8]}.example"
    made = clients.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["one"])
    arn = made["OpenIDConnectProviderArn"]
    try:
        for _ in range(2):
            clients.iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=arn, ClientID="two"
            )
    except ResponseParserError:  # moto's own page about an error
        return False
    return clients.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == [
        "one",
        "two",
    ]


def budget_shows_whom_it_tells(clients: Clients) -> bool:
    name, budgets = f"budget-{uuid.uuid4().hex[:8]}", impatient(clients, "budgets")
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
        "ThresholdType": "PERCENTAGE",
    }
    told = [{"SubscriptionType": "SNS", "Address": "arn:aws:sns:eu-west-3:123456789012:alarms"}]
    make_budget(clients, name, Notification=notification, Subscribers=told)
    where = {"AccountId": "123456789012", "BudgetName": name}
    try:
        found = budgets.describe_subscribers_for_notification(**where, Notification=notification)
    except ClientError:  # moto's own page about an error
        return False
    return found["Subscribers"] == told


def budget_keeps_its_tags(clients: Clients) -> bool:
    name = f"budget-{uuid.uuid4().hex[:8]}"
    make_budget(clients, name)
    arn = f"arn:aws:budgets::123456789012:budget/{name}"
    try:
        found = impatient(clients, "budgets").list_tags_for_resource(ResourceARN=arn)
    except ClientError:
        return False
    return found["ResourceTags"] == [{"Key": "a", "Value": "b"}]


def budget_can_be_changed(clients: Clients) -> bool:
    name, budgets = f"budget-{uuid.uuid4().hex[:8]}", impatient(clients, "budgets")
    make_budget(clients, name)
    wanted = {**BUDGET, "BudgetName": name, "BudgetLimit": {"Amount": "70", "Unit": "USD"}}
    try:
        budgets.update_budget(AccountId="123456789012", NewBudget=wanted)
    except ClientError:
        return False
    found = budgets.describe_budget(AccountId="123456789012", BudgetName=name)
    return found["Budget"]["BudgetLimit"]["Amount"] == "70"


def function_url_is_the_aliass_and_on_this_machine(clients: Clients) -> bool:
    function = zip_function(clients)
    version = clients.lambda_.publish_version(FunctionName=function)["Version"]
    clients.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    made = clients.lambda_.create_function_url_config(
        FunctionName=function, Qualifier="live", AuthType="AWS_IAM"
    )
    is_here = urlsplit(made["FunctionUrl"]).hostname == "127.0.0.1" and made["FunctionUrl"].endswith("/")
    return is_here and made["FunctionArn"].endswith(f":{function}:live")


def domain_name_is_available(clients: Clients) -> bool:
    made = clients.apigatewayv2.create_domain_name(
        DomainName=f"{uuid.uuid4().hex[:8]}.example",
        DomainNameConfigurations=[{"EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}],
    )
    found = clients.apigatewayv2.get_domain_name(DomainName=made["DomainName"])
    (configuration,) = found["DomainNameConfigurations"]
    return configuration.get("DomainNameStatus") == "AVAILABLE" and "ApiGatewayDomainName" in configuration


def domain_name_asks_clients_for_no_certificate(clients: Clients) -> bool:
    made = clients.apigatewayv2.create_domain_name(DomainName=f"{uuid.uuid4().hex[:8]}.example")
    return "MutualTlsAuthentication" not in clients.apigatewayv2.get_domain_name(
        DomainName=made["DomainName"]
    )


def distribution_has_an_address_on_this_machine(clients: Clients) -> bool:
    return str(distribution(clients)["DomainName"]).startswith("127.0.0.1:")


def origin_keeps_its_access_control(clients: Clients) -> bool:
    (origin,) = distribution(clients)["DistributionConfig"]["Origins"]["Items"]
    return origin.get("OriginAccessControlId") == "E1"


def behavior_with_a_policy_forwards_by_it(clients: Clients) -> bool:
    return "ForwardedValues" not in distribution(clients)["DistributionConfig"]["DefaultCacheBehavior"]


def distribution_without_a_certificate_shows_no_more_of_one(clients: Clients) -> bool:
    return "SSLSupportMethod" not in distribution(clients)["DistributionConfig"]["ViewerCertificate"]


def log_group_takes_another_key(clients: Clients) -> bool:
    name, key = f"/{uuid.uuid4().hex[:8]}", "arn:aws:kms:eu-west-3:123456789012:key/of-ours"
    logs = impatient(clients, "logs")
    logs.create_log_group(logGroupName=name)

    def key_of_the_group() -> str | None:
        return logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0].get("kmsKeyId")

    try:
        logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
    except ClientError:
        return False
    has_taken_it = key_of_the_group() == key
    logs.disassociate_kms_key(logGroupName=name)
    return has_taken_it and key_of_the_group() is None


def table_takes_another_key(clients: Clients) -> bool:
    name, key = f"table-{uuid.uuid4().hex[:8]}", "arn:aws:kms:eu-west-3:123456789012:key/of-ours"
    clients.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.dynamodb.update_table(TableName=name, SSESpecification={"Enabled": True, "KMSMasterKeyId": key})
    found = clients.dynamodb.describe_table(TableName=name)["Table"].get("SSEDescription", {})
    return found.get("KMSMasterKeyArn") == key


def function_that_is_stopped_says_so(clients: Clients) -> bool:
    function = zip_function(clients)
    clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    found = clients.lambda_.get_function(FunctionName=function)
    return found.get("Concurrency") == {"ReservedConcurrentExecutions": 0}


def parameter_names_its_writer(clients: Clients) -> bool:
    clients.ssm.put_parameter(Name="/written", Value="v", Type="String", Overwrite=True)
    (found,) = clients.ssm.get_parameter_history(Name="/written")["Parameters"]
    me = clients.client("sts").get_caller_identity()["Arn"].rpartition("/")[2]
    return found["LastModifiedUser"] == f"arn:aws:iam::123456789012:user/{me}"


BEHAVIOURS = [
    parameter_names_its_writer,
    function_that_is_stopped_says_so,
    table_takes_another_key,
    log_group_takes_another_key,
    budget_shows_whom_it_tells,
    budget_keeps_its_tags,
    budget_can_be_changed,
    function_url_is_the_aliass_and_on_this_machine,
    domain_name_is_available,
    domain_name_asks_clients_for_no_certificate,
    distribution_has_an_address_on_this_machine,
    origin_keeps_its_access_control,
    behavior_with_a_policy_forwards_by_it,
    distribution_without_a_certificate_shows_no_more_of_one,
    identity_provider_takes_another_audience,
    function_revisions_change_and_stale_ones_are_refused,
    stale_revision_is_not_published,
    function_keeps_its_logging_configuration,
    published_version_starts_from_a_snapshot,
    function_takes_another_key,
    image_function_without_overrides_shows_none,
    published_version_keeps_its_image,
    version_numbers_are_used_once,
    alias_revisions_change_and_stale_ones_are_refused,
    image_without_its_blobs_is_refused,
    image_digest_is_its_manifests_hash,
    image_size_is_that_of_its_blobs,
    repository_is_on_this_machine,
    registry_token_opens_the_registry,
    image_in_a_repository_of_any_name_can_be_run,
    http_api_has_an_address_on_this_machine,
    sealed_parameter_does_not_show_its_secret,
    metric_is_told_from_one_with_more_dimensions,
    metrics_are_looked_up_from_the_whole_minute_on,
    account_tells_how_many_invocations_may_run_at_once,
    function_without_provisioned_concurrency_has_none,
    alias_keeps_instances_ready_and_makes_new_ones_when_it_is_moved,
    instances_kept_ready_and_a_part_of_the_users_exclude_each_other,
    alias_takes_its_permissions_along,
    second_statement_of_a_name_is_refused,
    stage_can_be_changed,
    log_streams_are_found_by_their_prefix,
    filter_patterns_are_evaluated,
    filter_pattern_that_is_not_evaluated_is_refused,
    live_tail_of_no_group_is_refused,
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.__name__)
def test_the_account_behaves_as_aws(world: World, behaviour: Behaviour) -> None:
    assert behaviour(world.clients)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.__name__)
def test_moto_still_needs_the_patch(plain_moto: Clients, behaviour: Behaviour) -> None:
    assert not behaviour(plain_moto)


def test_a_sealed_parameter_reads_the_same_twice(world: World) -> None:
    world.clients.ssm.put_parameter(Name="/twice", Value="secret", Type="SecureString")
    first, second = (world.clients.ssm.get_parameter(Name="/twice")["Parameter"]["Value"] for _ in range(2))
    assert first == second


def test_a_new_version_has_a_revision_of_its_own(world: World) -> None:
    function = zip_function(world.clients)
    latest = world.clients.lambda_.get_function_configuration(FunctionName=function)["RevisionId"]
    published = world.clients.lambda_.publish_version(FunctionName=function)
    assert published["RevisionId"] != latest


def test_the_policies_of_function_and_alias_may_name_a_statement_alike(world: World) -> None:
    function = zip_function(world.clients)
    make_permitted_alias(world.clients, function)
    permit(world.clients, function, None)
    world.clients.lambda_.delete_alias(FunctionName=function, Name="live")
    kept = json.loads(world.clients.lambda_.get_policy(FunctionName=function)["Policy"])["Statement"]
    assert [statement["Resource"].rsplit(":", 1)[1] for statement in kept] == [function]


def test_a_deleted_item_leaves_the_memory(world: World) -> None:
    put_and_delete_item(world.clients)
    assert items_in_memory(world.clients, access_key=world.account.access_key) == []


def test_moto_still_keeps_deleted_items_in_memory(fresh_moto: Clients) -> None:
    put_and_delete_item(fresh_moto)
    assert items_in_memory(fresh_moto, access_key="any") != []


def put_and_delete_item(clients: Clients) -> None:
    name, key = f"table-{uuid.uuid4().hex[:8]}", {"id": {"S": "1"}}
    clients.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.dynamodb.put_item(TableName=name, Item=key)
    clients.dynamodb.delete_item(TableName=name, Key=key)


def items_in_memory(clients: Clients, *, access_key: str) -> list[object]:
    """The items that moto's dashboard knows of: all that were ever made."""
    request = urllib.request.Request(
        f"{clients.dynamodb.meta.endpoint_url}/moto-api/data.json",
        headers={"Authorization": f"Bearer {access_key}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return list(json.load(response)["dynamodb"]["Item"])


def permit(clients: Clients, function: str, qualifier: str | None) -> None:
    clients.lambda_.add_permission(
        FunctionName=function,
        StatementId="gateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        **({"Qualifier": qualifier} if qualifier else {}),
    )


def make_alias(clients: Clients, function: str) -> str:
    version = clients.lambda_.publish_version(FunctionName=function)["Version"]
    return clients.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)["Name"]


def make_permitted_alias(clients: Clients, function: str) -> None:
    permit(clients, function, make_alias(clients, function))


def zip_function(clients: Clients, **configuration: object) -> str:
    name = f"zip-{uuid.uuid4().hex[:8]}"
    clients.lambda_.create_function(
        **{
            "FunctionName": name,
            "Role": make_role(clients),
            "Runtime": "python3.13",
            "Handler": "none.none",
            "Code": {"ZipFile": EMPTY_ZIP},
            **configuration,
        }
    )
    return name


def impatient(clients: Clients, service: str) -> Any:
    """A client that takes a server's error for an answer, and does not ask again for seconds."""
    return clients.client(service, total_max_attempts=1)


def make_budget(clients: Clients, name: str, **notification: object) -> None:
    clients.client("budgets").create_budget(
        AccountId="123456789012",
        Budget={**BUDGET, "BudgetName": name},
        NotificationsWithSubscribers=[notification] if notification else [],
        ResourceTags=[{"Key": "a", "Value": "b"}],
    )


def image_function(clients: Clients, image_uri: str = "") -> str:
    name = f"image-{uuid.uuid4().hex[:8]}"
    clients.lambda_.create_function(
        FunctionName=name,
        Role=make_role(clients),
        PackageType="Image",
        Code={"ImageUri": image_uri or any_image(clients)},
    )
    return name


def distribution(clients: Clients) -> dict[str, Any]:
    origin = {
        "Id": "one",
        "DomainName": "origin.example",
        "OriginAccessControlId": "E1",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    config: Any = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "one",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        },
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
    }
    cloudfront = clients.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    return dict(cloudfront.get_distribution(Id=made["Id"])["Distribution"])


def any_image(clients: Clients) -> str:
    repository = new_repository(clients)
    configuration = put_blob(clients, repository, repository.encode())
    digest = put_image(clients, repository, {"schemaVersion": 2, "config": configuration, "layers": []})
    return f"123456789012.dkr.ecr.eu-west-3.amazonaws.com/{repository}@{digest}"


def put_image(clients: Clients, repository: str, manifest: dict[str, object]) -> str:
    """Store a manifest with the tag `one`; return the digest that it has there."""
    put = clients.ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        imageTag="one",
        imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
    )
    return put["image"]["imageId"]["imageDigest"]


def put_blob(clients: Clients, repository: str, blob: bytes) -> dict[str, object]:
    """Upload a blob; return how a manifest names it."""
    upload = clients.ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    clients.ecr.upload_layer_part(
        repositoryName=repository,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(blob) - 1,
        layerPartBlob=blob,
    )
    digest = digest_of(blob)
    clients.ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    return {"size": len(blob), "digest": digest}


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def new_repository(clients: Clients, prefix: str = "") -> str:
    name = f"{prefix}any-{uuid.uuid4().hex[:8]}"
    clients.ecr.create_repository(repositoryName=name)
    return name


def timeout_of(clients: Clients, function: str) -> int:
    return clients.lambda_.get_function_configuration(FunctionName=function)["Timeout"]


BUDGET = {
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "50", "Unit": "USD"},
}

EMPTY_ZIP = bytes.fromhex("504b0506") + bytes(18)
