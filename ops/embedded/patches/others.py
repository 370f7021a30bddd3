"""What moto's Systems Manager, CloudWatch, DynamoDB and IAM lack: a call or two of each."""

import base64
import datetime
import hashlib
from types import SimpleNamespace
from typing import Any

from moto.cloudwatch import models as cloudwatch_models
from moto.core.responses import ActionResult, EmptyResult
from moto.dynamodb import responses as dynamodb_responses
from moto.iam import responses as iam_responses

from ops.embedded import deferred
from ops.embedded.deployed import CALLER

# What is patched, untyped: that a method may be replaced is the point.
_DynamoResponse: Any = dynamodb_responses.DynamoHandler
_IamResponse: Any = iam_responses.IamResponse
_Parameter: Any = deferred.systems_manager().Parameter
_CloudWatchBackend: Any = cloudwatch_models.CloudWatchBackend


def secure_strings_stay_sealed() -> None:
    """Reading a SecureString without decryption yields an opaque text, not the secret.

    moto answers with the plain value behind a prefix, which would put keys into Terraform's state.
    Source: AWS Systems Manager API, GetParameter, parameter WithDecryption.
    """
    respond = _Parameter.response_object

    def response_object(self: Any, decrypt: bool = False, region: str | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = respond(self, decrypt, region)
        if self.parameter_type == "SecureString" and not decrypt:
            seal = hashlib.sha512(f"{self.name}\0{self.version}\0{self.last_modified_date}".encode()).digest()
            answer["Value"] = base64.b64encode(b"\x01\x02\x02\x00" + seal).decode()
        return answer

    _Parameter.response_object = response_object


def parameters_name_their_writer() -> None:
    """A parameter's history says who wrote it, as STS calls them; moto says N/A.

    Source: AWS Systems Manager API, ParameterHistory, LastModifiedUser.
    """
    describe = _Parameter.describe_response_object

    def describe_response_object(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**describe(self, *args, **kwargs), "LastModifiedUser": CALLER}

    _Parameter.describe_response_object = describe_response_object


def metrics_are_those_asked_for() -> None:
    """A look-up begins at the whole minute, and its statistics are of the metric with just these dimensions.

    moto begins at the second, so that a service's point of this minute lies before it; and its statistics
    also count every metric that has more dimensions, so that an invocation through an alias counts thrice.
    Source: CloudWatch API, GetMetricStatistics and GetMetricData, parameters StartTime and Dimensions.
    """
    backend = _CloudWatchBackend
    data, statistics = backend.get_metric_data, backend.get_metric_statistics

    def get_metric_data(self: Any, *, start_time: datetime.datetime, **kwargs: Any) -> Any:
        return data(self, start_time=start_time.replace(second=0), **kwargs)

    def get_metric_statistics(
        self: Any, namespace: str, name: str, start_time: datetime.datetime, *args: Any, **kwargs: Any
    ) -> Any:
        wanted = sorted((dimension["Name"], dimension["Value"]) for dimension in kwargs["dimensions"])
        metrics = [
            datum
            for datum in self.get_all_metrics()
            if sorted((dimension.name, dimension.value) for dimension in datum.dimensions) == wanted
        ]
        found = SimpleNamespace(get_all_metrics=lambda: metrics)
        return statistics(found, namespace, name, start_time.replace(second=0), *args, **kwargs)

    backend.get_metric_data, backend.get_metric_statistics = get_metric_data, get_metric_statistics


def tables_take_another_key() -> None:
    """UpdateTable encrypts a table with a key of ours, or again with DynamoDB's.

    moto knows a key only where a table is made.
    Source: DynamoDB API, UpdateTable, parameter SSESpecification.
    """
    respond = _DynamoResponse.update_table

    def update_table(self: Any) -> Any:
        if "SSESpecification" in self.body:
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            table.sse_specification = self.body["SSESpecification"]
        return respond(self)

    _DynamoResponse.update_table = update_table


def identity_providers_take_more_audiences() -> None:
    """AddClientIDToOpenIDConnectProvider lets tokens for another audience in; one that is there stays.

    moto does not know the action. Source: IAM API, AddClientIDToOpenIDConnectProvider.
    """

    def add(self: Any) -> ActionResult:
        provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
        audience = self._get_param("ClientID")
        if audience not in provider.client_id_list:
            provider.client_id_list.append(audience)
        return EmptyResult()

    _IamResponse.add_client_id_to_open_id_connect_provider = add
