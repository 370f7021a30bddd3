"""Lambda's provisioned concurrency, of which moto 5.2.5 knows nothing: kept, refused and told as AWS does.

Nothing is kept warm here: a laptop has few instances. What commands rely on is how AWS tells of it: an alias
that gets it, or is moved while it has it, is IN_PROGRESS first, and READY when somebody looks again.

Source: AWS Lambda API, PutProvisionedConcurrencyConfig and those beside it; Lambda developer guide,
"Configuring provisioned concurrency". Tested in tests/ops/embedded/test_patches.py, also against plain moto.
"""

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models as lambda_models
from moto.awslambda import responses as lambda_responses
from moto.awslambda import urls as lambda_urls
from moto.awslambda.exceptions import LambdaClientError
from moto.core.utils import iso_8601_datetime_with_nanoseconds

_Alias: Any = lambda_models.LambdaAlias
_Response: Any = lambda_responses.LambdaResponse

_PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"


class NoConfigurationError(LambdaClientError):
    """404: the alias has none."""

    code = 404

    def __init__(self) -> None:
        super().__init__(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
        )


def aliases_keep_instances_ready() -> None:
    """An alias can be given instances that are kept ready, unless a part of its users goes elsewhere.

    An alias that has some can't send a part of its users elsewhere either.
    """
    lambda_urls.url_paths[_PATH] = _Response.dispatch
    update = _Alias.update

    def update_alias(self: Any, description: Any, function_version: Any, routing_config: Any) -> None:
        if getattr(self, "provisioned", None):
            if _weights(routing_config):
                raise _refusal("Invalid alias configuration for Provisioned Concurrency")
            if function_version not in (None, self.function_version):
                self.provisioned["looked_at"] = False
        update(self, description, function_version, routing_config)

    _Alias.update = update_alias
    _Response.put_provisioned_concurrency_config = _put
    _Response.get_provisioned_concurrency_config = _get
    _Response.delete_provisioned_concurrency_config = _delete
    _Response.list_provisioned_concurrency_configs = _list


def _put(response: Any) -> tuple[int, dict[str, str], str]:
    alias, function = _alias(response), _function(response)
    wanted = int(response._get_param("ProvisionedConcurrentExecutions"))
    if _weights(alias.routing_config):
        raise _refusal("Alias with weights can not be used with Provisioned Concurrency")
    if function.reserved_concurrency is not None and wanted > int(function.reserved_concurrency):
        raise _refusal(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
            "for function"
        )
    alias.provisioned = {
        "wanted": wanted,
        "modified": iso_8601_datetime_with_nanoseconds(),
        "looked_at": False,
    }
    return 202, {}, json.dumps(_told(alias))


def _get(response: Any) -> tuple[int, dict[str, str], str]:
    alias = _alias(response)
    if not getattr(alias, "provisioned", None):
        raise NoConfigurationError
    told = _told(alias)
    alias.provisioned["looked_at"] = True
    return 200, {}, json.dumps(told)


def _delete(response: Any) -> tuple[int, dict[str, str], str]:
    _alias(response).provisioned = None
    return 204, {}, ""


def _list(response: Any) -> tuple[int, dict[str, str], str]:
    aliases = response.backend.list_aliases(_function(response).function_name)
    found = [
        {"FunctionArn": alias.arn, **_told(alias)} for alias in aliases if getattr(alias, "provisioned", None)
    ]
    return 200, {}, json.dumps({"ProvisionedConcurrencyConfigs": found})


def _told(alias: Any) -> dict[str, Any]:
    wanted, is_ready = alias.provisioned["wanted"], alias.provisioned["looked_at"]
    return {
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AllocatedProvisionedConcurrentExecutions": wanted if is_ready else 0,
        "AvailableProvisionedConcurrentExecutions": wanted if is_ready else 0,
        "Status": "READY" if is_ready else "IN_PROGRESS",
        "LastModified": alias.provisioned["modified"],
    }


def _function(response: Any) -> Any:
    return response.backend.get_function(unquote(response.path.rstrip("/").split("/")[-2]))


def _alias(response: Any) -> Any:
    name = unquote(response.path.rstrip("/").split("/")[-2])
    return response.backend.get_alias(name=response._get_param("Qualifier"), function_name=name)


def _weights(routing: Any) -> bool:
    return bool((routing or {}).get("AdditionalVersionWeights"))


def _refusal(message: str) -> LambdaClientError:
    return LambdaClientError("InvalidParameterValueException", message)
